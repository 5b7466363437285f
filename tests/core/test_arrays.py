"""Batches by size."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from saring.core.arrays import size_batches


@given(st.lists(st.integers(0, 20)), st.integers(1, 30))
def test_size_batches_cover_every_row_once(sizes: list[int], limit: int) -> None:
    """Batches cover all rows in order, and a batch of several rows is within the limit."""
    cuts = list(size_batches(pl.Series(sizes, dtype=pl.Int64), limit))

    assert list(range(len(sizes))) == [row for part in cuts for row in range(part.start, part.stop)]
    assert all(sum(sizes[part]) <= limit or part.stop - part.start == 1 for part in cuts)
