"""README.md cannot lie: its commands are run in order, in a copy of the project's files."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HOME = Path(__file__).parent.parent
README = (HOME / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(sh|python)\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy what the commands need; the environment is this one."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("raw", "pipeline", "flows", "schemas", "corpus.toml", "Makefile", "pyproject.toml", "constraints.txt"):
        source = HOME / name
        if source.is_dir():
            shutil.copytree(source, folder / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


def test_every_command_runs(copy: Path) -> None:
    """Shell and Python blocks run in the order of the page; `make test` is what runs this."""
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(copy / "pipeline"),
        "HF_HOME": str(copy / "hf"),
        "PREFECT_HOME": str(copy / "prefect"),
    }
    ran = 0
    for language, code in BLOCKS:
        if code.startswith("make test"):
            continue
        # The copy must not install itself into the environment of this one.
        script = code.replace("make dataset", "make -o .venv/installed dataset")
        command = ["bash", "-euo", "pipefail", "-c", script] if language == "sh" else [sys.executable, "-c", code]
        done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False, timeout=600)
        assert done.returncode == 0, f"{code}\n{done.stderr}"
        ran += 1

    assert ran == len(BLOCKS) - 1
    assert (copy / "processed" / "sample" / "v1.0.0" / "README.md").is_file()


def test_the_page_shows_what_saring_does() -> None:
    """Cleaning the first example gives the second."""
    before, after = (text.strip() for text in re.findall(r"^```text\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL))
    done = subprocess.run(
        [sys.executable, "-m", "saring.cli", "clean", "-"],
        input=json.dumps({"id": 1, "text": before}),
        cwd=HOME,
        capture_output=True,
        text=True,
        check=True,
    )

    assert json.loads(done.stdout)["text"] == after


def test_the_checks_are_those_that_the_readme_names() -> None:
    """What has to pass before anything lands is `make check` and `make test`."""
    script = (HOME / ".ci" / "run").read_text(encoding="utf-8")

    assert "make check" in script
    assert "make test" in script
    assert "make check" in README
    assert "make test" in README


def test_every_command_line_command_is_in_the_readme() -> None:
    """Documentation that lags behind fails."""
    from saring.cli import app  # noqa: PLC0415 - typer is needed here alone

    named = [(str(group.name), group.typer_instance) for group in app.registered_groups]
    for group, commands in [("", app), *named]:
        for command in commands.registered_commands if commands else ():
            assert command.callback is not None
            name = f"{group} {command.name or command.callback.__name__}".strip()
            assert re.search(rf"saring {name}\b", README), name


def test_the_map_names_files_that_exist() -> None:
    """Each path in the map of the code is there."""
    for path in re.findall(r"`((?:pipeline|flows|schemas|tests|bench)/[\w./]*)`", README):
        assert (HOME / path).exists(), path
