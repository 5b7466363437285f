"""Best run: the consecutive lines of each document with the greatest gain."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from saring.noise.best_run import best_runs


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=9), st.lists(st.integers(-5, 5), min_size=1, max_size=9))
def test_the_best_run_gains_most(first: list[int], second: list[int]) -> None:
    """No other run of a document's lines gains more than the one returned, checked by brute force on two documents."""
    begins = np.array([0] * len(first) + [len(first)] * len(second))
    ends = np.array([len(first) - 1] * len(first) + [len(first) + len(second) - 1] * len(second))

    runs = best_runs(np.array(first + second, dtype=float), begins, ends)

    for gains, begin in ((first, 0), (second, len(first))):
        low, high = int(runs.first[begin]) - begin, int(runs.last[begin]) - begin
        best = max(sum(gains[a : b + 1]) for a in range(len(gains)) for b in range(a, len(gains)))
        assert sum(gains[low : high + 1]) == best
