"""Read Apache Arrow IPC files: .arrow in the stream format (`Dataset.save_to_disk`) or the file format, also called .feather."""

from __future__ import annotations

import os
from typing import IO, TYPE_CHECKING

import pyarrow as pa

from saring.read.arrow_table import ERRORS, ROWS, Table, read_rows, select_columns
from saring.read.column_names import NO_COLUMNS
from saring.read.rejection_messages import error_summary, kept_sentence
from saring.read.scrape import RefusedError, Rejection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saring.read.column_names import Columns
    from saring.read.compression import Stream
    from saring.read.declared_metadata import DeclaredMetadata
    from saring.read.scrape import Scrape

__all__ = ["SUFFIXES", "read"]

SUFFIXES = (".arrow", ".feather", ".ipc")

#: Magic bytes of the IPC file format; the stream format has none.
_FILE_MAGIC = b"ARROW1"


def read(
    stream: Stream, source: str, defaults: DeclaredMetadata, limit: int, columns: Columns = NO_COLUMNS
) -> Iterator[Scrape | Rejection]:
    """Yield a scrape or a rejection for each row of an Arrow file; everything after the first damage is one rejection.

    The file is memory-mapped and only the columns of text and metadata are read: of a table of images and texts, the texts alone are loaded.

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
        number = 0
        try:
            schema = _open_reader(file, []).schema
            selection = select_columns(schema, columns)
            # A nested column such as `meta.url` needs its top-level column.
            fields = [
                index
                for index, name in enumerate(schema.names)
                if any(f"{column}.".startswith(f"{name}.") for column in selection.values())
            ]
            table = Table(source, selection, defaults, limit)
            for batch in _record_batches(_open_reader(file, fields)):
                # Arrow trusts its files: offsets that point outside of a batch would crash this process.
                batch.validate(full=True)
                for start in range(0, batch.num_rows, ROWS):
                    rows = batch.slice(start, ROWS)
                    yield from read_rows(rows, table, number + 1)
                    number += rows.num_rows
        except RefusedError as error:
            yield Rejection(source, error.reason, error.message)
        except ERRORS as error:
            message = f"The file is damaged or not an Arrow file ({error_summary(error, 150)}). Fetch it again."
            yield Rejection(source, "bad-arrow", message + kept_sentence(number, "row"))
        else:
            if not number:
                yield Rejection(source, "empty", "The table has columns but no rows. Fetch it again or remove it.")


def _open_reader(file: IO[bytes], fields: list[int]) -> pa.RecordBatchFileReader | pa.RecordBatchStreamReader:
    """Open an Arrow file of either format; of its columns only those with these indexes are read, or all for an empty list."""
    file.seek(0)
    is_file_format = file.read(len(_FILE_MAGIC)) == _FILE_MAGIC
    options = pa.ipc.IpcReadOptions(included_fields=fields, use_threads=False)
    # An empty file cannot be mapped.
    mapped = pa.memory_map(file.name) if file.seek(0, os.SEEK_END) else pa.BufferReader(b"")
    return (pa.ipc.open_file if is_file_format else pa.ipc.open_stream)(mapped, options=options)


def _record_batches(reader: pa.RecordBatchFileReader | pa.RecordBatchStreamReader) -> Iterator[pa.RecordBatch]:
    """Yield the record batches of an Arrow reader of either format."""
    if isinstance(reader, pa.RecordBatchFileReader):
        for index in range(reader.num_record_batches):
            yield reader.get_batch(index)
    else:
        yield from reader
