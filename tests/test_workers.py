"""pipeline/workers.py: batches come back in order, whatever happens to the processes."""

from __future__ import annotations

import os
import signal

import pytest

from pipeline import workers


def square(number: int) -> int:
    """Square, but die at multiples of 7, as a native library does."""
    if number % 7 == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def _process(_: int) -> int:
    return os.getpid()


def refuse(number: int) -> int:
    """Raise what a bug raises."""
    msg = f"no {number}"
    raise ValueError(msg)


def test_a_worker_that_dies_costs_only_its_item() -> None:
    """All other items come back with their results, in order."""
    results = list(workers.each(square, range(1, 17), 2))

    assert [item for item, _ in results] == list(range(1, 17))
    assert [item for item, result in results if isinstance(result, workers.Died)] == [7, 14]
    assert [result for _, result in results if not isinstance(result, workers.Died)] == [n * n for n in range(1, 17) if n % 7]


def test_no_workers_means_this_process() -> None:
    """With 0 workers the function runs here."""
    assert list(workers.each(_process, [1], 0)) == [(1, os.getpid())]
    assert list(workers.each(_process, [1], 1)) != [(1, os.getpid())]


def test_an_error_in_a_worker_is_raised_here() -> None:
    """An exception of the function is not a death: it reaches the caller."""
    with pytest.raises(ValueError, match="no 1"):
        list(workers.each(refuse, [1, 2], 1))


def test_the_environment_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """POLARS_MAX_THREADS is for the workers alone."""
    monkeypatch.setenv("POLARS_MAX_THREADS", "3")
    with workers.processes(1) as pool:
        assert pool.submit(os.getenv, "POLARS_MAX_THREADS").result() == "1"

    assert os.environ["POLARS_MAX_THREADS"] == "3"
