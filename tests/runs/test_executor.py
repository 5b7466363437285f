"""The executor of a build: one that all steps share, or one for a step by itself."""

from __future__ import annotations

import contextlib
import functools
from typing import TYPE_CHECKING, Any

from saring.clean_batch import preload
from saring.compute import dask_pool, pool
from saring.compute.pool import SERIAL
from saring.runs import cache_keys
from saring.runs.executor import executor_for
from saring.runs.workspace import Job

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pytest

    from saring.compute.pool import Executor


def job(tmp_path: Path, **values: Any) -> Job:  # noqa: ANN401 - passed on
    """Return a job in a folder."""
    return Job(raw=tmp_path / "raw", out=tmp_path / "out", **values)


def recording(calls: list[tuple[object, ...]]) -> Callable[..., contextlib.AbstractContextManager[Executor]]:
    """Return a stand-in for a pool that records its arguments, and that it was closed."""

    @contextlib.contextmanager
    def opened(*arguments: object) -> Iterator[Executor]:
        calls.append(arguments)
        yield SERIAL
        calls.append(("closed",))

    return opened


def test_steps_share_the_executor_of_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The executor of the job is given, and neither another one is started nor that one ended."""
    monkeypatch.delattr(pool, "process_pool")
    monkeypatch.delattr(dask_pool, "dask_executor")

    with executor_for(job(tmp_path, executor=SERIAL, dask="tcp://there:8786", workers=3)) as executor:
        assert executor is SERIAL


def test_without_workers_batches_are_cleaned_here(tmp_path: Path) -> None:
    """With no workers the executor is serial: it calls the function in this process, and has no folder to share."""
    with executor_for(job(tmp_path, workers=0)) as executor:
        assert executor.shared is None
        assert list(executor.map(divmod, [7, 8], 3)) == [(7, (2, 1)), (8, (2, 2))]


def test_a_step_by_itself_has_its_own_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pool of as many processes as the job has workers, which load the configuration, ends with the block."""
    calls: list[tuple[object, ...]] = []
    monkeypatch.setattr(pool, "process_pool", recording(calls))
    own = job(tmp_path, workers=3)

    with executor_for(own) as executor:
        assert executor is SERIAL
        ((workers, load),) = calls

    assert workers == 3
    assert isinstance(load, functools.partial)
    assert (load.func, load.args) == (preload, (own.config,))
    assert calls[1:] == [("closed",)]


def test_a_cluster_is_used_if_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the address of a scheduler its workers are used, in the workspace of the job, whatever the number of processes."""
    calls: list[tuple[object, ...]] = []
    monkeypatch.setattr(dask_pool, "dask_executor", recording(calls))
    own = job(tmp_path, workers=0, dask="tcp://there:8786")

    with executor_for(own) as executor:
        assert executor is SERIAL

    assert calls == [("tcp://there:8786", own.folder, cache_keys.program_key), ("closed",)]
