"""Commands for removal requests and for the build cache: `saring takedown`, `saring purge` and `saring cache`."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from saring.cli.options import OUT, ConfigFile, DryRun, Out, load_or_default, print_message
from saring.core.plurals import counted, list_first

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saring.config import Config
    from saring.config.settings import Takedown
    from saring.tools.takedown.reach import Reach

__all__ = ["cache", "purge", "takedown"]

#: Documents that are listed by id; beyond that only their number is printed.
_NAMED = 20


def takedown(  # noqa: PLR0917 - the options of a command
    url: Annotated[str | None, typer.Option("--url", metavar="URL", help="All scrapes of this address.")] = None,
    id_: Annotated[
        str | None,
        typer.Option("--id", metavar="ID", help="A document, by id, the start of its id or source, and all scrapes of its address."),
    ] = None,
    like: Annotated[
        Path | None, typer.Option("--like", metavar="FILE", help="A text, and every document that contains half of it.")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it stays in takedowns.toml and is not published.")] = "",
    out: Out = OUT,
    config: ConfigFile = None,
    dry_run: DryRun = False,  # noqa: FBT002 - a flag is one
    in_advance: Annotated[  # noqa: FBT002 - a flag is one
        bool, typer.Option("--in-advance", help="Write it down although no release contains it, for scrapes to come.")
    ] = False,
) -> None:
    """Keep a page or a text out of the next and all later releases.

    `saring build` then makes a release without it, and `saring purge` deletes the old releases that still contain it.
    """
    from saring.config import TAKEDOWNS  # noqa: PLC0415
    from saring.core.errors import SaringError  # noqa: PLC0415
    from saring.corpus.takedowns import append_takedowns  # noqa: PLC0415
    from saring.tools.takedown import reach  # noqa: PLC0415

    if sum(option is not None for option in (url, id_, like)) != 1:
        raise typer.BadParameter("say what to take down: pass one of --url, --id and --like.")
    settings = load_or_default(config, "dataset", "takedown")
    requested = (
        reach.takedown_by_url(url)
        if url
        else reach.takedown_by_id(id_, out, settings.dataset.name)
        if id_
        else reach.takedown_by_text(like or Path(), _cleaning(config))
    )
    reached = reach.find_reach(requested, out, settings)
    known = [reach.takedown_of_page(id_) for id_ in reached.removed_documents["id"]] if like and reached.removed_documents.height else []
    entries = [
        dataclasses.replace(entry, asked=dt.datetime.now(tz=dt.UTC).date().isoformat(), reason=reason) for entry in (requested, *known)
    ]
    file = (config or Path("corpus.toml")).with_name(TAKEDOWNS)
    new = [entry for entry in entries if not _is_listed(entry, settings.takedowns)]
    if reached.is_empty and new and not in_advance:
        _print_reach(reached)
        wanted = f"a page of {url}" if url else f"a document with the id {id_}" if id_ else f"a document with half of the text of {like}"
        raise SaringError(_no_match_message(out / settings.dataset.name, wanted, reached))
    if new and not dry_run:
        append_takedowns(file, new)
    _print_reach(reached)
    if not new:
        print_message(f"{file}: already lists this takedown; nothing was written.")
        return
    print_message(
        f"{file}: {'would be ' if dry_run else ''}written. Now: `saring build`, `saring purge`, and `saring publish` where you publish."
    )
    print_message("A hub keeps the history of its files: ask it to delete the old revisions, or delete and publish the dataset anew.")


def purge(out: Out = OUT, config: ConfigFile = None, dry_run: DryRun = False) -> None:  # noqa: FBT002 - a flag is one
    """Delete the old releases that still contain what was taken down."""
    from saring.tools.takedown.purge import purge as run  # noqa: PLC0415

    versions = run(out, load_or_default(config, "dataset", "takedown"), dry_run=dry_run)
    for version in versions:
        print_message(f"v{version} {'would be ' if dry_run else ''}deleted")
    if not versions:
        print_message("No release contains anything that was taken down.")


def cache(
    out: Out = OUT,
    config: ConfigFile = None,
    clear: Annotated[bool, typer.Option("--clear", help="Delete it; the next build computes everything again.")] = False,  # noqa: FBT002 - a flag is one
) -> None:
    """Show the size of the build cache, or delete it."""
    from saring import release  # noqa: PLC0415
    from saring.runs import extract_step, reuse_documents  # noqa: PLC0415
    from saring.runs.workspace import Job  # noqa: PLC0415
    from saring.storage.paths import remove  # noqa: PLC0415

    job = Job(raw=Path(), out=out, config=load_or_default(config, "dataset"))
    for cache in (extract_step.page_cache(job), reuse_documents.clean_cache(job)):
        used = cache.usage()
        kept = counted(used.documents, cache.tables[0].removesuffix("s"))
        print_message(f"{cache.folder}: {kept} in {counted(used.entries, 'cache entry', 'cache entries')}, {used.bytes / 1e6:,.1f} MB")
    if clear and job.folder.exists():
        with release.lock(out, job.config.dataset.name):
            remove(job.folder)
        print_message(f"{job.folder}: deleted")


def _cleaning(config: Path | None) -> Config:
    """Load the configuration for cleaning a text that is to be taken down: corpus.toml, or the shipped rule packs if it has an error."""
    from saring.config import default_config  # noqa: PLC0415
    from saring.core.errors import ConfigError  # noqa: PLC0415

    try:
        return load_or_default(config)
    except ConfigError as error:
        print_message(f"saring: warning: {error} The text is cleaned without the rules and names of corpus.toml.")
        return default_config()


def _is_listed(entry: Takedown, takedowns: Sequence[Takedown]) -> bool:
    """Return whether takedowns.toml already lists the same page or text."""
    return any((entry.id, entry.prints) == (listed.id, listed.prints) for listed in takedowns)


def _no_match_message(home: Path, wanted: str, reached: Reach) -> str:
    """Return the error message for a takedown that matches no document of any release."""
    versions = list_first([f"v{version}" for version in reversed(reached.searched)], 5)
    count = counted(len(reached.searched), "release")
    through = f"nothing in the documents, ledgers and rejections of {count} ({versions})" if versions else "no release yet"
    hint = "Check the spelling, build first if its scrape is new, or pass --in-advance to keep out scrapes that come later."
    return f"{home}: expected {wanted}, found {through}. Nothing was written. {hint}"


def _print_reach(reached: Reach) -> None:
    from saring.core.printable import printable_lines  # noqa: PLC0415

    for heading, rows in (
        ("goes", reached.removed_documents),
        ("stays, though it says some of the same: take it down too?", reached.similar_documents),
    ):
        for row in rows.head(_NAMED).iter_rows(named=True):
            share = f", {row['share']:.0%} of it" if "share" in row else ""
            print_message(f"{heading}: {row['id']} ({printable_lines(row['source'])}{share})")
        if rows.height > _NAMED:
            print_message(f"{heading}: {rows.height - _NAMED:,} more")
    for source, reason in reached.rejected.iter_rows():
        print_message(f"goes: {printable_lines(source)}, which the newest release lists as rejected ({reason})")
    if not reached.removed_documents.height and reached.searched:
        print_message("No document of the newest release matches.")
    if reached.removed_documents.height:
        print_message("The scrapes themselves stay in raw/ until you delete them.")
    if reached.versions:
        print_message(f"Releases that contain it: {', '.join(f'v{version}' for version in reached.versions)}")
