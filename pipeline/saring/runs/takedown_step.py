"""Pages that hold a text that is taken down, or give an address that is, found once they are clean, and left out as if they had never been read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from saring.core.tables import CLEANED, REJECTION, empty_table
from saring.corpus import takedowns
from saring.runs import cache_keys, clean_step, extract_step
from saring.runs.clean_step import clean_pages
from saring.runs.read_step import takedowns_matched, taken_down_ids
from saring.runs.site_lines_step import count_site_lines, counted_pages
from saring.storage.files import write_json
from saring.storage.local_copies import read_table

if TYPE_CHECKING:
    from saring.core.progress import ProgressCallback
    from saring.runs.workspace import Job

__all__ = ["drop_taken_down", "takedown_tombstones"]


def drop_taken_down(job: Job, on_progress: ProgressCallback) -> None:
    """Take back the documents that hold a text that is taken down, or whose page says that it is at an address that is.

    The lines of sites are counted again without them, and what that changes is cleaned again: else a text on three pages of a site would
    stay in the table of its lines, and the next build, which reads none of these pages, would make another release of the same scrapes.
    """
    if not job.config.takedowns:
        return
    texts = set(takedowns_matched(job))
    while (found := _alike(job)).height:
        ids = sorted({*taken_down_ids(job), *found["id"]})
        texts |= set(found["takedown"])
        said = {"takedowns": cache_keys.hash_of(job.config.takedowns), "ids": ids, "texts": sorted(texts)}
        write_json(job.taken, said)
        count_site_lines(job, on_progress)
        clean_pages(job, on_progress)


def takedown_tombstones(job: Job) -> pl.DataFrame:
    """Return the rejections of the pages that were left out; those of earlier builds are among the rejections of reading."""
    places = read_table(job.pages).join(taken_down_ids(job).to_frame(), on="id", how="semi")
    if places.is_empty():
        return empty_table(REJECTION)
    (gone,) = extract_step.page_cache(job).take(places, "pages")
    return takedowns.takedown_rejections(gone.select("source", "id", sha256="scrape_sha256"))


def _alike(job: Job) -> pl.DataFrame:
    """Return the pages that hold such a text, before or after they were cleaned, or are at such an address: columns id and takedown.

    Before too, since the ledger quotes what was cut; the address is the page's own, which its scrape did not know.
    """
    cleaned, whole = read_table(job.documents), counted_pages(job)
    sides = (clean_step.clean_cache(job), cleaned, "documents"), (extract_step.page_cache(job), whole, "pages")
    found = [takedowns.match_texts(empty_table(CLEANED), ()).select("id", "takedown")]
    for cache, places, table in sides if any(asked.prints for asked in job.config.takedowns) else ():
        rows = cache.each(places.select("id", "entry"), table, ["id", "text"])
        found.extend(takedowns.match_texts(texts, job.config.takedowns).select("id", "takedown") for texts in rows)
    addresses = extract_step.page_cache(job).each(whole.select("id", "entry"), "pages", ["id", "url"])
    found.extend(takedowns.match_urls(urls, job.config.takedowns).select("id", "takedown") for urls in addresses)
    return pl.concat(found)
