"""Run a function over batches in worker processes that a whole build shares, and survive a worker that dies.

Workers are spawned, never forked: a forked Polars waits forever for threads that were not copied. Each uses one thread, since
the batches already keep every core busy. `saring.compute.dask_pool` does the same on the workers of a Dask cluster.
"""

from __future__ import annotations

import collections
import concurrent.futures as cf
import contextlib
import functools
import gc
import hashlib
import multiprocessing
import multiprocessing.connection
import os
import pickle
import signal
import tempfile
import threading
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

from saring.compute.spawning import ignoring_interrupt, single_polars_thread
from saring.core.errors import SaringError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["QUEUED", "SERIAL", "Executor", "WorkerDied", "process_pool", "run_in_own_process"]

Item = TypeVar("Item")
Context = TypeVar("Context")
Result = TypeVar("Result")

#: Batches under way for each worker: one that it works on, one that waits for it.
QUEUED = 2


class WorkerDied(NamedTuple):
    """The worker died (a crash in a native library, or the system's memory killer) on this item, twice."""

    why: str


class Executor(Protocol):
    """Workers that are there for several calls, one call at a time."""

    @property
    def shared(self) -> Path | None:
        """A folder that all workers see, for what is too large to be given to each; None where they work in this process."""
        ...

    def map(
        self, function: Callable[[Item, Context], Result], items: Iterable[Item], context: Context
    ) -> Iterator[tuple[Item, Result | WorkerDied]]:
        """Yield each item with the function's result, in the order of the items.

        What was under way when a worker died is done again, an item at a time, each in a process of its own; the one at which that
        dies too comes back as `WorkerDied`.

        Args:
            function: importable by name, so that another process finds it.
            items: small enough to pickle: paths and places, not corpora.
            context: what is the same for all items; it reaches a worker once.
        """
        ...

    def prestart(self, items: int) -> None:
        """Let workers start for so many items that are still to come; it takes them a second or more, and this call none."""
        ...

    def shut_down_idle(self) -> None:
        """Let the workers go until there is work again: what comes next needs their memory."""
        ...


@contextlib.contextmanager
def process_pool(workers: int, load: Callable[[], object] | None = None) -> Iterator[Executor]:
    """Give a crew of spawned processes, started as items come; on the way out, what has not begun is dropped.

    Args:
        workers: processes at most; 0 runs everything in this one.
        load: is called by each process that `prestart` lets start, to load what it will need. Importable by name.
    """
    if not workers:
        yield _Here()
        return
    found = _Processes(workers, load)
    try:
        yield found
    except (KeyboardInterrupt, GeneratorExit):
        found.stop()
        raise
    finally:
        found.close()


def run_in_own_process(function: Callable[[Item, Context], Result], item: Item, context: Context) -> Result | WorkerDied:
    """Return the function's result on one item, from a process of its own.

    Raises:
        SaringError: processes end before they do anything, whatever the item.
    """
    try:
        return _by_itself(function, item, context)
    except BrokenProcessPool as died:
        try:
            _by_itself(_nothing)
        except BrokenProcessPool as error:
            hint = (
                'In a script of your own, build under `if __name__ == "__main__":`, since each process imports it; or build with workers=0.'
            )
            raise SaringError(f"workers: expected processes that start, and they end at once. {hint}") from error
        return WorkerDied(str(died))


def _by_itself(function: Callable[..., Result], *arguments: object) -> Result:
    pool = _Pool(1, None)
    try:
        return pool.submit(function, *arguments).result()
    except KeyboardInterrupt:
        pool.stop()
        raise
    finally:
        pool.close()


class _Here:
    """No workers: everything runs in this process, and what would kill one kills it."""

    shared = None

    def map(
        self, function: Callable[[Item, Context], Result], items: Iterable[Item], context: Context
    ) -> Iterator[tuple[Item, Result | WorkerDied]]:
        for item in items:
            yield item, function(item, context)

    def prestart(self, items: int) -> None:
        pass

    def shut_down_idle(self) -> None:
        pass


#: For work too small to be handed to others.
SERIAL: Executor = _Here()


