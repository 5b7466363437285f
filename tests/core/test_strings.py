"""Columns of strings become one array of UTF-8 bytes, and back."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saring.core.strings import concat_utf8, split_utf8

STRINGS = st.lists(st.text(st.characters(codec="utf-8")))


def sizes_of(strings: list[str]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the number of UTF-8 bytes of each string."""
    return np.array([len(string.encode()) for string in strings], dtype=np.int64)


@settings(max_examples=40)
@given(STRINGS, st.integers(0, 4))
def test_bytes_split_into_the_strings_they_came_from(strings: list[str], first: int) -> None:
    """The bytes are those of the strings in order, also of a slice of a column and of a column in chunks; the sizes give them back."""
    column = pl.Series(strings[:first], dtype=pl.String).append(pl.Series(strings[first:], dtype=pl.String))

    for part, expected in ((column, strings), (column[first:], strings[first:]), (column[:first], strings[:first])):
        data = concat_utf8(part)

        assert data.tobytes() == "".join(expected).encode()
        assert split_utf8(data, sizes_of(expected)).to_list() == expected


@pytest.mark.parametrize("strings", [[], [""], ["", "", ""], ["é", "", "日本", "🙂"]])
def test_empty_strings_keep_their_place(strings: list[str]) -> None:
    """A column without strings has no bytes; empty strings take none but come back."""
    split = split_utf8(concat_utf8(pl.Series(strings, dtype=pl.String)), sizes_of(strings))

    assert split.dtype == pl.String
    assert split.to_list() == strings
