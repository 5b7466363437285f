"""pipeline/saring/translation/sentence_similarity.py: products of quantised sentence vectors are exact."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from saring.translation.sentence_similarity import _dot_products


@given(st.integers(0, 70), st.integers(0, 70), st.integers(0, 2**32 - 1))
def test_products_in_blocks_are_exact(rows: int, columns: int, seed: int) -> None:
    """Block-wise products of int8 vectors equal those of 64-bit integers, for any number of rows on either side."""
    chance = np.random.default_rng(seed)
    a, b = (chance.integers(-127, 128, (number, 320)).astype(np.int8) for number in (rows, columns))

    assert np.array_equal(a.astype(np.int64) @ b.astype(np.int64).T, _dot_products(a, b))
