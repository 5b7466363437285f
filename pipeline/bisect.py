"""Bisect a batch that ends its worker process, until the page that ends it stands alone.

One implementation for whatever cleans pages in processes: builds, the filters, `saring explain`. Exceptions that Python can catch do not
come here: `pipeline.isolate` deals with them inside the process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from pipeline import workers
from pipeline.workers import Died

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pipeline.watchdog import Watchdog

__all__ = ["bisect"]

Given = TypeVar("Given")
Result = TypeVar("Result")


def bisect(
    work: Callable[[Any, Given], Result],
    batch: Any,  # noqa: ANN401 - a table or a list of records
    given: Given,
    guard: Watchdog,
) -> Iterator[tuple[Any, Result | Died]]:
    """Yield the parts of a batch with what a function returns for each, in order, each worked on in a process of its own.

    A batch that took too long is run again as a whole for as long as it leaves new notes: each of them says more of which page it is. One
    that ends its process in another way is halved.

    Args:
        work: importable by name, so that a spawned process finds it.
        batch: what ended its process before: it has a length, and slices.
        given: what else the function takes.
        guard: the watchdog that the function uses.

    Yields:
        Parts and results; `Died` for a page that ends its process alone, twice.
    """
    result: Result | Died = Died("")
    notes = 0
    while isinstance(result, Died) and (now := guard.noted()) > notes:
        notes = now
        result = workers.alone(work, batch, given)
    if not isinstance(result, Died) or len(batch) <= 1:
        yield batch, result
        return
    half = len(batch) // 2
    for part in (batch[:half], batch[half:]):
        first = workers.alone(work, part, given)
        if isinstance(first, Died):
            yield from bisect(work, part, given, guard)
        else:
            yield part, first
