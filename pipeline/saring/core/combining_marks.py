"""Limit runs of combining marks to 30, as the Stream-Safe Text Format of Unicode does (UAX #15, section 13).

Canonical reordering in Python's `unicodedata` is quadratic in the length of a run: 800 KB of marks take minutes to normalise. No script puts
more than a few marks on one letter, so a longer run is damage or an attack. Polars reorders such a run without that cost.
"""

from __future__ import annotations

import re

import polars as pl

__all__ = ["MOST_MARKS", "cap_marks", "cap_marks_in_string", "has_excess_marks"]

#: The longest run of non-starters in Stream-Safe Text (UAX #15-D3).
MOST_MARKS = 30
#: Combining marks, and the two half-width kana that become marks under NFKC and NFKD.
_MARK = r"[\p{M}\x{FF9E}\x{FF9F}]"
#: A cheap pre-check in Python's `re`, which has no Unicode classes: matches every run of too many marks, and some runs of symbols.
_POSSIBLE_RUN = re.compile(rf"(?:[^\w\x00-\u02ff]|[\uff9e\uff9f]){{{MOST_MARKS + 1}}}")
_LONG_RUN = rf"({_MARK}{{{MOST_MARKS}}}){_MARK}+"


def cap_marks(text: pl.Expr) -> pl.Expr:
    """Return a string column in which each run of combining marks is cut after its 30th mark."""
    return text.str.replace_all(_LONG_RUN, "$1")


def has_excess_marks(text: pl.Expr) -> pl.Expr:
    """Return a boolean column: whether each string has more than 30 combining marks in a row."""
    return text.str.contains(f"{_MARK}{{{MOST_MARKS + 1}}}")


def cap_marks_in_string(text: str) -> str:
    r"""Cut each run of combining marks in one Python string after its 30th mark, as `cap_marks` does for a column.

    >>> len(cap_marks_in_string("a" + "\u0301" * 500))
    31
    """
    if not _POSSIBLE_RUN.search(text):
        return text
    result: str = pl.select(cap_marks(pl.lit(text))).item()
    return result
