"""Scrapes -> pages: the text of each scrape with its encoding repaired, made once and kept on a shelf.

No rule changes what comes out, so a maintainer who changes rules waits for no extraction.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import polars as pl

from pipeline import workers
from pipeline.build import fingerprint
from pipeline.build.apart import apart, crashed
from pipeline.build.progress import silent
from pipeline.build.shelf import Shelf
from pipeline.clean import Prepared, prepare
from pipeline.copies import read_table
from pipeline.noise import site
from pipeline.workspace import whole, write_table

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.build.progress import Tell
    from pipeline.workspace import Job

__all__ = ["extract_pages", "shelf"]


def shelf(job: Job) -> Shelf:
    """Return where the pages of a build are kept."""
    return Shelf(job.folder / "pages", (*Prepared._fields, "lines"))


def extract_pages(job: Job, tell: Tell = silent) -> dict[str, Any]:
    """Scrapes -> pages, repairs and rejections, in worker processes; leaves the places of all pages of this build."""
    files = sorted(job.scrapes.glob("*.parquet"))
    made = 0
    for done, (file, result) in enumerate(
        workers.each(functools.partial(_prepare_to, to=shelf(job)), files, min(job.workers, len(files))), start=1
    ):
        made += _prepare_apart(shelf(job), file) if isinstance(result, workers.Died) else result
        file.unlink()
        tell("extracting", done, len(files))
    wanted = read_table(job.wanted)
    with whole(job.pages) as temporary:
        write_table(temporary, shelf(job).places(wanted["key"], fingerprint.preparing()))
    return {"pages": wanted.height, "extracted": made, "kept": wanted.height - made}


def _prepare_to(file: Path, to: Shelf) -> int:
    scrapes = read_table(file)
    return _put(to, scrapes, prepare(scrapes))


def _prepare_apart(shelf: Shelf, file: Path) -> int:
    scrapes = read_table(file)
    parts, guilty = apart(prepare, scrapes)
    lost = crashed(guilty.with_columns(pl.col("content").str.len_bytes().alias("bytes")))
    none = prepare(scrapes.clear())
    return _put(shelf, scrapes, Prepared(*map(pl.concat, zip(none._replace(rejections=lost), *parts, strict=True))))


def _put(shelf: Shelf, scrapes: pl.DataFrame, prepared: Prepared) -> int:
    keys = scrapes.select("key", "id", pl.col("content").str.len_bytes().cast(pl.Int64).alias("bytes"))
    tables = prepared._asdict() | {"lines": site.lines_of(prepared.pages)}
    shelf.put(tables, keys, fingerprint.preparing())
    return scrapes.height
