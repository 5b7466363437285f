"""A build that is killed or runs out of disk space at any point leaves the last release intact, and the next build completes.

By default a few random points are tried; `SARING_FAULTS=200` tries more.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from saring import release
from saring.config import load_config
from saring.runs import build
from saring.runs.workspace import Job
from tests.runs.test_build_steps import tree

if TYPE_CHECKING:
    from collections.abc import Callable

HOME = Path(__file__).parents[2]
POINTS = int(os.environ.get("SARING_FAULTS", "8"))
CONFIG = load_config(HOME / "corpus.toml")


def run(kind: str, number: int, out: Path, raw: Path) -> subprocess.CompletedProcess[str]:
    """Build in another process with a fault of a kind at a numbered point; 0 is no fault."""
    arguments = ["build", "--raw", str(raw), "--out", str(out), "--config", str(HOME / "corpus.toml"), "--workers", "0"]
    command = [sys.executable, "-m", "tests.fixtures.faulty", kind, str(number), str(out), *arguments]
    return subprocess.run(command, cwd=HOME, capture_output=True, text=True, check=False)


def test_no_fault_damages_a_release(tmp_path: Path, record_testsuite_property: Callable[[str, object], None]) -> None:
    """After a release a page is added, and the build of the next release fails at random points."""
    raw, first = tmp_path / "raw", tmp_path / "first"
    raw.mkdir()
    for number, file in enumerate(sorted((HOME / "raw" / "fr").rglob("*.txt"))[:2]):
        shutil.copy(file, raw / f"{number}.txt")
    build(Job(raw=raw, out=first, config=CONFIG, workers=0))
    (raw / "more.txt").write_text("Le maire a ouvert le marché lundi matin avec tous les marchands du port.", encoding="utf-8")
    straight = tmp_path / "straight"
    shutil.copytree(first, straight)
    counted = run("none", 0, straight, raw)
    match = re.search(r"points: (\d+)", counted.stderr)
    assert match, counted.stderr
    points = int(match[1])
    assert points > 30

    drawn = random.Random(7)  # noqa: S311 - not a secret
    done = []
    for _ in range(POINTS):
        kind, number = drawn.choice(["kill", "full"]), drawn.randint(1, points)
        out = tmp_path / "out"
        shutil.copytree(first, out)

        failed = run(kind, number, out, raw)

        where = f"{kind} at point {number} of {points}"
        needed_no_room = "nothing needed room" in failed.stderr
        assert failed.returncode == (137 if kind == "kill" else 0 if needed_no_room else 1), f"{where}: {failed.stderr}"
        assert "Traceback" not in failed.stderr, f"{where}: {failed.stderr}"
        versions = sorted(path.name for path in (out / "sample").glob("v*"))
        assert versions in (["v1.0.0"], ["v1.0.0", "v1.1.0"]), where
        for version in versions:
            release.verify(out / "sample" / version)
        again = build(Job(raw=raw, out=out, config=CONFIG, workers=0))
        assert again["write_release"]["version"] == "1.1.0", where
        assert tree(out) == tree(straight), where
        assert not list((out / "sample").glob(".v*")), where
        shutil.rmtree(out)
        done.append((kind, number))
    assert len(done) == POINTS
    record_testsuite_property("points of a build that harmed nothing", len(done))
