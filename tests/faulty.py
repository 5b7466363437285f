"""Run the command line with a fault at one point: `python tests/faulty.py KIND NUMBER ARGUMENT...`.

A point is a moment at which the process asks the system for something that changes files (open for writing, rename, make or remove).
KIND is `kill` (the process ends there, without a word, as by SIGKILL or a lost power supply) or `full` (that call and all that follow say
that the disk is full). With NUMBER 0 nothing fails, and the number of points is written to stderr.
"""

from __future__ import annotations

import errno
import os
import sys
from typing import Any

_CHANGES = {"os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.truncate", "os.link", "os.symlink", "shutil.rmtree", "shutil.copyfile"}


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
    from pipeline import cli  # noqa: PLC0415 - what is imported has been loaded before the fault counts

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
