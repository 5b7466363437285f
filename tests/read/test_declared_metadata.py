"""Tests of pipeline/saring/read/declared_metadata.py."""

from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saring.core import tables
from saring.read.declared_metadata import NO_METADATA, DeclaredMetadata, fill_missing, parse_moment

CASES: list[dict[str, Any]] = tomllib.loads((Path(__file__).parents[1] / "cases" / "read.toml").read_text("utf-8"))["moment"]
VALUES = st.none() | st.booleans() | st.floats() | st.text() | st.dates() | st.datetimes(timezones=st.none() | st.timezones())


@pytest.mark.parametrize("case", CASES, ids=[case["label"] for case in CASES])
def test_moment(case: dict[str, Any]) -> None:
    """A date becomes UTC with its own offset, or None."""
    expected = dt.datetime.fromisoformat(case["utc"]) if case["utc"] else None

    assert parse_moment(case["value"]) == (expected, case.get("offset"))


@given(value=VALUES)
def test_any_value(value: object) -> None:
    """No value raises, and every parsed date is in UTC."""
    moment, offset = parse_moment(value)

    assert moment is None or moment.utcoffset() == dt.timedelta(0)
    assert offset is None or abs(offset) <= 24 * 60


def test_columns() -> None:
    """Declared metadata has the columns of the tables, and the charset, which is not a column."""
    assert list(DeclaredMetadata._fields) == [*tables.DECLARED_METADATA, "charset"]


def test_fill() -> None:
    """Missing fields come from the defaults; an offset always comes from the same declaration as its date."""
    early, late = dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    defaults = DeclaredMetadata(title="default", created=early, created_offset=420, license="CC0-1.0")

    filled = fill_missing(DeclaredMetadata(title="own", created=late), defaults)

    assert filled == DeclaredMetadata(title="own", created=late, license="CC0-1.0")
    assert fill_missing(NO_METADATA, defaults) == defaults
