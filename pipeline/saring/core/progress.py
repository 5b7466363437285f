"""The callback by which a pipeline step reports its progress."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["ProgressCallback", "no_progress"]

#: Receives the name of the current activity, how many units of it are done, and how many there are (0 if unknown).
ProgressCallback = Callable[[str, int, int], None]


def no_progress(activity: str, done: int, total: int) -> None:
    """Ignore a progress report: the callback for callers that show no progress."""
    del activity, done, total
