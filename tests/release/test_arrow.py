"""Arrow schemas and dataset features of the tables follow from their JSON Schemas."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from saring.core.tables import DOCUMENT, EDIT, OVERLAP, REJECTION
from saring.release import arrow

TABLES = {"document": DOCUMENT, "edit": EDIT, "overlap": OVERLAP, "rejection": REJECTION}


def column(arrow_type: str, json_type: str | list[str] = "string", **more: object) -> dict[str, Any]:
    """Return the JSON Schema of a table of one column `x`."""
    return {"properties": {"x": {"type": json_type, "x-arrow": arrow_type, **more}}}


@pytest.mark.parametrize("table", TABLES)
def test_a_table_has_the_columns_that_polars_gives_it(table: str) -> None:
    """The Arrow schema of a published table reads as the Polars schema of the table."""
    schema = arrow.schema(table)

    frame = pl.from_arrow(schema.empty_table())

    assert isinstance(frame, pl.DataFrame)
    assert frame.schema == TABLES[table]
    assert "large" not in str(schema)


@pytest.mark.parametrize(
    ("table", "type_name"),
    [
        (column("string"), "string"),
        (column("int32", "integer"), "int32"),
        (column("timestamp[us, tz=UTC]"), "timestamp[us, tz=UTC]"),
        (column("list", "array", items={"type": "string", "x-arrow": "string"}), "list<element: string not null>"),
        (
            column(
                "list", "array", items={"type": "object", "x-arrow": "struct", "properties": {"y": {"type": "number", "x-arrow": "float"}}}
            ),
            "list<element: struct<y: float not null> not null>",
        ),
    ],
)
def test_types_of_columns(table: dict[str, Any], type_name: str) -> None:
    """Plain types, times, lists and lists of structs have their Arrow types."""
    assert str(arrow.schema(table).field("x").type) == type_name


@pytest.mark.parametrize(("json_type", "nullable"), [("string", False), (["string", "null"], True), (["string"], False), ("null", False)])
def test_a_column_may_be_null_if_its_schema_says_so(json_type: str | list[str], nullable: bool) -> None:  # noqa: FBT001 - a parameter
    """A column is nullable where null is one of several types."""
    table = column("string", json_type)

    assert arrow.nullable(table["properties"]["x"]) is nullable
    assert arrow.schema(table).field("x").nullable is nullable


def test_an_unknown_type_is_an_error() -> None:
    """A type that Arrow does not know raises ValueError; a table without columns is empty."""
    with pytest.raises(ValueError, match="mood"):
        arrow.schema(column("mood"))
    assert len(arrow.schema({"properties": {}})) == 0


def test_features_are_written_as_datasets_does() -> None:
    """Columns of a dataset card: plain types by name, a list by its element, a list of structs by the fields of each."""
    features = {entry["name"]: {key: value for key, value in entry.items() if key != "name"} for entry in arrow.features("document")}

    assert list(features) == list(DOCUMENT)
    assert features["text"] == {"dtype": "string"}
    assert features["authors"] == {"list": "string"}
    assert features["created"] == {"dtype": "timestamp[us, tz=UTC]"}
    passages = {entry["name"]: entry for entry in arrow.features("overlap")}["passages"]
    assert passages["list"][0] == {"name": "a_start", "dtype": "int32"}
    assert len(passages["list"]) == 5
