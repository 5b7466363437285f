"""Choice of the kept document of each duplicate cluster.

Documents are clustered as stars (`clusters`), the most complete first. Two relations are stronger than an overlap and are followed through
chains: an exact copy shares the fate of its original, and an older revision always gives way to the newest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from saring.core.connected_components import connected_components
from saring.corpus.clusters import NOT_COVERED, StarClusters
from saring.dedup.candidates import ALL_PAIRS_LIMIT

if TYPE_CHECKING:
    from saring import config
    from saring.core.arrays import IntArray

__all__ = ["choose_kept"]


def choose_kept(documents: pl.DataFrame, overlap_pairs: pl.DataFrame, settings: config.Overlap) -> pl.DataFrame:
    """Return the cluster of each document, and the kept document of the cluster that it is a duplicate of, if it is one.

    Documents are ordered: the most complete (characters) first, then the one with the fewest edits, then the one that declares most
    metadata, then the smallest id. The first without a cluster is kept and becomes the centre of one with all documents without one that
    overlap with it. A member is a duplicate if a kept document of the cluster covers at least `drop_at` of it, by their own overlap, unless
    that is of kind `template`; the centre is tried first. With `one_per = "language"` the two must be of the same language.

    Args:
        documents: id, characters, language, edits, declared.
        overlap_pairs: columns of `tables.OVERLAP`.
        settings: `drop_at` and `one_per`.

    Returns:
        Columns id, cluster (the id of its centre), role (`kept` or `duplicate`), kept_id; in the order of the documents.
    """
    # Example: p is the newest revision of p.1, and y a copy of x. `newest` leads from p.1 to p, `originals` from y to x, and an overlap of y
    # with q becomes one of x with q. If the cluster of q takes x, then y is in it too; p.1 is a duplicate of whatever p is.
    nodes = _order_documents(documents, overlap_pairs)
    a, b = (_positions(overlap_pairs[side], nodes) for side in ("a", "b"))
    kind = overlap_pairs["kind"].to_numpy()
    newest = np.arange(nodes.height)
    newest[b[kind == "revision"]] = a[kind == "revision"]
    originals = _originals(newest, a[kind == "exact"], b[kind == "exact"])

    # An older revision has no overlaps of its own any more: those that count are of the copies that it was compared for.
    current = newest[originals] == originals
    clustered = ~np.isin(kind, ("exact", "revision")) & current[a] & current[b]
    ends = originals[a[clustered]], originals[b[clustered]]
    # Pages of one template share a cluster, and none is a duplicate of another.
    covered = (pl.when(pl.col("kind") == "template").then(NOT_COVERED).otherwise(side) for side in ("coverage_a", "coverage_b"))
    coverage = overlap_pairs.filter(pl.Series(clustered)).select(a=next(covered), b=next(covered)).to_numpy()
    clusters = StarClusters(nodes["language"].to_list() if settings.one_per == "language" else [None] * nodes.height, settings.drop_at)
    clusters.assign(nodes.height, *ends, coverage)
    center, kept = np.array(clusters.center), np.array(clusters.kept)
    # A copy follows its original; an older revision follows what the newest follows.
    leader = originals[newest]
    chosen = nodes.select("id").with_columns(
        cluster=nodes["id"].gather(center[leader]),
        kept_id=nodes["id"].gather(kept[leader]),
    )
    without_overlaps = pl.coalesce("cluster", "id"), pl.coalesce("kept_id", "id")
    return (
        documents.select("id")
        .join(chosen, on="id", how="left", maintain_order="left")
        .select("id", without_overlaps[0].alias("cluster"), without_overlaps[1].alias("kept_id"))
        .with_columns(role=pl.when(pl.col("id") == pl.col("kept_id")).then(pl.lit("kept")).otherwise(pl.lit("duplicate")))
    )


def _order_documents(documents: pl.DataFrame, overlap_pairs: pl.DataFrame) -> pl.DataFrame:
    """Return the documents with overlaps in the order of preference for keeping, the preferred first."""
    degrees = pl.concat([overlap_pairs["a"], overlap_pairs["b"]]).alias("id").to_frame().group_by("id").len("degree")
    # Where more documents share a hash than ALL_PAIRS_LIMIT, only the hub was compared with all of them: of equally complete ones it is first.
    hub = pl.col("degree") > ALL_PAIRS_LIMIT
    return (
        documents.join(degrees, on="id")
        .with_columns(pl.col("characters", "edits", "declared").fill_null(0), hub=hub)
        .sort("characters", "hub", "edits", "declared", "id", descending=[True, True, False, True, False])
    )


def _positions(ids: pl.Series, nodes: pl.DataFrame) -> IntArray:
    """Return for each id its row in a table of documents."""
    places = nodes.select("id").with_row_index("place")
    return ids.alias("id").to_frame().join(places, on="id", how="left", maintain_order="left")["place"].to_numpy().astype(np.int64)


def _originals(newest: IntArray, a: IntArray, b: IntArray) -> IntArray:
    """Return for each document its original: the first of its exact copies that no newer revision replaces, itself where there is none.

    Args:
        newest: for each document, the newest revision of its page.
        a: first document of each pair of exact copies.
        b: second document of each such pair.

    >>> _originals(np.array([0, 0, 2, 3]), np.array([1, 2]), np.array([2, 3])).tolist()  # 1 to 3 are copies, but 0 replaces 1
    [0, 2, 2, 2]
    """
    groups = connected_components(len(newest), a, b)
    current = np.flatnonzero(newest == np.arange(len(newest)))
    first = np.full(len(newest), len(newest))
    np.minimum.at(first, groups[current], current)
    return np.where(first[groups] < len(newest), first[groups], np.arange(len(newest)))
