"""Which split each document is in.

Drawn for all documents that links join, even through others: were a chain of copies cut, one end could stand in train and the other in
test. The draw is a hash of the smallest id among them, so it is the same in every build, and new documents leave the others where they
are.
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


def draw_splits(ids: pl.Series, links: pl.DataFrame, splits: Sequence[tuple[str, float]]) -> pl.DataFrame:
    """Return columns id and split, in the order of the ids.

    Args:
        ids: of all documents.
        links: a and b, ids of theirs.
        splits: name and share of each; the shares add up to 1.
    """
    ordered = ids.sort()
    place = pl.DataFrame({"id": ordered}).with_row_index("place")
    ends = [links.select(id=side).join(place, on="id", how="left", maintain_order="left")["place"].to_numpy() for side in ("a", "b")]
    root = connected_components(len(ordered), *(end.astype(np.int64) for end in ends))
    keys = ordered.gather(root).unique(maintain_order=True)
    drawn = pl.DataFrame({"key": keys, "split": _draw(keys, splits)})
    of = pl.DataFrame({"id": ordered, "key": ordered.gather(root)}).join(drawn, on="key", how="left")
    return ids.alias("id").to_frame().join(of, on="id", how="left", maintain_order="left").select("id", "split")


def _draw(keys: pl.Series, splits: Sequence[tuple[str, float]]) -> pl.Series:
    shared = [(name, share) for name, share in splits if share > 0]
    if len(shared) == 1:
        return pl.Series([shared[0][0]], dtype=pl.String).new_from_index(0, len(keys))
    # The first 53 bits: as many as a double holds, so that the fraction is below 1.
    fractions = np.array([int.from_bytes(hashlib.sha256(key.encode()).digest()[:8]) >> 11 for key in keys], dtype=np.float64) / 2**53
    place = np.searchsorted(np.cumsum([share for _, share in shared]), fractions, side="right").clip(max=len(shared) - 1)
    return pl.Series([name for name, _ in shared], dtype=pl.String).gather(place)
