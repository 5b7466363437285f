"""Find the documents of a build that hold a taken-down text or URL, once they are clean, so that the build goes on without them.

The takedowns of `takedowns.toml` that name an id are met while scrapes are read. A text can be recognised only in extracted pages and cleaned
documents, and a page may give a URL that its scrape did not know. So this step searches those; `build_steps.run_steps` then counts the site
lines again without the documents that were found and cleans what that changes, until a search finds nothing new. Without the repetition, a
text on three pages of a site would stay in its table of site lines, and the next build, which reads none of these pages, would make another
release of the same scrapes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from saring.core.progress import no_progress
from saring.core.tables import CLEANED, REJECTION, empty_table
from saring.corpus import takedowns
from saring.runs import cache_keys, extract_step, reuse_documents, timed_out
from saring.runs.read_step import load_takedown_record, save_takedown_record, takedowns_matched, taken_down_ids
from saring.runs.site_lines_step import counted_pages
from saring.storage.local_copies import read_table

if TYPE_CHECKING:
    from saring.core.progress import ProgressCallback
    from saring.runs.workspace import Job

__all__ = ["find_takedowns", "takedown_tombstones"]


def find_takedowns(job: Job, on_progress: ProgressCallback = no_progress) -> dict[str, Any]:
    """Search the pages and documents of a build for taken-down texts and URLs; record the ids of those that hold one (`job.takedown_record`).

    Documents that were searched with the same takedowns before are not searched again, and a corpus without takedowns costs nothing.

    Returns:
        `matched`: how many documents were found, none of which an earlier search had.
    """
    if not job.config.takedowns:
        return {"matched": 0}
    searched = _search_key(job)
    record = load_takedown_record(job)
    if record.get("searched") == searched:
        return {"matched": 0}
    on_progress("searching for takedowns", 0, 0)
    matches = _matching_pages(job)
    ids = sorted({*taken_down_ids(job), *matches["id"]})
    numbers = sorted({*takedowns_matched(job), *matches["takedown"]})
    save_takedown_record(job, ids, numbers, searched="" if matches.height else searched)
    return {"matched": matches["id"].n_unique()}


def takedown_tombstones(job: Job) -> pl.DataFrame:
    """Return tombstones (rejections that quote nothing) of the pages in which this build found a taken-down text or URL.

    Scrapes that earlier builds found are rejected on reading, and have their tombstones there.
    """
    places = read_table(job.pages).join(taken_down_ids(job).to_frame(), on="id", how="semi")
    if places.is_empty():
        return empty_table(REJECTION)
    (pages,) = extract_step.page_cache(job).take(places, "pages")
    return takedowns.takedown_rejections(pages.select("source", "id", sha256="scrape_sha256"))


def _search_key(job: Job) -> str:
    """Return the hash of what a search depends on: the takedowns, and the pages and documents by their cache keys."""
    places = read_table(job.documents)
    timed_out_keys = timed_out.timed_out_keys(reuse_documents.clean_cache(job), places)
    return cache_keys.hash_of(cache_keys.clean_key(job.config), job.config.takedowns, timed_out_keys, *places["key"].sort())


def _matching_pages(job: Job) -> pl.DataFrame:
    """Return the pages that hold a taken-down text, before or after cleaning, or have a taken-down URL: columns id and takedown (its number).

    The text before cleaning is searched too, since the ledger quotes what was cut from it.
    """
    documents, pages = read_table(job.documents), counted_pages(job)
    text_tables = (reuse_documents.clean_cache(job), documents, "documents"), (extract_step.page_cache(job), pages, "pages")
    matches = [takedowns.match_texts(empty_table(CLEANED), ()).select("id", "takedown")]
    for cache, places, table in text_tables if any(takedown.prints for takedown in job.config.takedowns) else ():
        rows = cache.each(places.select("id", "entry"), table, ["id", "text"])
        matches.extend(takedowns.match_texts(texts, job.config.takedowns).select("id", "takedown") for texts in rows)
    addresses = extract_step.page_cache(job).each(pages.select("id", "entry"), "pages", ["id", "url"])
    matches.extend(takedowns.match_urls(urls, job.config.takedowns).select("id", "takedown") for urls in addresses)
    return pl.concat(matches)
