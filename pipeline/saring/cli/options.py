"""Options that several commands share, with their defaults and help texts."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from saring.core.printable import printable
from saring.storage.paths import path_of

if TYPE_CHECKING:
    from saring.config import Config

__all__ = ["OUT", "RAW", "WORKERS", "ConfigFile", "Dask", "DryRun", "Out", "Raw", "Version", "Workers", "load_or_default", "print_message"]

RAW, OUT, WORKERS = Path("raw"), Path("processed"), os.cpu_count() or 1

ConfigFile = Annotated[Path | None, typer.Option("--config", metavar="FILE", help="corpus.toml (default: the one here, if any).")]
Raw = Annotated[Path, typer.Option("--raw", metavar="DIR", parser=path_of, help="The folder of scrapes, or its URL.")]
Out = Annotated[Path, typer.Option("--out", metavar="DIR", parser=path_of, help="The folder of releases, or its URL.")]
Workers = Annotated[int, typer.Option("--workers", metavar="N", min=0, help="Processes that clean batches; 0: this one alone.")]
Dask = Annotated[
    str | None,
    typer.Option("--dask", metavar="ADDRESS", help="Clean batches on the workers of this Dask scheduler instead (not with --dry-run)."),
]
Version = Annotated[str | None, typer.Argument(metavar="VERSION", help="Such as v1.0.0 or a folder; default: the latest.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done; change nothing.")]


def load_or_default(file: Path | None, *parts: str) -> Config:
    """Load the configuration: from a file if one is named, else from ./corpus.toml, else the defaults.

    Args:
        file: the path of a corpus.toml, or None.
        parts: the tables that the command needs (`config.PARTS`); by default all. Errors in other tables are then ignored.
    """
    from saring import config  # noqa: PLC0415 - help answers without it

    return config.load_or_default(file, *parts)


def print_message(line: str) -> None:
    """Print a message for a person to stderr, with control characters spelled out so that quoted text cannot steer the terminal."""
    print(printable(line, lines=True), file=sys.stderr)
