"""Process pool: map a function over batches in worker processes that a whole build shares, and survive a worker that dies.

Workers are spawned, never forked: a forked Polars waits forever for threads that were not copied. Each uses one Polars thread, since the
batches already keep every core busy. `saring.compute.dask_pool` is the same executor on the workers of a Dask cluster.
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

#: Batches submitted at a time for each worker: one that it works on, one that waits for it.
QUEUED = 2


class WorkerDied(NamedTuple):
    """Stands for the result of an item whose worker process died twice (a crash in a native library, or the out-of-memory killer)."""

    why: str


class Executor(Protocol):
    """Executor of the steps of a build: maps functions over batches, one call at a time, on workers that last for several calls."""

    @property
    def shared(self) -> Path | None:
        """A folder that all workers see, for arrays too large to pickle for each; None for the serial executor."""
        ...

    def map(
        self, function: Callable[[Item, Context], Result], items: Iterable[Item], context: Context
    ) -> Iterator[tuple[Item, Result | WorkerDied]]:
        """Yield each item with the function's result, in the order of the items.

        Items that were submitted when a worker died are run again one at a time, each in a process of its own; one that ends that process
        too yields `WorkerDied`.

        Args:
            function: importable by name, so that another process finds it.
            items: small enough to pickle: paths and names of cache entries, not texts.
            context: second argument of every call; it is sent to each worker once.
        """
        ...

    def prestart(self, items: int) -> None:
        """Start workers in advance, at most one for each of the `items` to come; returns at once, while they take a second or more to start."""
        ...

    def shut_down_idle(self) -> None:
        """Shut down idle workers to free memory; they restart on demand."""
        ...


@contextlib.contextmanager
def process_pool(workers: int, load: Callable[[], object] | None = None) -> Iterator[Executor]:
    """Provide an executor of spawned processes, which start on demand; at the end of the block, items that have not begun are dropped.

    Args:
        workers: the maximum number of processes at a time; 0 gives a serial executor.
        load: called by each process that `prestart` starts, to load models and patterns in advance. Importable by name.
    """
    if not workers:
        yield _SerialExecutor()
        return
    executor = _ProcessExecutor(workers, load)
    try:
        yield executor
    except (KeyboardInterrupt, GeneratorExit):
        executor.stop()
        raise
    finally:
        executor.close()


def run_in_own_process(function: Callable[[Item, Context], Result], item: Item, context: Context) -> Result | WorkerDied:
    """Run a function on one item in a new process; return its result, or `WorkerDied` where it ends the process.

    Raises:
        SaringError: new processes end at once, whatever the item.
    """
    try:
        return _call_in_new_process(function, item, context)
    except BrokenProcessPool as died:
        try:
            _call_in_new_process(_no_op)
        except BrokenProcessPool as error:
            hint = 'In a script of your own, build under `if __name__ == "__main__":`, since each process imports the script; or set workers=0.'
            raise SaringError(f"workers: expected processes that start, found that they end at once. {hint}") from error
        return WorkerDied(str(died))


def _call_in_new_process(function: Callable[..., Result], *arguments: object) -> Result:
    """Return the result of a call in a new process. Raises `BrokenProcessPool` where the process ends."""
    pool = _SpawnedPool(1, None)
    try:
        return pool.submit(function, *arguments).result()
    except KeyboardInterrupt:
        pool.stop()
        raise
    finally:
        pool.close()


class _SerialExecutor:
    """Serial executor: runs every item in this process, which ends with a crash in any of them."""

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


#: The serial executor, for work too small to be sent to worker processes.
SERIAL: Executor = _SerialExecutor()


class _ProcessExecutor:
    """Executor over a pool of processes on this machine, which replaces the pool when a worker died in it."""

    def __init__(self, workers: int, load: Callable[[], object] | None) -> None:
        self._workers, self._load = workers, load
        self._pool: _SpawnedPool | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._starting: list[cf.Future[None]] = []

    @property
    def shared(self) -> Path:
        self._folder = self._folder or tempfile.TemporaryDirectory(prefix="saring-")
        return Path(self._folder.name)

    def map(
        self, function: Callable[[Item, Context], Result], items: Iterable[Item], context: Context
    ) -> Iterator[tuple[Item, Result | WorkerDied]]:
        submitted: collections.deque[tuple[Item, cf.Future[Result], _SpawnedPool]] = collections.deque()
        file: Path | None = None

        def first_result() -> tuple[Item, Result | WorkerDied]:
            item, future, pool = submitted[0]
            try:
                result: Result | WorkerDied = future.result()
            except BrokenProcessPool:
                self._drop(pool)
                result = run_in_own_process(function, item, context)
            submitted.popleft()
            return item, result

        try:
            for item in items:
                if self._starting:  # without this, a pool whose processes are still starting starts one more for this item
                    cf.wait(self._starting, return_when=cf.FIRST_COMPLETED)
                    self._starting = []
                file = file or self._store(context)
                pool = self._running_pool()
                submitted.append((item, pool.submit(_call, function, item, file), pool))
                # After the pool broke, all submitted items are finished before a new pool starts: one of them may be using up the memory.
                while len(submitted) >= (QUEUED * self._workers if self._pool else 1):
                    yield first_result()
            while submitted:
                yield first_result()
        finally:
            for _, future, _ in submitted:
                future.cancel()

    def prestart(self, items: int) -> None:
        pool = self._running_pool(load=self._load)
        wanted = min(items, self._workers)
        if pool.processes < wanted:
            self._starting = [pool.submit(_no_op) for _ in range(wanted)]

    def shut_down_idle(self) -> None:
        if self._pool:
            self._drop(self._pool, wait=False)  # ending takes half a second, in which the next step can begin

    def stop(self) -> None:
        """Terminate the worker processes at once, in the middle of their items."""
        if self._pool:
            self._pool.stop()

    def close(self) -> None:
        """Wait for the items that have begun, then end the worker processes and delete the shared folder."""
        if self._pool:
            self._drop(self._pool)
        if self._folder:
            self._folder.cleanup()

    def _running_pool(self, load: Callable[[], object] | None = None) -> _SpawnedPool:
        """Return the running process pool, started if there is none; each process of a new one calls `load` at its start."""
        if self._pool is None:
            # Through a file: a new process reads its arguments from a pipe of 64 KB, and the starting process waits until all of it is read.
            self._pool = _SpawnedPool(self._workers, self._store(load) if load else None)
        return self._pool

    def _drop(self, pool: _SpawnedPool, *, wait: bool = True) -> None:
        """Shut down a process pool; if it is the executor's current one, the next item starts another."""
        pool.close(wait=wait)
        if self._pool is pool:
            self._pool = None

    def _store(self, context: object) -> Path:
        """Pickle a context to a file of the shared folder, named by its hash, which each worker reads once."""
        data = pickle.dumps(context)
        file = self.shared / hashlib.sha256(data).hexdigest()
        file.write_bytes(data)
        return file


