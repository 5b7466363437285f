"""Dask pool: an executor on the workers of a Dask cluster, which gives the same results as the process pool, byte for byte.

Workers need the same versions of saring and its libraries, and have to see the same files under the same paths; both are checked before work
begins.
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

#: Seconds in which the scheduler has to answer, and in which it has to have a worker, at the start or after all of them ended. Judgements.
_ANSWER_SECONDS, _WORKER_SECONDS = 5, 60

#: Command that starts a worker; one Polars thread for each Dask thread.
_START = "POLARS_MAX_THREADS=1 dask worker {} --nthreads 1"


@contextlib.contextmanager
def dask_executor(address: str, folder: Path, program: Callable[[], Mapping[str, str]]) -> Iterator[Executor]:
    """Provide an executor on the workers of a Dask cluster, as a context manager that ends the connection.

    When a worker dies, the scheduler runs its items on another. An item that ends several workers (`allowed-failures` of the scheduler) is
    run once more in a process of this machine, as by `pool.process_pool`.

    Args:
        address: address of the scheduler, such as `tcp://10.0.0.1:8786`.
        folder: the folder that the workers will read and write; they have to see it under this path.
        program: returns the versions that results depend on, by name; importable by name. It has to return the same on every worker.

    Raises:
        SaringError: Dask is not installed, no scheduler answers, there is no worker, a worker has other versions or does not see the folder,
            or the connection is lost.
    """
    distributed = _distributed(address)
    versions = dict(program())
    try:
        with distributed.Client(address, timeout=_ANSWER_SECONDS, set_as_default=False) as client:
            _await_worker(client, address)
            _check_workers(client, folder, program, versions)
            yield _ClusterExecutor(client, address, folder, functools.partial(_call, program=program, versions=versions))
    except (distributed.comm.CommClosedError, cf.CancelledError) as error:
        hint = "Restart it and its workers, and build again: finished batches are kept."
        raise SaringError(f"--dask {address}: the connection to the scheduler was lost. {hint}") from error


def _distributed(address: str) -> Any:  # noqa: ANN401 - a module
    """Import and return `distributed`, after checking that a scheduler answers at the address.

    The check comes before a client is created: a client that never connected logs errors again when it is deleted.
    """
    try:
        import distributed  # noqa: PLC0415 - an optional dependency, whose import takes a second
    except ModuleNotFoundError as error:
        raise SaringError(
            f"--dask {address}: expected the package distributed, found none. Install it: pip install 'saring[dask]'."
        ) from error
    try:
        asyncio.run(_check_connection(address))
    except (OSError, ValueError) as error:
        hint = "Start one with `dask scheduler`, and give the address that it prints."
        raise SaringError(f"--dask {address}: expected a Dask scheduler, found none ({error}). {hint}") from error
    # It logs a traceback for each attempt to reach a lost scheduler; one error message from here replaces them.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    return distributed


async def _check_connection(address: str) -> None:
    """Open and close a connection to a scheduler; raises `OSError` where there is none."""
    from distributed.comm import connect  # noqa: PLC0415 - as above

    await (await connect(address, timeout=_ANSWER_SECONDS)).close()


def _await_worker(client: Client, address: str) -> None:
    """Wait until the scheduler has a worker; raises `SaringError` after a minute."""
    until = time.monotonic() + _WORKER_SECONDS
    while not client.nthreads():
        if time.monotonic() > until:
            hint = f"Start one on each machine: {_START.format(address)}. Finished batches are kept."
            raise SaringError(f"--dask {address}: expected workers, found none in {_WORKER_SECONDS} s. {hint}")
        time.sleep(0.2)


class _WorkerInfo(NamedTuple):
    """Answer of a Dask worker about itself.

    Attributes:
        versions: what `program` returns there.
        sees_folder: whether it sees the folder of the build.
        polars_threads: how many threads Polars uses.
        dask_threads: how many items it works on at a time.
    """

    versions: dict[str, str]
    sees_folder: bool
    polars_threads: int
    dask_threads: int


def _check_workers(client: Client, folder: Path, program: Callable[[], Mapping[str, str]], versions: dict[str, str]) -> None:
    """Check that every worker of a cluster has the versions of this process, sees the folder, and uses no more threads than it should.

    Raises:
        SaringError: names the first worker that does not, and what to do.
    """
    with _marker_file(folder) as marker:
        answers = client.run(_worker_info, program, marker, on_error="return")
    for worker, answer in sorted(answers.items()):
        if isinstance(answer, BaseException):
            problem = f"expected saring {_saring_version()} to be installed, found: {answer}. Install it, and restart the worker"
        elif difference := _version_difference(answer.versions, versions):
            problem = f"{difference}. Install the same versions, and restart the worker"
        elif not answer.sees_folder:
            problem = f"expected to see the folder {folder}, but it does not. Name a folder that all machines share with --out"
        elif answer.polars_threads > answer.dask_threads:
            threads = f"{answer.polars_threads} Polars threads for {answer.dask_threads} of Dask"
            problem = f"expected one Polars thread for each Dask thread, found {threads}. Start it with: {_START.format('ADDRESS')}"
        else:
            continue
        raise SaringError(f"Dask worker {worker}: {problem}.")


@contextlib.contextmanager
def _marker_file(folder: Path) -> Iterator[Path]:
    """Create an empty file in a folder for the duration of a block: a worker that sees the file sees the folder."""
    marker = folder / f".shared-{secrets.token_hex(8)}"
    make_folder(folder)
    if is_local(folder):
        marker.touch()
    else:
        create_remote(marker, b"")
    try:
        yield marker
    finally:
        remove(marker)


def _worker_info(program: Callable[[], Mapping[str, str]], marker: Path, dask_worker: Any = None) -> _WorkerInfo:  # noqa: ANN401 - untyped
    """Return the versions and threads of a worker, and whether it sees a marker file. Runs on the worker; Dask fills in `dask_worker`."""
    import polars as pl  # noqa: PLC0415 - on the worker

    return _WorkerInfo(dict(program()), marker.exists(), pl.thread_pool_size(), dask_worker.state.nthreads)


def _version_difference(actual: Mapping[str, str], expected: Mapping[str, str]) -> str:
    """Describe how versions differ from the expected ones; empty where they do not."""
    names = [name for name in expected if actual.get(name) != expected[name]]
    differences = [f"{name} {expected[name][:12]}, found {actual.get(name, 'none')[:12]}" for name in names]
    return f"expected {'; '.join(differences)}" if differences else ""


def _saring_version() -> str:
    """Return the version of the installed distribution of saring."""
    import importlib.metadata  # noqa: PLC0415 - for an error message only

    return importlib.metadata.version("saring")


class _ClusterExecutor:
    """Executor on the workers of a connected Dask scheduler (`pool.Executor`, which documents its methods)."""

    def __init__(self, client: Client, address: str, folder: Path, call: Callable[..., Any]) -> None:
        self._client, self._address, self.shared, self._call = client, address, folder, call

    def map(
        self, function: Callable[[Item, Context], Result], items: Iterable[Item], context: Context
    ) -> Iterator[tuple[Item, Result | WorkerDied]]:
        from distributed.scheduler import KilledWorker  # noqa: PLC0415 - as above

        submitted: collections.deque[tuple[Item, Future]] = collections.deque()
        shared_context: Future | None = None

        def first_result() -> tuple[Item, Result | WorkerDied]:
            item, future = submitted[0]
            try:
                result: Result | WorkerDied = self._result(future)
            except KilledWorker:
                result = pool.run_in_own_process(function, item, context)
            submitted.popleft()
            return item, result

        try:
            for item in items:
                # The context is submitted as a task, not scattered as data: if the worker that holds it dies, another computes it again.
                shared_context = shared_context or self._submit_context(context)
                submitted.append((item, self._client.submit(self._call, function, item, shared_context, pure=False)))
                while len(submitted) >= pool.QUEUED * max(1, sum(self._client.nthreads().values())):
                    yield first_result()
            while submitted:
                yield first_result()
        finally:
            with contextlib.suppress(Exception):  # the connection to the scheduler may be lost
                self._client.cancel([future for _, future in submitted])

    def prestart(self, items: int) -> None:
        """Do nothing: the workers of a cluster are running."""

    def shut_down_idle(self) -> None:
        """Do nothing: the workers of a cluster stay."""

    def _submit_context(self, context: object) -> Future:
        """Send a context to the cluster as a task that unpickles it there; return its future.

        The task is named by the hash of the pickle, so that an equal context is sent once.
        """
        data = pickle.dumps(context)
        return self._client.submit(pickle.loads, data, key=f"saring-{hashlib.sha256(data).hexdigest()}")

    def _result(self, future: Future) -> Any:  # noqa: ANN401 - Dask's futures are not typed
        """Wait for a future and return its result; if the cluster has no worker for a minute, raise `SaringError`."""
        from distributed import wait  # noqa: PLC0415 - as above

        while not future.done():
            try:
                with self._client.as_current():
                    wait([future], timeout=_ANSWER_SECONDS)
            except TimeoutError:
                _await_worker(self._client, self._address)
        return future.result()


def _call(
    function: Callable[[Item, Context], Result],
    item: Item,
    context: Context,
    program: Callable[[], Mapping[str, str]],
    versions: dict[str, str],
) -> Result:
    """Call a function on a worker, after checking its versions: it may have joined after `_check_workers`."""
    if difference := _version_difference(program(), versions):
        raise SaringError(f"A Dask worker that joined during the build: {difference}. Install the same versions there, and build again.")
    return function(item, context)
