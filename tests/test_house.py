"""The house keeps its own rules: who may import, print and grow how far."""

from __future__ import annotations

import ast
import fnmatch
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import saring

HOME = Path(__file__).parent.parent
MODULES = sorted(file.relative_to(HOME).as_posix() for folder in ("pipeline", "flows", "schemas") for file in (HOME / folder).rglob("*.py"))
LONGEST = 320


def calls_and_imports(module: str) -> tuple[set[str], set[str]]:
    """Return the names that a module calls plainly, and the top-level packages that it imports."""
    tree = ast.parse((HOME / module).read_text(encoding="utf-8"))
    calls = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    imports = {alias.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imports |= {str(node.module).split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return calls, imports


@pytest.mark.parametrize("module", [module for module in MODULES if not module.startswith("flows/")])
def test_the_core_knows_no_prefect(module: str) -> None:
    """Orchestration stays in flows/."""
    assert "prefect" not in calls_and_imports(module)[1]


@pytest.mark.parametrize("module", [module for module in MODULES if not module.startswith("pipeline/cli/")])
def test_only_the_command_line_prints(module: str) -> None:
    """A library that prints cannot be used in a filter."""
    assert "print" not in calls_and_imports(module)[0]


@pytest.mark.parametrize(
    "module", [module for module in MODULES if not module.startswith(("pipeline/hub/", "pipeline/saring/storage/paths.py"))]
)
def test_only_publishing_and_folders_elsewhere_use_the_network(module: str) -> None:
    """A build calls nobody but the store that its own folders stand on, and that through one module."""
    assert not {"fsspec", "httpx", "httpx2", "requests", "s3fs", "socketserver", "upath", "urllib3"} & calls_and_imports(module)[1]


@pytest.mark.parametrize("module", MODULES)
def test_a_module_is_one_idea(module: str) -> None:
    """A file that wants to be longer wants to be two files, and says in its first lines what it is."""
    text = (HOME / module).read_text(encoding="utf-8")

    assert len(text.splitlines()) <= LONGEST
    assert ast.get_docstring(ast.parse(text)) or not text.strip()


@pytest.mark.parametrize("name", saring.__all__)
def test_public_modules_say_what_is_public(name: str) -> None:
    """Each has an __all__ whose names exist."""
    module = importlib.import_module(f"pipeline.{name}")

    assert all(hasattr(module, public) for public in module.__all__)


def test_help_imports_nothing_heavy() -> None:
    """`saring --help` answers at once because the command line imports what it needs when it needs it."""
    heavy = "polars, pyarrow, datasets, prefect, trafilatura, ftfy, py3langid, numpy, lxml, rich"
    code = f"import sys, saring.cli; print([name for name in '{heavy}'.split(', ') if name in sys.modules])"

    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "[]"


def test_no_test_is_left_out(pytestconfig: pytest.Config) -> None:
    """Pytest skips folders by their names, "build" among them, and says nothing: tests there would never run."""
    skipped = pytestconfig.getini("norecursedirs")
    folders = {file.parent.relative_to(HOME) for file in (HOME / "tests").rglob("test_*.py")}

    assert len(folders) > 10
    assert not [folder for folder in folders for part in folder.parts for pattern in skipped if fnmatch.fnmatch(part, pattern)]
