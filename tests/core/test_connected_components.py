"""Connected components, compared with plain label propagation."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from saring.core.connected_components import connected_components


@given(st.integers(1, 30).flatmap(lambda n: st.tuples(st.just(n), st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1))))))
def test_components(graph: tuple[int, list[tuple[int, int]]]) -> None:
    """The root of a node is the smallest node of its component."""
    nodes, edges = graph
    expected = list(range(nodes))
    for _ in range(nodes):
        for a, b in edges:
            expected[a] = expected[b] = min(expected[a], expected[b])
    ends = np.array(edges, dtype=np.int64).reshape(-1, 2)

    assert expected == connected_components(nodes, ends[:, 0], ends[:, 1]).tolist()