class _Processes:
    """Processes of this machine: a pool of them, and another one when that is broken."""

    def __init__(self, workers: int, load: Callable[[], object] | None) -> None:
        self._workers, self._load = workers, load
        self._pool: _Pool | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._starting: list[cf.Future[None]] = []

    @property
    def shared(self) -> Path:
        self._folder = self._folder or tempfile.TemporaryDirectory(prefix="saring-")
        return Path(self._folder.name)

    def map(
        self, function: Callable[[Item, Context], Result], items: Iterable[Item], context: Context
    ) -> Iterator[tuple[Item, Result | WorkerDied]]:
        waiting: collections.deque[tuple[Item, cf.Future[Result], _Pool]] = collections.deque()
        file: Path | None = None

        def first() -> tuple[Item, Result | WorkerDied]:
            item, future, pool = waiting[0]
            try:
                result: Result | WorkerDied = future.result()
            except BrokenProcessPool:
                self._drop(pool)
                result = run_in_own_process(function, item, context)
            waiting.popleft()
            return item, result

        try:
            for item in items:
                if self._starting:  # else a pool whose processes have not begun yet starts another one for this item
                    cf.wait(self._starting, return_when=cf.FIRST_COMPLETED)
                    self._starting = []
                file = file or self._keep(context)
                pool = self._started()
                waiting.append((item, pool.submit(_call, function, item, file), pool))
                # Where the pool broke, all that was under way is done before another starts: one of it eats what there is of memory.
                while len(waiting) >= (QUEUED * self._workers if self._pool else 1):
                    yield first()
            while waiting:
                yield first()
        finally:
            for _, future, _ in waiting:
                future.cancel()

    def prestart(self, items: int) -> None:
        pool = self._started(load=self._load)
        wanted = min(items, self._workers)
        if pool.processes < wanted:
            self._starting = [pool.submit(_nothing) for _ in range(wanted)]

    def shut_down_idle(self) -> None:
        if self._pool:
            self._drop(self._pool, wait=False)  # half a second, in which the next step begins

    def stop(self) -> None:
        """End the processes at once, whatever they do."""
        if self._pool:
            self._pool.stop()

    def close(self) -> None:
        """Wait for what has begun, then let the processes end."""
        if self._pool:
            self._drop(self._pool)
        if self._folder:
            self._folder.cleanup()

    def _started(self, load: Callable[[], object] | None = None) -> _Pool:
        if self._pool is None:
            # By a file: a process that starts is told what to do through a pipe of 64 KB, and who starts it waits until all is read.
            self._pool = _Pool(self._workers, self._keep(load) if load else None)
        return self._pool

    def _drop(self, pool: _Pool, *, wait: bool = True) -> None:
        pool.close(wait=wait)
        if self._pool is pool:
            self._pool = None

    def _keep(self, context: object) -> Path:
        """Write down what is the same for all, for each process to read once."""
        data = pickle.dumps(context)
        file = self.shared / hashlib.sha256(data).hexdigest()
        file.write_bytes(data)
        return file


class _Pool:
    """An executor of spawned processes with one Polars thread each."""

    def __init__(self, workers: int, load: Path | None) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._executor = cf.ProcessPoolExecutor(workers, mp_context=spawn, initializer=_prepare, initargs=(load,))

    @property
    def processes(self) -> int:
        """How many have been started."""
        return len(self._executor._processes or ())  # noqa: SLF001 - no public way to ask

    def submit(self, function: Callable[..., Result], *arguments: object) -> cf.Future[Result]:
        """Start a call, and a process for it where none is idle and there may be more; a broken pool gives a broken future."""
        with single_polars_thread(), ignoring_interrupt():
            try:
                return self._executor.submit(function, *arguments)
            except BrokenProcessPool as error:
                future: cf.Future[Result] = cf.Future()
                future.set_exception(error)
                return future

    def stop(self) -> None:
        """End the processes at once."""
        for process in (self._executor._processes or {}).values():  # noqa: SLF001 - no public way to stop a pool at once before Python 3.14
            process.terminate()
        # What is still being written to the workers nobody reads any more: without this, leaving waits for it forever.
        self._executor._call_queue.cancel_join_thread()  # type: ignore[attr-defined]  # noqa: SLF001

    def close(self, *, wait: bool = True) -> None:
        """Drop what has not begun, and wait for the rest."""
        self._executor.shutdown(wait=wait, cancel_futures=True)


def _prepare(load: Path | None) -> None:
    """Make a worker leave Ctrl-C to its parent, whose message is enough, and end when its parent is gone, however it went.

    A worker whose parent was killed would wait for work forever: its queue's other end stays open in the workers themselves.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()
    if load:
        with contextlib.suppress(Exception):  # it saves time and nothing else: what is wrong shows again at the first item
            _read(load)()
        # What is loaded by now stays: the collector of garbage need not walk it again and again, a fiftieth of the time of extraction.
        gc.freeze()


def _end_with(sentinel: int) -> None:
    multiprocessing.connection.wait([sentinel])
    os._exit(1)


def _nothing() -> None:
    pass


def _call(function: Callable[[Item, Any], Result], item: Item, file: Path) -> Result:
    return function(item, _read(file))


@functools.lru_cache(maxsize=2)
def _read(file: Path) -> Any:  # noqa: ANN401 - whatever was given
    return pickle.loads(file.read_bytes())  # noqa: S301 - the parent wrote it, into a folder that is its user's alone
