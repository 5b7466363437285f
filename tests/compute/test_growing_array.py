"""Arrays made in parts."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from saring.compute.growing_array import GrowingArray
from saring.translation.sentence_similarity import _products


@given(st.lists(arrays.arrays(np.uint32, st.tuples(st.integers(0, 9), st.just(3))), min_size=1))
def test_grown(parts: list[np.ndarray[tuple[int, int], np.dtype[np.uint32]]]) -> None:
    """What was added part by part is what was added at once."""
    grown = GrowingArray[np.uint32](np.uint32)
    for part in parts:
        grown.add(part)

    assert np.concatenate(parts).tolist() == grown.whole().tolist()


def test_grown_beyond_the_first_room() -> None:
    """An array that has to move keeps what it held; asked for less, it gives the first of it."""
    grown = GrowingArray[np.uint32](np.uint32)
    parts = [np.arange(low, low + 50_000, dtype=np.uint32) for low in range(0, 400_000, 50_000)]
    for part in parts:
        grown.add(part)

    assert np.array_equal(np.arange(400_000), grown.whole())
    assert np.array_equal(np.arange(7), grown.whole(7))


@given(st.integers(0, 70), st.integers(0, 70), st.integers(0, 2**32 - 1))
def test_products(rows: int, columns: int, seed: int) -> None:
    """Products in blocks are those of whole numbers, however many rows there are on either side."""
    chance = np.random.default_rng(seed)
    one, other = (chance.integers(-127, 128, (number, 320)).astype(np.int8) for number in (rows, columns))

    assert np.array_equal(one.astype(np.int64) @ other.astype(np.int64).T, _products(one, other))
