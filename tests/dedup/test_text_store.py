"""Documents are numbered by id, and identical texts are kept once."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saring.compute.disk_arrays import ArrayStore
from saring.dedup.text_store import NumberedDocuments, number_documents

TEXTS = st.dictionaries(
    st.text(st.sampled_from("abcdef"), min_size=1, max_size=3), st.none() | st.sampled_from(["", "x", "X", "é", "大雨", "x "])
)


def table(texts: dict[str, str | None]) -> pl.DataFrame:
    """Return a table of texts by id."""
    return pl.DataFrame({"id": list(texts), "text": list(texts.values())}, schema={"id": pl.String, "text": pl.String})


def as_rows(numbered: NumberedDocuments) -> tuple[list[str], list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Return ids, distinct texts and copies as Python values."""
    return numbered.ids.to_list(), numbered.distinct.rows(), numbered.copies.select("doc", "first").sort("doc").rows()


def test_documents_are_numbered_by_id() -> None:
    """Numbers follow the order of ids, not of rows; of identical texts the smallest id is the first, the rest are copies of it."""
    texts = table({"c": "é", "a": "rain", "d": "rain", "b": "rain "}).with_columns(language=pl.lit("fr"))

    numbered = number_documents(texts, ArrayStore())

    distinct = [(0, "rain", 4, "fr", None), (1, "rain ", 5, "fr", None), (2, "é", 1, "fr", None)]
    assert as_rows(numbered) == (["a", "b", "c", "d"], distinct, [(3, 0)])
    assert numbered.distinct.columns == ["doc", "text", "characters", "language", "language_script"]


def test_a_null_equals_an_empty_text() -> None:
    """A document without a text has an empty one, and is a copy of another such document."""
    numbered = number_documents(table({"a": None, "b": "", "c": "x"}), ArrayStore())

    assert as_rows(numbered) == (["a", "b", "c"], [(0, "", 0, None, None), (2, "x", 1, None, None)], [(1, 0)])


@pytest.mark.parametrize("spill", [False, True])
def test_no_documents(spill: bool) -> None:  # noqa: FBT001 - a parameter
    """An empty table, an iterator of nothing and an empty lazy frame have no documents."""
    for texts in (table({}), iter(()), table({}).lazy()):
        assert as_rows(number_documents(texts, ArrayStore(spill=spill))) == ([], [], [])


@pytest.mark.parametrize(("limit", "spills"), [(40, False), (39, True)])
def test_texts_that_would_not_fit_go_to_a_file(limit: int, spills: bool) -> None:  # noqa: FBT001 - a parameter
    """The store spills where ten bytes for each byte of text exceed its limit, whether texts come at once or in parts."""
    texts = table({"a": "éé"})
    for given_texts in (texts, iter([texts])):
        store = ArrayStore(limit=limit)
        number_documents(given_texts, store)
        assert store.spill is spills


@settings(max_examples=25)
@given(TEXTS)
def test_memory_and_parts_change_nothing(texts: dict[str, str | None]) -> None:
    """In memory, in a file, in one frame or in parts: the numbers and texts are the same, and each distinct text comes once."""
    rows = table(texts)
    expected = as_rows(number_documents(rows, ArrayStore(limit=1 << 30)))

    assert as_rows(number_documents(rows, ArrayStore(spill=True))) == expected
    assert as_rows(number_documents(rows.iter_slices(2), ArrayStore())) == expected
    assert as_rows(number_documents(rows.lazy(), ArrayStore())) == expected
    distinct_texts = [text for _, text, *_ in expected[1]]
    assert sorted(distinct_texts) == sorted({text or "" for text in texts.values()})
    assert expected[0] == sorted(texts)
