"""Time limit of a page: a worker process that exceeds it ends, and leaves a note that names the page.

Work on a page cannot be interrupted within the process: a call into libxml2 holds the interpreter's lock until it returns, so neither a
signal handler nor another Python thread gets to run. `faulthandler` waits in a C thread that needs no lock, writes a traceback to the note,
and ends the process. Whoever runs the batch again (`bisection.bisect_batch`) excludes the pages that notes name: each slow page costs its
time once.

Most steps work on a batch as a whole, and do not know which page takes the time. The note of such a batch names all of its pages; when the
batch is run again, they are worked on in groups of a sixteenth, so that after two or three more notes the slow page stands alone.
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

#: Reason of the rejection of a page over its time limit.
TIMED_OUT = "too-slow"

#: Bytes of a batch for which work on the batch as a whole may take a second. A judgement, far below what is measured: noise removal alone runs
#: at 9 MB/s (`python bench/steps.py FOLDER`). A batch that takes longer through no page's fault is worked on in groups, and nothing is lost.
_BYTES_PER_SECOND = 400_000

#: Number of groups that the pages of a batch are divided into after the batch as a whole exceeded its limit.
_GROUPS = 16

#: The timer is restarted for a new page only after this share of the limit has passed: restarting starts a thread, which takes 90 µs; without it,
#: a page costs 2 µs.
_SLACK = 0.1

#: A note begins with the id of the present page, padded to this many bytes, or blanks where no single page is worked on; then come the ids of
#: the batch in one line, and after a timeout what `faulthandler` wrote.
_ID_BYTES = 64


class Watchdog(NamedTuple):
    """Watchdog of a worker process: ends the process when a page, or a batch as a whole, exceeds its time limit.

    It watches over one batch at a time in a process, since `faulthandler` has one timer.

    Attributes:
        seconds: time limit of a page.
        notes: folder of the notes, shared by all processes; None watches nothing, for the main process, which must not end.
        loading: further seconds that a batch of several pages may take, for models and patterns that load at first use.
        load: loads models and patterns; it is called once in a process, before the timer starts for the first batch.
    """

    seconds: int
    notes: Path | None
    loading: float = 5
    load: Callable[[], object] | None = None

    def run(
        self, work: Callable[[pl.DataFrame, Callable[[str | None], None]], Result], rows: pl.DataFrame, size: pl.Expr
    ) -> tuple[list[Result], pl.DataFrame]:
        """Call a function on the pages of a batch, under the watchdog and without the pages that exceeded their limit before.

        It is called once with all pages, or, if an earlier run of the batch as a whole exceeded its limit, with groups of pages.

        Args:
            work: the function: takes a table of pages, and the callback that `watch` yields.
            rows: a row for each page, with its `id`.
            size: an expression over `rows` for the size of a page in bytes.

        Returns:
            The results of the calls, in the order of the pages, and the rows of the slow pages.
        """
        pages, slow = self.split_slow(rows)
        results = []
        for group in self._groups(pages):
            with self.watch(group["id"], int(group.select(size.sum()).item())) as announce:
                results.append(work(group, announce))
        return results, slow

    def split_slow(self, rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Split rows (with a column `id`) into those of pages within the limit, and those of pages that exceeded it in an earlier run."""
        is_slow = pl.col("id").is_in(sorted({note.page for note in self._timeouts()} - {""}))
        return rows.filter(~is_slow), rows.filter(is_slow)

    def timeout_count(self) -> int:
        """Return how many timeouts have been noted: if a run of a batch adds one, running the batch again excludes more pages."""
        return len(self._timeouts())

    def _groups(self, rows: pl.DataFrame) -> list[pl.DataFrame]:
        """Divide pages, in their order, into groups to be worked on together.

        A batch that timed out before is divided into sixteen groups; runs of other pages stay together. If the batch (b, c, d, e) timed out,
        and with two groups instead of sixteen, the pages a to f become [a], [b, c], [d, e], [f].
        """
        smallest_batch: dict[str, int] = {}  # of each page, the number of the smallest batch with it that timed out
        for number, note in enumerate(sorted(self._timeouts(), key=lambda note: -len(note.batch))):
            smallest_batch |= dict.fromkeys(note.batch if not note.page else (), number)
        labels = [smallest_batch.get(id_, -1) for id_ in rows["id"]]
        if not rows.height or set(labels) == {-1}:
            return [rows]
        groups: list[pl.DataFrame] = []
        announce = 0
        for label, run in itertools.groupby(labels):
            length = sum(1 for _ in run)
            width = length if label < 0 else max(length // _GROUPS, 1)
            groups += [rows.slice(start, min(width, announce + length - start)) for start in range(announce, announce + length, width)]
            announce += length
        return groups

    @contextlib.contextmanager
    def watch(self, ids: pl.Series, size: int) -> Iterator[Callable[[str | None], None]]:
        """End this process if a page, or the batch as a whole, exceeds its time limit within the block.

        Args:
            ids: the ids of the pages of the batch.
            size: the size of the batch in bytes.

        Yields:
            A callback, to be called with the id of a page before work on that page alone begins, and with None when it ends. While no page is
            announced, the limit is that of one page, plus a second for each 400 kB of the batch, plus `loading`.
        """
        if self.notes is None:
            yield no_watch
            return
        if self.load:
            _load_once(self.load)
        with _note(self.notes) as note:
            batch_seconds = self.seconds + size / _BYTES_PER_SECOND + (self.loading if len(ids) > 1 else 0)
            announce = _Timer(note.fileno(), self.seconds, batch_seconds, ids)
            announce(None)
            try:
                yield announce
            finally:
                faulthandler.cancel_dump_traceback_later()

    def _timeouts(self) -> list[_Note]:
        """Read the notes in the folder and return those of processes that timed out; other processes leave notes too."""
        timeouts = []
        for file in sorted(self.notes.glob("*")) if self.notes else ():
            with contextlib.suppress(FileNotFoundError):  # another process has finished its batch and deleted its note
                content = file.read_bytes().decode("utf-8", "replace")
                batch, timeout, _ = content[_ID_BYTES:].partition("Timeout (")  # the first word that `faulthandler` writes
                if timeout:
                    timeouts.append(_Note(content[:_ID_BYTES].strip(), tuple(batch.split())))
        return timeouts


class _Note(NamedTuple):
    """Note of a process that timed out: the id of the page that it worked on, empty for work on the whole batch, and the ids of the batch."""

    page: str
    batch: tuple[str, ...]


#: Whether this process has called `Watchdog.load`: one element then, else none.
_loaded: list[str] = []


def _load_once(load: Callable[[], object]) -> None:
    """Call a loading function, unless this process has called one before; ignore its exceptions."""
    if not _loaded:
        _loaded.append("")
        with contextlib.suppress(Exception):  # an error shows again where the model is used
            load()


class _Timer:
    """Callback of `Watchdog.watch`: notes the page that is worked on, and restarts the `faulthandler` timer of this process.

    Args:
        note: descriptor of the file of the note.
        page_seconds: time limit of a page.
        batch_seconds: time limit of work on the batch as a whole.
        ids: the ids of the pages of the batch. In a batch of one, all work is work on that page.
    """

    def __init__(self, note: int, page_seconds: float, batch_seconds: float, ids: pl.Series) -> None:
        self._note, self._page_seconds, self._batch_seconds = note, page_seconds, batch_seconds
        self._only_page = ids[0] if len(ids) == 1 else ""
        self._fresh_until = 0.0
        line = f"{' '.join(ids)}\n".encode()
        os.pwrite(note, line, _ID_BYTES)
        os.lseek(note, _ID_BYTES + len(line), os.SEEK_SET)  # `faulthandler` writes at this position

    def __call__(self, page: str | None) -> None:
        """Restart the timer for the page that is worked on next, given by its id, or for the whole batch if None."""
        os.pwrite(self._note, (page or self._only_page).encode().ljust(_ID_BYTES), 0)
        if page is None:
            faulthandler.dump_traceback_later(self._batch_seconds, exit=True, file=self._note)
            self._fresh_until = 0.0
        elif (now := time.monotonic()) >= self._fresh_until:
            faulthandler.dump_traceback_later(self._page_seconds * (1 + _SLACK), exit=True, file=self._note)
            self._fresh_until = now + self._page_seconds * _SLACK


def _note(folder: Path) -> IO[bytes]:
    """Open a new note, a temporary file that is deleted when it is closed; where none can be created, a file that discards it."""
    try:
        return tempfile.NamedTemporaryFile(dir=folder, buffering=0)
    except OSError:  # no room, or a machine that does not see the folder: the slow page is then found by bisecting the batch
        return Path(os.devnull).open("wb", buffering=0)


def no_watch(page: str | None) -> None:
    """Ignore the page that is announced: the callback where no watchdog is at work."""
    del page


@contextlib.contextmanager
def watchdog_for(seconds: int, workers: int, beside: Path | None = None, load: Callable[[], object] | None = None) -> Iterator[Watchdog]:
    """Provide a watchdog with a folder for its notes, which is deleted at the end of the block.

    Args:
        seconds: time limit of a page.
        workers: processes that do the work; with 0 the watchdog watches nothing, since the main process must not end.
        beside: the folder in which to create that of the notes; all workers see it, and no other build uses it. Without one, or if it is
            remote, a temporary folder serves the workers of this machine; slow pages of other machines are then found by bisection.
        load: loads models and patterns, once in each process, before its first batch; importable by name.
    """
    if not workers:
        yield Watchdog(seconds, None)
    elif beside is None or not is_local(beside):
        with tempfile.TemporaryDirectory(prefix="saring-") as folder:
            yield Watchdog(seconds, Path(folder), load=load)
    else:
        notes = beside / "late"
        shutil.rmtree(notes, ignore_errors=True)  # left by a build that was killed
        with contextlib.suppress(OSError):  # no room: the watchdog works without notes
            notes.mkdir(parents=True)
        try:
            yield Watchdog(seconds, notes, load=load)
        finally:
            shutil.rmtree(notes, ignore_errors=True)


def rejections(rows: pl.DataFrame, step: str, seconds: int) -> pl.DataFrame:
    """Return the rejections (columns of `tables.REJECTION`) of pages over their time limit.

    Args:
        rows: source, id, sha256 and bytes of their scrapes.
        step: the name of the step in which they exceeded it.
        seconds: the limit.
    """
    message = f"it took longer than the {seconds} seconds that a page may take. Look at the scrape, or raise [build] page_seconds."
    columns = {"step": step, "reason": TIMED_OUT, "message": message}
    return rows.with_columns(pl.lit(value).alias(name) for name, value in columns.items()).select(
        pl.col(name).cast(dtype) for name, dtype in REJECTION.items()
    )
