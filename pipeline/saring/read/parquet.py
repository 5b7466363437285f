"""Read Apache Parquet files (.parquet) in batches of a few rows, decoding only the columns that are needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from saring.read.arrow_table import ERRORS, ROWS, Table, read_rows, select_columns
from saring.read.column_names import NO_COLUMNS
from saring.read.rejection_messages import error_summary
from saring.read.scrape import RefusedError, Rejection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saring.read.column_names import Columns
    from saring.read.compression import Stream
    from saring.read.declared_metadata import DeclaredMetadata
    from saring.read.scrape import Scrape

__all__ = ["SUFFIXES", "read"]

SUFFIXES = (".parquet",)

#: Bytes read at a time from a column.
_BUFFER = 1 << 20
#: A column of a row group that decompresses to more bytes than the first number, and to more than the second number times its size, is a
#: decompression bomb. A judgement; dictionaries and runs of equal values compress further than deflate does.
_BOMB_BYTES = 256_000_000
_BOMB_RATIO = 1_000


def read(
    stream: Stream, source: str, defaults: DeclaredMetadata, limit: int, columns: Columns = NO_COLUMNS
) -> Iterator[Scrape | Rejection]:
    """Yield a scrape or a rejection for each row of a Parquet file; a damaged row group is one rejection, and the next is read.

    Columns are named as in `csv_tables.read`; corpus.toml can name fields of structs too (`meta.url`). The text may be a column of bytes.

    Args:
        stream: the decompressed file.
        source: its path in raw/; rows are `source#N`, N counted from 1.
        defaults: metadata for rows that declare none.
        limit: the most bytes that a row may have.
        columns: the column names that corpus.toml sets.
    """
    with stream.as_file() as file:
        if stream.damage:
            yield stream.damage.rejection(source)
            return
        try:
            parquet = pq.ParquetFile(file, buffer_size=_BUFFER, pre_buffer=False)
            selection = select_columns(parquet.schema_arrow, columns)
        except RefusedError as error:
            yield Rejection(source, error.reason, error.message)
            return
        except ERRORS as error:
            yield Rejection(source, "bad-parquet", _damage_message(error))
            return
        if not parquet.metadata.num_rows:
            yield Rejection(source, "empty", "The table has columns but no rows. Fetch it again or remove it.")
            return
        table, first_number = Table(source, selection, defaults, limit), 1
        for group in range(parquet.num_row_groups):
            yield from _read_row_group(parquet, group, table, first_number)
            first_number += parquet.metadata.row_group(group).num_rows


def _read_row_group(parquet: pq.ParquetFile, group: int, table: Table, first_number: int) -> Iterator[Scrape | Rejection]:
    """Yield a scrape or a rejection for each row of a row group; the rows from the first damage on are one rejection.

    Args:
        parquet: the open file.
        group: the index of the row group.
        table: the reading parameters of the file.
        first_number: the number of the row group's first row.
    """
    number, columns = first_number, list(table.selection.values())
    last_number = first_number + parquet.metadata.row_group(group).num_rows - 1
    try:
        _refuse_bomb(parquet, group, set(columns))
        for batch in parquet.iter_batches(ROWS, row_groups=[group], columns=columns, use_threads=False):
            yield from read_rows(batch, table, number)
            number += batch.num_rows
    except RefusedError as error:
        yield Rejection(table.source, error.reason, error.message)
    except ERRORS as error:
        yield Rejection(table.source, "bad-parquet", f"Rows {number:,} to {last_number:,}: {_damage_message(error)}")


def _refuse_bomb(parquet: pq.ParquetFile, group: int, columns: set[str]) -> None:
    """Raise `RefusedError` where one of these columns of a row group decompresses to far more than its size."""
    metadata = parquet.metadata.row_group(group)
    for index in range(metadata.num_columns):
        column = metadata.column(index)
        size = column.total_uncompressed_size
        if column.path_in_schema in columns and size > _BOMB_BYTES and size > _BOMB_RATIO * column.total_compressed_size:
            message = (
                f"The column {column.path_in_schema} decompresses to more than {_BOMB_RATIO:,} times its size, as a decompression bomb does. "
                "If it is genuine, write the file again with other compression."
            )
            raise RefusedError("bomb", message)


def _damage_message(error: BaseException) -> str:
    """Return the rejection message for an exception of pyarrow: encrypted, not supported, or damaged."""
    summary = error_summary(error, 150)
    if "encrypt" in summary.lower():
        return "The file is encrypted. Write it again without encryption."
    if isinstance(error, pa.ArrowNotImplementedError):
        return f"The file uses a feature that is not supported ({summary}). Write it again without that."
    return f"The file is damaged or not a Parquet file ({summary}). Fetch it again."
