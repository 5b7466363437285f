"""Page positions: sums and means over windows of lines stop at the edges of a document."""

from __future__ import annotations

import numpy as np
import polars as pl

from saring.noise.page_positions import PagePositions, signed_log

#: Two documents, of three lines and of one.
PAGE = PagePositions(pl.DataFrame({"from_start": [0, 1, 2, 0], "from_end": [2, 1, 0, 0]}))


def test_windows_stop_at_the_edges_of_a_document() -> None:
    """A window holds lines of the line's own document only; an empty one has the mean -1."""
    sums = PAGE.prefix_sums(np.array([1, 2, 4, 8]))

    assert PAGE.mean_above(sums, 2).tolist() == [-1, 1, 1.5, -1]
    assert PAGE.mean_below(sums, 2).tolist() == [3, 4, -1, -1]
    assert PAGE.total(sums).tolist() == [7, 7, 7, 8]
    assert PAGE.before(sums).tolist() == [0, 1, 3, 0]


def test_neighbours_are_of_the_same_document() -> None:
    """Beyond the edge of a document stands -1."""
    values = np.array([1, 2, 4, 8], dtype=np.float32)

    assert PAGE.shifted(values, 1).tolist() == [-1, 1, 2, -1]
    assert PAGE.shifted(values, -1).tolist() == [2, 4, -1, -1]


def test_distances_keep_their_sign() -> None:
    """Distances are compressed on both sides of 0."""
    assert np.allclose(signed_log(np.array([-1, 0, 1])), [-np.log(2), 0, np.log(2)])
