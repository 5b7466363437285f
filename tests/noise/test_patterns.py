"""`patterns.contains`: the same results as Polars, with more patterns than all threads keep."""

from __future__ import annotations

import polars as pl
import pytest

from saring.noise.patterns import contains


def test_many_patterns_match_as_one_does() -> None:
    """300 patterns, each matched twice, give the results of `str.contains`."""
    texts = pl.Series(["7", "70", "", "line 299", None])
    patterns = [rf"(?-u:\b){number}$" for number in range(300)]

    for pattern in patterns * 2:
        assert contains(texts, pattern).equals(texts.str.contains(pattern))


def test_a_pattern_that_is_none_is_refused() -> None:
    """An invalid pattern raises the error of Polars."""
    with pytest.raises(pl.exceptions.ComputeError):
        contains(pl.Series(["a"]), "(")
