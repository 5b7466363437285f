"""Data files of a release: write the corpus tables as Parquet files, one set per config and split."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import polars as pl

from saring.core.errors import ReleaseError
from saring.release import parquet
from saring.release.layout import CONFIGS, DataFile
from saring.storage.files import digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

__all__ = ["write_data_files"]


def write_data_files(tables: Path, release: Path) -> list[DataFile]:
    """Write the Parquet files of all configs of a release from the tables of a build, in bounded memory.

    Args:
        tables: a folder with documents.parquet (both roles, sorted by source, then id), edits.parquet (sorted by id), overlaps.parquet and
            rejections.parquet.
        release: the folder to write into.

    Returns:
        The files that were written, with their checksums and sizes.

    Raises:
        ReleaseError: a table cannot be read or is not sorted.
        OSError: the disk is full.
    """
    files = _write_documents(tables / "documents.parquet", release)
    for name in ("edits", "overlaps", "rejections"):
        sort = ("id",) if name == "edits" else ()
        with parquet.SplitWriter(release, name, "train", CONFIGS[name]) as writer:
            for rows in _sorted_batches(tables / f"{name}.parquet", sort):
                writer.write(rows)
        files += writer.files
    return [
        DataFile(file.path, digest(release / file.path), (release / file.path).stat().st_size, file.rows, file.memory) for file in files
    ]


def _write_documents(file: Path, release: Path) -> list[parquet.WrittenFile]:
    """Write the configs `documents` and `all` in one pass over the table, with one writer for each split that has rows."""
    writers: dict[tuple[str, str], parquet.SplitWriter] = {}
    with contextlib.ExitStack() as stack:

        def write(config: str, split: str, rows: pl.DataFrame) -> None:
            if (config, split) not in writers:
                writers[config, split] = stack.enter_context(parquet.SplitWriter(release, config, split, "document"))
            writers[config, split].write(rows)

        for rows in _sorted_batches(file, ("source", "id")):
            for split in rows["split"].unique().sort():
                part = rows.filter(pl.col("split") == split)
                kept = part.filter(pl.col("role") == "kept")
                write("all", split, part)
                if kept.height:
                    write("documents", split, kept)
        for config in ("documents", "all"):
            if not any(written == config for written, _ in writers):
                write(config, "train", pl.DataFrame())
    return [file for key in sorted(writers) for file in writers[key].files]


def _sorted_batches(file: Path, by: Sequence[str]) -> Iterator[pl.DataFrame]:
    """Yield the rows of a Parquet table in batches, and check that they are sorted, across batches too.

    Raises:
        ReleaseError: the rows are not sorted by the columns `by`.
    """
    last_key: pl.DataFrame | None = None
    for rows in parquet.read(file):
        if by and rows.height:
            keys = rows.select(by)
            ordered = keys if last_key is None else pl.concat([last_key, keys])
            if not ordered.equals(ordered.sort(by)):
                raise ReleaseError(
                    f"{file.name}: expected rows sorted by {', then '.join(by)}, found another order. Sort the table before it is released."
                )
            last_key = keys[-1:]
        yield rows
