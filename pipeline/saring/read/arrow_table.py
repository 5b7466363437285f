"""Batches of Arrow -> scrapes: what Parquet and Arrow files have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from saring.read import charset, html, record_fields
from saring.read.column_names import CONTENT, choose_columns
from saring.read.page import too_large_rejection
from saring.read.scrape import RefusedError, Rejection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saring.read.column_names import Columns
    from saring.read.declared_metadata import DeclaredMetadata
    from saring.read.scrape import Scrape

__all__ = ["ERRORS", "ROWS", "Table", "column_names", "read_rows", "select_columns"]

#: Rows decoded at a time: values are bounded each, not together.
ROWS = 64

#: What pyarrow raises over damaged files; ArrowInvalid is a ValueError.
ERRORS = (pa.ArrowException, OSError, ValueError, MemoryError, OverflowError, NotImplementedError)

#: Structs within structs that are looked into for columns.
_DEPTH = 4


def select_columns(schema: pa.Schema, columns: Columns) -> dict[str, str]:
    """Return the columns that are read: usual name -> path in the schema, with `.` between the names of nested columns.

    Raises:
        RefusedError: no column holds the text, one that corpus.toml names is missing, or one has another type.
    """
    every = column_names(schema)
    found, types = choose_columns(columns, [name for name, _ in every]), dict(every)
    for usual, name in list(found.items()):
        expected = _mismatch(usual, types[name])
        if expected:
            field = usual if usual in columns.names else name
            hint = f'Leave it out in corpus.toml: [[source]], below it path = "{columns.source}" and columns = {{ {usual} = false }}.'
            raise RefusedError("bad-columns", f"The column {field}: expected {expected}, found {types[name]}. {hint}")
    return found


def column_names(schema: pa.Schema) -> list[tuple[str, pa.DataType]]:
    """Return the columns of a schema with their types, those within structs with dots; images and other bytes are columns too.

    >>> [name for name, _ in column_names(pa.schema({"text": pa.string(), "meta": pa.struct({"url": pa.string()})}))]
    ['text', 'meta', 'meta.url']
    """
    found: list[tuple[str, pa.DataType]] = []
    waiting: list[tuple[tuple[str, ...], pa.DataType]] = [((field.name,), field.type) for field in reversed(list(schema))]
    while waiting:
        path, dtype = waiting.pop()
        found.append((".".join(path), dtype))
        if pa.types.is_struct(dtype) and len(path) < _DEPTH:
            waiting += [((*path, dtype.field(place).name), dtype.field(place).type) for place in reversed(range(dtype.num_fields))]
    return found


class Table(NamedTuple):
    """What all rows of a file have in common.

    Attributes:
        source: its path in raw/; rows are `source#N`, N counted from 1.
        selection: of `select_columns`.
        defaults: what holds where a row does not say.
        limit: the bytes that a row may have.
    """

    source: str
    selection: dict[str, str]
    defaults: DeclaredMetadata
    limit: int


def read_rows(batch: pa.RecordBatch, table: Table, first: int) -> Iterator[Scrape | Rejection]:
    """Yield a scrape or a rejection for each row of a batch, of which the first has this number."""
    values = {usual: _values(_column(batch, name), usual) for usual, name in table.selection.items()}
    for number, row in enumerate(zip(*values.values(), strict=True), first):
        place = f"{table.source}#{number}"
        record = dict(zip(values, row, strict=True))
        try:
            record, name = _decoded(record)
            scrape = record_fields.record_scrape(record, place, name, table.defaults)
        except RefusedError as error:
            yield Rejection(place, error.reason, error.message)
            continue
        yield too_large_rejection(place, table.limit, scrape.size) if scrape.size > table.limit else scrape


def _column(batch: pa.RecordBatch, name: str) -> pa.Array:
    if name in batch.schema.names:
        return batch.column(name)
    first, *rest = _path(batch.schema, name)
    array = batch.column(first)
    for part in rest:
        array = pc.struct_field(array, array.type.get_field_index(part))
    return array


def _path(schema: pa.Schema, name: str) -> list[str]:
    """Return the names of a nested column one by one: names may hold dots themselves."""
    for first in schema.names:
        if name.startswith(f"{first}.") and pa.types.is_struct(schema.field(first).type):
            dtype, path, rest = schema.field(first).type, [first], name.removeprefix(f"{first}.")
            while rest:
                inner = [dtype.field(place).name for place in range(dtype.num_fields)] if pa.types.is_struct(dtype) else []
                part = next((part for part in inner if rest == part or rest.startswith(f"{part}.")), None)
                if part is None:
                    break
                dtype, path, rest = dtype.field(part).type, [*path, part], rest.removeprefix(part).removeprefix(".")
            else:
                return path
    raise KeyError(name)


def _values(array: pa.Array, usual: str) -> list[Any]:
    """Return the values of a column, as Python has them; bytes where a text is not in UTF-8, None for a time that no calendar has."""
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_timestamp(array.type) and array.type.unit == "ns":
        array = array.cast(pa.timestamp("us", array.type.tz), safe=False)
    try:
        found: list[Any] = array.to_pylist()
    except UnicodeDecodeError:
        if usual in CONTENT or pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
            return list(array.cast(pa.large_binary()).to_pylist())
        return [_value(array, place) for place in range(len(array))]
    except (ValueError, OverflowError, KeyError, LookupError, pa.ArrowException):
        return [_value(array, place) for place in range(len(array))]
    return found


def _value(array: pa.Array, place: int) -> Any:  # noqa: ANN401 - whatever the column holds
    try:
        return array[place].as_py()
    except (ValueError, OverflowError, LookupError, pa.ArrowException):
        return None


def _decoded(record: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Return a record with strings for bytes, and the name of the charset of its text.

    Raises:
        RefusedError: they are no text.
    """
    charset_name = "utf-8"
    for usual, value in record.items():
        if isinstance(value, bytes):
            declared = html.declared_charsets(value) if usual == "html" else ()
            record[usual], name = charset.decode(value, declared)
            charset_name = name if usual in CONTENT else charset_name
    return record, charset_name


