"""The commands that take texts down, and that show and trim what a build keeps."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.options import OUT, ConfigFile, DryRun, Out, config_of, say

if TYPE_CHECKING:
    from pipeline.config import Config
    from pipeline.takedown.asking import Reach

__all__ = ["cache", "purge", "takedown"]

#: Documents that are named; of more, the number alone.
_NAMED = 20


def takedown(  # noqa: PLR0917 - the options of a command
    url: Annotated[str | None, typer.Option("--url", metavar="URL", help="All scrapes of this address.")] = None,
    id_: Annotated[
        str | None,
        typer.Option("--id", metavar="ID", help="A document, by id, the start of its id or source, and all scrapes of its address."),
    ] = None,
    like: Annotated[Path | None, typer.Option("--like", metavar="FILE", help="A text, and every document that holds half of it.")] = None,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it stays in takedowns.toml and is not published.")] = "",
    out: Out = OUT,
    config: ConfigFile = None,
    dry_run: DryRun = False,  # noqa: FBT002 - a flag is one
) -> None:
    """Keep a page or a text out of the next release and of all that follow; `saring purge` then deletes the old ones."""
    from pipeline.config import TAKEDOWNS  # noqa: PLC0415
    from pipeline.takedown import append, asking  # noqa: PLC0415

    if sum(given is not None for given in (url, id_, like)) != 1:
        raise typer.BadParameter("say what to take down: pass one of --url, --id and --like.")
    settings = config_of(config, "dataset", "takedown")
    asked = (
        asking.by_url(url)
        if url
        else asking.by_id(id_, out, settings.dataset.name)
        if id_
        else asking.by_text(like or Path(), _cleaning(config))
    )
    reached = asking.reach(asked, out, settings)
    known = [asking.of_page(found) for found in reached.gone["id"]] if like and reached.gone.height else []
    entries = [dataclasses.replace(entry, asked=dt.datetime.now(tz=dt.UTC).date().isoformat(), reason=reason) for entry in (asked, *known)]
    file = (config or Path("corpus.toml")).with_name(TAKEDOWNS)
    if not dry_run:
        append(file, entries)
    _tell(reached)
    say(f"{file}: {'would be ' if dry_run else ''}written. Now: `saring build`, `saring purge`, and `saring publish` where you publish.")
    say("A hub keeps the history of its files: ask it to delete the old revisions, or delete and publish the dataset anew.")


def purge(out: Out = OUT, config: ConfigFile = None, dry_run: DryRun = False) -> None:  # noqa: FBT002 - a flag is one
    """Delete the old releases that still hold what was taken down."""
    from pipeline.takedown.purge import purge as run  # noqa: PLC0415

    found = run(out, config_of(config, "dataset", "takedown"), dry_run=dry_run)
    for version in found:
        say(f"v{version} {'would be ' if dry_run else ''}deleted")
    if not found:
        say("No release holds what was taken down.")


def cache(
    out: Out = OUT,
    config: ConfigFile = None,
    clear: Annotated[bool, typer.Option("--clear", help="Delete it; the next build makes everything again.")] = False,  # noqa: FBT002 - a flag is one
) -> None:
    """Show what builds keep so that they need not make it again, or delete it."""
    from pipeline import release  # noqa: PLC0415
    from pipeline.build import documents, pages  # noqa: PLC0415
    from pipeline.folders import remove  # noqa: PLC0415
    from pipeline.workspace import Job  # noqa: PLC0415

    job = Job(raw=Path(), out=out, config=config_of(config, "dataset"))
    for shelf in (pages.shelf(job), documents.shelf(job)):
        used = shelf.usage()
        say(f"{shelf.folder}: {used.documents:,} {shelf.tables[0]} in {used.bundles:,} bundles, {used.bytes / 1e6:,.1f} MB")
    if clear and job.folder.exists():
        with release.lock(out, job.config.dataset.name):
            remove(job.folder)
        say(f"{job.folder}: deleted")


def _cleaning(config: Path | None) -> Config:
    """Return how a text is cleaned before it is recognised: as a build would, or by the packs alone where corpus.toml has an error."""
    from pipeline.config import default_config  # noqa: PLC0415
    from pipeline.errors import ConfigError  # noqa: PLC0415

    try:
        return config_of(config)
    except ConfigError as error:
        say(f"saring: warning: {error} The text is cleaned without the rules and names of corpus.toml.")
        return default_config()


def _tell(reached: Reach) -> None:
    from pipeline.show import safe  # noqa: PLC0415

    for heading, rows in (("goes", reached.gone), ("stays, though it says some of the same: take it down too?", reached.near)):
        for row in rows.head(_NAMED).iter_rows(named=True):
            share = f", {row['share']:.0%} of it" if "share" in row else ""
            say(f"{heading}: {row['id']} ({safe(row['source'])}{share})")
        if rows.height > _NAMED:
            say(f"{heading}: {rows.height - _NAMED:,} more")
    if not reached.gone.height:
        say("Nothing of the newest release is meant; scrapes that come later will be.")
    if reached.gone.height:
        say("The scrapes themselves stay in raw/ until you delete them.")
    if reached.versions:
        say(f"Releases that hold it: {', '.join(f'v{version}' for version in reached.versions)}")
