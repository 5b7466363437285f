"""Convert Arrow record batches to scrapes; shared by the Parquet and the Arrow reader."""

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

#: Rows decoded at a time. Small, since `scrape_bytes` bounds each value but not the values of a batch together. A judgement.
ROWS = 64

#: What pyarrow raises for damaged files; ArrowInvalid is a ValueError.
ERRORS = (pa.ArrowException, OSError, ValueError, MemoryError, OverflowError, NotImplementedError)

#: Levels of nested structs that are searched for columns. A judgement.
_MAX_DEPTH = 4


def select_columns(schema: pa.Schema, columns: Columns) -> dict[str, str]:
    """Return the columns of an Arrow schema that are read: standard field name -> column path, with `.` in nested ones.

    Raises:
        RefusedError: no column holds the text, a column that corpus.toml names is missing, or a column has an unsuitable type.
    """
    all_columns = column_names(schema)
    selection, types = choose_columns(columns, [name for name, _ in all_columns]), dict(all_columns)
    for field, name in list(selection.items()):
        expected = _expected_type(field, types[name])
        if expected:
            key = field if field in columns.names else name
            hint = f'To leave it out, write in corpus.toml under [[source]]: path = "{columns.source}" and columns = {{ {field} = false }}.'
            raise RefusedError("bad-columns", f"The column {key}: expected {expected}, found {types[name]}. {hint}")
    return selection


def column_names(schema: pa.Schema) -> list[tuple[str, pa.DataType]]:
    """Return the path and type of every column of an Arrow schema, fields of structs included, with dots.

    >>> [name for name, _ in column_names(pa.schema({"text": pa.string(), "meta": pa.struct({"url": pa.string()})}))]
    ['text', 'meta', 'meta.url']
    """
    columns: list[tuple[str, pa.DataType]] = []
    pending: list[tuple[tuple[str, ...], pa.DataType]] = [((field.name,), field.type) for field in reversed(list(schema))]
    while pending:
        path, dtype = pending.pop()
        columns.append((".".join(path), dtype))
        if pa.types.is_struct(dtype) and len(path) < _MAX_DEPTH:
            pending += [((*path, dtype.field(index).name), dtype.field(index).type) for index in reversed(range(dtype.num_fields))]
    return columns


class Table(NamedTuple):
    """Reading parameters that all rows of one Parquet or Arrow file share.

    Attributes:
        source: the file's path in raw/; rows are `source#N`, N counted from 1.
        selection: standard field name -> column path, from `select_columns`.
        defaults: metadata for rows that declare none.
        limit: the most bytes that a row may have.
    """

    source: str
    selection: dict[str, str]
    defaults: DeclaredMetadata
    limit: int


def read_rows(batch: pa.RecordBatch, table: Table, first_number: int) -> Iterator[Scrape | Rejection]:
    """Yield a scrape or a rejection for each row of an Arrow record batch; rows are numbered from `first_number`."""
    values = {field: _python_values(_column(batch, name), field) for field, name in table.selection.items()}
    for number, row in enumerate(zip(*values.values(), strict=True), first_number):
        row_source = f"{table.source}#{number}"
        record = dict(zip(values, row, strict=True))
        try:
            record, charset_name = _decode_record(record)
            scrape = record_fields.record_scrape(record, row_source, charset_name, table.defaults)
        except RefusedError as error:
            yield Rejection(row_source, error.reason, error.message)
            continue
        yield too_large_rejection(row_source, table.limit, scrape.size) if scrape.size > table.limit else scrape


def _column(batch: pa.RecordBatch, name: str) -> pa.Array:
    """Return a column of a record batch by its path; a field of a struct is null where the struct is."""
    if name in batch.schema.names:
        return batch.column(name)
    top_level, *nested = _path_parts(batch.schema, name)
    array = batch.column(top_level)
    for part in nested:
        array = pc.struct_field(array, array.type.get_field_index(part))
    return array