class _SpawnedPool:
    """A `ProcessPoolExecutor` of spawned processes, each with one Polars thread and ignoring Ctrl-C."""

    def __init__(self, workers: int, load: Path | None) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._executor = cf.ProcessPoolExecutor(workers, mp_context=spawn, initializer=_initialise_worker, initargs=(load,))

    @property
    def processes(self) -> int:
        """The number of processes that have been started."""
        return len(self._executor._processes or ())  # noqa: SLF001 - no public way to ask

    def submit(self, function: Callable[..., Result], *arguments: object) -> cf.Future[Result]:
        """Submit a call; a process starts for it where none is idle and the limit allows. A broken pool gives a future that raises."""
        with single_polars_thread(), ignoring_interrupt():
            try:
                return self._executor.submit(function, *arguments)
            except BrokenProcessPool as error:
                future: cf.Future[Result] = cf.Future()
                future.set_exception(error)
                return future

    def stop(self) -> None:
        """Terminate the processes at once."""
        for process in (self._executor._processes or {}).values():  # noqa: SLF001 - no public way to stop a pool at once before Python 3.14
            process.terminate()
        # Nobody reads the calls that are still being written to the workers: without this, the interpreter waits for that forever at exit.
        self._executor._call_queue.cancel_join_thread()  # type: ignore[attr-defined]  # noqa: SLF001

    def close(self, *, wait: bool = True) -> None:
        """Drop the calls that have not begun; with `wait`, wait for those that have."""
        self._executor.shutdown(wait=wait, cancel_futures=True)


def _initialise_worker(load: Path | None) -> None:
    """Set up a worker process: ignore Ctrl-C, exit when the parent process ends, and call the function that the file `load` holds pickled.

    A worker has to watch for the end of its parent: if that were killed, it would wait for work forever, since the workers themselves hold the
    other end of its queue.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_exit_with_parent, args=(parent.sentinel,), daemon=True).start()
    if load:
        with contextlib.suppress(Exception):  # loading in advance only saves time: an error shows again at the first item
            _load_pickled(load)()
        # Loaded objects live as long as the process: excluding them from garbage collection saves a fiftieth of the time of extraction.
        gc.freeze()


def _exit_with_parent(sentinel: int) -> None:
    """Wait until the parent process ends, then end this one."""
    multiprocessing.connection.wait([sentinel])
    os._exit(1)


def _no_op() -> None:
    """Do nothing: submitted to a process pool to start a worker, or to test whether one starts."""


def _call(function: Callable[[Item, Any], Result], item: Item, file: Path) -> Result:
    """Call a function on an item, in a worker, with the context that the parent process pickled to a file."""
    return function(item, _load_pickled(file))


@functools.lru_cache(maxsize=2)
def _load_pickled(file: Path) -> Any:  # noqa: ANN401 - any context
    """Return the context that `_ProcessExecutor` pickled to a file, from memory where this worker has read it before."""
    return pickle.loads(file.read_bytes())  # noqa: S301 - the parent wrote it, into a folder that is its user's alone
