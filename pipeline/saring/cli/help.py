"""Output of `--help` and `--version`."""

from __future__ import annotations

import importlib.metadata
from typing import Any

import typer
from typer.core import TyperGroup

__all__ = ["HELP_OPTIONS", "Group", "show_version"]

#: Context settings of a Typer app: both spellings of help. Commands inherit them.
HELP_OPTIONS = {"help_option_names": ["-h", "--help"]}

#: Characters of a description to show; none is as long, so none is shortened.
_WHOLE = 1_000


class Group(TyperGroup):
    """Typer command group whose help wraps the descriptions of its commands instead of truncating them on narrow terminals."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - classes of a module that is private to typer
        """Write the section that lists the commands with their descriptions."""
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        rows = [(name, command.get_short_help_str(_WHOLE)) for name, command in commands if command and not command.hidden]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)


def show_version(wanted: bool) -> None:  # noqa: FBT001 - the value of a flag
    """Print the version and exit if the flag was set."""
    if wanted:
        print(f"saring {importlib.metadata.version('saring')}")
        raise typer.Exit
