"""The progress of a command: a bar on a terminal, plain lines in a log."""

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
    """Give a function that shows progress: a bar on a terminal, a plain line for each new kind of work elsewhere."""
    if sys.stderr.isatty():
        from rich.console import Console  # noqa: PLC0415

        from saring.cli.terminal import progress_bar  # noqa: PLC0415

        with progress_bar(Console(stderr=True)) as on_progress:
            yield on_progress
    else:
        yield _plainly()


def _plainly() -> ProgressCallback:
    said: list[str] = []

    def on_progress(what: str, done: int, total: int) -> None:
        if what not in said:
            said.append(what)
            print_message(f"{what} ({total - done:,} of {counted(total, 'batch', 'batches')}) ..." if total else f"{what} ...")

    return on_progress
