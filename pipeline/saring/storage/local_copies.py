"""Local copies of remote folders and files, and folders that are built locally and then placed or uploaded.

Local copies serve data that is read more than once, and libraries that need local files. A copy is made once per process, updated when the remote
file has changed, and deleted when the process ends. This costs disk instead of memory: a build with a remote output folder needs local
space for the tables of the new release and of the previous one. A local folder is used directly, without a copy.
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
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from saring.storage.paths import is_local, list_remote, map_concurrently, read_bytes, remove, upload

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["atomic_folder", "fresh_folder", "local_copy", "local_files", "read_columns", "read_rows", "read_table"]

#: For each local copy, the version of the remote file (`RemoteFile.version`) that was copied.
_copied_versions: dict[Path, str] = {}


class _Copy(NamedTuple):
    """One remote file to copy: its remote path, the path of its local copy, and the version that the copy must have."""

    remote: Path
    local: Path
    version: str


def local_copy(folder: Path, *parts: str) -> Path:
    """Return a local folder with the files of a folder: the folder itself if it is local, else an up-to-date local copy.

    Args:
        folder: local or remote; it need not exist.
        parts: names of the files and subfolders to copy; by default all.
    """
    if is_local(folder):
        return folder
    remote_files, copy = list_remote(folder), _copy_path(folder)
    for file in copy.rglob("*"):
        if file.is_file() and file.relative_to(copy).as_posix() not in remote_files:
            file.unlink()
    _download(
        [_Copy(folder / path, copy / path, file.version) for path, file in remote_files.items() if not parts or path.split("/")[0] in parts]
    )
    return copy


def local_files(files: Sequence[Path]) -> list[Path]:
    """Download files that are never modified once written; return a local path for each: the file itself if it is local, else its copy.

    A remote file that this process has downloaded before is not downloaded again; `local_copy` is for files that may have changed.
    """
    _download([_Copy(file, _copy_path(file), "") for file in files if not is_local(file)])
    return [file if is_local(file) else _copy_path(file) for file in files]


def _download(copies: Sequence[_Copy]) -> None:
    """Download the remote files whose local copy is missing or of another version, several at a time."""

    def download(copy: _Copy) -> None:
        remote: Any = copy.remote
        copy.local.parent.mkdir(parents=True, exist_ok=True)
        _copied_versions.pop(copy.local, None)
        remote.fs.get_file(remote.path, str(copy.local))
        _copied_versions[copy.local] = copy.version

    outdated = [copy for copy in copies if _copied_versions.get(copy.local) != copy.version or not copy.local.is_file()]
    map_concurrently(download, outdated)


@contextlib.contextmanager
def fresh_folder(folder: Path, last: str) -> Iterator[Path]:
    """Replace the content of a folder: a context manager that yields an empty local folder to fill.

    A local folder is emptied and filled in place. For a remote one, a local copy is filled and, if the block succeeds, uploaded.

    Args:
        folder: local or remote; its old content is deleted.
        last: the name of the file that marks the folder as complete; it is deleted first and uploaded last.
    """
    filled = folder if is_local(folder) else _copy_path(folder)
    remove(filled)
    filled.mkdir(parents=True)
    yield filled
    if not is_local(folder):
        remove(folder / last)
        remove(folder)
        upload(filled, folder, last)
        _copied_versions.update({filled / path: file.version for path, file in list_remote(folder).items()})


@contextlib.contextmanager
def atomic_folder(folder: Path, last: str) -> Iterator[Path]:
    """Write a folder atomically: a context manager that yields a temporary local folder to fill and then renames or uploads it.

    If the block raises, `folder` stays as it was.

    Args:
        folder: local or remote; replaced if it exists.
        last: for a remote folder, the name of the file that marks it as complete, uploaded last.
    """
    local = is_local(folder)
    # A random name and not the process id, which a worker of the same cluster on another machine may also have.
    temporary = folder.with_name(f".{folder.name}.{secrets.token_hex(8)}") if local else Path(tempfile.mkdtemp(prefix="saring-"))
    temporary.mkdir(parents=True, exist_ok=not local)
    try:
        yield temporary
        if local:
            _replace_folder(temporary, folder)
        else:
            upload(temporary, folder, last)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _replace_folder(source: Path, target: Path, attempts: int = 3) -> None:
    """Rename a folder to the path of another one and replace it; retry if another worker creates the same folder at the same time."""
    for remaining in reversed(range(attempts)):
        remove(target)  # a folder, or a file in its place
        try:
            source.rename(target)
        except OSError as error:
            if not remaining or error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
        else:
            return


def read_table(file: Path) -> pl.DataFrame:
    """Read a Parquet file, local or remote, into memory: for the tables of a workspace; those of a release may be too large."""
    return pl.read_parquet(file if is_local(file) else io.BytesIO(read_bytes(file)))


def read_rows(file: Path, ids: pl.Series) -> pl.DataFrame:
    """Read the rows of a few documents from a Parquet file, in the order of the file.

    Only matching rows are decoded, which takes a quarter of the time of `read_table`.

    Args:
        file: local or remote, with a column `id`.
        ids: the ids of the documents.
    """
    return pl.scan_parquet(file if is_local(file) else io.BytesIO(read_bytes(file))).filter(pl.col("id").is_in(ids.implode())).collect()


def read_columns(file: Path, columns: Sequence[str]) -> pl.DataFrame:
    """Read some columns of a Parquet file of any size; of a remote file, only the bytes of these columns are downloaded."""
    if is_local(file):
        return pl.read_parquet(file, columns=list(columns))
    import pyarrow.parquet as pq  # noqa: PLC0415 - slow to import

    with file.open("rb") as stream, pq.ParquetFile(stream, pre_buffer=True) as parquet:
        frame = pl.from_arrow(parquet.read(list(columns)))
    assert isinstance(frame, pl.DataFrame)  # as for any Arrow table
    return frame


def _copy_path(path: Path) -> Path:
    """Return the path of the local copy of a remote path; paths in the same folder stay in the same folder."""
    remote: Any = path
    return _copy_root() / str(remote.protocol) / str(remote.path).strip("/")


@functools.cache
def _copy_root() -> Path:
    """Create the temporary folder of this process for local copies, which is deleted when the process ends."""
    root = Path(tempfile.mkdtemp(prefix="saring-copies-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    return root
