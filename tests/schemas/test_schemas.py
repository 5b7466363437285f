"""JSON Schemas of the tables, and the Arrow and Polars schemas and card features derived from them."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import polars as pl
import pytest

from saring import schemas
from saring.core import tables
from saring.core.ledger import STEPS
from saring.release import arrow, validation

if TYPE_CHECKING:
    from collections.abc import Iterator

RECORDS = {
    "document": tables.DOCUMENT,
    "edit": tables.EDIT,
    "overlap": tables.OVERLAP,
    "rejection": tables.REJECTION,
    "scrape": tables.SCRAPE,
}


def properties(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield all properties of a JSON Schema by name, including nested ones."""
    for name, entry in schema.get("properties", {}).items():
        yield name, entry
        yield from properties(entry)
        yield from properties(entry.get("items", {}))


@pytest.mark.parametrize("table", schemas.TABLES)
def test_is_a_schema(table: str) -> None:
    """Every schema is valid JSON Schema draft 2020-12, has a title, a description and a version, and allows no other columns."""
    schema = schemas.load(table)

    jsonschema_rs.meta.validate(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["title"]
    assert schema["description"].endswith(".")
    assert schema["version"] == VERSIONS[table][0]
    assert schema["additionalProperties"] is False
    assert schema["required"] == list(schema["properties"])


#: Version and hash of each schema without its titles and descriptions. If a hash changes, the version must change: MAJOR if a reader of the
#: old tables may fail on the new ones, MINOR if columns are added; `saring build` then reports the change.
VERSIONS = {
    "document": ("1.2.0", "9d678ce4860f1de9"),
    "edit": ("1.0.0", "a154d2095fb0af3b"),
    "overlap": ("1.1.0", "d6241160c6a3c821"),
    "rejection": ("1.0.0", "f03b74dc1b73ec4f"),
    "scrape": ("1.0.0", "aa1f4ba8fa23c677"),
}


def constraints(entry: object) -> object:
    """Return a schema without titles, descriptions and version."""
    if isinstance(entry, dict):
        return {
            key: constraints(value)
            for key, value in entry.items()
            if key not in ("title", "description", "version") or isinstance(value, dict)
        }
    return entry


@pytest.mark.parametrize("table", schemas.TABLES)
def test_a_schema_that_changes_has_another_version(table: str) -> None:
    """A schema with other constraints has another version, because old releases name their schemas by version."""
    schema = schemas.load(table)
    content = json.dumps(constraints(schema), sort_keys=True)

    assert (schema["version"], hashlib.sha256(content.encode()).hexdigest()[:16]) == VERSIONS[table]


@pytest.mark.parametrize("table", schemas.TABLES)
def test_every_property_is_described(table: str) -> None:
    """Every property has a title, a description that ends with a full stop, and an Arrow type."""
    undescribed = [name for name, entry in properties(schemas.load(table)) if not (entry["title"] and entry["description"].endswith("."))]

    assert undescribed == []
    assert all("x-arrow" in entry for _, entry in properties(schemas.load(table)))


@pytest.mark.parametrize("table", schemas.TABLES)
def test_records_and_schemas_agree(table: str) -> None:
    """The columns of `core.tables`, which the steps use, are those of the JSON Schema, in order and type."""
    expected = list(RECORDS[table].items())

    assert list(validation.table_columns(table).items()) == expected


@pytest.mark.parametrize("table", schemas.TABLES)
def test_arrow_agrees_with_polars(table: str) -> None:
    """The Arrow schema has the same columns, types and nullability as the JSON Schema."""
    arrow_schema = arrow.schema(table)
    read_back = pl.from_arrow(arrow_schema.empty_table())

    assert isinstance(read_back, pl.DataFrame)
    assert read_back.schema == RECORDS[table]
    for name, entry in schemas.load(table)["properties"].items():
        assert arrow_schema.field(name).nullable is ("null" in entry["type"])


@pytest.mark.parametrize("table", schemas.TABLES)
def test_arrow_types_are_plain(table: str) -> None:
    """Arrow schemas use `string`, not `large_string`, and no map type."""
    text = str(arrow.schema(table))

    assert "large_" not in text
    assert "map<" not in text


@pytest.mark.parametrize("table", schemas.TABLES)
def test_features_are_those_of_datasets(table: str) -> None:
    """The features in the card are those that `datasets` would write for the same Arrow schema."""
    import datasets  # noqa: PLC0415 - takes a second to import

    expected = datasets.Features.from_arrow_schema(arrow.schema(table))

    assert datasets.Features._from_yaml_list(arrow.features(table)) == expected  # noqa: SLF001 - the only reader of cards there is


def test_the_steps_of_the_ledger_are_those_of_the_code() -> None:
    """The steps allowed by the schema of edits are those of the ledger."""
    expected = list(STEPS)

    assert schemas.load("edit")["properties"]["step"]["enum"] == expected


def test_an_unknown_table_is_an_error() -> None:
    """Loading the schema of an unknown table raises an error that lists the tables."""
    with pytest.raises(KeyError, match="'page'; there are document, edit"):
        schemas.load("page")
