"""Progress of a command: a bar on a terminal, plain lines in a log."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

from saring.cli.options import print_message
from saring.core.plurals import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saring.runs import ProgressCallback

__all__ = ["show_progress"]


@contextlib.contextmanager
def show_progress() -> Iterator[ProgressCallback]:
    """Yield a progress callback: it moves a bar on a terminal, and elsewhere prints one line per new activity."""
    if sys.stderr.isatty():
        from rich.console import Console  # noqa: PLC0415

        from saring.cli.terminal import progress_bar  # noqa: PLC0415

        with progress_bar(Console(stderr=True)) as on_progress:
            yield on_progress
    else:
        yield _log_progress()


def _log_progress() -> ProgressCallback:
    """Return a progress callback that prints a line when an activity begins."""
    begun: list[str] = []

    def on_progress(activity: str, done: int, total: int) -> None:
        if activity not in begun:
            begun.append(activity)
            print_message(f"{activity} ({total - done:,} of {counted(total, 'batch', 'batches')}) ..." if total else f"{activity} ...")

    return on_progress
