"""The lines that sites repeat, counted over all pages, and which of them stand on which page.

A document's key holds the lines of the table that stand on its page, and nothing else of the table: a new page of a site cleans the others
anew only where it makes a line of theirs one that the site repeats.
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


#: Where more than this share of the pages came or went, all are counted anew, which takes as long by then.
_CHANGED = 0.3


def count_site_lines(job: Job, on_progress: ProgressCallback = no_progress) -> dict[str, Any]:
    """Pages but those that are taken down -> the lines that their sites repeat, and the pages' keys with those of their own."""
    on_progress("surveying", 0, 0)
    held = extract_step.cached_pages(job)
    places = read_table(job.pages).join(taken_down_ids(job).to_frame(), on="id", how="anti", maintain_order="left")
    settings = job.config.noise.site_lines, job.config.noise.site_pages
    how = cache_keys.hash_of(cache_keys.prepare_key(), settings, timed_out.late_keys(extract_step.page_cache(job), places))
    made_of = cache_keys.hash_of(how, *places["key"])
    said = job.sites.with_suffix(".json")
    found = read_state(said, "made_of", "how", "sites", "lines")
    if not files_intact(found.get("files"), job.sites, job.counts, job.surveyed):
        found = {}
    if found.get("made_of") != made_of:
        said.unlink(missing_ok=True)
        lines = _lines(job, places, held) if job.config.noise.site_lines else pl.LazyFrame(schema=site_line_counts.LINES)
        known = _recounted(job, lines, places, held) if found.get("how") == how else None
        counts = site_line_counts.count_lines(lines, job.config.noise.site_pages) if known is None else known
        table = site_line_counts.lines_of_sites(counts, job.config.noise.site_pages)
        occurring = site_lines.site_lines_on_pages(lines, table).select("id", "place").collect(engine="streaming")
        for file, what in ((job.sites, table), (job.counts, counts), (job.surveyed, _keyed(places, occurring))):
            with atomic_write(file) as temporary:
                write_table(temporary, what)
        found = {"made_of": made_of, "how": how, "sites": table["site"].n_unique(), "lines": table.height}
        write_json(said, found | {"files": file_digests(job.sites, job.counts, job.surveyed)})
    return {"sites": found["sites"], "lines": found["lines"]}


def counted_pages(job: Job) -> pl.DataFrame:
    """Return where the surveyed pages are now (`cache.HELD`): a survey outlives the entries that it saw."""
    keyed = read_columns(job.surveyed, ["key", "id"])
    return keyed.join(read_table(job.pages).drop("key"), on="id", how="left", maintain_order="left").select(CACHE_INDEX.names())


def _lines(job: Job, places: pl.DataFrame, held: pl.DataFrame) -> pl.LazyFrame:
    entries = places["entry"].unique().sort()
    if entries.is_empty():
        return pl.LazyFrame(schema=site_line_counts.LINES)
    cache = extract_step.page_cache(job)
    lines = pl.scan_parquet(local_files([cache.folder / entry / "lines.parquet" for entry in entries]))
    # What else stands in these entries is little, mostly nothing: leaving it out is ten times as fast as looking up what is wanted.
    others = held.filter(pl.col("entry").is_in(entries.implode())).join(places, on="id", how="anti")
    return lines.join(others.select("id").lazy(), on="id", how="anti") if others.height else lines


def _recounted(job: Job, lines: pl.LazyFrame, places: pl.DataFrame, held: pl.DataFrame) -> pl.DataFrame | None:
    """Return the counts (`site_line_counts.COUNTS`) from those of the last survey; None where all is to be counted anew.

    Args:
        job: with a survey made the same way, of other pages.
        lines: of all pages.
        places: where these are (`cache.HELD`).
        held: where all pages are that the cache holds.
    """
    before = read_columns(job.surveyed, ["page"]).rename({"page": "key"})
    fresh = places.join(before, on="key", how="anti")
    gone = before.join(places, on="key", how="anti").join(held, on="key", how="left")
    if gone["entry"].has_nulls() or fresh.height + gone.height > _CHANGED * places.height:
        return None
    cache, none = extract_step.page_cache(job), [pl.DataFrame(schema=site_line_counts.LINES)]
    come, went = (pl.concat(cache.take(some, "lines") if some.height else none) for some in (fresh, gone))
    return site_line_counts.update_counts(read_table(job.counts), lines, come, went, job.config.noise.site_pages)


def _keyed(places: pl.DataFrame, listed: pl.DataFrame) -> pl.DataFrame:
    """Return the ids of pages with keys of what is to be cleaned (`key`: the key of the `page`, and with it the lines of its site on it)."""
    # Sums, which wrap around, need no order: sorting two million lines took longer than counting them.
    lines = listed.group_by("id").agg(pl.len(), pl.col("place").sum(), pl.col("place").hash(1).sum().alias("again"))
    joined = places.join(lines, on="id", how="left", maintain_order="left")
    keys = [
        key if number is None else hashlib.sha256(f"{key} {number} {place} {again}".encode()).hexdigest()[:32]
        for key, number, place, again in joined.select("key", "len", "place", "again").iter_rows()
    ]
    return places.select(pl.Series("key", keys, dtype=pl.String), "id", pl.col("key").alias("page"))
