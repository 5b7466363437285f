"""Files that stand elsewhere, made and read here: what is read more than once, or by libraries that want a file of this disk.

A copy is made once in a process, made anew when the file elsewhere is another, and gone with the process. It costs disk instead of
memory: a build that writes elsewhere needs room for the tables of its release and of the one before. For a folder here all of this is
the folder itself.
"""

from __future__ import annotations

import atexit
import contextlib
import errno
import functools
import io
import secrets
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from saring.storage.paths import is_local, list_remote, map_concurrently, read_bytes, remove, upload

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["fresh_folder", "local_copy", "local_files", "placed_folder", "read_columns", "read_rows", "read_table"]

#: What was seen of the file of which a copy was made.
_seen: dict[Path, str] = {}


def local_copy(folder: Path, *parts: str) -> Path:
    """Return a folder of this disk with the files of another: that folder itself, or a copy. It need not be there.

    Args:
        folder: here or elsewhere.
        parts: what of it is wanted, by the names of files and folders in it; by default all.
    """
    if is_local(folder):
        return folder
    there, here = list_remote(folder), _at(folder)
    for file in here.rglob("*"):
        if file.is_file() and file.relative_to(here).as_posix() not in there:
            file.unlink()
    _fetch([(folder / path, here / path, entry.seen) for path, entry in there.items() if not parts or path.split("/")[0] in parts])
    return here


def local_files(files: Sequence[Path]) -> list[Path]:
    """Return files of this disk with what files hold that never change: those themselves, or copies."""
    _fetch([(file, _at(file), "") for file in files if not is_local(file)])
    return [file if is_local(file) else _at(file) for file in files]


def _fetch(wanted: Sequence[tuple[Path, Path, str]]) -> None:
    def fetch(one: tuple[Path, Path, str]) -> None:
        there, here, seen = one
        store: Any = there
        here.parent.mkdir(parents=True, exist_ok=True)
        _seen.pop(here, None)
        store.fs.get_file(store.path, str(here))
        _seen[here] = seen

    map_concurrently(fetch, [one for one in wanted if _seen.get(one[1]) != one[2] or not one[1].is_file()])


@contextlib.contextmanager
def fresh_folder(folder: Path, last: str) -> Iterator[Path]:
    """Give an empty folder of this disk to fill: the folder itself, or a copy that is sent there when all went well.

    Args:
        folder: what it had before goes.
        last: the file that makes the folder count; it is removed first and sent last.
    """
    here = folder if is_local(folder) else _at(folder)
    remove(here)
    here.mkdir(parents=True)
    yield here
    if not is_local(folder):
        remove(folder / last)
        remove(folder)
        upload(here, folder, last)
        _seen.update({here / path: entry.seen for path, entry in list_remote(folder).items()})


@contextlib.contextmanager
def placed_folder(folder: Path, last: str) -> Iterator[Path]:
    """Give a folder of this disk to fill; when all went well, it takes the place of `folder`, whole: renamed, or sent with `last` last."""
    beside = is_local(folder)
    # Not by the number of this process, which another machine may give to another worker of the same cluster.
    temporary = folder.with_name(f".{folder.name}.{secrets.token_hex(8)}") if beside else Path(tempfile.mkdtemp(prefix="saring-"))
    temporary.mkdir(parents=True, exist_ok=not beside)
    try:
        yield temporary
        if beside:
            _rename(temporary, folder)
        else:
            upload(temporary, folder, last)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _rename(folder: Path, to: Path, tries: int = 3) -> None:
    """Give a folder the place of another, which another worker may be doing at the same time with the same content."""
    for left in reversed(range(tries)):
        remove(to)  # a folder, or whatever stands there
        try:
            folder.rename(to)
        except OSError as error:
            if not left or error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
        else:
            return


def read_table(file: Path) -> pl.DataFrame:
    """Read a Parquet file that is small enough to be held, which all of the workspace but the tables of a release are."""
    return pl.read_parquet(file if is_local(file) else io.BytesIO(read_bytes(file)))


def read_rows(file: Path, ids: pl.Series) -> pl.DataFrame:
    """Read the rows of a few documents, in the order of the file: other rows are not decoded, which takes a quarter of the time of `read_table`.

    Args:
        file: Parquet, with a column `id`.
        ids: of the documents.
    """
    return pl.scan_parquet(file if is_local(file) else io.BytesIO(read_bytes(file))).filter(pl.col("id").is_in(ids.implode())).collect()


def read_columns(file: Path, columns: Sequence[str]) -> pl.DataFrame:
    """Read a few columns of a Parquet file of any size; of one elsewhere, nothing but their bytes is asked for."""
    if is_local(file):
        return pl.read_parquet(file, columns=list(columns))
    import pyarrow.parquet as pq  # noqa: PLC0415 - heavy

    with file.open("rb") as opened, pq.ParquetFile(opened, pre_buffer=True) as parquet:
        frame = pl.from_arrow(parquet.read(list(columns)))
    assert isinstance(frame, pl.DataFrame)  # what a table becomes
    return frame


def _at(path: Path) -> Path:
    """Return where the copy of a path elsewhere stands; versions of one dataset stand beside each other here too."""
    there: Any = path
    return _root() / str(there.protocol) / str(there.path).strip("/")


@functools.cache
def _root() -> Path:
    root = Path(tempfile.mkdtemp(prefix="saring-copies-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    return root
