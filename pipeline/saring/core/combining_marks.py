"""Runs of combining marks, capped at 30: the Stream-Safe Text Format of Unicode (UAX #15, section 13).

Canonical reordering in Python's `unicodedata` takes time with the square of a run: a page of 800 KB of marks takes minutes. No script needs
more than a few marks on one letter, so a longer run is damage or an attack. Polars sorts a run, which takes no such time.
"""

from __future__ import annotations

import re

import polars as pl

__all__ = ["MOST_MARKS", "cap_marks", "cap_marks_of", "has_excess_marks"]

#: What UAX #15 allows.
MOST_MARKS = 30
#: Marks, and the two letters that become marks in compatibility forms (NFKC and NFKD).
_MARK = r"[\p{M}\x{FF9E}\x{FF9F}]"
#: What every such run matches, and runs of symbols too; Python's `re` has no classes of Unicode.
_PERHAPS = re.compile(rf"(?:[^\w\x00-\u02ff]|[\uff9e\uff9f]){{{MOST_MARKS + 1}}}")
_CROWD = rf"({_MARK}{{{MOST_MARKS}}}){_MARK}+"


def cap_marks(text: pl.Expr) -> pl.Expr:
    """Return texts in which no more than 30 combining marks follow each other: those after the thirtieth are left out."""
    return text.str.replace_all(_CROWD, "$1")


def has_excess_marks(text: pl.Expr) -> pl.Expr:
    """Tell which texts have more than 30 combining marks in a row."""
    return text.str.contains(f"{_MARK}{{{MOST_MARKS + 1}}}")


def cap_marks_of(text: str) -> str:
    r"""Return one string as `cap_marks` has it.

    >>> len(cap_marks_of("a" + "\u0301" * 500))
    31
    """
    if not _PERHAPS.search(text):
        return text
    result: str = pl.select(cap_marks(pl.lit(text))).item()
    return result
