"""Ids of records, and how the schemas of the tables build on each other."""

from __future__ import annotations

import hashlib

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saring.core import tables
from saring.core.tables import content_id, empty_table


@given(st.binary() | st.text())
def test_an_id_is_the_start_of_a_hash(identity: bytes | str) -> None:
    """An id has twenty hexadecimal digits, the first of the SHA-256; text and its UTF-8 have the same id."""
    data = identity if isinstance(identity, bytes) else identity.encode("utf-8", "surrogatepass")

    assert content_id(identity) == content_id(data) == hashlib.sha256(data).hexdigest()[:20]


@pytest.mark.parametrize(("identity", "expected"), [("", "e3b0c44298fc1c149afb"), (b"abc", "ba7816bf8f01cfea4141")])
def test_ids_never_change(identity: bytes | str, expected: str) -> None:
    """Ids of published records are fixed: those of SHA-256 test vectors."""
    assert content_id(identity) == expected


def test_a_lone_surrogate_has_an_id() -> None:
    """A URL with half a character, which UTF-8 cannot encode, has an id of its own."""
    assert content_id("https://example.org/\ud800") != content_id("https://example.org/\ud801")


@pytest.mark.parametrize("name", ["SCRAPE", "PAGE", "PREPARED", "CLEANED", "DOCUMENT", "ROLE", "EDIT", "EFFECT", "OVERLAP", "REJECTION"])
def test_an_empty_table_has_the_columns(name: str) -> None:
    """A table without rows has the columns of its schema, with their types."""
    schema = getattr(tables, name)

    table = empty_table(schema)

    assert table.height == 0
    assert table.schema == schema


def test_a_document_is_a_cleaned_page_with_a_role() -> None:
    """A cleaned document has every column of a document but those that deduplication fills, and the hash of its scrape."""
    assert set(tables.DOCUMENT) == (set(tables.CLEANED) - {"scrape_sha256"}) | set(tables.ROLE)
    assert {name: tables.DOCUMENT[name] for name in tables.ROLE} == dict(tables.ROLE)
    assert set(tables.PREPARED) - set(tables.PAGE) == {"scrape_sha256", "bytes"}


def test_records_may_fill_all_declared_metadata() -> None:
    """The fields of a record are its content, as text or markup, and the metadata that a scrape carries on."""
    assert set(tables.FIELDS) == {"text", "html"} | set(tables.DECLARED_METADATA)
    assert tables.DECLARED_METADATA.items() <= tables.SCRAPE.items()
    assert tables.DECLARED_METADATA.items() <= tables.PAGE.items()
    assert pl.Datetime("us", "UTC") == tables.TIME
