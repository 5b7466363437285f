"""The context that a task receives in addition to its batch of pages: the watchdog of the worker process, and the inputs of the step."""

from __future__ import annotations

from typing import Generic, NamedTuple, TypeVar

from saring.compute.time_limit import Watchdog

__all__ = ["TaskContext"]

Payload = TypeVar("Payload")


class TaskContext(NamedTuple, Generic[Payload]):
    """Second argument of a function that an executor maps over batches of pages; the same for all batches, pickled once per worker.

    Attributes:
        payload: what the function needs besides the batch, such as caches and the configuration.
        watchdog: enforces the time limit of a page; the default enforces none.
    """

    payload: Payload
    watchdog: Watchdog = Watchdog(0, None)
