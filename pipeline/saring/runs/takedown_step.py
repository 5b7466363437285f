"""Pages that hold a text that is taken down, or give an address that is, found once they are clean, and left out as if they had never been read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from saring.core.tables import CLEANED, REJECTION, empty
from saring.corpus import takedowns
from saring.runs import cache_keys, clean_step, extract_step
from saring.runs.clean_step import clean_pages
from saring.runs.read_step import taken_down, taken_texts
from saring.runs.site_lines_step import survey_sites, surveyed
from saring.storage.files import write_json
from saring.storage.local_copies import read_table

if TYPE_CHECKING:
    from saring.core.progress import Tell
    from saring.runs.workspace import Job

__all__ = ["leave_out", "tombstones"]


def leave_out(job: Job, tell: Tell) -> None:
    """Take back the documents that hold a text that is taken down, or whose page says that it is at an address that is.

    The lines of sites are counted again without them, and what that changes is cleaned again: else a text on three pages of a site would
    stay in the table of its lines, and the next build, which reads none of these pages, would make another release of the same scrapes.
    """
    if not job.config.takedowns:
        return
    texts = set(taken_texts(job))
    while (found := _alike(job)).height:
        ids = sorted({*taken_down(job), *found["id"]})
        texts |= set(found["takedown"])
        said = {"takedowns": cache_keys.digest(job.config.takedowns), "ids": ids, "texts": sorted(texts)}
        write_json(job.taken, said)
        survey_sites(job, tell)
        clean_pages(job, tell)


def tombstones(job: Job) -> pl.DataFrame:
    """Return the rejections of the pages that were left out; those of earlier builds are among the rejections of reading."""
    places = read_table(job.pages).join(taken_down(job).to_frame(), on="id", how="semi")
    if places.is_empty():
        return empty(REJECTION)
    (gone,) = extract_step.shelf(job).take(places, "pages")
    return takedowns.rejections(gone.select("source", "id", sha256="scrape_sha256"))


def _alike(job: Job) -> pl.DataFrame:
    """Return the pages that hold such a text, before or after they were cleaned, or are at such an address: columns id and takedown.

    Before too, since the ledger quotes what was cut; the address is the page's own, which its scrape did not know.
    """
    cleaned, whole = read_table(job.documents), surveyed(job)
    sides = (clean_step.shelf(job), cleaned, "documents"), (extract_step.shelf(job), whole, "pages")
    found = [takedowns.alike(empty(CLEANED), ()).select("id", "takedown")]
    for shelf, places, table in sides if any(asked.prints for asked in job.config.takedowns) else ():
        rows = shelf.each(places.select("id", "bundle"), table, ["id", "text"])
        found.extend(takedowns.alike(texts, job.config.takedowns).select("id", "takedown") for texts in rows)
    addresses = extract_step.shelf(job).each(whole.select("id", "bundle"), "pages", ["id", "url"])
    found.extend(takedowns.addressed(urls, job.config.takedowns).select("id", "takedown") for urls in addresses)
    return pl.concat(found)
