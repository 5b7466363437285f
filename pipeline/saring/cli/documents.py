"""The command that shows one document with the history of its text: `saring explain`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from saring.cli.options import OUT, RAW, ConfigFile, Out, Raw, load_or_default, print_message
from saring.core.printable import printable

if TYPE_CHECKING:
    from saring.tools.explain import Explained

__all__ = ["explain"]


def explain(
    wanted: Annotated[str, typer.Argument(metavar="ID|FILE", help="A document of the newest release, by id or source; or a scrape.")],
    raw: Raw = RAW,
    out: Out = OUT,
    config: ConfigFile = None,
) -> None:
    """Show one document with every change and the rule behind it."""
    from saring import release  # noqa: PLC0415
    from saring.core.errors import ConfigError, NoInputError  # noqa: PLC0415
    from saring.core.printable import printable_lines  # noqa: PLC0415
    from saring.release.layout import SITE_LINES  # noqa: PLC0415
    from saring.tools import explain as explaining  # noqa: PLC0415

    is_scrape, has_rules = Path(wanted).is_file(), True
    try:
        settings = load_or_default(config)
    except ConfigError as error:
        if is_scrape:  # it is cleaned now, by rules and names
            raise
        settings, has_rules = load_or_default(config, "dataset"), False
        print_message(f"saring: warning: {error} The document is shown as it was released; lines in doubt are not listed.")
    if is_scrape:
        from saring import read  # noqa: PLC0415
        from saring.tools.clean_scrapes import clean_scrapes  # noqa: PLC0415

        try:
            folder = release.find_release(out, settings.dataset.name)
        except NoInputError:  # nothing is released yet
            folder = None
        batch = read.read_one(Path(wanted), settings, raw)
        lines = explaining.load_site_lines(folder, settings)
        cleaned, links = clean_scrapes(batch.scrapes, settings, lines, blank=True), None
        rejections = [*batch.rejections.to_dicts(), *cleaned.rejections.to_dicts()]
        cleaned = explaining.use_published_ids(cleaned, batch.scrapes, settings, folder)
        rejections += explaining.rejected_documents(cleaned, settings)
    else:
        folder = release.find_release(out, settings.dataset.name)
        release.check_release(folder, "all", "edits", "overlaps", SITE_LINES)
        cleaned, links = explaining.published_document(folder, wanted)
        rejections = []
    for explained in explaining.explain(cleaned.documents, cleaned.edits, links):
        _show(explained)
    doubts = explaining.undecided_lines(cleaned.documents, cleaned.edits, settings, folder) if has_rules else None
    for score, line in () if doubts is None else doubts.select("score", "original").iter_rows():
        print_message(f"kept, although the classifier scores it {score:.2f} as noise: {printable_lines(line.strip()[:100])}")
    for rejection in rejections:
        print_message(printable(f"{rejection['source']}: rejected by {rejection['step']}: {rejection['reason']}: {rejection['message']}"))


def _show(explained: Explained) -> None:
    """Print a document with its history to stdout."""
    from rich.console import Console  # noqa: PLC0415

    from saring.cli.terminal import document_renderables  # noqa: PLC0415

    console = Console(highlight=False, soft_wrap=True)
    for part in document_renderables(explained, coloured=console.is_terminal):
        console.print(part)
