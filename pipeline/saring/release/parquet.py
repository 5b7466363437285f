"""Write and read Parquet files with an explicit schema, in bounded memory, and with the same bytes for the same rows.

Row groups and files are cut by the size of the rows alone, so neither the batches in which rows arrive nor the row groups of the input
affect the bytes. Content-defined chunking places page borders by content, so that a store which deduplicates by chunks (the hub) keeps
most bytes of a file into which rows were inserted. The page index lets readers skip pages, Bloom filters let them skip row groups, and page
checksums detect damage.
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

__all__ = ["SplitWriter", "WrittenFile", "read", "rebatch", "regroup"]

MEGABYTE = 1_000_000

#: Maximum size of a row group, uncompressed. The hub's viewer refuses more than 300 MB, and loads a row group as a whole to show part of it.
GROUP_BYTES = 64 * MEGABYTE
#: Compressed size after which a file ends, at the end of the current row group: so no file is much above 250 MB.
FILE_BYTES = 190 * MEGABYTE
#: Columns with a Bloom filter per row group (split-block filters of the Parquet format), by table: those by which readers look up single
#: rows in a table sorted by other columns. A sorted column needs none, since the minimum and maximum of each row group suffice.
FILTERED = {"document": ("id", "url")}
#: False-positive rate of the Bloom filters. A hundredth costs about 10 bits a row, rounded up to a power of two bytes.
FALSE_POSITIVES = 0.01
#: Approximate number of bytes that are read at a time.
BATCH_BYTES = 16 * MEGABYTE


class WrittenFile(NamedTuple):
    """A Parquet file that a `SplitWriter` wrote.

    Attributes:
        path: relative to the release, with `/`.
        rows: number of rows.
        memory: estimated number of bytes of the rows in memory.
    """

    path: str
    rows: int
    memory: int


class SplitWriter:
    """Writer of the Parquet files of one split of one config: `<folder>/<split>-00000.parquet`, `-00001.parquet` and so on.

    A context manager; `files` lists the files afterwards. A split without rows gets one file that carries the schema.

    Args:
        release: the folder of the release.
        folder: the folder of the config in it; is created.
        split: the name of the split.
        table: the table whose schema the rows have.
    """

    def __init__(self, release: Path, folder: str, split: str, table: str) -> None:
        self._release, self._stem = release, f"{folder}/{split}"
        self._schema = arrow.schema(table)
        self._filtered = FILTERED.get(table, ())
        self._pending: list[pl.DataFrame] = []
        self._bytes = 0
        self._open: pq.ParquetWriter | None = None
        self._sink: Any = None
        self.files: list[WrittenFile] = []
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
            self._sink.close()  # the incomplete file is deleted with the folder

    def write(self, rows: pl.DataFrame) -> None:
        """Append rows to the split, in order; a row group is written once it is full."""
        while rows.height:
            # With 3 bytes pending of at most 10, rows of 4, 2 and 6 bytes give the sizes 7, 9, 15: the first two fit.
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
        """Write the pending rows as one row group, and end the file once it is large enough."""
        if not sum(part.height for part in self._pending):
            self._pending, self._bytes = [], 0
            return
        # Rechunked, because page borders would follow the chunks.
        rows = pl.concat(self._pending, rechunk=True)
        self._pending, self._bytes = [], 0
        try:
            table = rows.to_arrow().cast(self._schema).combine_chunks()
        except ValueError as error:
            raise ReleaseError(
                f"{self._stem}: expected rows that conform to schemas/, found: {error}. Validate the tables first."
            ) from error
        if self._open is None:
            self._open = self._start(table.num_rows)
        self._open.write_table(table, row_group_size=table.num_rows)
        last = self.files[-1]
        # Not Arrow's own count, which depends on how the rows were computed: a column without nulls may or may not have a validity bitmap.
        self.files[-1] = last._replace(rows=last.rows + table.num_rows, memory=last.memory + int(_sizes(rows).sum()))
        if self._sink.tell() > FILE_BYTES:
            self._finish()

    def _start(self, rows: int) -> pq.ParquetWriter:
        """Open the next Parquet file, whose first row group has `rows` rows."""
        import pyarrow as pa  # noqa: PLC0415 - heavy, and only a release needs it
        import pyarrow.parquet as pq  # noqa: PLC0415

        path = f"{self._stem}-{len(self.files):05}.parquet"
        self.files.append(WrittenFile(path, 0, 0))
        # Bloom filters are sized by the first row group, which the others resemble, and by powers of two, so that a few more rows do not
        # change the filters of the other row groups.
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
        """Close the current Parquet file, if one is open."""
        if self._open is not None:
            self._open.close()
            self._sink.close()
            self._open = None


def read(file: Path, *, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
    """Yield the rows of a Parquet file in batches of about `BATCH_BYTES`, verifying page checksums where the file has them.

    Args:
        file: the Parquet file.
        columns: the columns to read; default: all.

    Raises:
        ReleaseError: the file cannot be read as Parquet; the message names it.
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
        msg = f"{file}: expected an intact Parquet file, found: {str(error).splitlines()[0]}. Restore it, or build again."
        raise ReleaseError(msg) from error


def rebatch(frames: Iterable[pl.DataFrame], rows: int) -> Iterator[pl.DataFrame]:
    """Regroup the rows of some frames into frames of exactly `rows` rows, the last one shorter; no frame is empty."""
    return regroup(frames, itertools.repeat(rows))


def regroup(frames: Iterable[pl.DataFrame], heights: Iterable[int]) -> Iterator[pl.DataFrame]:
    """Regroup the rows of some frames into frames of the given heights, until the rows run out; no frame is empty.

    Frames of 4 and 3 rows, regrouped with the heights 1, 5 and 9, become frames of 1, 5 and 1 rows.
    """
    source, pending, available = iter(frames), list[pl.DataFrame](), 0
    for height in heights:
        while available < height and (frame := next(source, None)) is not None:
            if frame.height:
                pending.append(frame)
                available += frame.height
        if not pending:
            return
        joined = pl.concat(pending)
        yield joined[:height]
        available = max(available - height, 0)
        pending = [joined[height:]] if available else []


def _sizes(rows: pl.DataFrame) -> pl.Series:
    """Estimate the size in bytes of each row: the bytes of its strings, 20 for each element of a list, 8 for any other value."""
    return rows.select(pl.sum_horizontal(itertools.starmap(_size, rows.schema.items())).alias("size"))["size"]


def _size(name: str, dtype: pl.DataType) -> pl.Expr:
    """Return an expression for the estimated bytes of a column's values."""
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
