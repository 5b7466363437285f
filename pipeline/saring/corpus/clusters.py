"""Which documents say the same, and which of them is kept.

A cluster is a star: its centre is the most complete document, and every other member is linked to the centre itself. Chains are not
followed: where A is like B and B like C, nobody has looked at A beside C. Two links are stronger than that and are followed: an exact
copy says what its original says, and an older revision always gives way to the newest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from saring.core.connected_components import connected_components
from saring.dedup.candidates import FULL

if TYPE_CHECKING:
    from saring import config
    from saring.core.arrays import IntArray

__all__ = ["choose_kept", "star_pairs"]

#: The coverage of what nothing covers: less than `drop_at` can be.
_NOTHING = -1.0


def choose_kept(documents: pl.DataFrame, links: pl.DataFrame, settings: config.Overlap) -> pl.DataFrame:
    """Return the cluster of each document and whether it is kept.

    Documents come in order: the most complete (characters) first, then the one with the fewest edits, then the one that declares most
    about itself, then the smallest id. The first that is in no cluster is kept and makes one with all that are linked to it and in none. A member is a duplicate when a kept document
    of the cluster covers at least `drop_at` of it, and their own link says so, unless it is of kind `template`; the centre is tried first. With `one_per = "language"`
    only a document of the same language makes it one.

    Args:
        documents: id, characters, language, edits, declared.
        links: as in `tables.OVERLAP`.
        settings: `drop_at` and `one_per`.

    Returns:
        Columns id, cluster (the id of its centre), role, kept_id; in the order of the documents.
    """
    nodes = _in_order(documents, links)
    a, b = (_places(links[side], nodes) for side in ("a", "b"))
    kind = links["kind"].to_numpy()
    newest = np.arange(nodes.height)
    newest[b[kind == "revision"]] = a[kind == "revision"]
    leads = _leaders(newest, a[kind == "exact"], b[kind == "exact"])

    # What is left of an older revision's links are those of the copies that it was compared for.
    current = newest[leads] == leads
    other = ~np.isin(kind, ("exact", "revision")) & current[a] & current[b]
    ends = leads[a[other]], leads[b[other]]
    # Pages of one template are of one cluster, and none stands for another.
    covered = (pl.when(pl.col("kind") == "template").then(_NOTHING).otherwise(side) for side in ("coverage_a", "coverage_b"))
    covers = links.filter(pl.Series(other)).select(a=next(covered), b=next(covered)).to_numpy()
    stars = _Stars(nodes["language"].to_list() if settings.one_per == "language" else [None] * nodes.height, settings.drop_at)
    stars.walk(nodes.height, *ends, covers)
    center, kept = np.array(stars.center), np.array(stars.kept)
    # A copy follows its original; an older revision what the newest follows.
    lead = leads[newest]
    chosen = nodes.select("id").with_columns(
        cluster=nodes["id"].gather(center[lead]),
        kept_id=nodes["id"].gather(kept[lead]),
    )
    alone = pl.coalesce("cluster", "id"), pl.coalesce("kept_id", "id")
    return (
        documents.select("id")
        .join(chosen, on="id", how="left", maintain_order="left")
        .select("id", alone[0].alias("cluster"), alone[1].alias("kept_id"))
        .with_columns(role=pl.when(pl.col("id") == pl.col("kept_id")).then(pl.lit("kept")).otherwise(pl.lit("duplicate")))
    )


def star_pairs(links: pl.DataFrame, rank: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs to look at besides: a document in a star of its own, and the centre of the star that a document like it is in.

    Args:
        links: a, b, kind, between documents.
        rank: doc and rank, 0 for the most complete.

    Returns:
        Columns a and b; a < b; no pair twice.
    """
    like = links.filter(pl.col("kind") != "exact").select("a", "b")
    nodes = pl.concat([like["a"], like["b"]]).unique().alias("doc").to_frame().join(rank, on="doc").sort("rank")["doc"]
    place = pl.DataFrame({"doc": nodes}).with_row_index("place")
    ends = [like.select(doc=side).join(place, on="doc", how="left", maintain_order="left")["place"].to_numpy() for side in ("a", "b")]
    stars = _Stars([None] * len(nodes), 0.0)
    stars.walk(len(nodes), ends[0], ends[1], np.ones((like.height, 2)))
    center = np.array(stars.center, dtype=np.int64)
    both = [center[end.astype(np.int64)] for end in ends]
    pairs = [
        pl.DataFrame({"one": nodes.gather(end[apart]), "other": nodes.gather(both[1 - side][apart])})
        for side, end in enumerate(ends)
        for apart in [np.flatnonzero((both[side] == end) & (both[0] != both[1]))]
    ]
    return pl.concat(pairs).select(a=pl.min_horizontal("one", "other"), b=pl.max_horizontal("one", "other")).unique()


class _Stars:
    """The walk over the linked documents, in their order; the one loop here, and over no others.

    Attributes:
        center: of the star that each is in.
        kept: the document that stands for each.
    """

    def __init__(self, languages: list[str | None], drop_at: float) -> None:
        self._languages, self._drop_at = languages, drop_at
        self.center: list[int] = []
        self.kept: list[int] = []

    def walk(self, nodes: int, a: IntArray, b: IntArray, coverage: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> None:
        """Set `center` and `kept`; `coverage` has those of a and b by each other."""
        self.center, self.kept = [-1] * nodes, list(range(nodes))
        near: list[dict[int, float]] = [{} for _ in range(nodes)]  # what each covers of its neighbours
        for one, other, of_one, of_other in zip(a.tolist(), b.tolist(), *coverage.T.tolist(), strict=True):
            if one != other:
                near[one][other] = max(of_other, near[one].get(other, _NOTHING))
                near[other][one] = max(of_one, near[other].get(one, _NOTHING))
        for node in range(nodes):
            if self.center[node] < 0:
                self._star(node, near)

    def _star(self, node: int, near: list[dict[int, float]]) -> None:
        self.center[node] = node
        stand = [node]
        for member in sorted(near[node]):
            if self.center[member] >= 0:
                continue
            self.center[member] = node
            for kept in stand:
                if near[kept].get(member, _NOTHING) >= self._drop_at and self._languages[kept] == self._languages[member]:
                    self.kept[member] = kept
                    break
            else:
                stand.append(member)


def _in_order(documents: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Return the linked documents, first come first kept."""
    linked = pl.concat([links["a"], links["b"]]).alias("id").to_frame().group_by("id").len("links")
    # Where more than FULL share a hash, only the one in the middle was compared with all: of equally complete documents it comes first.
    middle = pl.col("links") > FULL
    return (
        documents.join(linked, on="id")
        .with_columns(pl.col("characters", "edits", "declared").fill_null(0), middle=middle)
        .sort("characters", "middle", "edits", "declared", "id", descending=[True, True, False, True, False])
    )


def _places(ids: pl.Series, nodes: pl.DataFrame) -> IntArray:
    places = nodes.select("id").with_row_index("place")
    return ids.alias("id").to_frame().join(places, on="id", how="left", maintain_order="left")["place"].to_numpy().astype(np.int64)


def _leaders(newest: IntArray, a: IntArray, b: IntArray) -> IntArray:
    """Return for each document the first of its exact copies that no newer revision replaces; itself where there is none."""
    copies = connected_components(len(newest), a, b)
    current = np.flatnonzero(newest == np.arange(len(newest)))
    first = np.full(len(newest), len(newest))
    np.minimum.at(first, copies[current], current)
    return np.where(first[copies] < len(newest), first[copies], np.arange(len(newest)))
