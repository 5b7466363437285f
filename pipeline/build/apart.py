"""The pages of a batch that ended its worker process, bisected, and the rejections of those that end it alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import polars as pl

from pipeline.bisect import bisect
from pipeline.records import REJECTION
from pipeline.watchdog import Watchdog
from pipeline.workers import Died

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["apart", "crashed"]

Given = TypeVar("Given")
Result = TypeVar("Result")


def apart(
    work: Callable[[pl.DataFrame, Given], Result], rows: pl.DataFrame, given: Given, guard: Watchdog | None = None
) -> tuple[list[Result], pl.DataFrame]:
    """Run a function on the parts of a batch that ended its process. Arguments are those of `bisect`.

    Without a watchdog of its own, `given` may be one; a function that uses none is bisected by halving alone.

    Returns:
        What the function returned for each part, and the rows on which it ended its process alone.
    """
    guard = guard or (given if isinstance(given, Watchdog) else Watchdog(0, None))
    results: list[Result] = []
    guilty = [rows.clear()]
    for part, result in bisect(work, rows, given, guard):
        if isinstance(result, Died):
            guilty.append(part)
        else:
            results.append(result)
    return results, pl.concat(guilty)


def crashed(rows: pl.DataFrame) -> pl.DataFrame:
    """Return a rejection for each row (source, id, sha256, bytes) on which a process ended."""
    message = "a library ended its process on this page, twice; the others of its batch are unharmed"
    return rows.with_columns(pl.lit("clean").alias("step"), pl.lit("crashed").alias("reason"), pl.lit(message).alias("message")).select(
        pl.col(name).cast(dtype) for name, dtype in REJECTION.items()
    )
