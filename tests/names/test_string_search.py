"""pipeline/saring/names/string_search.py: occurrences with offsets in code points, as a loop over the text finds them."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from saring.names.string_search import FOLLOWING_BYTES, find_strings

PATTERNS = ["a", "ab", "é", "😀a", "ba"]


@given(st.lists(st.text("abé😀 ", max_size=20), max_size=3), st.integers(0, 1_000))
def test_the_search_equals_a_loop(parts: list[str], start: int) -> None:
    """All occurrences of all patterns, overlapping ones too, with the characters around each."""
    frame = pl.DataFrame(
        {"id": list(map(str, range(len(parts)))), "start": [start] * len(parts), "part": parts},
        schema_overrides={"id": pl.String, "start": pl.Int64, "part": pl.String},
    )
    expected = [
        (str(number), start + at, pattern, part[max(at - 2, 0) : at], part[:at][-1:], part[at + len(pattern) :][:1])
        for number, part in enumerate(parts)
        for at in range(len(part))
        for pattern in PATTERNS
        if part.startswith(pattern, at)
    ]

    occurrences = find_strings(frame, PATTERNS)

    assert sorted(occurrences.select("id", "start", "original", "preceding", "before", "after").iter_rows()) == sorted(expected)


def test_the_following_string_ends_between_characters() -> None:
    """It has as many bytes as fit, never half of a character."""
    frame = pl.DataFrame({"id": ["a"], "start": [0], "part": ["a" + "中" * 20]})

    assert find_strings(frame, ["a"])["following"].to_list() == ["中" * (FOLLOWING_BYTES // 3)]
