"""Commands that start a corpus and build releases of it: `saring init` and `saring build`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from saring.cli.options import OUT, RAW, WORKERS, ConfigFile, Dask, Out, Raw, Workers, load_or_default, print_message
from saring.cli.progress import show_progress
from saring.core.plurals import counted
from saring.core.printable import printable

if TYPE_CHECKING:
    from saring.config import Config

__all__ = ["build", "init", "report_build"]


def init(folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder; it is made where it is missing.")] = Path()) -> None:
    """Start a corpus in a folder, with a sample scrape and a corpus.toml.

    It gets raw/, processed/, flows/, prefect.yaml and .gitignore; files that are there already stay as they are. `saring build` works at once.
    """
    from saring.tools.init_corpus import init_corpus  # noqa: PLC0415

    written, kept = init_corpus(folder)
    for path in written:
        print_message(printable(f"  {path}"))
    for path in kept:
        print_message(printable(f"  {path}: already there, left as it is"))
    enter = "" if folder == Path() else f"cd {folder}, "
    print_message(
        printable(f"{counted(len(written), 'file')} written. Next: {enter}put scrapes into raw/, edit corpus.toml, run saring build.")
    )
    print(folder)


def build(
    raw: Raw = RAW,
    out: Out = OUT,
    config: ConfigFile = None,
    *,
    workers: Workers = WORKERS,
    dask: Dask = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change; write nothing.")] = False,
) -> None:
    """Build a new release from raw/, if anything changed."""
    from saring import runs  # noqa: PLC0415
    from saring.runs.workspace import Job  # noqa: PLC0415

    job = Job(raw=raw, out=out, config=load_or_default(config), workers=workers, dask=dask)
    with show_progress() as on_progress:
        reports = runs.preview(job, on_progress) if dry_run else runs.build(job, on_progress)
    report_build(reports, job.config)


def report_build(reports: dict[str, dict[str, Any]], config: Config) -> None:
    """Print what a build did to stderr, and the folder of the release to stdout.

    Raises:
        TooManyRejectedError: a larger share of the scrapes was rejected than the configuration allows.
    """
    from saring.runs import report  # noqa: PLC0415

    for line in report.summary(reports):
        print_message(line)
    if folder := reports["write_release"].get("folder"):
        print(folder)
    report.check_rejected(reports, config)
