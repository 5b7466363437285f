"""pipeline/saring/compute/pool.py: results come back in the order of the items, whatever happens to the worker processes."""

from __future__ import annotations

import functools
import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from saring.compute import pool

HOME = str(Path(__file__).parents[2])


def square(number: int, deadly: int) -> int:
    """Square a number, but kill the process at multiples of `deadly`, as a crash in a native library does."""
    if number % deadly == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def process(_: object, __: object) -> int:
    """Return the id of the worker process."""
    return os.getpid()


def refuse(number: int, _: object) -> int:
    """Raise an exception, as a bug in the function does."""
    msg = f"no {number}"
    raise ValueError(msg)


def threads(_: object, __: object) -> str | None:
    """Return the number of Polars threads from the environment of the worker."""
    return os.environ.get("POLARS_MAX_THREADS")


class CountedContext:
    """A context that records in a file each time it is unpickled."""

    def __init__(self, log: Path) -> None:
        self.log = log

    def __setstate__(self, state: dict[str, Path]) -> None:
        """Record the process that unpickles the context."""
        self.__dict__ = state
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"{os.getpid()}\n")


def log_name(_: int, context: CountedContext) -> str:
    """Use the context."""
    return context.log.name


def leave_a_mark(folder: Path) -> None:
    """Load nothing, but record the process that calls it."""
    (folder / str(os.getpid())).touch()


def fail_to_load() -> None:
    """Raise an exception, as where a model is missing."""
    msg = "no such model"
    raise OSError(msg)


def test_a_worker_that_dies_costs_only_its_item() -> None:
    """Every other item comes back with its result, in order."""
    with pool.process_pool(2) as executor:
        results = list(executor.map(square, range(1, 17), 7))

    assert [item for item, _ in results] == list(range(1, 17))
    assert [item for item, result in results if isinstance(result, pool.WorkerDied)] == [7, 14]
    assert [result for _, result in results if not isinstance(result, pool.WorkerDied)] == [n * n for n in range(1, 17) if n % 7]


def test_the_pool_is_replaced_after_a_death() -> None:
    """The next call finds workers, though the last item of the call before killed them."""
    with pool.process_pool(1) as executor:
        assert [type(result) for _, result in executor.map(square, [7], 7)] == [pool.WorkerDied]
        assert list(executor.map(square, [8], 7)) == [(8, 64)]


def test_an_idle_worker_that_dies_is_replaced() -> None:
    """A worker is killed between two calls, as by the out-of-memory killer."""
    with pool.process_pool(1) as executor:
        ((_, worker),) = executor.map(process, [1], None)
        assert isinstance(worker, int)
        os.kill(worker, signal.SIGKILL)

        assert list(executor.map(square, [2, 3], 7)) == [(2, 4), (3, 9)]


def test_without_workers_the_executor_is_serial() -> None:
    """With 0 workers the function runs in this process."""
    with pool.process_pool(0) as executor:
        executor.prestart(3)
        assert list(executor.map(process, [1], None)) == [(1, os.getpid())]
        executor.shut_down_idle()


def test_calls_share_worker_processes() -> None:
    """A second call uses the workers of the first, since starting one takes longer than most batches; after a shutdown there are new ones."""
    with pool.process_pool(1) as executor:
        first, second = (dict(executor.map(process, [1, 2], None)) for _ in range(2))
        executor.shut_down_idle()
        third = dict(executor.map(process, [1, 2], None))

    assert first == second
    assert os.getpid() not in first.values()
    assert first != third


def test_a_worker_unpickles_the_context_once(tmp_path: Path) -> None:
    """However many items a worker gets, it reads the context from its file once."""
    context = CountedContext(tmp_path / "log")
    with pool.process_pool(1) as executor:
        assert [result for _, result in executor.map(log_name, range(5), context)] == ["log"] * 5

    assert len((tmp_path / "log").read_text(encoding="utf-8").splitlines()) == 1


def test_without_items_no_process_starts(tmp_path: Path) -> None:
    """Neither opening a pool nor a call without items starts a worker."""
    with pool.process_pool(2, functools.partial(leave_a_mark, tmp_path)) as executor:
        assert list(executor.map(refuse, [], None)) == []
        executor.shut_down_idle()

    assert not multiprocessing.active_children()
    assert not list(tmp_path.iterdir())


def test_a_prestarted_worker_loads_before_its_first_item(tmp_path: Path) -> None:
    """Pre-starting for one item starts one worker, which has called `load` when the item comes."""
    with pool.process_pool(2, functools.partial(leave_a_mark, tmp_path)) as executor:
        executor.prestart(1)
        executor.prestart(1)
        ((_, worker),) = executor.map(process, [1], None)

    assert [file.name for file in tmp_path.iterdir()] == [str(worker)]


def test_an_exception_while_loading_is_ignored() -> None:
    """Loading in advance only saves time; the error shows again where the model is used."""
    with pool.process_pool(1, fail_to_load) as executor:
        assert list(executor.map(square, [2], 7)) == [(2, 4)]


def test_an_exception_of_the_function_reaches_the_caller() -> None:
    """It is no death of a worker: `map` raises it."""
    with pool.process_pool(1) as executor, pytest.raises(ValueError, match="no 1"):
        list(executor.map(refuse, [1, 2], None))


def test_the_environment_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """POLARS_MAX_THREADS is set for the workers only."""
    monkeypatch.setenv("POLARS_MAX_THREADS", "3")
    with pool.process_pool(1) as executor:
        assert [result for _, result in executor.map(threads, [1], None)] == ["1"]
        assert os.environ["POLARS_MAX_THREADS"] == "3"


def test_a_script_without_a_main_guard_gets_an_error(tmp_path: Path) -> None:
    """Each worker imports the script, which would start workers again: the error says so, and no item counts as deadly."""
    script = tmp_path / "mine.py"
    script.write_text(
        "from saring.compute import pool\nwith pool.process_pool(1) as executor:\n    print(list(executor.map(divmod, [1], 1)))\n",
        encoding="utf-8",
    )

    done = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": f"{HOME}/pipeline:{HOME}"},
    )

    assert done.returncode == 1
    assert "if __name__ ==" in done.stderr.strip().splitlines()[-1]
    assert "Died" not in done.stdout
