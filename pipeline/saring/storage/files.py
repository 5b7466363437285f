"""Atomic writes of JSON and Parquet files, local or remote, and hashes to detect files that changed since."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from saring.core.errors import SaringError
from saring.storage.paths import is_local, read_bytes, remove, upload

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pyarrow as pa

__all__ = ["atomic_write", "digest", "file_digests", "files_intact", "read_json", "read_state", "write_json", "write_parts", "write_table"]


def file_digests(*files: Path) -> dict[str, str]:
    """Return the SHA-256 of files by file name, to be recorded; an empty string for a remote file, whose integrity the store ensures."""
    return {file.name: digest(file) if is_local(file) else "" for file in files}


def files_intact(recorded: object, *files: Path) -> bool:
    """Return whether files exist and still have the hashes recorded earlier.

    Args:
        recorded: what `file_digests` returned; any other value (of a damaged file) gives False.
        files: the files.
    """
    try:
        return recorded == file_digests(*files) and all(file.is_file() for file in files)
    except OSError:
        return False


def digest(file: Path) -> str:
    """Return the SHA-256 of a file's content, in hexadecimal."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def write_json(file: Path, data: dict[str, Any]) -> None:
    """Write a JSON file atomically, local or remote."""
    with atomic_write(file) as temporary:
        temporary.write_text(json.dumps(data, indent=1), encoding="utf-8")


def read_json(file: Path) -> dict[str, Any]:
    """Read a JSON file that holds an object, as `write_json` writes it.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is not JSON, or not an object.
    """
    data = json.loads(read_bytes(file).decode("utf-8"))
    if not isinstance(data, dict):
        msg = f"{file}: expected a JSON object, found another value"
        raise ValueError(msg)  # noqa: TRY004 - as for a file that is not JSON at all
    return data


def read_state(file: Path, *names: str) -> dict[str, Any]:
    """Read a JSON object that an earlier step or build left in the workspace; empty if the file is missing, damaged or lacks a key of `names`."""
    try:
        state = read_json(file)
    except (OSError, ValueError, RecursionError):
        return {}
    return state if state.keys() >= set(names) else {}


def write_table(file: Path, table: pl.DataFrame) -> None:
    """Write a table as a Parquet file with fast compression; a remote file is written atomically, a local one is not.

    Raises:
        SaringError: the file cannot be written, for example because the disk is full.
    """
    if not is_local(file):
        with atomic_write(file) as temporary:
            write_table(temporary, table)
        return
    try:
        # The fastest level of zstd: files are a fifth larger and take two thirds of the time. They are only read by the next step or build.
        table.write_parquet(file, compression_level=1)
    except (OSError, pl.exceptions.ComputeError) as error:  # Polars raises one or the other, depending on where it fails
        reason = str(error).removeprefix("parquet: File out of specification: underlying IO error: ")
        raise SaringError(f"{file}: cannot be written: {reason}. Make room and build again; the last release is as it was.") from error


def write_parts(file: Path, parts: Iterable[pl.DataFrame], schema: pl.Schema) -> int:
    """Write a sequence of tables to one Parquet file, one row group each, and return the total number of rows.

    Args:
        file: a local file; it may be incomplete if this fails.
        parts: the tables, in order; only one is in memory at a time.
        schema: their columns, needed if there are no rows.

    Raises:
        SaringError: the file cannot be written, for example because the disk is full.
    """
    import pyarrow.parquet as pq  # noqa: PLC0415 - heavy, and only steps that see the whole corpus need it

    rows = 0
    try:
        # lz4 without dictionaries, the fastest to write: the table is read once or twice and then replaced.
        with pq.ParquetWriter(file, _to_arrow(schema.to_frame()).schema, compression="lz4", use_dictionary=False) as writer:
            for part in parts:
                if part.height:
                    writer.write_table(_to_arrow(part), row_group_size=part.height)
                    rows += part.height
    except OSError as error:
        raise SaringError(f"{file}: cannot be written: {error}. Make room and build again; the last release is as it was.") from error
    return rows


def _to_arrow(frame: pl.DataFrame) -> pa.Table:
    """Convert a table to Arrow with plain string columns instead of string views."""
    return frame.to_arrow(compat_level=pl.CompatLevel.oldest())


@contextlib.contextmanager
def atomic_write(file: Path) -> Iterator[Path]:
    """Write a file atomically: a context manager that yields a temporary local path to write to and then renames or uploads it.

    If the block raises, the file stays as it was and the temporary file is deleted.
    """
    if not is_local(file):
        with tempfile.TemporaryDirectory(prefix="saring-") as folder:
            yield Path(folder) / file.name
            upload(Path(folder) / file.name, file)
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        yield temporary
        if file.is_dir():  # a damaged workspace: no file written here is a folder
            remove(file)
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)
