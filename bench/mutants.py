"""Mutation test of the constants that decide quality: change one at a time, and see that a quality floor fails.

    python bench/mutants.py [--only NAME ...]

For each of `MUTANTS`, the package is copied to a temporary folder, one constant is changed there, and the chosen tests of `tests/quality` run on the
copy. The table says which floor each mutant fell below. A mutant that no test notices is a constant that could be changed by mistake: add pages or
pairs to the sets until it is noticed. Takes about ten seconds per mutant.
"""

from __future__ import annotations

import argparse
import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

__all__ = ["MUTANTS", "PACKAGE", "Mutant", "main", "mutated"]

HOME = Path(__file__).parents[1]
PACKAGE = HOME / "pipeline" / "saring"
#: Failing scores that the table shows per mutant.
_SHOWN = 3


class Mutant(NamedTuple):
    """One changed constant: where it is, its value today, the value of the mutant, and the families of `tests/quality` that should notice.

    Attributes:
        module: path of the module in the package.
        name: of a module-level constant, or of a dataclass field with a default (`Class.field`).
        old, new: literals; the mutation fails where the constant is not `old` any more.
        families: of `tests.quality.score.FAMILIES`.
    """

    module: str
    name: str
    old: str
    new: str
    families: tuple[str, ...]


#: Values are as near to today's as the sets notice. There is no lower `Noise.drop_at`: a line that scores less than half stays by `_NEAR_BEST` anyway.
MUTANTS = (
    Mutant("config/settings.py", "Noise.drop_at", "0.55", "0.62", ("noise",)),
    Mutant("config/settings.py", "Noise.keep_at", "0.3", "0.2", ("review",)),
    Mutant("config/settings.py", "Noise.keep_at", "0.3", "0.4", ("review",)),
    Mutant("noise/line_classifier.py", "_NEAR_BEST", "0.5", "0.7", ("noise",)),
    Mutant("noise/line_rules.py", "_LONGEST", "400", "120", ("noise",)),
    Mutant("noise/line_features.py", "_PROSE_WORDS", "8", "6", ("noise",)),
    Mutant("noise/line_features.py", "_PROSE_WORDS", "8", "12", ("noise",)),
    Mutant("noise/site_lines.py", "_ODDS_FACTOR", "25.0", "7.0", ("site",)),
    Mutant("noise/site_lines.py", "_ODDS_FACTOR", "25.0", "100.0", ("site",)),
    Mutant("config/settings.py", "Overlap.near_at", "0.7", "0.4", ("pairs",)),
    Mutant("config/settings.py", "Overlap.near_at", "0.7", "0.9", ("pairs",)),
    Mutant("config/settings.py", "Overlap.contained_at", "0.8", "0.5", ("pairs",)),
    Mutant("config/settings.py", "Overlap.contained_at", "0.8", "0.9", ("pairs",)),
    Mutant("config/settings.py", "Overlap.own_at", "0.5", "0.2", ("pairs",)),
    Mutant("config/settings.py", "Overlap.own_at", "0.5", "0.9", ("pairs",)),
    Mutant("config/settings.py", "Overlap.translated_at", "0.15", "0.05", ("pairs",)),
    Mutant("config/settings.py", "Overlap.translated_at", "0.15", "0.25", ("pairs",)),
    Mutant("dedup/candidates.py", "_SHARED_FINGERPRINTS", "0.15", "0.8", ("pairs",)),
    Mutant("dedup/passages.py", "MAX_GAP", "4", "0", ("passages",)),
    Mutant("dedup/passages.py", "MAX_GAP", "4", "12", ("passages",)),
    Mutant("dedup/passages.py", "MIN_WORDS", "6", "10", ("passages",)),
    Mutant("translation/alignment.py", "MIN_MARGIN", "1.1", "1.2", ("pairs", "passages")),
    Mutant("translation/alignment.py", "MIN_BASELINE_ACROSS", "0.12", "0.2", ("pairs", "passages")),
    Mutant("translation/pairs.py", "MIN_SENTENCES", "3", "2", ("pairs", "passages")),
    Mutant("translation/pairs.py", "MIN_SENTENCES", "3", "5", ("pairs", "passages")),
    Mutant("names/context_words.py", "CONTEXT_DISTANCE", "150", "60", ("names",)),
    Mutant("names/context_words.py", "CONTEXT_DISTANCE", "150", "400", ("names",)),
    Mutant("names/inflection.py", "MIN_LETTERS", "4", "2", ("names",)),
    Mutant("names/inflection.py", "MIN_LETTERS", "4", "6", ("names",)),
)


