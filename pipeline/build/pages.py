"""Scrapes -> pages: the text of each scrape with its encoding repaired, made once and kept on a shelf.

No rule changes what comes out, so a maintainer who changes rules waits for no extraction.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import polars as pl

from pipeline import watchdog, workers
from pipeline.build import fingerprint, late
from pipeline.build.apart import apart, crashed
from pipeline.build.progress import silent
from pipeline.build.shelf import Shelf
from pipeline.clean import Prepared, prepare
from pipeline.noise import site
from pipeline.workspace import whole, write_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pipeline.build.progress import Tell
    from pipeline.watchdog import Watchdog
    from pipeline.workspace import Job

__all__ = ["extract_pages", "held", "shelf"]


def shelf(job: Job) -> Shelf:
    """Return where the pages of a build are kept."""
    return Shelf(job.folder / "pages", (*Prepared._fields, "lines"))


def extract_pages(job: Job, tell: Tell = silent) -> dict[str, Any]:
    """Scrapes -> pages, repairs and rejections, in worker processes; leaves the places of all pages of this build."""
    files = sorted(job.scrapes.glob("*.parquet"))
    made = 0
    with watchdog.on_guard(job.config.build.page_seconds, job.workers, job.folder) as guard:
        work = functools.partial(_prepare_to, to=shelf(job), guard=guard)
        for done, (file, result) in enumerate(workers.each(work, files, min(job.workers, len(files))), start=1):
            made += _prepare_apart(file, shelf(job), guard) if isinstance(result, workers.Died) else result
            file.unlink()
            tell("extracting", done, len(files))
    wanted = pl.read_parquet(job.wanted)
    with whole(job.pages) as temporary:
        write_table(temporary, shelf(job).places(wanted["key"], *_made(job.config.build.page_seconds)))
    return {"pages": wanted.height, "extracted": made, "kept": wanted.height - made}


def held(job: Job) -> pl.DataFrame:
    """Return the pages that need not be made again (`shelf.HELD`)."""
    return shelf(job).held(*_made(job.config.build.page_seconds))


def _made(seconds: int) -> tuple[Mapping[str, str], Mapping[str, str]]:
    return late.either(fingerprint.preparing(), seconds)


def _prepare_to(file: Path, to: Shelf, guard: Watchdog) -> int:
    scrapes = pl.read_parquet(file)
    return _put(to, scrapes, _prepared(scrapes, guard), guard)


def _prepared(scrapes: pl.DataFrame, guard: Watchdog) -> Prepared:
    left, slow = guard.sorted_out(scrapes)
    with guard.watch(left["id"], int(left["content"].str.len_bytes().sum())) as begin:
        prepared = prepare(left, begin)
    lost = watchdog.rejections(_sized(slow), "extract", guard.seconds)
    return prepared._replace(rejections=pl.concat([prepared.rejections, lost]))


def _prepare_apart(file: Path, to: Shelf, guard: Watchdog) -> int:
    scrapes = pl.read_parquet(file)
    parts, guilty = apart(functools.partial(_prepared, guard=guard), scrapes)
    none = prepare(scrapes.clear())._replace(rejections=crashed(_sized(guilty)))
    return _put(to, scrapes, Prepared(*map(pl.concat, zip(none, *parts, strict=True))), guard)


def _sized(scrapes: pl.DataFrame) -> pl.DataFrame:
    return scrapes.with_columns(pl.col("content").str.len_bytes().cast(pl.Int64).alias("bytes"))


def _put(to: Shelf, scrapes: pl.DataFrame, prepared: Prepared, guard: Watchdog) -> int:
    tables = prepared._asdict() | {"lines": site.lines_of(prepared.pages)}
    late.put(to, tables, _sized(scrapes).select("key", "id", "bytes"), _made(guard.seconds))
    return scrapes.height
