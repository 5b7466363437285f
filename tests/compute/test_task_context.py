"""The context of a task: what its function needs, and a watchdog that by default watches nothing."""

from __future__ import annotations

import pickle

import polars as pl

from saring.compute.task_context import TaskContext
from saring.compute.time_limit import Watchdog


def test_by_default_nothing_is_watched() -> None:
    """Without a watchdog all rows are given to the function at once, and none of them is slow."""
    rows = pl.DataFrame({"id": ["a", "b"], "bytes": [1, 10**9]})

    results, slow = TaskContext("payload").watchdog.run(lambda part, _: part["id"].to_list(), rows, pl.col("bytes"))

    assert results == [["a", "b"]]
    assert slow.is_empty()


def test_a_context_is_sent_to_workers() -> None:
    """Payload and watchdog arrive in another process as they were."""
    context = TaskContext({"config": 1}, Watchdog(7, None))

    assert pickle.loads(pickle.dumps(context)) == context  # noqa: S301 - our own
