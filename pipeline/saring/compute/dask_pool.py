"""The workers of a Dask cluster as a crew: the same functions on the same items, and so the same results, byte for byte.

Workers need the same version of saring, and to see the same files under the same paths; both are checked before work begins.
"""

from __future__ import annotations

import asyncio
import collections
import concurrent.futures as cf
import contextlib
import functools
import hashlib
import logging
import pickle
import secrets
import time
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from saring.compute import pool
from saring.core.errors import SaringError
from saring.storage.paths import create_remote, is_local, make_folder, remove

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from distributed import Client, Future

    from saring.compute.pool import Executor, WorkerDied

__all__ = ["dask_executor"]

Item = TypeVar("Item")
Context = TypeVar("Context")
Result = TypeVar("Result")

#: Seconds in which a scheduler has to answer, and in which it has to have a worker: at the start, and when all of them are gone.
_ANSWER, _WORKER = 5, 60
_START = "POLARS_MAX_THREADS=1 dask worker {} --nthreads 1"


@contextlib.contextmanager
def dask_executor(address: str, folder: Path, program: Callable[[], Mapping[str, str]]) -> Iterator[Executor]:
    """Give the workers of a cluster as a crew.

    A worker that dies is the scheduler's business: what it did is done again by another. What kills several (`allowed-failures` of the
    scheduler) is tried once more in a process of this machine, as by `workers.crew`.

    Args:
        address: of the scheduler, such as `tcp://10.0.0.1:8786`.
        folder: where the workers will read and write: they have to see it under this path.
        program: tells what results depend on besides the data, by name; importable by name. It has to say the same everywhere.

    Raises:
        SaringError: Dask is not installed, nobody answers, there is no worker, or one of them is not fit for the work.
    """
    distributed = _distributed(address)
    wanted = dict(program())
    try:
        with distributed.Client(address, timeout=_ANSWER, set_as_default=False) as client:
            _await_worker(client, address)
            _check(client, folder, program, wanted)
            yield _Cluster(client, address, folder, functools.partial(_call, program=program, wanted=wanted))
    except (distributed.comm.CommClosedError, cf.CancelledError) as error:
        hint = "Start it and its workers again, and build again: what is done is kept."
        raise SaringError(f"--dask {address}: the scheduler was there, and is gone. {hint}") from error


def _distributed(address: str) -> Any:  # noqa: ANN401 - a module
    """Import Dask, and ask whether somebody answers: a client that never got through complains again when it is thrown away."""
    try:
        import distributed  # noqa: PLC0415 - an extra that most do not need, and a second
    except ModuleNotFoundError as error:
        raise SaringError(
            f"--dask {address}: expected the package distributed, found none. Install it: pip install 'saring[dask]'."
        ) from error
    try:
        asyncio.run(_knock(address))
    except (OSError, ValueError) as error:
        hint = "Start one with `dask scheduler`, or name the address that it prints."
        raise SaringError(f"--dask {address}: expected a Dask scheduler, found none ({error}). {hint}") from error
    # What it has to say, with a traceback for each try to reach a scheduler that is gone, becomes one sentence here.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    return distributed


async def _knock(address: str) -> None:
    from distributed.comm import connect  # noqa: PLC0415 - as above

    await (await connect(address, timeout=_ANSWER)).close()


def _await_worker(client: Client, address: str) -> None:
    """Wait until there is a worker."""
    until = time.monotonic() + _WORKER
    while not client.nthreads():
        if time.monotonic() > until:
            hint = f"Start one on each machine: {_START.format(address)}. What is done is kept."
            raise SaringError(f"--dask {address}: expected workers, found none in {_WORKER} s. {hint}")
        time.sleep(0.2)


class _Found(NamedTuple):
    """What a worker says of itself."""

    program: dict[str, str]
    sees: bool
    polars_threads: int
    threads: int


