"""Apache Arrow's own files: .arrow, both as a stream (`Dataset.save_to_disk`) and as a file, also called .feather."""

from __future__ import annotations

import os
from typing import IO, TYPE_CHECKING

import pyarrow as pa

from saring.core.plurals import counted
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

SUFFIXES = (".arrow", ".feather", ".ipc")

#: The first bytes of a file; a stream has none.
_FILE = b"ARROW1"


def read(
    stream: Stream, source: str, defaults: DeclaredMetadata, limit: int, columns: Columns = NO_COLUMNS
) -> Iterator[Scrape | Rejection]:
    """Yield a scrape or a rejection for each row, as `parquet.read` does; what comes after damage is one rejection.

    The file is mapped, not loaded: of a batch of images and texts, the texts are read.
    """
    with stream.as_file() as file:
        if stream.damage:
            yield stream.damage.rejection(source)
            return
        number = 0
        try:
            schema = _reader(file, []).schema
            selection = select_columns(schema, columns)
            wanted = [
                place
                for place, name in enumerate(schema.names)
                if any(f"{column}.".startswith(f"{name}.") for column in selection.values())
            ]
            table = Table(source, selection, defaults, limit)
            for batch in _batches(_reader(file, wanted)):
                # Arrow trusts its files: offsets that lead out of a batch would end the process.
                batch.validate(full=True)
                for start in range(0, batch.num_rows, ROWS):
                    part = batch.slice(start, ROWS)
                    yield from read_rows(part, table, number + 1)
                    number += part.num_rows
        except RefusedError as error:
            yield Rejection(source, error.reason, error.message)
        except ERRORS as error:
            said = " ".join(str(error).split())[:150].rstrip(".")
            kept = f" What stands in its first {counted(number, 'row')} is kept." if number else ""
            yield Rejection(source, "bad-arrow", f"It is damaged or no Arrow file ({said}). Fetch it again.{kept}")
        else:
            if not number:
                yield Rejection(source, "empty", "It has columns and no rows. Fetch it again or remove it.")


def _reader(file: IO[bytes], wanted: list[int]) -> pa.RecordBatchFileReader | pa.RecordBatchStreamReader:
    """Open a file of either kind; of its columns, those at these places are read, where there are any."""
    file.seek(0)
    is_file = file.read(len(_FILE)) == _FILE
    options = pa.ipc.IpcReadOptions(included_fields=wanted, use_threads=False)
    # An empty file cannot be mapped.
    mapped = pa.memory_map(file.name) if file.seek(0, os.SEEK_END) else pa.BufferReader(b"")
    return (pa.ipc.open_file if is_file else pa.ipc.open_stream)(mapped, options=options)


def _batches(reader: pa.RecordBatchFileReader | pa.RecordBatchStreamReader) -> Iterator[pa.RecordBatch]:
    if isinstance(reader, pa.RecordBatchFileReader):
        for place in range(reader.num_record_batches):
            yield reader.get_batch(place)
    else:
        yield from reader
