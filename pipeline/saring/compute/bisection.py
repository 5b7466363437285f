"""Bisect a batch that ends its worker process, until the page that ends it stands alone.

One implementation for whatever cleans pages in processes: builds, the filters, `saring explain`. Exceptions that Python can catch do not
come here: `saring.compute.page_isolation` deals with them inside the process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import polars as pl

from saring.compute import pool
from saring.compute.pool import WorkerDied
from saring.compute.time_limit import Watchdog
from saring.core.tables import REJECTION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["bisect_batch", "crash_rejections", "run_bisected"]

Context = TypeVar("Context")
Result = TypeVar("Result")


def bisect_batch(
    work: Callable[[Any, Context], Result],
    batch: Any,  # noqa: ANN401 - a table or a list of records
    context: Context,
    guard: Watchdog,
) -> Iterator[tuple[Any, Result | WorkerDied]]:
    """Yield the parts of a batch with what a function returns for each, in order, each worked on in a process of its own.

    A batch that took too long is run again as a whole for as long as it leaves new notes: each of them says more of which page it is. One
    that ends its process in another way is halved.

    Args:
        work: importable by name, so that a spawned process finds it.
        batch: what ended its process before: it has a length, and slices.
        context: what else the function takes.
        guard: the watchdog that the function uses.

    Yields:
        Parts and results; `WorkerDied` for a page that ends its process alone, twice.
    """
    result: Result | WorkerDied = WorkerDied("")
    notes = 0
    while isinstance(result, WorkerDied) and (now := guard.noted()) > notes:
        notes = now
        result = pool.run_in_own_process(work, batch, context)
    if not isinstance(result, WorkerDied) or len(batch) <= 1:
        yield batch, result
        return
    half = len(batch) // 2
    for part in (batch[:half], batch[half:]):
        first = pool.run_in_own_process(work, part, context)
        if isinstance(first, WorkerDied):
            yield from bisect_batch(work, part, context, guard)
        else:
            yield part, first


def run_bisected(
    work: Callable[[pl.DataFrame, Context], Result], rows: pl.DataFrame, context: Context, guard: Watchdog | None = None
) -> tuple[list[Result], pl.DataFrame]:
    """Run a function on the parts of a batch that ended its process. Arguments are those of `bisect_batch`.

    Without a watchdog of its own, `context` may be one; a function that uses none is bisected by halving alone.

    Returns:
        What the function returned for each part, and the rows on which it ended its process alone.
    """
    guard = guard or (context if isinstance(context, Watchdog) else Watchdog(0, None))
    results: list[Result] = []
    guilty = [rows.clear()]
    for part, result in bisect_batch(work, rows, context, guard):
        if isinstance(result, WorkerDied):
            guilty.append(part)
        else:
            results.append(result)
    return results, pl.concat(guilty)


def crash_rejections(rows: pl.DataFrame) -> pl.DataFrame:
    """Return a rejection for each row (source, id, sha256, bytes) on which a process ended."""
    message = "a library ended its process on this page, twice; the others of its batch are unharmed"
    return rows.with_columns(pl.lit("clean").alias("step"), pl.lit("crashed").alias("reason"), pl.lit(message).alias("message")).select(
        pl.col(name).cast(dtype) for name, dtype in REJECTION.items()
    )
