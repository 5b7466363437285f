"""Star clustering of overlapping documents: a centre, and members that each overlap with the centre itself.

Chains are not followed: where A overlaps with B and B with C, nobody has compared A with C, and they may have nothing in common.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from saring.core.arrays import IntArray

__all__ = ["NOT_COVERED", "StarClusters", "star_pairs"]

#: The coverage of a document by one that it has no overlap with: less than `drop_at` can be.
NOT_COVERED = -1.0


def star_pairs(duplicate_pairs: pl.DataFrame, rank: pl.DataFrame) -> pl.DataFrame:
    """Return further candidate pairs: two cluster centres of which one is a known duplicate of a member of the other's cluster.

    A cluster is a star: a centre, and documents that are duplicates of it. A duplicate of a document that is itself a part of a larger one may be a part of the larger one too; the two were not compared if
    neither MinHash bands nor fingerprints had made them a candidate pair.

    Args:
        duplicate_pairs: a, b, kind, between documents.
        rank: doc and rank, 0 for the most complete.

    Returns:
        Columns a and b; a < b; no pair twice.

    >>> pairs = pl.DataFrame({"a": [0, 1], "b": [1, 2], "kind": ["near", "contained"]})
    >>> star_pairs(pairs, pl.DataFrame({"doc": [2, 1, 0], "rank": [0, 1, 2]})).rows()  # 1 is in the cluster of 2, 0 is alone
    [(0, 2)]
    """
    edges = duplicate_pairs.filter(pl.col("kind") != "exact").select("a", "b")
    nodes = pl.concat([edges["a"], edges["b"]]).unique().alias("doc").to_frame().join(rank, on="doc").sort("rank")["doc"]
    place = pl.DataFrame({"doc": nodes}).with_row_index("place")
    ends = [edges.select(doc=side).join(place, on="doc", how="left", maintain_order="left")["place"].to_numpy() for side in ("a", "b")]
    clusters = StarClusters([None] * len(nodes), 0.0)
    clusters.assign(len(nodes), ends[0], ends[1], np.ones((edges.height, 2)))
    center = np.array(clusters.center, dtype=np.int64)
    # The centre of the cluster of each end; a pair is wanted if one end is a centre and the other is in another cluster.
    centers = [center[end.astype(np.int64)] for end in ends]
    pairs = [
        pl.DataFrame({"this": nodes.gather(end[crossing]), "that": nodes.gather(centers[1 - side][crossing])})
        for side, end in enumerate(ends)
        for crossing in [np.flatnonzero((centers[side] == end) & (centers[0] != centers[1]))]
    ]
    return pl.concat(pairs).select(a=pl.min_horizontal("this", "that"), b=pl.max_horizontal("this", "that")).unique()


class StarClusters:
    """Greedy star clustering of documents in a fixed order, and the kept document of each; a Python loop over overlapping documents only.

    The first document without a cluster becomes a centre, and takes all its neighbours without one as members.

    Args:
        languages: language of each document; a member is a duplicate of a document of the same language only. None throughout ignores it.
        drop_at: the share of a member that a kept document must cover for the member to be a duplicate of it.

    Attributes:
        center: for each document, the centre of its cluster.
        kept: for each document, the kept document that it is a duplicate of; itself if it is kept.
    """

    def __init__(self, languages: list[str | None], drop_at: float) -> None:
        self._languages, self._drop_at = languages, drop_at
        self.center: list[int] = []
        self.kept: list[int] = []

    def assign(self, nodes: int, a: IntArray, b: IntArray, coverage: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> None:
        """Cluster the documents 0, 1, ... in this order; set `center` and `kept`.

        Args:
            nodes: how many documents there are.
            a: first document of each overlap.
            b: second document of each overlap.
            coverage: [overlaps, 2]: the share of a that b covers, and of b that a covers.
        """
        self.center, self.kept = [-1] * nodes, list(range(nodes))
        covers: list[dict[int, float]] = [{} for _ in range(nodes)]  # of each document, the share of its neighbours that it covers
        for first, second, of_first, of_second in zip(a.tolist(), b.tolist(), *coverage.T.tolist(), strict=True):
            if first != second:
                covers[first][second] = max(of_second, covers[first].get(second, NOT_COVERED))
                covers[second][first] = max(of_first, covers[second].get(first, NOT_COVERED))
        for node in range(nodes):
            if self.center[node] < 0:
                self._make_center(node, covers)

    def _make_center(self, node: int, covers: list[dict[int, float]]) -> None:
        """Make a document the centre of a cluster of those of its neighbours that have no cluster yet, and choose the kept document of each."""
        self.center[node] = node
        kept_documents = [node]
        for member in sorted(covers[node]):
            if self.center[member] >= 0:
                continue
            self.center[member] = node
            for kept in kept_documents:
                if covers[kept].get(member, NOT_COVERED) >= self._drop_at and self._languages[kept] == self._languages[member]:
                    self.kept[member] = kept
                    break
            else:
                kept_documents.append(member)