def mutated(source: str, mutant: Mutant) -> str:
    """Return the source of a module with the constant of a mutant changed.

    Raises:
        ValueError: the module has no such constant, or it has another value.
    """
    *classes, name = mutant.name.split(".")
    body = ast.parse(source).body
    for outer in classes:
        body = next(node.body for node in body if isinstance(node, ast.ClassDef) and node.name == outer)
    for node in body:
        value = _value_of(node, name)
        if value is None:
            continue
        if ast.unparse(value) != mutant.old:
            raise ValueError(f"{mutant.module}: {mutant.name} is {ast.unparse(value)}, not {mutant.old}: correct the table of mutants")
        lines = source.splitlines(keepends=True)
        line = lines[value.lineno - 1].encode()
        lines[value.lineno - 1] = (line[: value.col_offset] + mutant.new.encode() + line[value.end_col_offset :]).decode()
        return "".join(lines)
    raise ValueError(f"{mutant.module} has no constant {mutant.name}: correct the table of mutants")


def _value_of(node: ast.stmt, name: str) -> ast.expr | None:
    """Return the value that a statement assigns to a name, alone or as part of a tuple; None where it assigns none."""
    if isinstance(node, ast.AnnAssign):
        return node.value if isinstance(node.target, ast.Name) and node.target.id == name else None
    if not isinstance(node, ast.Assign):
        return None
    target = node.targets[0]
    if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
        pairs = zip(target.elts, node.value.elts, strict=True)
        return next((value for part, value in pairs if isinstance(part, ast.Name) and part.id == name), None)
    return node.value if isinstance(target, ast.Name) and target.id == name else None


def run_tests(package_root: Path, families: tuple[str, ...]) -> list[str]:
    """Run the floors of some families on the package in a folder; return the failures: the scores below their floors, or the last line."""
    tests = [f"tests/quality/test_floors.py::test_scores_reach_their_floors[{family}]" for family in families]
    command = [sys.executable, "-m", "pytest", "-vv", "-n", "0", "-p", "no:cacheprovider", *tests]
    environment = os.environ | {"PYTHONPATH": f"{package_root}{os.pathsep}{HOME}", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=HOME, env=environment, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return []
    return sorted(set(re.findall(r"'([a-z0-9.]+)': '[\d.]+ < [\d.]+'", done.stdout))) or done.stdout.splitlines()[-1:]


def main() -> None:
    """Run all mutants, print the table; exit with 1 where one survives."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", help="names of constants, or families")
    options = parser.parse_args()
    survivors = []
    print("| constant | from | to | test | scores below their floor |\n| --- | --- | --- | --- | --- |")
    for mutant in MUTANTS:
        if options.only and not {mutant.name, *mutant.families} & {*options.only}:
            continue
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "saring"
            shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
            module = copy / mutant.module
            module.write_text(mutated(module.read_text(encoding="utf-8"), mutant), encoding="utf-8")
            failures = run_tests(Path(folder), mutant.families)
        place = f"{mutant.module.removesuffix('.py').replace('/', '.')}.{mutant.name}"
        rest = f" and {len(failures) - _SHOWN} more" if len(failures) > _SHOWN else ""
        verdict = ", ".join(failures[:_SHOWN]) + rest if failures else "survives"
        print(f"| `{place}` | {mutant.old} | {mutant.new} | {', '.join(mutant.families)} | {verdict} |", flush=True)
        survivors += [] if failures else [place]
    if survivors:
        raise SystemExit(f"No floor notices: {', '.join(survivors)}.")


if __name__ == "__main__":
    main()
