"""Apache Parquet: .parquet, as hubs and data frames write it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from saring.read.arrow_table import ERRORS, ROWS, Table, read_rows, select_columns
from saring.read.column_names import NO_COLUMNS
from saring.read.scrape import RefusedError, Rejection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saring.read.column_names import Columns
    from saring.read.compression import Stream
    from saring.read.declared_metadata import DeclaredMetadata
    from saring.read.scrape import Scrape

__all__ = ["SUFFIXES", "read"]

SUFFIXES = (".parquet",)

#: Read at a time from a column.
_BUFFER = 1 << 20
#: A column of a row group that becomes more bytes than this, and more than so many times its own, is a bomb.
_FREE = 256_000_000
_RATIO = 1_000


def read(
    stream: Stream, source: str, defaults: DeclaredMetadata, limit: int, columns: Columns = NO_COLUMNS
) -> Iterator[Scrape | Rejection]:
    """Yield a scrape or a rejection for each row; of the columns, only those that are read are decoded, a few rows at a time.

    Columns: as in `delimited.read`, also within structs (`meta.url`) where corpus.toml names them. A text may be a column of bytes. A row
    group that is damaged is a rejection, and the next is read.

    Args:
        stream: the unpacked file.
        source: its path in raw/; rows are `source#N`, N counted from 1.
        defaults: what holds where a row does not say.
        limit: the bytes that a row may have.
        columns: names of columns that are not the usual ones.
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
            yield Rejection(source, "bad-parquet", _message(error))
            return
        if not parquet.metadata.num_rows:
            yield Rejection(source, "empty", "It has columns and no rows. Fetch it again or remove it.")
            return
        table, first = Table(source, selection, defaults, limit), 1
        for group in range(parquet.num_row_groups):
            yield from _group(parquet, group, table, first)
            first += parquet.metadata.row_group(group).num_rows


def _group(parquet: pq.ParquetFile, group: int, table: Table, first: int) -> Iterator[Scrape | Rejection]:
    """Yield what the rows of a row group become, and a rejection for what is damaged of it."""
    number, columns = first, list(table.selection.values())
    last = first + parquet.metadata.row_group(group).num_rows - 1
    try:
        _refuse_bomb(parquet, group, set(columns))
        for batch in parquet.iter_batches(ROWS, row_groups=[group], columns=columns, use_threads=False):
            yield from read_rows(batch, table, number)
            number += batch.num_rows
    except RefusedError as error:
        yield Rejection(table.source, error.reason, error.message)
    except ERRORS as error:
        yield Rejection(table.source, "bad-parquet", f"Rows {number:,} to {last:,}: {_message(error)}")


def _refuse_bomb(parquet: pq.ParquetFile, group: int, names: set[str]) -> None:
    metadata = parquet.metadata.row_group(group)
    for place in range(metadata.num_columns):
        column = metadata.column(place)
        size = column.total_uncompressed_size
        if column.path_in_schema in names and size > _FREE and size > _RATIO * column.total_compressed_size:
            message = f"Its column {column.path_in_schema} unpacks to more than {_RATIO:,} times its size. If that is right, write it anew."
            raise RefusedError("bomb", message)


def _message(error: BaseException) -> str:
    said = " ".join(str(error).split())[:150].rstrip(".")
    if "encrypt" in said.lower():
        return "It is encrypted. Write it anew without encryption."
    if isinstance(error, pa.ArrowNotImplementedError):
        return f"It uses what cannot be read ({said}). Write it anew."
    return f"It is damaged or no Parquet ({said}). Fetch it again."
