"""Validation of table rows against the JSON Schemas, and of the tables of a release against each other."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import tomllib
from pathlib import Path
from typing import Any

import jsonschema_rs
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saring import schemas
from saring.core import tables as records
from saring.core.errors import ReleaseError
from saring.release import validation

CASES = tomllib.loads((Path(__file__).parents[1] / "cases" / "schemas.toml").read_text(encoding="utf-8"))
A, B, C = (records.content_id(name) for name in "abc")

GOOD: dict[str, dict[str, Any]] = {
    "document": {
        **dict.fromkeys(records.DOCUMENT),
        "id": A,
        "text": "Beras",
        "language": "id",
        "source": "a.txt",
        "sha256": "0" * 64,
        "role": "kept",
        "split": "train",
        "characters": 5,
        "words": 1,
    },
    "edit": {
        **dict.fromkeys(records.EDIT),
        "id": A,
        "step": "noise",
        "seq": 0,
        "field": "text",
        "start": 0,
        "end": 3,
        "original": "Ads",
        "replacement": "",
        "kind": "ad",
        "rule": "ads",
    },
    "overlap": {**dict.fromkeys(records.OVERLAP), "a": A, "b": B, "kind": "near"},
    "rejection": {**dict.fromkeys(records.REJECTION), "source": "b.txt", "step": "read", "reason": "empty", "message": "It is empty."},
    "scrape": {
        **dict.fromkeys(records.SCRAPE),
        "id": A,
        "source": "a.txt",
        "media_type": "text/plain",
        "sha256": "0" * 64,
        "content": "Beras",
    },
}


def frame(table: str, *rows: dict[str, Any]) -> pl.DataFrame:
    """Return rows of a table; columns that a row does not set have valid values."""
    return pl.DataFrame([{**GOOD[table], **row} for row in rows], schema=validation.table_columns(table), strict=False)


@pytest.mark.parametrize("case", CASES["accepts"], ids=lambda case: case["label"])
def test_accepts(case: dict[str, Any]) -> None:
    """A valid value gives no violation."""
    violations = validation.schema_violations(frame(case["table"], {case["column"]: case["value"]}), case["table"])

    assert violations.rows() == []


@pytest.mark.parametrize("case", CASES["refuses"], ids=lambda case: case["label"])
def test_refuses(case: dict[str, Any]) -> None:
    """An invalid value gives one violation with its row, column, expected value and value."""
    violations = validation.schema_violations(frame(case["table"], {}, {case["column"]: case["value"]}), case["table"])

    assert violations.select("row", "column").rows() == [(1, case["column"])]
    assert violations["expected"][0].startswith(case["expected"])
    assert violations["found"][0]


def test_null_is_a_violation_only_in_required_columns() -> None:
    """Null is refused in exactly the columns whose type does not include null."""
    for table, row in GOOD.items():
        violations = validation.schema_violations(frame(table, dict.fromkeys(row)), table)
        expected = sorted(name for name, entry in schemas.load(table)["properties"].items() if "null" not in entry["type"])

        assert violations["column"].to_list() == expected
        assert set(violations["expected"]) <= {"a value"}


def test_a_wrong_column_is_one_violation() -> None:
    """A column that is missing, unknown or of another type is one violation, and hides no others."""
    rows = frame("overlap", {"kind": "similar"}).drop("b").with_columns(score=pl.lit("high"), extra=1)

    violations = validation.schema_violations(rows, "overlap")

    assert violations.select("row", "column", "expected", "found").rows() == [
        (None, "b", "String", "no such column"),
        (None, "extra", "no such column", "Int32"),
        (None, "score", "Float32", "String"),
        (0, "kind", "one of exact, near, contained, template, retranslation, translation, revision", "'similar'"),
    ]


def test_long_values_are_shortened() -> None:
    """A violation quotes only the start of a long value."""
    violations = validation.schema_violations(frame("document", {"split": "x y" * 1_000}), "document")

    assert len(violations["found"][0]) == 80


def _values(entry: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Return a strategy for values of a column's type, valid and invalid ones."""
    strategy: st.SearchStrategy[Any]
    if entry["x-arrow"] == "list":
        strategy = st.lists(_values(entry["items"]), max_size=3)
    elif entry["x-arrow"] == "struct":
        strategy = st.fixed_dictionaries({name: _values(part) for name, part in entry["properties"].items()})
    elif entry["x-arrow"] == "string":
        fitting = [st.sampled_from(entry["enum"])] if "enum" in entry else []
        fitting += [st.from_regex(entry["pattern"])] if "pattern" in entry else []
        strategy = st.one_of(*fitting, st.text(max_size=8))
    elif entry["x-arrow"].startswith("int"):
        bits = int(entry["x-arrow"][3:])
        strategy = st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) | st.integers(-2, 2)
    elif entry["x-arrow"] == "float32":
        strategy = st.floats(width=32) | st.sampled_from([0.0, 0.5, 1.0])
    else:
        strategy = st.datetimes(timezones=st.just(dt.UTC))
    return st.none() | strategy


def _json(value: object) -> object:
    """Convert a value to JSON; NaN and infinity, which JSON lacks, become strings, which no numeric column allows."""
    if isinstance(value, dict):
        return {key: _json(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_json(inner) for inner in value]
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, float) and value - value != 0:
        return str(value)
    return value


