"""What `--help` and `--version` print."""

from __future__ import annotations

import importlib.metadata
from typing import Any

import typer
from typer.core import TyperGroup

__all__ = ["HELP_OPTIONS", "Group", "show_version"]

#: For the settings of a command's context; commands below it have the same.
HELP_OPTIONS = {"help_option_names": ["-h", "--help"]}

#: Characters of a description, which is never as long.
_WHOLE = 1_000


class Group(TyperGroup):
    """A group of commands whose help lists each with its whole description, wrapped instead of cut where the terminal is narrow."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - classes of a module that is private to typer
        """Write the list of commands."""
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        rows = [(name, command.get_short_help_str(_WHOLE)) for name, command in commands if command and not command.hidden]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)


def show_version(wanted: bool) -> None:  # noqa: FBT001 - the value of a flag
    """Print the version and end, where that was asked for."""
    if wanted:
        print(f"saring {importlib.metadata.version('saring')}")
        raise typer.Exit
