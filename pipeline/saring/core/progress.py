"""How a step says how far it is."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["ProgressCallback", "no_progress"]

#: Is told what is being done, how much of it is done, and how much there is (0: unknown).
ProgressCallback = Callable[[str, int, int], None]


def no_progress(what: str, done: int, total: int) -> None:
    """Say nothing."""
    del what, done, total
