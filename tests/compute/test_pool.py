"""pipeline/saring/compute/pool.py: batches come back in order, whatever happens to the processes."""

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
    """Square, but die at multiples of a number, as a native library does."""
    if number % deadly == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def process(_: object, __: object) -> int:
    """Tell who works."""
    return os.getpid()


def refuse(number: int, _: object) -> int:
    """Raise what a bug raises."""
    msg = f"no {number}"
    raise ValueError(msg)


def threads(_: object, __: object) -> str | None:
    """Tell how many threads Polars is to use."""
    return os.environ.get("POLARS_MAX_THREADS")


class Heavy:
    """Counts, in a file, how often it is unpickled."""

    def __init__(self, log: Path) -> None:
        self.log = log

    def __setstate__(self, state: dict[str, Path]) -> None:
        """Called where it arrives."""
        self.__dict__ = state
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"{os.getpid()}\n")


def weigh(_: int, heavy: Heavy) -> str:
    """Use what is given."""
    return heavy.log.name


def leave_a_mark(folder: Path) -> None:
    """Load nothing, but show that it was called."""
    (folder / str(os.getpid())).touch()


def fail_to_load() -> None:
    """Fail as loading may."""
    msg = "no such model"
    raise OSError(msg)


def test_a_worker_that_dies_costs_only_its_item() -> None:
    """All other items come back with their results, in order."""
    with pool.process_pool(2) as executor:
        results = list(executor.map(square, range(1, 17), 7))

    assert [item for item, _ in results] == list(range(1, 17))
    assert [item for item, result in results if isinstance(result, pool.WorkerDied)] == [7, 14]
    assert [result for _, result in results if not isinstance(result, pool.WorkerDied)] == [n * n for n in range(1, 17) if n % 7]


def test_a_crew_lives_on_after_a_death() -> None:
    """The next call finds workers, though the last item of the one before killed them."""
    with pool.process_pool(1) as executor:
        assert [type(result) for _, result in executor.map(square, [7], 7)] == [pool.WorkerDied]
        assert list(executor.map(square, [8], 7)) == [(8, 64)]


def test_a_worker_that_dies_at_rest_costs_nothing() -> None:
    """Killed between two calls, as by a system that is short of memory."""
    with pool.process_pool(1) as executor:
        ((_, worker),) = executor.map(process, [1], None)
        assert isinstance(worker, int)
        os.kill(worker, signal.SIGKILL)

        assert list(executor.map(square, [2, 3], 7)) == [(2, 4), (3, 9)]


def test_no_workers_means_this_process() -> None:
    """With 0 workers the function runs here."""
    with pool.process_pool(0) as executor:
        executor.prestart(3)
        assert list(executor.map(process, [1], None)) == [(1, os.getpid())]
        executor.shut_down_idle()


def test_calls_share_their_processes() -> None:
    """Starting one takes longer than most batches: a second call uses those of the first, until they may rest."""
    with pool.process_pool(1) as executor:
        first, second = (dict(executor.map(process, [1, 2], None)) for _ in range(2))
        executor.shut_down_idle()
        third = dict(executor.map(process, [1, 2], None))

    assert first == second
    assert os.getpid() not in first.values()
    assert first != third


def test_what_is_given_arrives_once(tmp_path: Path) -> None:
    """However many items there are, a process reads it once."""
    heavy = Heavy(tmp_path / "log")
    with pool.process_pool(1) as executor:
        assert [result for _, result in executor.map(weigh, range(5), heavy)] == ["log"] * 5

    assert len((tmp_path / "log").read_text(encoding="utf-8").splitlines()) == 1


def test_nothing_to_do_starts_nothing(tmp_path: Path) -> None:
    """Neither a crew nor a call without items starts a process."""
    with pool.process_pool(2, functools.partial(leave_a_mark, tmp_path)) as executor:
        assert list(executor.map(refuse, [], None)) == []
        executor.shut_down_idle()

    assert not multiprocessing.active_children()
    assert not list(tmp_path.iterdir())


def test_a_process_loads_before_its_first_item(tmp_path: Path) -> None:
    """A warm crew starts before there is work, and no more processes than there will be items."""
    with pool.process_pool(2, functools.partial(leave_a_mark, tmp_path)) as executor:
        executor.prestart(1)
        executor.prestart(1)
        ((_, worker),) = executor.map(process, [1], None)

    assert [file.name for file in tmp_path.iterdir()] == [str(worker)]


def test_loading_that_fails_fails_nothing() -> None:
    """It saves time; what is wrong shows where it is used."""
    with pool.process_pool(1, fail_to_load) as executor:
        assert list(executor.map(square, [2], 7)) == [(2, 4)]


def test_an_error_in_a_worker_is_raised_here() -> None:
    """An exception of the function is not a death: it reaches the caller."""
    with pool.process_pool(1) as executor, pytest.raises(ValueError, match="no 1"):
        list(executor.map(refuse, [1, 2], None))


def test_the_environment_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """POLARS_MAX_THREADS is for the workers alone."""
    monkeypatch.setenv("POLARS_MAX_THREADS", "3")
    with pool.process_pool(1) as executor:
        assert [result for _, result in executor.map(threads, [1], None)] == ["1"]
        assert os.environ["POLARS_MAX_THREADS"] == "3"


def test_a_script_that_guards_nothing_is_told(tmp_path: Path) -> None:
    """Each process imports the script, which would build again: that is said, and no page is blamed."""
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
