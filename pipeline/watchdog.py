"""A limit of time: a process that takes too long over a page ends, and leaves a note that says which page it was.

No page can be stopped from within: a call into libxml2 holds the interpreter's lock until it returns, so neither a signal nor a thread of
Python's gets a turn. `faulthandler` waits in a thread of C that needs no lock, writes where the time went, and ends the process. Whoever
runs the batch again (`workers.each` does, of itself) leaves out the pages that notes name: each late page costs its time once.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

import polars as pl

from pipeline.folders import is_here
from pipeline.records import REJECTION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["LATE", "Watchdog", "on_guard", "rejections", "unwatched"]

#: The reason of a rejection for its time.
LATE = "too-slow"

#: What is done to a batch as a whole (the columns, the rules) may take a second for so many bytes. Noise alone is found in 9 MB/s.
_BYTES_A_SECOND = 100_000

#: A timer is set anew once this share of it is over, not for every page: setting it starts a thread, 90 µs; so, a page costs 2 µs.
_SLACK = 0.1

#: A note begins with the id of a page, padded to this many bytes; what follows was written by `faulthandler`.
_WIDTH = 64


class Watchdog(NamedTuple):
    """What watches over the pages of a batch; over one batch at a time in a process, since a process has one timer.

    Attributes:
        seconds: that a page may take.
        notes: a folder that all processes share; None watches nothing, for a process that must not end.
        loading: seconds that a batch as a whole may take beyond those of a page and of its bytes: for what a process loads first.
    """

    seconds: int
    notes: Path | None
    loading: float = 60

    def sorted_out(self, rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return the rows (a column `id`) of pages that were not late, and those of pages that were."""
        late = pl.col("id").is_in(sorted(self._noted()))
        return rows.filter(~late), rows.filter(late)

    @contextlib.contextmanager
    def watch(self, ids: pl.Series, size: int) -> Iterator[Callable[[str | None], None]]:
        """End this process when a page, or the batch as a whole, takes too long.

        Args:
            ids: of the pages of the batch.
            size: of the batch in bytes.

        Yields:
            What is told the id of each page before work on it alone begins, and None when such work is over. As long as it is told
            nothing, the batch may take a second for each 100 kB, and what `loading` says, more than a page may.
        """
        if self.notes is None:
            yield unwatched
            return
        with _note(self.notes) as note:
            batch = self.seconds + self.loading + size / _BYTES_A_SECOND
            begin = _Timer(note.fileno(), self.seconds, batch, ids[0] if len(ids) == 1 else "")
            begin(None)
            try:
                yield begin
            finally:
                faulthandler.cancel_dump_traceback_later()

    def _noted(self) -> set[str]:
        found = set()
        for file in self.notes.glob("*") if self.notes else ():
            with contextlib.suppress(FileNotFoundError):  # of another process that is done
                note = file.read_bytes()
                found.add(note[: _WIDTH * (len(note) > _WIDTH)].decode().strip())
        return found - {""}


class _Timer:
    """Sets the timer of this process: there is one.

    Args:
        note: a file.
        page: seconds that a page may take.
        batch: seconds for what is done to the batch as a whole.
        alone: the id of the only page of the batch, if it has only one: then whatever takes too long is that page's.
    """

    def __init__(self, note: int, page: float, batch: float, alone: str) -> None:
        self._note, self._page, self._batch, self._alone = note, page, batch, alone
        self._fresh_until = 0.0
        os.lseek(note, _WIDTH, os.SEEK_SET)  # where `faulthandler` writes

    def __call__(self, page: str | None) -> None:
        os.pwrite(self._note, (page or self._alone).encode().ljust(_WIDTH), 0)
        if page is None:
            faulthandler.dump_traceback_later(self._batch, exit=True, file=self._note)
            self._fresh_until = 0.0
        elif (now := time.monotonic()) >= self._fresh_until:
            faulthandler.dump_traceback_later(self._page * (1 + _SLACK), exit=True, file=self._note)
            self._fresh_until = now + self._page * _SLACK


def _note(folder: Path) -> IO[bytes]:
    try:
        return tempfile.NamedTemporaryFile(dir=folder, buffering=0)
    except OSError:  # no room, or a machine that does not see the folder: the page is found by halving the batch
        return Path(os.devnull).open("wb", buffering=0)


def unwatched(page: str | None) -> None:
    """Watch nothing."""
    del page


@contextlib.contextmanager
def on_guard(seconds: int, workers: int, beside: Path | None = None) -> Iterator[Watchdog]:
    """Give a watchdog with a folder for its notes, which goes with it; one that watches nothing where no workers do the work.

    Args:
        seconds: that a page may take.
        workers: processes that do the work.
        beside: a folder that all of them see and no other build uses; where there is none on a file system, one is made for those of this
            machine, and late pages of others are found by halving.
    """
    if not workers:
        yield Watchdog(seconds, None)
    elif beside is None or not is_here(beside):
        with tempfile.TemporaryDirectory(prefix="saring-") as folder:
            yield Watchdog(seconds, Path(folder))
    else:
        notes = beside / "late"
        shutil.rmtree(notes, ignore_errors=True)  # of a build that was killed
        with contextlib.suppress(OSError):  # no room: it watches without notes
            notes.mkdir(parents=True)
        try:
            yield Watchdog(seconds, notes)
        finally:
            shutil.rmtree(notes, ignore_errors=True)


def rejections(rows: pl.DataFrame, step: str, seconds: int) -> pl.DataFrame:
    """Return the rejections of late pages.

    Args:
        rows: source, id, sha256 and bytes of their scrapes.
        step: in which they were.
        seconds: that they might have taken.
    """
    message = f"it took longer than the {seconds} seconds that a page may take. Look at the scrape, or raise [build] page_seconds."
    said = {"step": step, "reason": LATE, "message": message}
    return rows.with_columns(pl.lit(value).alias(name) for name, value in said.items()).select(
        pl.col(name).cast(dtype) for name, dtype in REJECTION.items()
    )