def _check(client: Client, folder: Path, program: Callable[[], Mapping[str, str]], wanted: dict[str, str]) -> None:
    """Ask every worker whether it would give the results that this process gives, and whether it sees the folder.

    Raises:
        SaringError: names the first that does not, and what to do.
    """
    with _mark(folder) as mark:
        answers = client.run(_tell, program, mark, on_error="return")
    for worker, found in sorted(answers.items()):
        if isinstance(found, BaseException):
            what = f"expected saring {_version()} there, found: {found}. Install it, and start the worker again"
        elif differ := _differing(found.program, wanted):
            what = f"{differ}. Install the same versions, and start the worker again"
        elif not found.sees:
            what = f"expected to see {folder} there as here, and does not. Name a folder that all machines share with --out"
        elif found.polars_threads > found.threads:
            there = f"{found.polars_threads} Polars threads for {found.threads} of Dask"
            what = f"expected one Polars thread for each of Dask's, found {there}. Start it so: {_START.format('ADDRESS')}"
        else:
            continue
        raise SaringError(f"Dask worker {worker}: {what}.")


@contextlib.contextmanager
def _mark(folder: Path) -> Iterator[Path]:
    """Give a file in a folder that goes again: who sees it sees the folder."""
    mark = folder / f".shared-{secrets.token_hex(8)}"
    make_folder(folder)
    if is_local(folder):
        mark.touch()
    else:
        create_remote(mark, b"")
    try:
        yield mark
    finally:
        remove(mark)


def _tell(program: Callable[[], Mapping[str, str]], mark: Path, dask_worker: Any = None) -> _Found:  # noqa: ANN401 - Dask fills it in
    import polars as pl  # noqa: PLC0415 - on the worker

    return _Found(dict(program()), mark.exists(), pl.thread_pool_size(), dask_worker.state.nthreads)


def _differing(found: Mapping[str, str], wanted: Mapping[str, str]) -> str:
    names = [name for name in wanted if found.get(name) != wanted[name]]
    said = [f"{name} {wanted[name][:12]}, found {found.get(name, 'none')[:12]}" for name in names]
    return f"expected {'; '.join(said)}" if said else ""


def _version() -> str:
    import importlib.metadata  # noqa: PLC0415 - for an error alone

    return importlib.metadata.version("saring")


class _Cluster:
    """The workers of a scheduler."""

    def __init__(self, client: Client, address: str, folder: Path, call: Callable[..., Any]) -> None:
        self._client, self._address, self.shared, self._call = client, address, folder, call

    def map(
        self, function: Callable[[Item, Context], Result], items: Iterable[Item], context: Context
    ) -> Iterator[tuple[Item, Result | WorkerDied]]:
        from distributed.scheduler import KilledWorker  # noqa: PLC0415 - as above

        waiting: collections.deque[tuple[Item, Future]] = collections.deque()
        shared: Future | None = None

        def first() -> tuple[Item, Result | WorkerDied]:
            item, future = waiting[0]
            try:
                result: Result | WorkerDied = self._result(future)
            except KilledWorker:
                result = pool.run_in_own_process(function, item, context)
            waiting.popleft()
            return item, result

        try:
            for item in items:
                # As a task, not as data: a worker that held it may die, and another then makes it again.
                shared = shared or self._kept(context)
                waiting.append((item, self._client.submit(self._call, function, item, shared, pure=False)))
                while len(waiting) >= pool.QUEUED * max(1, sum(self._client.nthreads().values())):
                    yield first()
            while waiting:
                yield first()
        finally:
            with contextlib.suppress(Exception):  # the scheduler may be what is gone
                self._client.cancel([future for _, future in waiting])

    def prestart(self, items: int) -> None:
        """Nothing to start."""

    def shut_down_idle(self) -> None:
        """Nothing to end."""

    def _kept(self, context: object) -> Future:
        data = pickle.dumps(context)
        return self._client.submit(pickle.loads, data, key=f"saring-{hashlib.sha256(data).hexdigest()}")

    def _result(self, future: Future) -> Any:  # noqa: ANN401 - Dask's futures are not typed
        from distributed import wait  # noqa: PLC0415 - as above

        while not future.done():
            try:
                with self._client.as_current():
                    wait([future], timeout=_ANSWER)
            except TimeoutError:
                _await_worker(self._client, self._address)
        return future.result()


def _call(
    function: Callable[[Item, Context], Result],
    item: Item,
    context: Context,
    program: Callable[[], Mapping[str, str]],
    wanted: dict[str, str],
) -> Result:
    """Run on a worker, which may have come after all others were asked who they are."""
    if differ := _differing(program(), wanted):
        raise SaringError(f"A Dask worker that came late: {differ}. Install the same versions there, and build again.")
    return function(item, context)
