"""A limit of time: a process that takes too long over a page ends, and leaves a note that says which page it was.

No page can be stopped from within: a call into libxml2 holds the interpreter's lock until it returns, so neither a signal nor a thread of
Python's gets a turn. `faulthandler` waits in a thread of C that needs no lock, writes where the time went, and ends the process. Whoever
runs the batch again (`workers.each` does, of itself) leaves out the pages that notes name: each late page costs its time once.

Most steps work on a batch as a whole, and then nobody knows at which page they are. The note of such a batch names all of its pages; when it
is run again, these are worked on in groups of a sixteenth, so that after two or three more notes the page stands alone.
"""

from __future__ import annotations

import contextlib
import faulthandler
import itertools
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple, TypeVar

import polars as pl

from saring.core.tables import REJECTION
from saring.storage.paths import is_local

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["TIMED_OUT", "Watchdog", "no_watch", "rejections", "watchdog_for"]

Result = TypeVar("Result")

#: The reason of a rejection for its time.
TIMED_OUT = "too-slow"

#: What is done to a batch as a whole (the columns, the rules) may take a second for so many bytes. Noise alone is found in 9 MB/s. A batch
#: that takes longer for no page's fault is worked on in groups, and nothing is lost.
_BYTES_A_SECOND = 400_000

#: Groups that the pages of a batch are worked on in once it took too long as a whole.
_GROUPS = 16

#: A timer is set anew once this share of it is over, not for every page: setting it starts a thread, 90 µs; so, a page costs 2 µs.
_SLACK = 0.1

#: A note begins with the id of a page, padded to this many bytes; then come the ids of the batch in one line. What follows was written by
#: `faulthandler`.
_WIDTH = 64


