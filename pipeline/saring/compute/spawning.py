"""What worker processes inherit at their start: one Polars thread each, and no Ctrl-C."""

from __future__ import annotations

import contextlib
import os
import signal
from multiprocessing import resource_tracker
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ignoring_interrupt", "single_polars_thread"]


@contextlib.contextmanager
def single_polars_thread() -> Iterator[None]:
    """Let processes that start meanwhile have one Polars thread; it has to be said before they import Polars."""
    before = os.environ.get("POLARS_MAX_THREADS")
    os.environ["POLARS_MAX_THREADS"] = "1"
    try:
        yield
    finally:
        if before is None:
            os.environ.pop("POLARS_MAX_THREADS", None)
        else:
            os.environ["POLARS_MAX_THREADS"] = before


@contextlib.contextmanager
def ignoring_interrupt() -> Iterator[None]:
    """Keep Ctrl-C from processes that start meanwhile: until a worker ignores it itself, a second or more, each would print a traceback of its own.

    They inherit what is blocked and never unblock it; for this process the signal waits.
    """
    resource_tracker.ensure_running()  # while it starts it would unblock the signal here
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
