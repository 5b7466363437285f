"""Random train/test splits, drawn once per connected component of overlapping documents.

Per component and not per cluster: were a chain of copies cut, one end could be in train and the other in test. The draw is a hash of the
smallest id of the component, so it is the same in every build, and new documents do not move others between splits.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from saring.core.connected_components import connected_components

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["draw_splits"]


def draw_splits(ids: pl.Series, overlap_pairs: pl.DataFrame, splits: Sequence[tuple[str, float]]) -> pl.DataFrame:
    """Draw the split of each document; overlapping documents get the same one.

    Args:
        ids: of all documents.
        overlap_pairs: a and b, ids of overlapping documents.
        splits: name and share of each split; the shares add up to 1.

    Returns:
        Columns id and split, in the order of the ids.
    """
    # Ids a b c d with the pairs (a, b) and (b, d): the roots are 0 0 2 0, so one split is drawn for a, b and d, and one for c.
    ordered = ids.sort()
    place = pl.DataFrame({"id": ordered}).with_row_index("place")
    ends = [
        overlap_pairs.select(id=side).join(place, on="id", how="left", maintain_order="left")["place"].to_numpy() for side in ("a", "b")
    ]
    root = connected_components(len(ordered), *(end.astype(np.int64) for end in ends))
    keys = ordered.gather(root).unique(maintain_order=True)
    drawn = pl.DataFrame({"key": keys, "split": _draw(keys, splits)})
    split_by_id = pl.DataFrame({"id": ordered, "key": ordered.gather(root)}).join(drawn, on="key", how="left")
    return ids.alias("id").to_frame().join(split_by_id, on="id", how="left", maintain_order="left").select("id", "split")


def _draw(keys: pl.Series, splits: Sequence[tuple[str, float]]) -> pl.Series:
    """Return a split name for each key, drawn by the hash of the key with the probabilities of the splits."""
    nonempty = [(name, share) for name, share in splits if share > 0]
    if len(nonempty) == 1:
        return pl.Series([nonempty[0][0]], dtype=pl.String).new_from_index(0, len(keys))
    # The first 53 bits: as many as a double holds, so that the fraction is below 1.
    fractions = np.array([int.from_bytes(hashlib.sha256(key.encode()).digest()[:8]) >> 11 for key in keys], dtype=np.float64) / 2**53
    place = np.searchsorted(np.cumsum([share for _, share in nonempty]), fractions, side="right").clip(max=len(nonempty) - 1)
    return pl.Series([name for name, _ in nonempty], dtype=pl.String).gather(place)
