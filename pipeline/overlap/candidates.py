"""Pairs of texts that may say the same: by a shared key, by a shared band, by shared anchors.

A pair here is a suspicion; `verify` looks at the texts. What matters is that no pair is missed and that nothing is quadratic: where a
hash is shared by more than `FULL` texts (a template, a page mirrored a thousand times), they are not compared each with each but each
with the most complete and the least complete of them, since a chosen document is the most complete of its cluster, and a quotation is
the least complete text that holds it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.overlap.sketches import Sketches

__all__ = ["FULL", "contained", "exact", "near"]

#: As many texts as may share a hash and still be compared each with each.
FULL = 24

#: The share of the lesser text's anchors that two texts must have in common to be looked at. A text that another covers to four fifths
#: in one piece shares as much of its anchors; where every tenth word was changed, still a fifth.
_SHARED = 0.15

_POSTINGS = 4_000_000  # of keys at a time
_ROWS = 20_000_000  # of pairs at a time

_PAIR = {"a": pl.UInt32, "b": pl.UInt32}


def exact(texts: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs of each group of texts with the same words, as a star around the first.

    Args:
        texts: doc, words, key, as in `Sketches.texts`.

    Returns:
        Columns a and b, of documents; a < b.
    """
    return (
        texts.filter(pl.col("words") > 0)
        .select(pl.col("doc").min().over("key", "words").alias("a"), pl.col("doc").alias("b"))
        .filter(pl.col("a") != pl.col("b"))
    )


def near(sketches: Sketches, rank: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs of texts that share a band.

    Args:
        sketches: of the texts, without exact copies.
        rank: doc and rank, 0 for the most complete.

    Returns:
        Columns a and b, of documents; a < b.
    """
    pairs = pl.DataFrame(schema=_PAIR)
    docs = sketches.banded.alias("doc").to_frame().join(rank, on="doc", how="left", maintain_order="left")
    number = sketches.bands.shape[1]
    at_a_time = max(1, _POSTINGS // max(docs.height, 1))
    for band in range(0, number, at_a_time):
        keys = sketches.bands[:, band : band + at_a_time]
        postings = pl.concat([docs] * keys.shape[1]).with_columns(pl.Series("key", keys.ravel(order="F")))
        pairs = pl.concat([pairs, *_meetings(postings)]).unique()
    return pairs


def contained(sketches: Sketches, rank: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs of texts that share enough anchors for one to stand inside the other.

    Arguments and result are those of `near`.
    """
    counts = sketches.anchors.group_by("doc").agg(pl.len().alias("anchors"))
    postings = sketches.anchors.join(rank, on="doc", how="left")
    lesser = pl.min_horizontal("anchors", "anchors_b")
    pairs = [
        meetings.group_by("a", "b")
        .len()
        .join(counts, left_on="a", right_on="doc")
        .join(counts, left_on="b", right_on="doc", suffix="_b")
        .filter(pl.col("len") >= _SHARED * lesser)
        .select("a", "b")
        for meetings in _meetings(postings)
    ]
    return pl.concat([pl.DataFrame(schema=_PAIR), *pairs]).unique()


def _meetings(postings: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield the pairs (a, b) of documents that share a key, once for each key they share; all of one `a` are in one frame.

    Args:
        postings: doc, key, rank; no doc twice under one key.
    """
    # In parts by key: most keys stand alone, and counting all of them at once is what takes the most memory.
    counted = 1 + postings.height // _POSTINGS
    size = pl.len().over("key").alias("size")
    parted = (postings.filter(pl.col("key") % counted == part) for part in range(counted))
    shared = pl.concat([part.with_columns(size).filter(pl.col("size") > 1) for part in parted])
    few = shared.filter(pl.col("size") <= FULL)
    many = shared.filter(pl.col("size") > FULL)
    ends = many.group_by("key").agg(pl.col("doc").get(pl.col("rank").arg_min()), pl.col("doc").get(pl.col("rank").arg_max()).alias("least"))
    stars = many.select("key", "doc").join(ends.select("key", "least", best="doc"), on="key")
    spokes = stars.unpivot(on=["best", "least"], index="doc", value_name="hub").select(
        a=pl.min_horizontal("doc", "hub"), b=pl.max_horizontal("doc", "hub")
    )
    other = few.select("key", b="doc")
    parts = 1 + int(few["size"].sum() or 0) // _ROWS
    for part in range(parts):
        in_part = pl.col("a") % parts == part
        met = few.select("key", a="doc").filter(in_part).join(other, on="key").select("a", "b")
        yield pl.concat([met, spokes.filter(in_part)]).filter(pl.col("a") < pl.col("b"))
