"""A batch on which a worker died, taken apart until what killed it stands alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import polars as pl

from pipeline import workers
from pipeline.records import REJECTION

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["apart", "crashed"]

Given = TypeVar("Given")
Result = TypeVar("Result")


def apart(work: Callable[[pl.DataFrame, Given], Result], rows: pl.DataFrame, given: Given) -> tuple[list[Result], pl.DataFrame]:
    """Run a function on the rows in parts, each in a process of its own, halving each on which that dies.

    Args:
        work: importable by name, so that a spawned process finds it.
        rows: a batch.
        given: what else the function takes.

    Returns:
        What the function gave for each part, and the rows on which it died alone.
    """
    results: list[Result] = []
    guilty = [rows.clear()]
    parts = [rows]
    while parts:
        halves: list[pl.DataFrame] = []
        for part in parts:
            result = workers.alone(work, part, given)
            if part.height == 1 and isinstance(result, workers.Died):  # it may have been late, which is noted now
                result = workers.alone(work, part, given)
            if not isinstance(result, workers.Died):
                results.append(result)
            elif part.height > 1:
                halves += [part.head(part.height // 2), part.tail(-(part.height // 2))]
            else:
                guilty.append(part)
        parts = halves
    return results, pl.concat(guilty)


def crashed(rows: pl.DataFrame) -> pl.DataFrame:
    """Return a rejection for each row (source, id, sha256, bytes) on which a process ended."""
    message = "a library ended its process on this page, twice; the others of its batch are unharmed"
    return rows.with_columns(pl.lit("clean").alias("step"), pl.lit("crashed").alias("reason"), pl.lit(message).alias("message")).select(
        pl.col(name).cast(dtype) for name, dtype in REJECTION.items()
    )
