"""Star clustering: members overlap with their centre, and centres are compared with what their members overlap with."""

from __future__ import annotations

import numpy as np
import polars as pl

from saring.corpus.clusters import StarClusters, star_pairs


def test_members_overlap_with_their_centre() -> None:
    """In a chain of three documents the first becomes the centre of the second, and the third is a cluster of its own."""
    clusters = StarClusters([None] * 3, 0.5)
    clusters.assign(3, np.array([0, 1]), np.array([1, 2]), np.array([[0.9, 0.9], [0.9, 0.9]]))

    assert clusters.center == [0, 0, 2]
    assert clusters.kept == [0, 0, 2]


def test_a_member_that_is_covered_too_little_is_kept() -> None:
    """A member that its centre does not cover is kept, and may be what a later member is a duplicate of."""
    clusters = StarClusters([None] * 3, 0.5)
    clusters.assign(3, np.array([0, 0, 1]), np.array([1, 2, 2]), np.array([[0.9, 0.4], [0.9, 0.4], [0.9, 0.9]]))

    assert clusters.center == [0, 0, 0]
    assert clusters.kept == [0, 1, 1]


def test_star_pairs_join_a_centre_with_the_centre_of_its_neighbour() -> None:
    """A document by itself that overlaps with a member of a cluster is to be compared with the centre of that cluster."""
    ranks = pl.DataFrame({"doc": [0, 1, 2], "rank": [2, 1, 0]})

    assert star_pairs(pl.DataFrame({"a": [0, 1], "b": [1, 2], "kind": ["near", "contained"]}), ranks).rows() == [(0, 2)]
    assert star_pairs(pl.DataFrame({"a": [0], "b": [1], "kind": ["exact"]}), ranks).is_empty()
