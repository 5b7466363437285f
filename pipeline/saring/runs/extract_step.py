"""Scrapes -> pages: the text of each scrape with its encoding repaired, made once and kept on a cache.

No rule changes what comes out, so a maintainer who changes rules waits for no extraction.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from saring.clean_batch import Prepared, lines_of, prepare, warm_up
from saring.compute import time_limit
from saring.compute.bisection import crash_rejections, run_bisected
from saring.compute.pool import WorkerDied
from saring.core.progress import no_progress
from saring.runs import cache_keys, timed_out
from saring.runs.executor import executor_for
from saring.storage.cache import Cache
from saring.storage.files import atomic_write, write_table
from saring.storage.local_copies import read_table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from saring.compute.time_limit import Watchdog
    from saring.core.progress import ProgressCallback
    from saring.runs.workspace import Job

__all__ = ["cached_pages", "extract_pages", "page_cache"]


def page_cache(job: Job) -> Cache:
    """Return where the pages of a build are kept."""
    return Cache(job.folder / "pages", (*Prepared._fields, "lines"))


def extract_pages(job: Job, on_progress: ProgressCallback = no_progress) -> dict[str, Any]:
    """Scrapes -> pages, repairs and rejections, in worker processes; leaves the places of all pages of this build."""
    files = sorted(job.scrapes.glob("*.parquet"))
    made = 0
    load = functools.partial(warm_up, job.config)
    watch = time_limit.watchdog_for(job.config.build.page_seconds, bool(job.workers or job.dask), job.folder, load)
    with executor_for(job) as executor, watch as guard:
        context = _Context(page_cache(job), guard)
        for done, (file, result) in enumerate(executor.map(_prepare_to, files, context), start=1):
            made += _prepare_apart(file, context) if isinstance(result, WorkerDied) else result
            file.unlink()
            on_progress("extracting", done, len(files))
    wanted = read_table(job.wanted)
    with atomic_write(job.pages) as temporary:
        write_table(temporary, page_cache(job).places(wanted["key"], *_made(job.config.build.page_seconds)))
    return {"pages": wanted.height, "extracted": made, "kept": wanted.height - made}


def cached_pages(job: Job) -> pl.DataFrame:
    """Return the pages that need not be made again (`clean_cache.HELD`)."""
    return page_cache(job).held(*_made(job.config.build.page_seconds))


def _made(seconds: int) -> tuple[Mapping[str, str], Mapping[str, str]]:
    return timed_out.on_time_and_late(cache_keys.prepare_key(), seconds)


class _Context(NamedTuple):
    """What extraction needs besides scrapes: the cache that pages go to, and the watchdog."""

    to: Cache
    guard: Watchdog


class _Extracted(NamedTuple):
    """What goes on the cache: that of `Prepared`, and the lines that a survey of sites counts."""

    pages: pl.DataFrame
    edits: pl.DataFrame
    rejections: pl.DataFrame
    lines: pl.DataFrame


def _prepare_to(file: Path, context: _Context) -> int:
    scrapes = read_table(file)
    return _put(scrapes, _prepared(scrapes, context.guard), context)


def _prepared(scrapes: pl.DataFrame, guard: Watchdog) -> _Extracted:
    results, slow = guard.run(_extracted, scrapes, pl.col("content").str.len_bytes())
    extracted = _joined(results)
    lost = time_limit.rejections(_sized(slow), "extract", guard.seconds)
    return extracted._replace(rejections=pl.concat([extracted.rejections, lost]))


def _extracted(scrapes: pl.DataFrame, begin: Callable[[str | None], None]) -> _Extracted:
    prepared = prepare(scrapes, begin)
    return _Extracted(*prepared, lines_of(prepared.pages))


def _joined(parts: list[_Extracted]) -> _Extracted:
    return _Extracted(*map(pl.concat, zip(*parts, strict=True)))


def _prepare_apart(file: Path, context: _Context) -> int:
    scrapes = read_table(file)
    parts, guilty = run_bisected(_prepared, scrapes, context.guard, context.guard)
    none = _extracted(scrapes.clear(), time_limit.no_watch)._replace(rejections=crash_rejections(_sized(guilty)))
    return _put(scrapes, _joined([none, *parts]), context)


def _sized(scrapes: pl.DataFrame) -> pl.DataFrame:
    return scrapes.with_columns(pl.col("content").str.len_bytes().cast(pl.Int64).alias("bytes"))


def _put(scrapes: pl.DataFrame, extracted: _Extracted, context: _Context) -> int:
    # Of the text, since that is what cleaning will cost: a page's markup is ten to thirty times as large.
    sizes = extracted.pages.select("id", pl.col("text").str.len_bytes().cast(pl.Int64).alias("bytes"))
    keys = scrapes.select("key", "id").join(sizes, on="id", how="left", maintain_order="left").with_columns(pl.col("bytes").fill_null(0))
    timed_out.put_by_lateness(context.to, extracted._asdict(), keys, _made(context.guard.seconds))
    return scrapes.height
