"""Run the command line with a fault at one point: `python tests/faulty.py KIND NUMBER ARGUMENT...`.

A point is a moment at which the process asks the system for something that changes files (open for writing, rename, make or remove).
KIND is `kill` (the process ends there, without a word, as by SIGKILL or a lost power supply) or `full` (that call and all that follow say
that the disk is full). With NUMBER 0 nothing fails, and the number of points is written to stderr.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_CHANGES = {"os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.truncate", "os.link", "os.symlink", "shutil.rmtree", "shutil.copyfile"}


#: A page that holds it makes a faulty step raise.
MARK = "a phrase that no step can stand"


class OddError(Exception):
    """An exception of a kind that nobody foresees, whose message steers a terminal."""

    def __init__(self) -> None:
        super().__init__("\x1b[31mred\nand a line more\u202e")


#: What steps raise on hostile pages.
RAISED: tuple[type[Exception], ...] = (
    RecursionError,
    ValueError,
    KeyError,
    MemoryError,
    ZeroDivisionError,
    AssertionError,
    OverflowError,
    StopIteration,
    OSError,
    OddError,
)

#: The functions of the steps, each by its module and name, and the column in which it sees the page.
_STEPS = {
    "extract": ("saring.extract", "extract", "content"),
    "repair": ("saring.repair", "find", "text"),
    "noise": ("saring.noise", "find", "text"),
    "language": ("saring.language", "identify", "text"),
    "names": ("saring.names", "find", "text"),
}


@contextlib.contextmanager
def failing(step: str, error: type[Exception], *, always: bool = False) -> Iterator[None]:
    """Make a step of cleaning raise on each batch with a page that holds the mark, or on every batch."""
    import importlib  # noqa: PLC0415 - what is imported has been loaded before a fault counts

    module_name, name, column = _STEPS[step]
    module = importlib.import_module(module_name)
    whole: Callable[..., Any] = getattr(module, name)

    def faulty(texts: Any, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - whatever the step takes and gives
        if always or any(MARK in text for text in texts[column]):
            raise error
        return whole(texts, *arguments, **options)

    setattr(module, name, faulty)
    try:
        yield
    finally:
        setattr(module, name, whole)


class Fault:
    """An audit hook (PEP 578) that counts points and fails at one of them."""

    def __init__(self, kind: str, number: int, below: str) -> None:
        self.kind, self.number, self.below = kind, number, below
        self.seen = 0
        self.raised = False

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Called by the interpreter before it does anything that it audits."""
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if not writes and event not in _CHANGES:
            return
        if not any(isinstance(argument, (str, os.PathLike)) and self.below in os.fspath(argument) for argument in arguments):
            return
        self.seen += 1
        if self.number and self.kind == "kill" and self.seen == self.number:
            os._exit(137)
        # Removing makes room and works on a full disk: where nothing but that is left to do, nothing fails.
        if self.number and self.kind == "full" and self.seen >= self.number and event not in ("os.remove", "os.rmdir", "shutil.rmtree"):
            self.raised = True
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(arguments[0]))


def main() -> None:
    """Install the fault, then run."""
    kind, number, below, *arguments = sys.argv[1:]
    fault = Fault(kind, int(number), below)
    sys.argv = ["saring", *arguments]
    from saring import cli  # noqa: PLC0415 - what is imported has been loaded before the fault counts

    sys.addaudithook(fault)
    try:
        cli.main()
    finally:
        if fault.kind == "full" and not fault.raised:
            sys.stderr.write("nothing needed room\n")
        if not fault.number:
            sys.stderr.write(f"points: {fault.seen}\n")


if __name__ == "__main__":
    main()
