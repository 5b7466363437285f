"""Character counts equal those of a regular expression."""

from __future__ import annotations

import re

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from saring.core.character_counts import count_characters

LINES = st.lists(st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=30), max_size=6)


@given(LINES)
def test_words_and_edges_are_those_of_the_line(lines: list[str]) -> None:
    """Each line is counted by itself, whatever its neighbours in the batch contain."""
    counts = count_characters(pl.Series(lines, dtype=pl.String))

    assert counts.words.tolist() == [len(re.findall(r"\S+", line)) for line in lines]
    assert counts.digits.tolist() == [sum(character.isdecimal() for character in line) for line in lines]
    assert counts.uppers.tolist() == [sum(character.isupper() for character in line) for line in lines]
    assert [chr(point) for point in counts.first] == [(line or "\n")[0] for line in lines]
    assert [chr(point) for point in counts.last] == [(line or "\n")[-1] for line in lines]


def test_capitals_stand_at_the_start_of_words() -> None:
    """A word begins after white space, an opening quote or a dash; short words begin with a lower-case letter."""
    counts = count_characters(pl.Series(["The “New” mayor-Elect of Pati, he said", "ÉTÉ à Öland", ""]))

    assert counts.starts.tolist() == [8, 3, 0]
    assert counts.capitals.tolist() == [4, 2, 0]
    assert counts.shorts.tolist() == [2, 1, 0]
    assert counts.pauses.tolist() == [1, 0, 0]