def _mismatch(usual: str, dtype: pa.DataType) -> str | None:
    """Return what a field is expected to be where the type of its column is another."""
    if pa.types.is_dictionary(dtype):
        dtype = dtype.value_type
    if pa.types.is_null(dtype):
        return None
    if usual in CONTENT:
        return None if _is_string(dtype) or _is_binary(dtype) else "a string"
    if usual == "authors":
        inner = dtype.value_type if _is_list(dtype) else dtype
        return None if _is_string(inner) or pa.types.is_null(inner) else "a string or a list of strings"
    if usual == "created_offset":
        return None if pa.types.is_integer(dtype) or _is_string(dtype) else "a whole number of minutes"
    if usual in ("created", "date", "published", "added", "timestamp", "crawled"):
        is_time = pa.types.is_timestamp(dtype) or pa.types.is_date(dtype)
        return None if is_time or _is_string(dtype) or pa.types.is_integer(dtype) or pa.types.is_floating(dtype) else "a date or a string"
    return None if _is_string(dtype) else "a string"


def _is_string(dtype: pa.DataType) -> bool:
    return bool(pa.types.is_string(dtype) or pa.types.is_large_string(dtype) or pa.types.is_string_view(dtype))


def _is_binary(dtype: pa.DataType) -> bool:
    return bool(pa.types.is_binary(dtype) or pa.types.is_large_binary(dtype) or pa.types.is_binary_view(dtype))


def _is_list(dtype: pa.DataType) -> bool:
    return bool(
        pa.types.is_list(dtype) or pa.types.is_large_list(dtype) or pa.types.is_list_view(dtype) or pa.types.is_fixed_size_list(dtype)
    )
