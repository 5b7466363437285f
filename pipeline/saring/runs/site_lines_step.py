"""The step `count_site_lines`: the lines that sites repeat on several pages, counted over all pages, and which of them each page has.

The cache key of a document is the key of its page hashed together with the site lines on that page, and with nothing else of the table of
site lines. So a new page of a site invalidates another document of the site only where it turns a line of that one into a site line.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import polars as pl

from saring.core.progress import no_progress
from saring.noise import site_line_counts, site_lines
from saring.runs import cache_keys, extract_step, timed_out
from saring.runs.read_step import taken_down_ids
from saring.storage.cache import CACHE_INDEX
from saring.storage.files import atomic_write, file_digests, files_intact, read_state, write_json, write_table
from saring.storage.local_copies import local_files, read_columns, read_table

if TYPE_CHECKING:
    from saring.core.progress import ProgressCallback
    from saring.runs.workspace import Job

__all__ = ["count_site_lines", "counted_pages"]


#: Where more than this share of the pages is new or gone, all pages are counted again: by then that takes no longer than an update.
_CHANGED = 0.3


def count_site_lines(job: Job, on_progress: ProgressCallback = no_progress) -> dict[str, Any]:
    """Count the lines that sites repeat, over all pages that are not taken down; write their table, the counts and the cache keys of pages.

    Where the pages and the settings are those of the last build, nothing is counted.

    Returns:
        `sites`: how many repeat a line; `lines`: how many lines they repeat.
    """
    on_progress("counting site lines", 0, 0)
    cached = extract_step.cached_pages(job)
    places = read_table(job.pages).join(taken_down_ids(job).to_frame(), on="id", how="anti", maintain_order="left")
    settings = job.config.noise.site_lines, job.config.noise.site_pages
    timed_out_keys = timed_out.timed_out_keys(extract_step.page_cache(job), places)
    method_hash = cache_keys.hash_of(cache_keys.prepare_key(job.config), settings, timed_out_keys)
    input_hash = cache_keys.hash_of(method_hash, *places["key"])
    record_file = job.site_lines.with_suffix(".json")
    record = read_state(record_file, "input", "method", "sites", "lines")
    if not files_intact(record.get("files"), job.site_lines, job.site_line_counts, job.page_keys):
        record = {}
    if record.get("input") != input_hash:
        record_file.unlink(missing_ok=True)
        lines = _scan_lines(job, places, cached) if job.config.noise.site_lines else pl.LazyFrame(schema=site_line_counts.LINE_OCCURRENCES)
        updated = _updated_counts(job, lines, places, cached) if record.get("method") == method_hash else None
        counts = site_line_counts.count_lines(lines, job.config.noise.site_pages) if updated is None else updated
        table = site_line_counts.lines_of_sites(counts, job.config.noise.site_pages)
        lines_on_pages = site_lines.site_lines_on_pages(lines, table).select("id", "place").collect(engine="streaming")
        page_keys = _page_keys(places, lines_on_pages)
        for file, content in ((job.site_lines, table), (job.site_line_counts, counts), (job.page_keys, page_keys)):
            with atomic_write(file) as temporary:
                write_table(temporary, content)
        record = {"input": input_hash, "method": method_hash, "sites": table["site"].n_unique(), "lines": table.height}
        write_json(record_file, record | {"files": file_digests(job.site_lines, job.site_line_counts, job.page_keys)})
    return {"sites": record["sites"], "lines": record["lines"]}


def counted_pages(job: Job) -> pl.DataFrame:
    """Return the cache index of the pages over which site lines were counted (`CACHE_INDEX`), with the cache keys of their documents.

    Looked up in the present index: trimming the cache may have moved pages to other entries since they were counted.
    """
    page_keys = read_columns(job.page_keys, ["key", "id"])
    return page_keys.join(read_table(job.pages).drop("key"), on="id", how="left", maintain_order="left").select(CACHE_INDEX.names())


def _scan_lines(job: Job, places: pl.DataFrame, cached: pl.DataFrame) -> pl.LazyFrame:
    """Return the lines of the pages that `places` locates in the page cache, as a lazy scan (`site_line_counts.LINE_OCCURRENCES`).

    Args:
        job: its cache of pages.
        places: cache index of the pages.
        cached: cache index of all pages in the cache.
    """
    entries = places["entry"].unique().sort()
    if entries.is_empty():
        return pl.LazyFrame(schema=site_line_counts.LINE_OCCURRENCES)
    cache = extract_step.page_cache(job)
    lines = pl.scan_parquet(local_files([cache.folder / entry / "lines.parquet" for entry in entries]))
    # These entries hold few other pages, mostly none: excluding those is ten times as fast as selecting the wanted ones.
    unwanted = cached.filter(pl.col("entry").is_in(entries.implode())).join(places, on="id", how="anti")
    return lines.join(unwanted.select("id").lazy(), on="id", how="anti") if unwanted.height else lines


def _updated_counts(job: Job, lines: pl.LazyFrame, places: pl.DataFrame, cached: pl.DataFrame) -> pl.DataFrame | None:
    """Return line counts (`site_line_counts.LINE_COUNTS`) updated from those of the last build by the pages that are new and gone.

    Args:
        job: its last counts were made by the same method, of other pages.
        lines: the lines of all present pages.
        places: cache index of the present pages.
        cached: cache index of all pages in the cache.

    Returns:
        None where all pages have to be counted again: too many changed, or a page that is gone is no longer in the cache.
    """
    before = read_columns(job.page_keys, ["page"]).rename({"page": "key"})
    new_pages = places.join(before, on="key", how="anti")
    old_pages = before.join(places, on="key", how="anti").join(cached, on="key", how="left")
    if old_pages["entry"].has_nulls() or new_pages.height + old_pages.height > _CHANGED * places.height:
        return None
    cache, no_lines = extract_step.page_cache(job), [pl.DataFrame(schema=site_line_counts.LINE_OCCURRENCES)]
    added, removed = (pl.concat(cache.take(pages, "lines") if pages.height else no_lines) for pages in (new_pages, old_pages))
    return site_line_counts.update_counts(read_table(job.site_line_counts), lines, added, removed, job.config.noise.site_pages)


def _page_keys(places: pl.DataFrame, lines_on_pages: pl.DataFrame) -> pl.DataFrame:
    """Return the cache keys of the documents that pages will become: columns key, id, and page (the key of the page itself).

    The key of a page without site lines is the key of its document. Of another page, it is hashed together with its site lines:

        page "p1", its lines at the places 3 and 8 of the table  ->  sha256("p1 2 11 <sum of the hashes of 3 and 8>")

    Args:
        places: cache index of the pages.
        lines_on_pages: columns id, and place (the position in the table of site lines), a row for each site line on each page.
    """
    # Sums, which wrap around, need no order: sorting two million lines took longer than counting them.
    lines = lines_on_pages.group_by("id").agg(pl.len(), pl.col("place").sum(), pl.col("place").hash(1).sum().alias("hash_sum"))
    joined = places.join(lines, on="id", how="left", maintain_order="left")
    keys = [
        key if number is None else hashlib.sha256(f"{key} {number} {place} {hash_sum}".encode()).hexdigest()[:32]
        for key, number, place, hash_sum in joined.select("key", "len", "place", "hash_sum").iter_rows()
    ]
    return places.select(pl.Series("key", keys, dtype=pl.String), "id", pl.col("key").alias("page"))
