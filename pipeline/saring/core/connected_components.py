"""Connected components of an undirected graph, in NumPy arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from saring.core.arrays import IntArray

__all__ = ["connected_components"]


def connected_components(nodes: int, a: IntArray, b: IntArray) -> IntArray:
    """Label each node of an undirected graph with the smallest node of its connected component.

    Union by the smallest root with pointer jumping (after Shiloach and Vishkin, 1982). Each round hooks every tree below the smallest root that
    one of its edges reaches, then halves all paths until each node points to its root. The number of trees at least halves per round, so a
    chain of a million documents takes about twenty rounds.

    Args:
        nodes: the number of nodes, which are 0, 1, ...
        a: one endpoint of each edge.
        b: the other endpoint of each edge.

    Returns:
        An array of length `nodes`.

    >>> connected_components(5, np.array([1, 4]), np.array([2, 1]))
    array([0, 1, 1, 3, 1])
    """
    root = np.arange(nodes, dtype=np.int64)
    while True:
        low, high = np.minimum(root[a], root[b]), np.maximum(root[a], root[b])
        unmerged = low != high
        if not unmerged.any():
            return root
        np.minimum.at(root, high[unmerged], low[unmerged])
        while not np.array_equal(root[root], root):
            root = root[root]
