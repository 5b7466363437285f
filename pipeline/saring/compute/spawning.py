"""Settings that worker processes inherit when they are spawned: one Polars thread each, and SIGINT blocked."""

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
    """Limit processes that start within the block to one Polars thread each, by an environment variable that Polars reads when imported."""
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
    """Keep Ctrl-C (SIGINT) from processes that start within the block, by blocking it: they inherit the signal mask and never unblock it.

    Otherwise each would print a traceback in the second or more before it ignores the signal itself. For this process, the signal is
    delivered after the block.
    """
    resource_tracker.ensure_running()  # started within the block, it would unblock the signal in this process
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
