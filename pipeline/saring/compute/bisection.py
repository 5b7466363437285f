"""Bisect a failing batch: halve it until the pages that fail stand alone, so that only they are rejected.

`isolate_failures` is the halving, for any kind of failure. `bisect_batch` applies it to batches that end their worker process (a crash in a
native library, a page over its time limit); `saring.compute.page_isolation` applies it, inside a process, to batches on which a step raises
an exception. Builds, the filters and `saring explain` share both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import polars as pl

from saring.compute import pool
from saring.compute.pool import WorkerDied
from saring.compute.time_limit import Watchdog
from saring.core.tables import REJECTION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Self

__all__ = ["bisect_batch", "crash_rejections", "isolate_failures", "run_bisected"]

Context = TypeVar("Context")
Result = TypeVar("Result")


class Sliceable(Protocol):
    """A batch that can be halved: a data frame or a list of records."""

    def __len__(self) -> int:
        """Return the number of pages in the batch."""
        ...

    def __getitem__(self, pages: slice, /) -> Self:
        """Return a slice of the batch."""
        ...


Batch = TypeVar("Batch", bound=Sliceable)


def isolate_failures(
    batch: Batch, outcome: Result, attempt: Callable[[Batch], Result], has_failed: Callable[[Result], bool]
) -> Iterator[tuple[Batch, Result]]:
    """Yield the parts of a batch with their outcomes, in order, halving each part that failed until it is one page.

    A batch of n pages of which one fails costs about 2 log2(n) attempts.

    Args:
        batch: pages that were attempted together.
        outcome: what that attempt gave, a success or a failure.
        attempt: works on a part of the batch and returns its outcome; it does not raise for a failure.
        has_failed: tells a failure from a success.

    Yields:
        Parts that succeeded, as large as halving left them, and failing parts of one page each.
    """
    if not has_failed(outcome) or len(batch) <= 1:
        yield batch, outcome
        return
    half = len(batch) // 2
    for part in (batch[:half], batch[half:]):
        yield from isolate_failures(part, attempt(part), attempt, has_failed)


def bisect_batch(
    work: Callable[[Any, Context], Result],
    batch: Any,  # noqa: ANN401 - a table or a list of records
    context: Context,
    guard: Watchdog,
) -> Iterator[tuple[Any, Result | WorkerDied]]:
    """Bisect a batch that ended its worker process; yield its parts in order with their results, each from a process of its own.

    A batch that exceeded its time limit is first run again unhalved for as long as each run leaves a new note of the watchdog, since each
    note narrows down which page is slow. A batch that ended its process in another way is halved.

    Args:
        work: importable by name, so that a spawned process finds it.
        batch: the batch that ended its process; it has a length, and slices.
        context: the second argument of the function.
        guard: the watchdog that the function uses.

    Yields:
        Parts and results; `WorkerDied` for a page that ends its process alone, twice.
    """

    def rerun_while_noted(part: Any, result: Result | WorkerDied) -> Result | WorkerDied:  # noqa: ANN401 - as above
        notes = 0
        while isinstance(result, WorkerDied) and (now := guard.noted()) > notes:
            notes = now
            result = pool.run_in_own_process(work, part, context)
        return result

    yield from isolate_failures(
        batch,
        rerun_while_noted(batch, WorkerDied("")),
        lambda part: rerun_while_noted(part, pool.run_in_own_process(work, part, context)),
        lambda result: isinstance(result, WorkerDied),
    )


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
    """Return a rejection (columns of `tables.REJECTION`) for each page that ended its worker process; `rows`: source, id, sha256, bytes."""
    message = "a library ended its process on this page, twice; the others of its batch are unharmed"
    return rows.with_columns(pl.lit("clean").alias("step"), pl.lit("crashed").alias("reason"), pl.lit(message).alias("message")).select(
        pl.col(name).cast(dtype) for name, dtype in REJECTION.items()
    )
