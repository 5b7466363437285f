"""pipeline/splice.py: many replacements at once give what slicing string by string gives, and what does not fit is refused."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.splice import replaced

SCHEMA = {"row": pl.UInt32, "start": pl.Int32, "end": pl.Int32, "original": pl.String, "replacement": pl.String}

Changed = tuple[str, list[tuple[int, int, str]], str]


@st.composite
def changed(draw: st.DrawFn) -> Changed:
    """Return a string, changes to it (start, end, replacement), and what it becomes."""
    texts = st.text(st.characters(codec="utf-8"), max_size=6)
    parts = draw(st.lists(st.tuples(texts, texts, texts), max_size=5))
    tail = draw(texts)
    changes, old, new = [], "", ""
    for kept, original, replacement in parts:
        old, new = old + kept, new + kept
        changes.append((len(old), len(old) + len(original), replacement))
        old, new = old + original, new + replacement
    return old + tail, changes, new + tail


def frame(texts: list[Changed]) -> pl.DataFrame:
    """Return the changes as rows."""
    rows = [(row, *change[:2], text[change[0] : change[1]], change[2]) for row, (text, some, _) in enumerate(texts) for change in some]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


@given(st.lists(changed(), max_size=6))
def test_all_at_once_is_as_one_by_one(texts: list[Changed]) -> None:
    """Characters of one to four bytes, empty strings, insertions and deletions at either end: every string becomes what it should."""
    found = replaced(pl.Series("text", [text for text, _, _ in texts], dtype=pl.String), frame(texts))

    assert found is not None
    assert found.to_list() == [new for _, _, new in texts]
    assert found.dtype == pl.String
    assert found.name == "text"


def test_a_slice_of_a_series_is_a_series() -> None:
    """Strings that begin in the middle of a buffer are changed where they stand."""
    texts = pl.Series(["sebelum", "élan vital", "naïf"])[1:]

    found = replaced(texts, pl.DataFrame([(0, 0, 4, "élan", "élan²"), (1, 2, 3, "ï", "i")], schema=SCHEMA, orient="row"))

    assert found is not None
    assert found.to_list() == ["élan² vital", "naif"]


@pytest.mark.parametrize(
    "change",
    [
        (0, 0, 2, "ab", ""),  # quotes what is not there
        (0, 0, 2, "é", ""),  # quotes as many bytes, but not as many characters
        (0, 3, 6, "t", ""),  # ends beyond its string, in the next one
        (0, -1, 0, "", ""),
        (0, 2, 1, "", ""),
    ],
)
def test_what_does_not_fit_is_refused(change: tuple[int, int, int, str, str]) -> None:
    """A change that does not fit its string gives nothing, also where the string beside it would do."""
    texts = pl.Series(["étét", "test"])

    assert replaced(texts, pl.DataFrame([change], schema=SCHEMA, orient="row")) is None


def test_changes_that_overlap_are_refused() -> None:
    """The second of two changes has to begin where the first has ended."""
    rows = [(0, 0, 2, "ab", "x"), (0, 1, 3, "bc", "y")]

    assert replaced(pl.Series(["abcd"]), pl.DataFrame(rows, schema=SCHEMA, orient="row")) is None
