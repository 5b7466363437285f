"""Bisect a failing batch: halve it until the pages that fail stand alone, so that only they are rejected.

`isolate_failures` is the halving, for any kind of failure. `bisect_batch` applies it to batches that end their worker process (a crash in a
native library, a page over its time limit); `saring.compute.page_isolation` applies it, inside a process, to batches on which a step raises
an exception. Builds, the filters and `saring explain` share both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

import polars as pl

from saring.compute import pool
from saring.compute.pool import WorkerDied
from saring.core.tables import REJECTION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Self

    from saring.compute.pool import Executor
    from saring.compute.task_context import TaskContext

__all__ = ["bisect_batch", "crash_rejections", "isolate_failures", "map_bisecting", "run_bisected"]

Payload = TypeVar("Payload")
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
    work: Callable[[Batch, TaskContext[Payload]], Result], batch: Batch, context: TaskContext[Payload]
) -> Iterator[tuple[Batch, Result | WorkerDied]]:
    """Bisect a batch that ended its worker process; yield its parts in order with their results, each computed in a new process.

    A batch that exceeded its time limit is first run again unhalved for as long as each run leaves a new note of the watchdog, since each
    note narrows down which page is slow. A batch that ended its process in another way is halved.

    Args:
        work: importable by name, so that a spawned process finds it. It watches over its pages with the watchdog of the context.
        batch: the batch that ended its process.
        context: the second argument of `work`.

    Yields:
        Parts and results; `WorkerDied` for a page that ends its process alone, twice.
    """

    def rerun_while_noted(part: Batch, result: Result | WorkerDied) -> Result | WorkerDied:
        timeouts = 0
        while isinstance(result, WorkerDied) and (now := context.watchdog.timeout_count()) > timeouts:
            timeouts = now
            result = pool.run_in_own_process(work, part, context)
        return result

    def attempt(part: Batch) -> Result | WorkerDied:
        return rerun_while_noted(part, pool.run_in_own_process(work, part, context))

    yield from isolate_failures(batch, rerun_while_noted(batch, WorkerDied("")), attempt, _has_died)


def _has_died(result: object) -> bool:
    """Tell whether the result of a batch is `WorkerDied`, that is, whether its worker process ended."""
    return isinstance(result, WorkerDied)


def map_bisecting(
    executor: Executor, work: Callable[[Batch, TaskContext[Payload]], Result], batches: Iterable[Batch], context: TaskContext[Payload]
) -> Iterator[tuple[Batch, Result | WorkerDied]]:
    """Map a function over batches in worker processes, in order, bisecting each batch that ends its process (`bisect_batch`).

    Args:
        executor: runs the function.
        work: importable by name, so that a spawned process finds it.
        batches: the batches.
        context: the second argument of `work`.

    Yields:
        Batches, or their parts, with their results; `WorkerDied` for a page that ends its process alone, twice.
    """
    for batch, result in executor.map(work, batches, context):
        if isinstance(result, WorkerDied):
            yield from bisect_batch(work, batch, context)
        else:
            yield batch, result


def run_bisected(
    work: Callable[[pl.DataFrame, TaskContext[Payload]], Result], rows: pl.DataFrame, context: TaskContext[Payload]
) -> tuple[list[Result], pl.DataFrame]:
    """Bisect a table of pages that ended its worker process (`bisect_batch`); collect results and crashing pages separately.

    Args:
        work: the function that was running; importable by name.
        rows: the pages.
        context: the second argument of the function.

    Returns:
        The results of the parts that succeeded, in order; and the rows of the pages that end a process, each alone.
    """
    results: list[Result] = []
    crashing_pages = [rows.clear()]
    for part, result in bisect_batch(work, rows, context):
        if isinstance(result, WorkerDied):
            crashing_pages.append(part)
        else:
            results.append(result)
    return results, pl.concat(crashing_pages)


def crash_rejections(rows: pl.DataFrame) -> pl.DataFrame:
    """Return a rejection (columns of `tables.REJECTION`) for each page that ended its worker process.

    Args:
        rows: the pages: columns source, id, sha256 and bytes.
    """
    message = "a library ended its process on this page, twice; the others of its batch are unharmed"
    return rows.with_columns(pl.lit("clean").alias("step"), pl.lit("crashed").alias("reason"), pl.lit(message).alias("message")).select(
        pl.col(name).cast(dtype) for name, dtype in REJECTION.items()
    )
