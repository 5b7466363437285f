"""The schemas, and what is derived from them."""

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
    """Yield all properties of a schema, those inside others too."""
    for name, entry in schema.get("properties", {}).items():
        yield name, entry
        yield from properties(entry)
        yield from properties(entry.get("items", {}))


@pytest.mark.parametrize("table", schemas.TABLES)
def test_is_a_schema(table: str) -> None:
    """Every schema is valid draft 2020-12, has a title, a description and a version, and allows no other columns."""
    schema = schemas.load(table)

    jsonschema_rs.meta.validate(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["title"]
    assert schema["description"].endswith(".")
    assert schema["version"] == VERSIONS[table][0]
    assert schema["additionalProperties"] is False
    assert schema["required"] == list(schema["properties"])


#: Version and hash of what each schema demands, without its words. Where a hash changes, so does the version: MAJOR where whoever read the
#: old tables may fail on the new ones, MINOR where there is more to read; `saring build` then tells what changed.
VERSIONS = {
    "document": ("1.1.0", "b271e36eaa0381c7"),
    "edit": ("1.0.0", "a154d2095fb0af3b"),
    "overlap": ("1.1.0", "d6241160c6a3c821"),
    "rejection": ("1.0.0", "f03b74dc1b73ec4f"),
    "scrape": ("1.0.0", "aa1f4ba8fa23c677"),
}


def demanded(entry: object) -> object:
    """Return a schema without what only describes."""
    if isinstance(entry, dict):
        return {
            key: demanded(value)
            for key, value in entry.items()
            if key not in ("title", "description", "version") or isinstance(value, dict)
        }
    return entry


@pytest.mark.parametrize("table", schemas.TABLES)
def test_a_schema_that_changes_has_another_version(table: str) -> None:
    """Two schemas of one version demand the same: old releases name theirs by it."""
    schema = schemas.load(table)
    content = json.dumps(demanded(schema), sort_keys=True)

    assert (schema["version"], hashlib.sha256(content.encode()).hexdigest()[:16]) == VERSIONS[table]


@pytest.mark.parametrize("table", schemas.TABLES)
def test_every_property_is_described(table: str) -> None:
    """Every property has a title, a sentence of description, and an Arrow type."""
    bare = [name for name, entry in properties(schemas.load(table)) if not (entry["title"] and entry["description"].endswith("."))]

    assert bare == []
    assert all("x-arrow" in entry for _, entry in properties(schemas.load(table)))


@pytest.mark.parametrize("table", schemas.TABLES)
def test_records_and_schemas_agree(table: str) -> None:
    """The columns that the steps hand over are those of the schema, in order and type."""
    expected = list(RECORDS[table].items())

    assert list(validation.table_columns(table).items()) == expected


@pytest.mark.parametrize("table", schemas.TABLES)
def test_arrow_agrees_with_polars(table: str) -> None:
    """The Arrow schema has the same columns and types, and the same that may be null."""
    found = arrow.schema(table)
    read_back = pl.from_arrow(found.empty_table())

    assert isinstance(read_back, pl.DataFrame)
    assert read_back.schema == RECORDS[table]
    for name, entry in schemas.load(table)["properties"].items():
        assert found.field(name).nullable is ("null" in entry["type"])


@pytest.mark.parametrize("table", schemas.TABLES)
def test_arrow_types_are_plain(table: str) -> None:
    """Consumers see `string`, not `large_string`, and no map."""
    text = str(arrow.schema(table))

    assert "large_" not in text
    assert "map<" not in text


@pytest.mark.parametrize("table", schemas.TABLES)
def test_features_are_those_of_datasets(table: str) -> None:
    """The features that the card writes are those that `datasets` would write for the same Arrow schema."""
    import datasets  # noqa: PLC0415 - takes a second to import

    expected = datasets.Features.from_arrow_schema(arrow.schema(table))

    assert datasets.Features._from_yaml_list(arrow.features(table)) == expected  # noqa: SLF001 - the only reader of cards there is


def test_the_steps_of_the_ledger_are_those_of_the_code() -> None:
    """The steps that the schema allows are those that the ledger knows."""
    expected = list(STEPS)

    assert schemas.load("edit")["properties"]["step"]["enum"] == expected


def test_an_unknown_table_is_named() -> None:
    """Asking for a schema that does not exist says which ones do."""
    with pytest.raises(KeyError, match="'page'; there are document, edit"):
        schemas.load("page")
