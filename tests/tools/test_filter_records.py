"""Records of the filter `clean`: which ids they may have, and what is written for a document."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saring.core.tables import CLEANED
from saring.read.scrape import RefusedError
from saring.tools.filter_records import record_of, shallow

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda part: st.lists(part) | st.dictionaries(st.text(), part), max_leaves=5
)


def nested(depth: int, kind: type) -> object:
    """Return a value nested so many levels deep in lists or objects."""
    value: object = 1
    for _ in range(depth):
        value = [value] if kind is list else {"a": value}
    return value


@given(JSON)
def test_ids_are_any_json(id_: object) -> None:
    """An id of any type is returned as it is."""
    assert shallow(id_) is id_


@pytest.mark.parametrize("kind", [list, dict])
def test_deep_ids_are_refused(kind: type) -> None:
    """An id may be nested 99 levels deep around a value; one level more is refused, and so is a thousand."""
    assert shallow(nested(99, kind)) == nested(99, kind)
    for depth in (100, 1_000):
        with pytest.raises(RefusedError, match="id: expected a value nested at most 100 deep") as refused:
            shallow(nested(depth, kind))
        assert refused.value.reason == "bad-field"


def test_a_broad_id_is_not_deep() -> None:
    """Many values beside each other are no depth."""
    assert shallow([[1] * 1_000, {"a": [2]}])


def document(**values: object) -> dict[str, Any]:
    """Return the row of a cleaned document with these values."""
    return dict.fromkeys(CLEANED) | values


def test_a_record_has_the_columns_of_a_document() -> None:
    """The record has the id of the input, the text and its metadata, and the edits; working columns are left out."""
    edits = [{"rule": "ad-label"}]
    row = document(
        id="working",
        text="Text.",
        title="T",
        language="en",
        site="s",
        authors=["A"],
        url="u",
        page_type="forum",
        page_type_score=0.62451,
        dropped_share=0.5,
        sha256="0",
    )

    assert record_of(row, {"any": 1}, edits) == {
        "id": {"any": 1},
        "text": "Text.",
        "title": "T",
        "language": "en",
        "created": None,
        "site": "s",
        "authors": ["A"],
        "url": "u",
        "page_type": "forum",
        "page_type_score": 0.625,
        "dropped_share": 0.5,
        "edits": edits,
    }


@pytest.mark.parametrize(
    ("offset", "written"),
    [
        (None, "2024-05-01T22:30:00+00:00"),
        (0, "2024-05-01T22:30:00+00:00"),
        (330, "2024-05-02T04:00:00+05:30"),
        (-180, "2024-05-01T19:30:00-03:00"),
    ],
)
def test_times_have_the_offset_of_the_page(offset: int | None, written: str) -> None:
    """A time is written with the offset that the page states, in UTC if it states none."""
    created = dt.datetime(2024, 5, 1, 22, 30, tzinfo=dt.UTC)

    assert record_of(document(created=created, created_offset=offset), 1, [])["created"] == written
