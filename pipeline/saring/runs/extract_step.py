"""The step `extract_pages`: scrapes -> pages, that is the main text of each scrape with its encoding repaired, in a content-addressed cache.

Of corpus.toml, only `[extract]` affects extraction, no rule or name, so a maintainer who changes rules waits for no extraction.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from saring.clean_batch import Prepared, preload, prepare, site_line_occurrences
from saring.compute import time_limit
from saring.compute.bisection import crash_rejections, run_bisected
from saring.compute.pool import WorkerDied
from saring.compute.task_context import TaskContext
from saring.core.progress import no_progress
from saring.runs import cache_keys, timed_out
from saring.runs.executor import executor_for
from saring.runs.workspace import PAGES
from saring.storage.cache import Cache
from saring.storage.files import atomic_write, write_table
from saring.storage.local_copies import read_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from saring.config import Config
    from saring.core.progress import ProgressCallback
    from saring.runs.workspace import Job

__all__ = ["cached_pages", "extract_pages", "page_cache"]


def page_cache(job: Job) -> Cache:
    """Return the cache of extracted pages in the workspace of a job."""
    return Cache(job.folder / PAGES, (*Prepared._fields, "lines"))


def extract_pages(job: Job, on_progress: ProgressCallback = no_progress) -> dict[str, Any]:
    """Extract the scrapes that have no cached page, in worker processes; write the cache index of this build's pages (`job.pages`).

    Reads the batches of scrapes that `read_scrapes` wrote, and deletes each once its pages are in the cache, so that a killed build goes on
    from there.

    Returns:
        `pages`: how many this build has; `extracted`: how many of them were extracted now; `kept`: how many were in the cache.
    """
    files = sorted(job.scrapes.glob("*.parquet"))
    extracted = 0
    load = functools.partial(preload, job.config)
    watch = time_limit.watchdog_for(job.config.build.page_seconds, bool(job.workers or job.dask), job.folder, load)
    with executor_for(job) as executor, watch as watchdog:
        inputs = _ExtractInputs(page_cache(job), _provenance(job.config), job.config.extract.format)
        context = TaskContext(inputs, watchdog)
        for done, (file, result) in enumerate(executor.map(_extract_file, files, context), start=1):
            extracted += _bisect_file(file, context) if isinstance(result, WorkerDied) else result
            file.unlink()
            on_progress("extracting", done, len(files))
    scrapes = read_table(job.scrape_index)
    with atomic_write(job.pages) as temporary:
        write_table(temporary, page_cache(job).places(scrapes["key"], *_provenance(job.config)))
    return {"pages": scrapes.height, "extracted": extracted, "kept": scrapes.height - extracted}


def cached_pages(job: Job) -> pl.DataFrame:
    """Return the cache index (`CACHE_INDEX`) of all extracted pages that this program, under this time limit, need not extract again."""
    return page_cache(job).cached_index(*_provenance(job.config))


def _provenance(config: Config) -> timed_out.Provenance:
    """Return the provenance of extracted pages under the settings of extraction and the time limit for a page."""
    return timed_out.provenance(cache_keys.prepare_key(config), config.build.page_seconds)


class _ExtractInputs(NamedTuple):
    """Inputs of extraction that are the same for all batches of a build.

    Attributes:
        pages: the cache that pages are put into.
        made_with: the provenance of the pages.
        text_format: of the text of HTML pages (`[extract] format`).
    """

    pages: Cache
    made_with: timed_out.Provenance
    text_format: str


class _Extracted(NamedTuple):
    """Tables of a cache entry of extracted pages: those of `Prepared`, and the lines of the pages, from which site lines are counted."""

    pages: pl.DataFrame
    edits: pl.DataFrame
    rejections: pl.DataFrame
    lines: pl.DataFrame


def _extract_file(file: Path, context: TaskContext[_ExtractInputs]) -> int:
    """Extract the scrapes of one file, and put the pages into the cache; return how many scrapes these were. Runs in a worker."""
    scrapes = read_table(file)
    return _put(scrapes, _extract_watched(scrapes, context), context)


def _extract_watched(scrapes: pl.DataFrame, context: TaskContext[_ExtractInputs]) -> _Extracted:
    """Extract a batch of scrapes under the watchdog; a scrape that is known to exceed the time limit becomes a rejection."""
    results, slow_scrapes = context.watchdog.run(
        functools.partial(_extract, text_format=context.payload.text_format), scrapes, pl.col("content").str.len_bytes()
    )
    extracted = _concat(results)
    timeouts = time_limit.rejections(_with_bytes(slow_scrapes), "extract", context.watchdog.seconds)
    return extracted._replace(rejections=pl.concat([extracted.rejections, timeouts]))


def _extract(scrapes: pl.DataFrame, announce: Callable[[str | None], None], text_format: str) -> _Extracted:
    """Extract the pages of a batch of scrapes, repair their encoding, and list their lines; `announce` is the callback of the watchdog."""
    prepared = prepare(scrapes, announce, text_format=text_format)
    return _Extracted(*prepared, site_line_occurrences(prepared.pages, text_format=text_format))


def _concat(parts: list[_Extracted]) -> _Extracted:
    """Concatenate the tables of the parts of a batch."""
    return _Extracted(*map(pl.concat, zip(*parts, strict=True)))


def _bisect_file(file: Path, context: TaskContext[_ExtractInputs]) -> int:
    """Extract the scrapes of a file on which a worker died, bisecting them: a scrape that ends its process becomes a rejection."""
    scrapes = read_table(file)
    parts, crashing_scrapes = run_bisected(_extract_watched, scrapes, context)
    crashed = _extract(scrapes.clear(), time_limit.no_watch, context.payload.text_format)._replace(
        rejections=crash_rejections(_with_bytes(crashing_scrapes))
    )
    return _put(scrapes, _concat([crashed, *parts]), context)


def _with_bytes(scrapes: pl.DataFrame) -> pl.DataFrame:
    """Return scrapes with a column `bytes`, the size of their content, for their rejections."""
    return scrapes.with_columns(pl.col("content").str.len_bytes().cast(pl.Int64).alias("bytes"))


def _put(scrapes: pl.DataFrame, extracted: _Extracted, context: TaskContext[_ExtractInputs]) -> int:
    """Put the pages of a batch of scrapes into the cache; return how many scrapes these were."""
    # The size in the cache index is that of the text, since that is what cleaning will cost: a page's markup is ten to thirty times as large.
    sizes = extracted.pages.select("id", pl.col("text").str.len_bytes().cast(pl.Int64).alias("bytes"))
    keys = scrapes.select("key", "id").join(sizes, on="id", how="left", maintain_order="left").with_columns(pl.col("bytes").fill_null(0))
    timed_out.put_by_timeout(context.payload.pages, extracted._asdict(), keys, context.payload.made_with)
    return scrapes.height
