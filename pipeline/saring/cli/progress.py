"""The progress of a command: a bar on a terminal, plain lines in a log."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

from saring.cli.options import say
from saring.core.plurals import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saring.runs import Tell

__all__ = ["progress"]


@contextlib.contextmanager
def progress() -> Iterator[Tell]:
    """Give a function that shows progress: a bar on a terminal, a plain line for each new kind of work elsewhere."""
    if sys.stderr.isatty():
        from rich.console import Console  # noqa: PLC0415

        from saring.cli.terminal import bar  # noqa: PLC0415

        with bar(Console(stderr=True)) as tell:
            yield tell
    else:
        yield _plainly()


def _plainly() -> Tell:
    said: list[str] = []

    def tell(what: str, done: int, total: int) -> None:
        if what not in said:
            said.append(what)
            say(f"{what} ({total - done:,} of {counted(total, 'batch', 'batches')}) ..." if total else f"{what} ...")

    return tell
