"""Scrapes -> pages: the text of each scrape with its encoding repaired, made once and kept on a shelf.

No rule changes what comes out, so a maintainer who changes rules waits for no extraction.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from saring.clean import Prepared, lines_of, prepare, warm_up
from saring.compute import time_limit
from saring.compute.bisection import apart, crashed
from saring.compute.pool import Died
from saring.core.progress import silent
from saring.runs import cache_keys, timed_out
from saring.runs.executor import crew_of
from saring.storage.cache import Shelf
from saring.storage.files import whole, write_table
from saring.storage.local_copies import read_table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from saring.compute.time_limit import Watchdog
    from saring.core.progress import Tell
    from saring.runs.workspace import Job

__all__ = ["extract_pages", "held", "shelf"]


def shelf(job: Job) -> Shelf:
    """Return where the pages of a build are kept."""
    return Shelf(job.folder / "pages", (*Prepared._fields, "lines"))


def extract_pages(job: Job, tell: Tell = silent) -> dict[str, Any]:
    """Scrapes -> pages, repairs and rejections, in worker processes; leaves the places of all pages of this build."""
    files = sorted(job.scrapes.glob("*.parquet"))
    made = 0
    load = functools.partial(warm_up, job.config)
    watch = time_limit.on_guard(job.config.build.page_seconds, bool(job.workers or job.dask), job.folder, load)
    with crew_of(job) as crew, watch as guard:
        given = _Given(shelf(job), guard)
        for done, (file, result) in enumerate(crew.each(_prepare_to, files, given), start=1):
            made += _prepare_apart(file, given) if isinstance(result, Died) else result
            file.unlink()
            tell("extracting", done, len(files))
    wanted = read_table(job.wanted)
    with whole(job.pages) as temporary:
        write_table(temporary, shelf(job).places(wanted["key"], *_made(job.config.build.page_seconds)))
    return {"pages": wanted.height, "extracted": made, "kept": wanted.height - made}


def held(job: Job) -> pl.DataFrame:
    """Return the pages that need not be made again (`shelf.HELD`)."""
    return shelf(job).held(*_made(job.config.build.page_seconds))


def _made(seconds: int) -> tuple[Mapping[str, str], Mapping[str, str]]:
    return timed_out.either(cache_keys.preparing(), seconds)


class _Given(NamedTuple):
    """What extraction needs besides scrapes: the shelf that pages go to, and the watchdog."""

    to: Shelf
    guard: Watchdog


class _Extracted(NamedTuple):
    """What goes on the shelf: that of `Prepared`, and the lines that a survey of sites counts."""

    pages: pl.DataFrame
    edits: pl.DataFrame
    rejections: pl.DataFrame
    lines: pl.DataFrame


def _prepare_to(file: Path, given: _Given) -> int:
    scrapes = read_table(file)
    return _put(scrapes, _prepared(scrapes, given.guard), given)


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


def _prepare_apart(file: Path, given: _Given) -> int:
    scrapes = read_table(file)
    parts, guilty = apart(_prepared, scrapes, given.guard, given.guard)
    none = _extracted(scrapes.clear(), time_limit.unwatched)._replace(rejections=crashed(_sized(guilty)))
    return _put(scrapes, _joined([none, *parts]), given)


def _sized(scrapes: pl.DataFrame) -> pl.DataFrame:
    return scrapes.with_columns(pl.col("content").str.len_bytes().cast(pl.Int64).alias("bytes"))


def _put(scrapes: pl.DataFrame, extracted: _Extracted, given: _Given) -> int:
    # Of the text, since that is what cleaning will cost: a page's markup is ten to thirty times as large.
    sizes = extracted.pages.select("id", pl.col("text").str.len_bytes().cast(pl.Int64).alias("bytes"))
    keys = scrapes.select("key", "id").join(sizes, on="id", how="left", maintain_order="left").with_columns(pl.col("bytes").fill_null(0))
    timed_out.put(given.to, extracted._asdict(), keys, _made(given.guard.seconds))
    return scrapes.height
