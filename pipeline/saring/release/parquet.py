"""Parquet: one explicit schema, bounded memory, and the same bytes for the same rows.

Row groups and files are cut by the size of the rows alone, so neither the batches in which rows arrive nor the row groups of the input
show in the bytes. Content-defined chunking puts page borders where the content says, so that a store which chunks by content (the hub)
keeps most bytes of a file in which rows were inserted. The page index lets readers skip pages, Bloom filters row groups, and page checksums
let them trust what they read.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import polars as pl

from saring.core.errors import ReleaseError
from saring.release import arrow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path
    from types import TracebackType

    import pyarrow.parquet as pq

__all__ = ["File", "Writer", "batches", "cut", "read"]

MEGABYTE = 1_000_000

#: A row group ends before it would hold more than this, uncompressed. Viewers refuse more than 300 MB, and load what they show of a group whole.
GROUP_BYTES = 64 * MEGABYTE
#: A file ends after the row group with which it passes this, compressed: so none is much above 250 MB.
FILE_BYTES = 190 * MEGABYTE
#: Columns by which readers look for single rows in tables that are in another order: each row group says by a Bloom filter (split blocks, of
#: the Parquet format) that it does not hold a value. Those of a sorted column are told apart by its least and greatest values.
FILTERED = {"document": ("id", "url")}
#: How often a filter lets a reader look in vain. A hundredth costs about 10 bits a row, rounded up to a power of two bytes.
FALSE_POSITIVES = 0.01
#: About how much is read at a time.
BATCH_BYTES = 16 * MEGABYTE


class File(NamedTuple):
    """One Parquet file of a release.

    Attributes:
        path: relative to the release, with `/`.
        rows: number of rows.
        memory: number of bytes of the rows in memory, nearly.
    """

    path: str
    rows: int
    memory: int


class Writer:
    """Write the rows of one split of one config to `<folder>/<split>-00000.parquet` and on.

    A split without rows gets one file that carries the schema.
    """

    def __init__(self, release: Path, folder: str, split: str, table: str) -> None:
        self._release, self._stem = release, f"{folder}/{split}"
        self._schema = arrow.schema(table)
        self._filtered = FILTERED.get(table, ())
        self._pending: list[pl.DataFrame] = []
        self._bytes = 0
        self._open: pq.ParquetWriter | None = None
        self._sink: Any = None
        self.files: list[File] = []
        (release / folder).mkdir(exist_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None:
            self._flush()
            if not self.files:
                self._open = self._start(0)
            self._finish()
        elif self._sink is not None:
            self._sink.close()  # what was written is thrown away with the folder

    def write(self, rows: pl.DataFrame) -> None:
        """Add rows, in order."""
        while rows.height:
            sizes = _sizes(rows).cum_sum() + self._bytes
            fitting = int(sizes.search_sorted(GROUP_BYTES, side="right"))
            if not fitting and not self._pending:
                fitting = 1  # a row larger than a row group gets its own
            self._pending.append(rows[:fitting])
            if fitting < rows.height:
                self._flush()
            else:
                self._bytes = int(sizes[-1])
            rows = rows[fitting:]

    def _flush(self) -> None:
        if not sum(part.height for part in self._pending):
            self._pending, self._bytes = [], 0
            return
        # Rechunked, because page borders would follow the chunks.
        rows = pl.concat(self._pending, rechunk=True)
        self._pending, self._bytes = [], 0
        try:
            table = rows.to_arrow().cast(self._schema).combine_chunks()
        except ValueError as error:
            raise ReleaseError(f"{self._stem}: expected rows as schemas/ has them, found: {error}. Validate the tables first.") from error
        if self._open is None:
            self._open = self._start(table.num_rows)
        self._open.write_table(table, row_group_size=table.num_rows)
        last = self.files[-1]
        # Not Arrow's own count, which depends on how the rows came to be: a column without nulls may carry a bitmap or not.
        self.files[-1] = last._replace(rows=last.rows + table.num_rows, memory=last.memory + int(_sizes(rows).sum()))
        if self._sink.tell() > FILE_BYTES:
            self._finish()

    def _start(self, rows: int) -> pq.ParquetWriter:
        """Open the next file, whose first row group has this many rows."""
        import pyarrow as pa  # noqa: PLC0415 - heavy, and only a release needs it
        import pyarrow.parquet as pq  # noqa: PLC0415

        path = f"{self._stem}-{len(self.files):05}.parquet"
        self.files.append(File(path, 0, 0))
        # Sized by the first row group, which the others resemble, and in steps, so that a few rows more leave the other filters as they are.
        expected = {"ndv": 1 << max(rows - 1, 1).bit_length(), "fpp": FALSE_POSITIVES}
        self._sink = pa.OSFile(str(self._release / path), "wb")
        return pq.ParquetWriter(
            self._sink,
            self._schema,
            version="2.6",
            compression="zstd",
            use_content_defined_chunking=True,
            write_page_index=True,
            write_page_checksum=True,
            bloom_filter_options=dict.fromkeys(self._filtered, expected) or None,
            store_schema=True,
        )

    def _finish(self) -> None:
        if self._open is not None:
            self._open.close()
            self._sink.close()
            self._open = None


def read(file: Path, *, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
    """Yield the rows of a Parquet file in batches of about `BATCH_BYTES`; page checksums, where there are any, are verified.

    Raises:
        ReleaseError: the file cannot be read as Parquet; says which.
    """
    import pyarrow as pa  # noqa: PLC0415 - heavy, and only a release needs it
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        with pq.ParquetFile(file, page_checksum_verification=True) as opened:
            metadata = opened.metadata
            size = sum(metadata.row_group(group).total_byte_size for group in range(metadata.num_row_groups))
            rows = max(1, BATCH_BYTES * metadata.num_rows // max(size, 1))
            for batch in opened.iter_batches(batch_size=min(rows, 65_536), columns=columns):
                frame = pl.from_arrow(pa.Table.from_batches([batch]))
                assert isinstance(frame, pl.DataFrame)  # what a table becomes
                yield frame
    except (pa.ArrowInvalid, OSError) as error:
        msg = f"{file}: expected a whole Parquet file, found: {str(error).splitlines()[0]}. Restore it, or build again."
        raise ReleaseError(msg) from error


def batches(frames: Iterable[pl.DataFrame], rows: int) -> Iterator[pl.DataFrame]:
    """Yield the same rows in frames of exactly `rows`, the last one shorter; no frame is empty."""
    return cut(frames, itertools.repeat(rows))


def cut(frames: Iterable[pl.DataFrame], heights: Iterable[int]) -> Iterator[pl.DataFrame]:
    """Yield the same rows in frames of these heights, as far as there are rows; no frame is empty."""
    source, pending, there = iter(frames), list[pl.DataFrame](), 0
    for height in heights:
        while there < height and (frame := next(source, None)) is not None:
            if frame.height:
                pending.append(frame)
                there += frame.height
        if not pending:
            return
        whole = pl.concat(pending)
        yield whole[:height]
        there = max(there - height, 0)
        pending = [whole[height:]] if there else []


def _sizes(rows: pl.DataFrame) -> pl.Series:
    """Return for each row its size in bytes, nearly: that of its strings, 8 for any other value."""
    return rows.select(pl.sum_horizontal(itertools.starmap(_size, rows.schema.items())).alias("size"))["size"]


def _size(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if dtype == pl.String:
        size = column.str.len_bytes() + 4
    elif dtype == pl.List(pl.String):
        size = column.list.eval(pl.element().str.len_bytes() + 4).list.sum()
    elif isinstance(dtype, pl.List):
        size = column.list.len() * 20
    else:
        size = pl.lit(8)
    return size.fill_null(4).cast(pl.Int64)