@pytest.mark.parametrize("table", schemas.TABLES)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_the_rules_agree_with_a_json_schema_validator(table: str, data: st.DataObject) -> None:
    """For random rows, the Polars rules and a JSON Schema validator refuse the same values of the same columns."""
    schema = schemas.load(table)
    random_row = st.fixed_dictionaries({name: st.just(GOOD[table][name]) | _values(entry) for name, entry in schema["properties"].items()})
    rows = pl.DataFrame(data.draw(st.lists(random_row, min_size=1, max_size=4)), schema=validation.table_columns(table))
    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)

    violations = set(validation.schema_violations(rows, table).select("row", "column").rows())
    expected = {
        (number, str(error.instance_path[0]))
        for number, row in enumerate(rows.iter_rows(named=True))
        for error in validator.iter_errors(json.loads(json.dumps(_json(row))))
    }

    assert violations == expected


def documents(*rows: dict[str, Any]) -> pl.LazyFrame:
    """Return documents with the given columns; the rest have valid values, and hash and length fit the text."""
    complete = []
    for row in rows:
        text = row.get("text", "Harga beras turun.")
        complete.append({"text": text, "characters": len(text), "sha256": hashlib.sha256(text.encode()).hexdigest(), **row})
    return frame("document", *complete).lazy()


def tables(
    *rows: dict[str, Any], edits: list[dict[str, Any]] | None = None, overlaps: list[dict[str, Any]] | None = None
) -> validation.Tables:
    """Return the tables of a release with the given documents, edits and overlaps."""
    return validation.Tables(
        documents(*rows), frame("edit", *(edits or [])).lazy(), frame("overlap", *(overlaps or [])).lazy(), frame("rejection").lazy()
    )


PASSAGE = {"a_start": 0, "a_end": 5, "b_start": 0, "b_end": 18, "score": None}
TWO = ({"id": A}, {"id": B})

BROKEN = {
    f"an id belongs to one document only: document {A}": tables({"id": A}, {"id": A}),
    f"characters is the length of the text: document {A}": tables({"id": A, "characters": 1}),
    f"a kept document has no other kept_id: document {A}": tables({"id": A, "kept_id": B}, {"id": B}),
    f"the kept_id of a duplicate is a kept document: document {A}": tables({"id": A, "role": "duplicate"}),
    f"the kept_id of a duplicate is a kept document: document {B}, document {A}": tables(
        {"id": A, "role": "duplicate", "kept_id": B}, {"id": B, "role": "duplicate", "kept_id": A}
    ),
    f"a cluster is the id of a document: document {A}": tables({"id": A, "cluster": C}),
    f"a cluster lies in one split: cluster {A}": tables({"id": A, "cluster": A}, {"id": B, "cluster": A, "split": "test"}),
    f"an edit belongs to a document: document {B}, 0 of step noise in text": tables({"id": A}, edits=[{"id": B}]),
    f"an edit spans the text that it quotes: document {A}, 0 of step noise in text": tables({"id": A}, edits=[{"end": 4}]),
    f"edits of one step and field do not overlap: document {A}, 1 of step noise in text": tables(
        {"id": A}, edits=[{}, {"seq": 1, "start": 2, "end": 5}]
    ),
    f"edits of one step and field are counted from 0, by position: document {A}, 1 of step noise in text": tables(
        {"id": A}, edits=[{"seq": 1}]
    ),
    f"a of an overlap is a document: {A} and {B}": tables({"id": B}, overlaps=[{}]),
    f"b of an overlap is a document: {A} and {B}": tables({"id": A}, overlaps=[{}]),
    f"an overlap joins two different documents: {A} and {A}": tables({"id": A}, overlaps=[{"b": A}]),
    f"a passage lies within the text of a: {A} and {B}": tables(*TWO, overlaps=[{"passages": [PASSAGE, {**PASSAGE, "a_start": 6}]}]),
    f"a passage lies within the text of b: {A} and {B}": tables(*TWO, overlaps=[{"passages": [{**PASSAGE, "b_end": 19}]}]),
}


@pytest.mark.parametrize("message", BROKEN, ids=lambda message: message.split(":")[0])
def test_a_violated_constraint_is_named(message: str) -> None:
    """Inconsistent tables are refused, and the message names the constraint and the rows that violate it."""
    with pytest.raises(ReleaseError) as caught:
        validation.check_tables(BROKEN[message])

    assert f"- {message}" in str(caught.value).splitlines()
    assert "run the build again" in str(caught.value)


def test_consistent_tables_pass() -> None:
    """Consistent tables pass, with duplicates, clusters, several steps, fields and passages."""
    consistent = tables(
        {"id": A, "cluster": A, "kept_id": A},
        {"id": B, "cluster": A, "role": "duplicate", "kept_id": A},
        {"id": C, "split": "test"},
        edits=[{}, {"seq": 1, "start": 3, "end": 6}, {"step": "repair"}, {"field": "title"}, {"id": C}],
        overlaps=[{"passages": [PASSAGE]}, {"kind": "exact", "passages": []}],
    )

    validation.check_tables(consistent)


def test_tables_without_rows_pass() -> None:
    """Tables without rows are consistent."""
    validation.check_tables(tables())


def test_only_the_first_ten_rows_are_named() -> None:
    """The message names ten violating rows and counts the rest."""
    with pytest.raises(ReleaseError) as caught:
        validation.check_tables(tables(edits=[{"id": records.content_id(str(number))} for number in range(12)]))

    assert str(caught.value).splitlines()[1].endswith(" and 2 more")
