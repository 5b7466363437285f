r"""Tests of pipeline/saring/core/lines.py: texts split at "\n" into a table of lines."""

from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from saring.core.lines import split_lines

_TEXT = st.text(st.one_of(st.sampled_from("\na é😀\u0301\r\u2028"), st.characters(codec="utf-8")), max_size=30)
_SCHEMA = {"id": pl.String, "text": pl.String}


def _frame(contents: list[str | None]) -> pl.DataFrame:
    return pl.DataFrame({"id": [f"d{number}" for number in range(len(contents))], "text": contents}, schema=_SCHEMA)


@settings(deadline=None)
@given(st.lists(st.one_of(_TEXT, st.none()), max_size=5))
def test_lines_joined_give_the_text(contents: list[str | None]) -> None:
    """Lines joined by line feeds give the text again; a null text has no lines, an empty text has one empty line."""
    lines = split_lines(_frame(contents))

    joined = lines.group_by("id", maintain_order=True).agg(pl.col("line").str.join("\n"))

    assert joined["line"].to_list() == [content for content in contents if content is not None]


@settings(deadline=None)
@given(st.lists(st.one_of(_TEXT, st.none()), max_size=5))
def test_lines_are_numbered_and_have_their_offsets(contents: list[str | None]) -> None:
    """`start` is the line's offset in code points: the text sliced there begins with the line."""
    frame = _frame(contents)
    texts = dict(frame.iter_rows())
    last_number: dict[str, int] = {}

    for id_, number, start, line in split_lines(frame).select("id", "number", "start", "line").iter_rows():
        assert number == last_number.get(id_, -1) + 1
        assert texts[id_][start : start + len(line)] == line
        assert start == 0 or texts[id_][start - 1] == "\n"
        last_number[id_] = number


def test_only_the_line_feed_breaks_a_line() -> None:
    """Other line separators of Unicode do not split a text, so that offsets stay valid."""
    lines = split_lines(_frame(["a\r\nb\u2028c\x0bd\x85e\n"]))

    assert lines.select("number", "start", "line").rows() == [(0, 0, "a\r"), (1, 3, "b\u2028c\x0bd\x85e"), (2, 11, "")]


def test_another_column_can_be_split() -> None:
    """The column to split is a parameter: titles can be split too."""
    frame = pl.DataFrame({"id": ["a"], "text": ["x"], "title": ["Satu\nDua"]})

    assert split_lines(frame, "title")["line"].to_list() == ["Satu", "Dua"]


def test_no_texts_have_no_lines() -> None:
    """An empty table of texts gives an empty table of lines with the same columns."""
    assert split_lines(_frame([])).columns == ["id", "number", "start", "line"]
    assert split_lines(_frame([])).is_empty()