class Watchdog(NamedTuple):
    """What watches over the pages of a batch; over one batch at a time in a process, since a process has one timer.

    Attributes:
        seconds: that a page may take.
        notes: a folder that all processes share; None watches nothing, for a process that must not end.
        loading: seconds that a batch of several pages may take beyond those of a page and of its bytes.
        load: loads what the work needs; it is called once in a process, before the first batch is watched.
    """

    seconds: int
    notes: Path | None
    loading: float = 5
    load: Callable[[], object] | None = None

    def run(
        self, work: Callable[[pl.DataFrame, Callable[[str | None], None]], Result], rows: pl.DataFrame, size: pl.Expr
    ) -> tuple[list[Result], pl.DataFrame]:
        """Call a function on the pages of a batch that were not late before: on all of them, or in groups where all took too long.

        Args:
            work: takes pages, and what is told at which of them it is (`watch`).
            rows: the pages, with their `id`.
            size: of each, in bytes.

        Returns:
            What the function returned, in the order of the pages, and the rows of late pages.
        """
        pages, late = self.sorted_out(rows)
        results = []
        for group in self._groups(pages):
            with self.watch(group["id"], int(group.select(size.sum()).item())) as begin:
                results.append(work(group, begin))
        return results, late

    def sorted_out(self, rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return the rows (a column `id`) of pages that were not late, and those of pages that were."""
        late = pl.col("id").is_in(sorted({note.page for note in self._noted()} - {""}))
        return rows.filter(~late), rows.filter(late)

    def noted(self) -> int:
        """Return how many notes there are: where there are more than before, running a batch again is worth the time."""
        return len(self._noted())

    def _groups(self, rows: pl.DataFrame) -> list[pl.DataFrame]:
        """Return the rows in groups, in their order: together what was in no batch that took too long, in sixteenths what was."""
        smallest: dict[str, int] = {}
        for number, note in enumerate(sorted(self._noted(), key=lambda note: -len(note.batch))):
            smallest |= dict.fromkeys(note.batch if not note.page else (), number)
        labels = [smallest.get(id_, -1) for id_ in rows["id"]]
        if not rows.height or set(labels) == {-1}:
            return [rows]
        groups: list[pl.DataFrame] = []
        begin = 0
        for label, run in itertools.groupby(labels):
            length = sum(1 for _ in run)
            width = length if label < 0 else max(length // _GROUPS, 1)
            groups += [rows.slice(start, min(width, begin + length - start)) for start in range(begin, begin + length, width)]
            begin += length
        return groups

    @contextlib.contextmanager
    def watch(self, ids: pl.Series, size: int) -> Iterator[Callable[[str | None], None]]:
        """End this process when a page, or the batch as a whole, takes too long.

        Args:
            ids: of the pages of the batch.
            size: of the batch in bytes.

        Yields:
            What is told the id of each page before work on it alone begins, and None when such work is over. As long as it is told
            nothing, the batch may take a second for each 400 kB, and what `loading` says, more than a page may.
        """
        if self.notes is None:
            yield no_watch
            return
        if self.load:
            _once(self.load)
        with _note(self.notes) as note:
            batch = self.seconds + size / _BYTES_A_SECOND + (self.loading if len(ids) > 1 else 0)
            begin = _Timer(note.fileno(), self.seconds, batch, ids)
            begin(None)
            try:
                yield begin
            finally:
                faulthandler.cancel_dump_traceback_later()

    def _noted(self) -> list[_Note]:
        """Return the notes that processes left which took too long; those of processes at work, and of others that ended, say no time."""
        notes = []
        for file in sorted(self.notes.glob("*")) if self.notes else ():
            with contextlib.suppress(FileNotFoundError):  # of another process that is done
                content = file.read_bytes().decode("utf-8", "replace")
                batch, late, _ = content[_WIDTH:].partition("Timeout (")  # as `faulthandler` begins
                if late:
                    notes.append(_Note(content[:_WIDTH].strip(), tuple(batch.split())))
        return notes


class _Note(NamedTuple):
    """What is known of a process that took too long: the page that it was at, empty where nobody knows, and the pages of its batch."""

    page: str
    batch: tuple[str, ...]


#: What this process has loaded.
_loaded: list[str] = []


def _once(load: Callable[[], object]) -> None:
    if not _loaded:
        _loaded.append("")
        with contextlib.suppress(Exception):  # what is wrong shows again where it is used
            load()


class _Timer:
    """Sets the timer of this process: there is one.

    Args:
        note: a file.
        page: seconds that a page may take.
        batch: seconds for what is done to the batch as a whole.
        ids: of the pages of the batch. Where it has only one, whatever takes too long is that page's.
    """

    def __init__(self, note: int, page: float, batch: float, ids: pl.Series) -> None:
        self._note, self._page, self._batch = note, page, batch
        self._alone = ids[0] if len(ids) == 1 else ""
        self._fresh_until = 0.0
        line = f"{' '.join(ids)}\n".encode()
        os.pwrite(note, line, _WIDTH)
        os.lseek(note, _WIDTH + len(line), os.SEEK_SET)  # where `faulthandler` writes

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


def no_watch(page: str | None) -> None:
    """Watch nothing."""
    del page


@contextlib.contextmanager
def watchdog_for(seconds: int, workers: int, beside: Path | None = None, load: Callable[[], object] | None = None) -> Iterator[Watchdog]:
    """Give a watchdog with a folder for its notes, which goes with it; one that watches nothing where no workers do the work.

    Args:
        seconds: that a page may take.
        workers: processes that do the work.
        beside: a folder that all of them see and no other build uses; where there is none on a file system, one is made for those of this
            machine, and late pages of others are found by halving.
        load: as `Watchdog` has it; importable by name.
    """
    if not workers:
        yield Watchdog(seconds, None)
    elif beside is None or not is_local(beside):
        with tempfile.TemporaryDirectory(prefix="saring-") as folder:
            yield Watchdog(seconds, Path(folder), load=load)
    else:
        notes = beside / "late"
        shutil.rmtree(notes, ignore_errors=True)  # of a build that was killed
        with contextlib.suppress(OSError):  # no room: it watches without notes
            notes.mkdir(parents=True)
        try:
            yield Watchdog(seconds, notes, load=load)
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
    said = {"step": step, "reason": TIMED_OUT, "message": message}
    return rows.with_columns(pl.lit(value).alias(name) for name, value in said.items()).select(
        pl.col(name).cast(dtype) for name, dtype in REJECTION.items()
    )
