"""Commands on releases: `saring verify`, `diff`, `publish` and `rollback`."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from saring.cli.options import OUT, RAW, ConfigFile, DryRun, Out, Raw, Version, load_or_default, print_message
from saring.core.plurals import counted

if TYPE_CHECKING:
    from saring.config import Config
    from saring.publish import PublishResult

__all__ = ["To", "destination", "diff", "publish", "publish_sentences", "rollback", "verify"]

To = Annotated[
    str | None, typer.Option("--to", metavar="PLACE", help="hf://datasets/ORG/NAME, s3://bucket/prefix or DIR; default: [publish] to.")
]


def verify(
    version: Version = None,
    raw: Raw = RAW,
    out: Out = OUT,
    config: ConfigFile = None,
    rebuild: Annotated[  # noqa: FBT002 - a flag is one
        bool, typer.Option("--rebuild", help="Build it again from its scrapes in a temporary folder, and compare every file.")
    ] = False,
) -> None:
    """Verify a release: checksums, schemas, references, ledger, loading."""
    from saring import release  # noqa: PLC0415

    settings = load_or_default(config) if rebuild else load_or_default(config, "dataset")
    folder = release.find_release(out, settings.dataset.name, version)
    for line in release.verify(folder):
        print_message(line)
    if rebuild:
        from saring.runs import reproduce  # noqa: PLC0415
        from saring.runs.workspace import Job  # noqa: PLC0415

        count = reproduce.reproduce_release(Job(raw=raw, out=out, config=settings), folder, _print_progress)
        print_message(f"{counted(count, 'data file')} built again from {raw}: byte-identical")
    print(folder)


def diff(  # noqa: PLR0917 - the options of a command
    old: Annotated[str, typer.Argument(metavar="V1", help="The older release: v1.0.0 or a folder.")],
    new: Annotated[str, typer.Argument(metavar="V2", help="The newer release.")],
    out: Out = OUT,
    config: ConfigFile = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object with every record that differs.")] = False,  # noqa: FBT002 - a flag is one
    html: Annotated[bool, typer.Option("--html", help="Print a page that shows the changes word by word.")] = False,  # noqa: FBT002 - a flag is one
) -> None:
    """Compare two releases: what was added, removed and edited.

    Counts records and words, by source and by rule, and shows examples.
    """
    from saring import release  # noqa: PLC0415
    from saring.release.layout import SCHEMAS  # noqa: PLC0415
    from saring.tools import diff_report  # noqa: PLC0415

    if json and html:
        raise typer.BadParameter("--json and --html exclude each other; pass one of them.")
    dataset = load_or_default(config, "dataset").dataset.name
    folders = [release.find_release(out, dataset, wanted) for wanted in (old, new)]
    for folder in dict.fromkeys(folders):
        release.check_release(folder, "all", "edits", SCHEMAS)
    compared = diff_report.compare(*folders)
    view = diff_report.as_json if json else diff_report.as_html if html else diff_report.as_text
    sys.stdout.write(view(compared))


def publish(version: Version = None, to: To = None, out: Out = OUT, config: ConfigFile = None, dry_run: DryRun = False) -> None:  # noqa: FBT002 - a flag is one
    """Publish a release to the Hugging Face hub, S3 or a folder.

    Publishing a release a second time has no further effect.
    """
    if not sys.stderr.isatty():
        os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")  # read when huggingface_hub is imported
    from saring import publish, release  # noqa: PLC0415

    settings = load_or_default(config, "dataset", "publish")
    place = destination(to, settings)
    folder = release.find_release(out, settings.dataset.name, version)
    print_message(f"verifying {folder} ...")
    release.verify(folder)
    published = publish.publish(folder, place, chosen=release.is_pinned_latest(folder), dry_run=dry_run, on_progress=_print_progress)
    for line in publish_sentences(published, dry_run=dry_run):
        print_message(line)
    print(published.to)


def rollback(
    version: Annotated[str, typer.Argument(metavar="VERSION", help="Such as v1.0.0.")], out: Out = OUT, config: ConfigFile = None
) -> None:
    """Make an older version the latest again, without touching it.

    Newer versions stay. `saring publish` then takes the hub, or wherever the dataset is published, back to it.
    """
    from saring import release  # noqa: PLC0415

    folder = release.rollback(out, load_or_default(config, "dataset").dataset.name, version)
    print_message(f"{folder.name} is the latest. Newer versions stay; the next release takes the number after the newest.")
    print(folder)


def destination(to: str | None, config: Config) -> str:
    """Return the destination to publish to: the command's `--to`, else `[publish] to` of corpus.toml.

    Raises:
        ConfigError: neither of the two names a destination.
    """
    from saring.core.errors import ConfigError  # noqa: PLC0415

    if not (place := to or config.publish.to):
        expected = "hf://datasets/ORG/NAME, s3://bucket/prefix or a folder"
        raise ConfigError(file="corpus.toml", path="publish.to", expected=expected, found="nothing", hint="Write it there, or pass --to.")
    return place


def publish_sentences(published: PublishResult, *, dry_run: bool) -> list[str]:
    """Return what publishing did, or would do, as sentences for the terminal."""
    at = f" at {published.revision}" if published.revision else ""
    if not published.changed:
        return [f"v{published.version} is published in {published.to}{at}: nothing to do"]
    would = "would be " if dry_run else ""
    size = f"{counted(len(published.written), 'file')}, {published.bytes / 1e6:,.1f} MB {would}written"
    return [
        f"v{published.version} {would or 'is '}published in {published.to}{at}: {size}",
        *(f"  {path}" for path in published.written if dry_run),
    ]


def _print_progress(activity: str, done: int, total: int) -> None:
    """Print a line to stderr when an activity begins."""
    if not done:
        print_message(f"{activity} ({counted(total, 'file')}) ..." if total else f"{activity} ...")
