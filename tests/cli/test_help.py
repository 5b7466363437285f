"""What a stranger types first: --version, -h, --help, completion."""

from __future__ import annotations

import importlib.metadata
from typing import TYPE_CHECKING

import pytest
import typer.main
from typer.testing import CliRunner

from saring.cli import app

if TYPE_CHECKING:
    from typing import Any


def commands() -> dict[str, Any]:
    """Return every command and every group by what is typed to reach it."""
    found: dict[str, Any] = {"": typer.main.get_command(app)}
    for name, command in found[""].commands.items():
        found[name] = command
        found |= {f"{name} {below}": it for below, it in getattr(command, "commands", {}).items()}
    return found


COMMANDS = commands()


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_help(name: str) -> None:
    """`-h` and `--help` give the same, with the whole first line of the description, and no option without one."""
    short, long = (CliRunner().invoke(app, [*name.split(), option], env={"COLUMNS": "80"}) for option in ("-h", "--help"))

    assert (short.exit_code, short.stdout) == (0, long.stdout)
    assert "-h, --help" in short.stdout
    assert (COMMANDS[name].help or "").splitlines()[0] in short.stdout
    assert all(getattr(one, "help", "") for one in COMMANDS[name].params)
    assert max(map(len, short.stdout.splitlines())) <= 80
    assert "[[" not in short.stdout


@pytest.mark.parametrize("group", [name for name, command in COMMANDS.items() if hasattr(command, "commands")])
@pytest.mark.parametrize("columns", [40, 80, 200])
def test_no_description_is_cut(group: str, columns: int) -> None:
    """Each command of a group is listed with its whole first line: at 80 columns on one line, wrapped where there is less room."""
    shown = CliRunner().invoke(app, [*group.split(), "--help"], env={"COLUMNS": str(columns)}).stdout

    assert "..." not in shown.split("Commands:")[1]
    for name, command in COMMANDS[group].commands.items():
        first = (command.help or "").splitlines()[0].removesuffix(".")
        if columns >= 80:
            assert [line for line in shown.splitlines() if line.split()[:1] == [name] and line.removesuffix(".").endswith(f"  {first}")], (
                name
            )
        assert " ".join(first.split()) in " ".join(shown.split())


def test_the_version_is_that_of_the_package() -> None:
    """It goes to stdout, whatever else stands in the folder."""
    shown = CliRunner().invoke(app, ["--version"])

    assert (shown.exit_code, shown.stdout) == (0, f"saring {importlib.metadata.version('saring')}\n")


def test_completion_is_offered() -> None:
    """Typer's own options are there."""
    shown = CliRunner().invoke(app, ["--help"]).stdout

    assert "--install-completion" in shown
    assert "--show-completion" in shown
