"""Clean scrapes outside a build, under its limits: a page that takes too long or crashes a worker process is rejected, others are kept."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import polars as pl

from saring.clean_batch import Cleaned, clean, preload, prepare
from saring.compute import pool, time_limit
from saring.compute.bisection import crash_rejections, map_bisecting
from saring.compute.task_context import TaskContext
from saring.core.arrays import size_batches
from saring.core.tables import CLEANED, EDIT, EFFECT, empty_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from saring.config import Config

__all__ = ["SCRAPE_BYTES", "CleanContext", "CleanSettings", "clean_scrapes", "clean_within_limit"]

#: Scrapes of fewer bytes in total are cleaned in this process where the caller leaves the choice: they cannot take long, and starting a worker
#: takes a second.
_SMALL = 20_000

#: Size of a scrape in bytes.
SCRAPE_BYTES = pl.col("content").str.len_bytes()


class CleanSettings(NamedTuple):
    """Inputs of the cleaning steps that are the same for all pages.

    Attributes:
        config: rules, names, languages and limits.
        site_lines: lines that sites print on several pages, or None.
        blank: whether pages that are noise from end to end become documents without text, instead of rejections.
    """

    config: Config
    site_lines: pl.DataFrame | None
    blank: bool = False


CleanContext: TypeAlias = TaskContext[CleanSettings]


def clean_scrapes(
    scrapes: pl.DataFrame, config: Config, site_lines: pl.DataFrame | None = None, *, blank: bool = False, processes: int | None = None
) -> Cleaned:
    """Clean scrapes in batches of about `[build] batch_bytes`, in their order, each page independently of the others.

    Args:
        scrapes: scrapes with the columns of `tables.SCRAPE`.
        config: rules, names, languages and limits.
        site_lines: lines that sites repeat across pages, or None.
        blank: whether pages that are noise from end to end become documents without text, instead of rejections.
        processes: number of worker processes; 0 cleans in this process, where pages that take longer than `[build] page_seconds` cannot be
            stopped. By default one process, and none for little text.

    Returns:
        The documents, their edits, and a rejection for each scrape that did not become a document.
    """
    load = functools.partial(preload, config)
    if processes is None:
        processes = int(scrapes.select(SCRAPE_BYTES.sum()).item() > _SMALL)
    batches = [scrapes[rows] for rows in size_batches(scrapes.select(SCRAPE_BYTES).to_series(), config.build.batch_bytes)] or [scrapes]
    parts: list[Cleaned] = []
    limit = time_limit.watchdog_for(config.build.page_seconds, bool(processes), load=load)
    with limit as watchdog, pool.process_pool(processes) as executor:
        context = TaskContext(CleanSettings(config, site_lines, blank), watchdog)
        for part, outcome in map_bisecting(executor, clean_within_limit, batches, context):
            parts.append(_crashed_scrapes(part) if isinstance(outcome, pool.WorkerDied) else outcome)
    return Cleaned(*map(pl.concat, zip(*parts, strict=True)))


def clean_within_limit(scrapes: pl.DataFrame, context: CleanContext) -> Cleaned:
    """Clean scrapes under the time limit of the context; those that time out become rejections."""
    config, site_lines, blank = context.payload

    def clean_part(rows: pl.DataFrame, announce: Callable[[str | None], None]) -> Cleaned:
        return clean(prepare(rows, announce, text_format=config.extract.format), config, site_lines, announce, blank=blank)

    results, slow = context.watchdog.run(clean_part, scrapes, SCRAPE_BYTES)
    cleaned = Cleaned(*map(pl.concat, zip(*results, strict=True)))
    timed_out = time_limit.rejections(slow.with_columns(SCRAPE_BYTES.alias("bytes")), "extract", context.watchdog.seconds)
    return cleaned._replace(rejections=pl.concat([cleaned.rejections, timed_out]))


def _crashed_scrapes(scrapes: pl.DataFrame) -> Cleaned:
    """Return the rejections of scrapes on which a worker process crashed, without documents."""
    crashed = crash_rejections(scrapes.with_columns(SCRAPE_BYTES.alias("bytes")))
    return Cleaned(empty_table(CLEANED), empty_table(EDIT), crashed, empty_table(EFFECT))