def _path_parts(schema: pa.Schema, path: str) -> list[str]:
    """Split the path of a nested column into field names, which may contain dots themselves, by following the schema.

    `meta.a.b` is ["meta", "a.b"] where the struct `meta` has a field `a.b`, and ["meta", "a", "b"] where it has a struct `a`.

    Raises:
        KeyError: the schema has no such column.
    """
    for top_level in schema.names:
        if path.startswith(f"{top_level}.") and pa.types.is_struct(schema.field(top_level).type):
            dtype, parts, rest = schema.field(top_level).type, [top_level], path.removeprefix(f"{top_level}.")
            while rest:
                fields = [dtype.field(index).name for index in range(dtype.num_fields)] if pa.types.is_struct(dtype) else []
                part = next((name for name in fields if rest == name or rest.startswith(f"{name}.")), None)
                if part is None:
                    break
                dtype, parts, rest = dtype.field(part).type, [*parts, part], rest.removeprefix(part).removeprefix(".")
            else:
                return parts
    raise KeyError(path)


def _python_values(array: pa.Array, field: str) -> list[Any]:
    """Return the values of an Arrow column as Python objects.

    Strings that are not valid UTF-8, against Arrow's specification, come as bytes, and times outside of Python's calendar as None.
    """
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_timestamp(array.type) and array.type.unit == "ns":
        array = array.cast(pa.timestamp("us", array.type.tz), safe=False)
    try:
        values: list[Any] = array.to_pylist()
    except UnicodeDecodeError:
        if field in CONTENT or pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
            return list(array.cast(pa.large_binary()).to_pylist())
        return [_python_value(array, index) for index in range(len(array))]
    except (ValueError, OverflowError, KeyError, LookupError, pa.ArrowException):
        return [_python_value(array, index) for index in range(len(array))]
    return values


def _python_value(array: pa.Array, index: int) -> Any:  # noqa: ANN401 - whatever the column holds
    """Return one value of an Arrow array as a Python object; None where Python cannot represent it."""
    try:
        return array[index].as_py()
    except (ValueError, OverflowError, LookupError, pa.ArrowException):
        return None


def _decode_record(record: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Decode the values of a record that are bytes, in place, and return it with the name of its text's charset.

    Raises:
        RefusedError: the bytes are not text, or their charset is uncertain.
    """
    charset_name = "utf-8"
    for field, value in record.items():
        if isinstance(value, bytes):
            declared = html.declared_charsets(value) if field == "html" else ()
            record[field], name = charset.decode(value, declared)
            charset_name = name if field in CONTENT else charset_name
    return record, charset_name


def _expected_type(field: str, dtype: pa.DataType) -> str | None:
    """Return a phrase for the type that a field needs where the Arrow type of its column is another; None where it fits."""
    if pa.types.is_dictionary(dtype):
        dtype = dtype.value_type
    if pa.types.is_null(dtype):
        return None
    if field in CONTENT:
        return None if _is_string(dtype) or _is_binary(dtype) else "a string"
    if field == "authors":
        item = dtype.value_type if _is_list(dtype) else dtype
        return None if _is_string(item) or pa.types.is_null(item) else "a string or a list of strings"
    if field == "created_offset":
        return None if pa.types.is_integer(dtype) or _is_string(dtype) else "a whole number of minutes"
    if field in ("created", "date", "published", "added", "timestamp", "crawled"):
        is_time = pa.types.is_timestamp(dtype) or pa.types.is_date(dtype)
        return None if is_time or _is_string(dtype) or pa.types.is_integer(dtype) or pa.types.is_floating(dtype) else "a date or a string"
    return None if _is_string(dtype) else "a string"


def _is_string(dtype: pa.DataType) -> bool:
    """Tell whether an Arrow type is one of its three string types."""
    return bool(pa.types.is_string(dtype) or pa.types.is_large_string(dtype) or pa.types.is_string_view(dtype))


def _is_binary(dtype: pa.DataType) -> bool:
    """Tell whether an Arrow type is one of its three types for bytes of any length."""
    return bool(pa.types.is_binary(dtype) or pa.types.is_large_binary(dtype) or pa.types.is_binary_view(dtype))


def _is_list(dtype: pa.DataType) -> bool:
    """Tell whether an Arrow type is one of its list types."""
    return bool(
        pa.types.is_list(dtype) or pa.types.is_large_list(dtype) or pa.types.is_list_view(dtype) or pa.types.is_fixed_size_list(dtype)
    )
