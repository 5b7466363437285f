"""Arrow schemas, derived from the JSON Schemas: one explicit schema for every Parquet file of a table.

Strings are `string`, not `large_string`, because `datasets` shows consumers what the file says; no column is a `map`, which readers of
other languages lack.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from saring import schemas

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

__all__ = ["features", "schema"]


def schema(table: str | Mapping[str, Any]) -> pa.Schema:
    """Return the Arrow schema of a table; columns that may not be null are marked so.

    Args:
        table: its name, or a JSON Schema of it, such as an older release carries.

    Raises:
        ValueError: a column is of a type that Arrow does not know.
    """
    import pyarrow as pa  # noqa: PLC0415 - heavy, and only a release needs it

    found = schemas.load(table) if isinstance(table, str) else table
    return pa.schema([_field(name, entry) for name, entry in found["properties"].items()])


def features(table: str) -> list[dict[str, Any]]:
    """Return the features of a table as `datasets` writes them in a card.

    Written out here rather than by `datasets`, whose own writer is private; a test holds the two together.
    """
    return [{"name": name, **_feature(entry)} for name, entry in schemas.load(table)["properties"].items()]


def nullable(entry: dict[str, Any]) -> bool:
    """Tell whether a property of a schema may be null."""
    return "null" in entry["type"] and isinstance(entry["type"], list)


def _field(name: str, entry: dict[str, Any]) -> pa.Field:
    import pyarrow as pa  # noqa: PLC0415 - see above

    return pa.field(name, _type(entry), nullable=nullable(entry))


def _type(entry: dict[str, Any]) -> pa.DataType:
    import pyarrow as pa  # noqa: PLC0415 - see above

    match entry["x-arrow"]:
        case "list":
            return pa.list_(_field("element", entry["items"]))
        case "struct":
            return pa.struct([_field(name, part) for name, part in entry["properties"].items()])
        case "timestamp[us, tz=UTC]":
            return pa.timestamp("us", tz="UTC")
        case name:
            return pa.type_for_alias(name)


def _feature(entry: dict[str, Any]) -> dict[str, Any]:
    match entry["x-arrow"]:
        case "list" if entry["items"]["x-arrow"] == "struct":
            return {"list": [{"name": name, **_feature(part)} for name, part in entry["items"]["properties"].items()]}
        case "list":
            return {"list": entry["items"]["x-arrow"]}
        case name:
            return {"dtype": name}
