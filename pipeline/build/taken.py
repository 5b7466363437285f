"""Pages that hold a text that is taken down, or give an address that is, found once they are clean, and left out as if they had never been read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipeline import takedown
from pipeline.build import documents, fingerprint, pages
from pipeline.build.documents import clean_pages
from pipeline.build.scrapes import taken_down, taken_texts
from pipeline.build.sites import survey_sites, surveyed
from pipeline.copies import read_table
from pipeline.records import CLEANED, REJECTION, empty
from pipeline.workspace import write_json

if TYPE_CHECKING:
    from pipeline.build.progress import Tell
    from pipeline.workspace import Job

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
        said = {"takedowns": fingerprint.digest(job.config.takedowns), "ids": ids, "texts": sorted(texts)}
        write_json(job.taken, said)
        survey_sites(job, tell)
        clean_pages(job, tell)


def tombstones(job: Job) -> pl.DataFrame:
    """Return the rejections of the pages that were left out; those of earlier builds are among the rejections of reading."""
    places = read_table(job.pages).join(taken_down(job).to_frame(), on="id", how="semi")
    if places.is_empty():
        return empty(REJECTION)
    (gone,) = pages.shelf(job).take(places, "pages")
    return takedown.rejections(gone.select("source", "id", sha256="scrape_sha256"))


def _alike(job: Job) -> pl.DataFrame:
    """Return the pages that hold such a text, before or after they were cleaned, or are at such an address: columns id and takedown.

    Before too, since the ledger quotes what was cut; the address is the page's own, which its scrape did not know.
    """
    cleaned, whole = read_table(job.documents), surveyed(job)
    sides = (documents.shelf(job), cleaned, "documents"), (pages.shelf(job), whole, "pages")
    found = [takedown.alike(empty(CLEANED), ()).select("id", "takedown")]
    for shelf, places, table in sides if any(asked.prints for asked in job.config.takedowns) else ():
        rows = shelf.each(places.select("id", "bundle"), table, ["id", "text"])
        found.extend(takedown.alike(texts, job.config.takedowns).select("id", "takedown") for texts in rows)
    addresses = pages.shelf(job).each(whole.select("id", "bundle"), "pages", ["id", "url"])
    found.extend(takedown.addressed(urls, job.config.takedowns).select("id", "takedown") for urls in addresses)
    return pl.concat(found)
