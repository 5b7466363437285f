"""pipeline/noise/patterns: what matches does not depend on how many patterns there are."""

from __future__ import annotations

import polars as pl
import pytest

from saring.noise.patterns import contains


def test_many_patterns_match_as_one_does() -> None:
    """More patterns than all threads keep, each asked twice."""
    texts = pl.Series(["7", "70", "", "line 299", None])
    patterns = [rf"(?-u:\b){number}$" for number in range(300)]

    for pattern in patterns * 2:
        assert contains(texts, pattern).equals(texts.str.contains(pattern))


def test_a_pattern_that_is_none_is_refused() -> None:
    """As Polars refuses it."""
    with pytest.raises(pl.exceptions.ComputeError):
        contains(pl.Series(["a"]), "(")
