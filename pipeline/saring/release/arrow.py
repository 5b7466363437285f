"""Arrow schemas of the Parquet files, derived from the JSON Schemas of the tables.

Strings are `string`, not `large_string`, because `datasets` shows consumers the type that stands in the file; no column is a `map`, which
Parquet readers for other languages lack.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from saring import schemas

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

__all__ = ["features", "schema"]


def schema(table: str | Mapping[str, Any]) -> pa.Schema:
    """Return the Arrow schema of a table, with columns that may not be null marked as non-nullable.

    Args:
        table: the table's name, or its JSON Schema, such as an older release carries.

    Raises:
        ValueError: a column has a type that Arrow does not know.
    """
    import pyarrow as pa  # noqa: PLC0415 - heavy, and only a release needs it

    json_schema = schemas.load(table) if isinstance(table, str) else table
    return pa.schema([_field(name, entry) for name, entry in json_schema["properties"].items()])


def features(table: str) -> list[dict[str, Any]]:
    """Return the columns and types of a table in the form of `dataset_info.features` in a dataset card.

    Built here rather than by `datasets`, whose own writer is private; a test compares the two.
    """
    return [{"name": name, **_feature(entry)} for name, entry in schemas.load(table)["properties"].items()]


def nullable(entry: dict[str, Any]) -> bool:
    """Tell whether the JSON Schema of a column allows null."""
    return "null" in entry["type"] and isinstance(entry["type"], list)


def _field(name: str, entry: dict[str, Any]) -> pa.Field:
    import pyarrow as pa  # noqa: PLC0415 - see above

    return pa.field(name, _arrow_type(entry), nullable=nullable(entry))


def _arrow_type(entry: dict[str, Any]) -> pa.DataType:
    import pyarrow as pa  # noqa: PLC0415 - see above

    match entry["x-arrow"]:
        case "list":
            return pa.list_(_field("element", entry["items"]))
        case "struct":
            return pa.struct([_field(name, part) for name, part in entry["properties"].items()])
        case "timestamp[us, tz=UTC]":
            return pa.timestamp("us", tz="UTC")
        case dtype:
            return pa.type_for_alias(dtype)


def _feature(entry: dict[str, Any]) -> dict[str, Any]:
    match entry["x-arrow"]:
        case "list" if entry["items"]["x-arrow"] == "struct":
            return {"list": [{"name": name, **_feature(part)} for name, part in entry["items"]["properties"].items()]}
        case "list":
            return {"list": entry["items"]["x-arrow"]}
        case dtype:
            return {"dtype": dtype}
