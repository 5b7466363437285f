"""Commands that work as filters of JSON Lines: `saring clean` and `saring overlaps`. Records go to stdout, messages to stderr."""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from saring.cli.options import ConfigFile, Workers, load_or_default, print_message
from saring.core.printable import json_safe, printable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedReader

    from saring.read.compression import Stream

__all__ = ["clean", "overlaps"]

Records = Annotated[str, typer.Argument(metavar="FILE|-", help="JSON Lines; - is standard input.")]
Rejects = Annotated[Path | None, typer.Option("--rejects", metavar="FILE", help="Write bad records here, as JSON Lines.")]
SiteLines = Annotated[Path | None, typer.Option("--site-lines", metavar="FILE", help="Lines that sites repeat: a release's or your own.")]


def clean(
    file: Records = "-",
    *,
    config: ConfigFile = None,
    rejects: Rejects = None,
    workers: Workers = 1,  # in this process a page that takes too long could not be stopped, nor one outlived that ends its process
    site_lines: SiteLines = None,
    survey: Annotated[bool, typer.Option("--survey", help="Find such lines first: the input is read twice, or spooled.")] = False,
) -> None:
    """Clean pages of JSON Lines, as a filter.

    Each line is an object {"id", "text" or "html", "url"?, "language"?}, and becomes {"id", "text", "title", ..., "edits"}.
    """
    from saring.noise import site_lines as site  # noqa: PLC0415
    from saring.tools import filters  # noqa: PLC0415

    if survey and site_lines:
        raise typer.BadParameter("--survey makes the table that --site-lines names. Leave one of them out.")
    settings = load_or_default(config)
    table = site.load_site_lines(site_lines) if site_lines else None
    with filters.rereadable_input(file, sys.stdin.buffer) if survey else contextlib.nullcontext(file) as source:
        if survey:
            table = filters.count_site_lines(_open_records(source), settings, workers)
        _write_records(filters.clean(_open_records(source), settings, workers, table), rejects)


def overlaps(file: Records = "-", config: ConfigFile = None, rejects: Rejects = None) -> None:
    """Find duplicates and translations in JSON Lines, as a filter.

    Each line is an object {"id", "text", "language"?}; each pair found becomes {"a", "b", "kind", "score", "passages", ...}.
    """
    from saring.tools import filters  # noqa: PLC0415

    _write_records(filters.overlaps(_open_records(file), load_or_default(config, "dataset", "overlap", "build")), rejects)


def _open_records(file: str) -> Stream:
    """Open JSON Lines, compressed or not, from a file or from standard input (`-`).

    Raises:
        NoInputError: there is no such file.
    """
    from saring.core.errors import NoInputError  # noqa: PLC0415
    from saring.read.compression import COMPRESSION_SUFFIXES, Stream  # noqa: PLC0415

    if file == "-":
        return Stream(cast("BufferedReader", sys.stdin.buffer), "")
    if not Path(file).is_file():
        raise NoInputError(f"{file}: expected a file of JSON Lines, found none. Check the path, or pass - to read standard input.")
    packing = Path(file).suffix.lower()
    return Stream(Path(file), packing if packing in COMPRESSION_SUFFIXES else "")


def _write_records(results: Iterator[tuple[list[dict[str, Any]], list[dict[str, Any]]]], rejects: Path | None) -> None:
    """Write the results of a filter as they come: records to stdout, rejections to stderr and, if asked, as JSON Lines to a file."""
    with rejects.open("w", encoding="utf-8") if rejects else contextlib.nullcontext() as rejects_file:
        for records, rejected in results:
            sys.stdout.writelines(json_safe(json.dumps(record, ensure_ascii=False)) + "\n" for record in records)
            sys.stdout.flush()
            for rejection in rejected:
                print_message(printable(f"saring: {rejection['source']}: {rejection['reason']}: {rejection['message']}"))
                if rejects_file:
                    rejects_file.write(json_safe(json.dumps(rejection, ensure_ascii=False)) + "\n")
