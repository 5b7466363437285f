"""pipeline/saring/compute/growing_array.py: rows that are appended in parts give their concatenation."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from saring.compute.growing_array import GrowingArray


@given(st.lists(arrays.arrays(np.uint32, st.tuples(st.integers(0, 9), st.just(3))), min_size=1))
def test_parts_add_up_to_the_array(parts: list[np.ndarray[tuple[int, int], np.dtype[np.uint32]]]) -> None:
    """Whatever the sizes of the parts, empty ones included."""
    grown = GrowingArray[np.uint32](np.uint32)
    for part in parts:
        grown.add(part)

    assert np.concatenate(parts).tolist() == grown.to_array().tolist()


def test_an_array_grows_beyond_its_first_size() -> None:
    """Its rows are kept as it is resized; with a size, `whole` gives the first elements."""
    grown = GrowingArray[np.uint32](np.uint32)
    parts = [np.arange(low, low + 50_000, dtype=np.uint32) for low in range(0, 400_000, 50_000)]
    for part in parts:
        grown.add(part)

    assert np.array_equal(np.arange(400_000), grown.to_array())
    assert np.array_equal(np.arange(7), grown.to_array(7))
