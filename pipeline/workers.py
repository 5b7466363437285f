"""Run a function over batches in worker processes, and survive a worker that dies.

Workers are spawned, never forked: a forked Polars waits forever for threads that were not copied. Each uses one thread, since
the batches already keep every core busy.
"""

from __future__ import annotations

import collections
import concurrent.futures as cf
import contextlib
import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["Died", "each", "processes"]

Item = TypeVar("Item")
Result = TypeVar("Result")

#: Batches under way for each worker: one that it works on, one that waits for it.
_AHEAD = 2


class Died(NamedTuple):
    """The worker died (a crash in a native library, or the system's memory killer) on this item, twice."""

    why: str


def each(function: Callable[[Item], Result], items: Iterable[Item], workers: int) -> Iterator[tuple[Item, Result | Died]]:
    """Yield each item with the function's result, in the order of the items.

    A worker that dies takes the whole pool with it. What was under way is then done again, one item at a time, each in a process of
    its own; the one at which it dies again comes back as `Died`.

    Args:
        function: importable by name, so that a spawned process finds it.
        items: small enough to pickle: paths, not corpora.
        workers: processes; 0 runs everything in this one.
    """
    if workers == 0:
        for item in items:
            yield item, function(item)
        return
    source = iter(items)
    broken = True
    while broken:
        broken = False
        waiting: collections.deque[Item] = collections.deque()
        futures: collections.deque[cf.Future[Result]] = collections.deque()
        try:
            with processes(workers) as pool:
                for item in source:
                    waiting.append(item)
                    futures.append(pool.submit(function, item))
                    if len(futures) >= _AHEAD * workers:
                        yield waiting[0], futures.popleft().result()
                        waiting.popleft()
                while futures:
                    yield waiting[0], futures.popleft().result()
                    waiting.popleft()
        except BrokenProcessPool:
            broken = True
            for item in waiting:
                yield item, _alone(function, item)


def _alone(function: Callable[[Item], Result], item: Item) -> Result | Died:
    with processes(1) as pool:
        try:
            return pool.submit(function, item).result()
        except BrokenProcessPool as error:
            return Died(str(error))


@contextlib.contextmanager
def processes(workers: int) -> Iterator[cf.Executor]:
    """Give a pool of spawned processes with one Polars thread each; on the way out, what has not begun is dropped."""
    before = os.environ.get("POLARS_MAX_THREADS")
    os.environ["POLARS_MAX_THREADS"] = "1"
    pool = cf.ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"), initializer=_prepare)
    try:
        yield pool
    except (KeyboardInterrupt, GeneratorExit):
        for process in pool._processes.values():  # noqa: SLF001 - no public way to stop a pool at once before Python 3.14
            process.terminate()
        # What is still being written to the workers nobody reads any more: without this, leaving waits for it forever.
        pool._call_queue.cancel_join_thread()  # type: ignore[attr-defined]  # noqa: SLF001
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        if before is None:
            os.environ.pop("POLARS_MAX_THREADS", None)
        else:
            os.environ["POLARS_MAX_THREADS"] = before


def _prepare() -> None:
    """Make a worker leave Ctrl-C to its parent, whose message is enough, and end when its parent is gone, however it went.

    A worker whose parent was killed would wait for work forever: its queue's other end stays open in the workers themselves.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    multiprocessing.connection.wait([sentinel])
    os._exit(1)
