"""Which nodes of a graph hang together, in columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from saring.core.arrays import IntArray

__all__ = ["connected_components"]


def connected_components(nodes: int, a: IntArray, b: IntArray) -> IntArray:
    """Return for each of the nodes 0, 1, ... the smallest node of its component; the edges join `a[i]` and `b[i]`.

    In each round every tree that touches one with a smaller root is hung below it, and paths are halved until they are short: the number
    of trees at least halves (Shiloach and Vishkin, 1982), so a chain of a million documents takes some twenty rounds.

    >>> connected_components(5, np.array([1, 4]), np.array([2, 1]))
    array([0, 1, 1, 3, 1])
    """
    root = np.arange(nodes, dtype=np.int64)
    while True:
        low, high = np.minimum(root[a], root[b]), np.maximum(root[a], root[b])
        apart = low != high
        if not apart.any():
            return root
        np.minimum.at(root, high[apart], low[apart])
        while not np.array_equal(root[root], root):
            root = root[root]
