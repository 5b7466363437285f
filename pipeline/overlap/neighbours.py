"""Which texts of each language are nearest to each text, by the rare anchors that they share.

An inverted index: the rarest anchors of every text, and for each the few texts that hold it. What more than `FULL` texts hold is no sign
of anything among so many, so no list is longer, and the work grows with the number of texts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from pipeline.overlap.growing import Growing
from pipeline.overlap.passages import expand
from pipeline.overlap.shingles import batches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from pipeline.overlap.shingles import Places
    from pipeline.overlap.statements import Statements

__all__ = ["nearest"]

#: Texts that may share an anchor and still be compared for it.
FULL = 64

#: Anchors of a text that are looked up: the rarest.
MOST = 400

#: Texts of each language that are looked at more closely: one that may say the same, and others to compare it with.
EACH = 6

#: As if there were so many more texts without the anchor: of two texts, what both hold is not usual yet.
_PRIOR = 100

_ANCHORS = 4_000_000  # at a time
_ROWS = 2_000_000  # of texts that share an anchor, at a time


def nearest(statements: Statements, languages: NDArray[np.int64]) -> tuple[Places, Places]:
    """Return pairs of texts: for each text the nearest of each language, its own included.

    Args:
        statements: of all texts.
        languages: a number for that of each text.

    Returns:
        The lesser and the greater text of each pair, sorted; no pair twice.
    """
    postings = _postings(statements)
    texts = len(languages)
    counts = np.bincount(postings.anchor, minlength=len(statements.bits))
    sizes, work = np.zeros(texts), np.zeros(texts)
    for low in range(0, len(postings.doc), _ANCHORS):
        part = slice(low, low + _ANCHORS)
        sizes += np.bincount(postings.doc[part], weights=postings.value[part].astype(np.float64) ** 2, minlength=texts)
        work += np.bincount(postings.doc[part], weights=counts[postings.anchor[part]], minlength=texts)
    sizes = np.sqrt(sizes)
    starts = np.cumsum(counts) - counts
    ordered = _ordered(postings.anchor, counts)
    about = pl.DataFrame({"doc_b": np.arange(texts, dtype=np.uint32), "size": sizes, "language": languages.astype(np.uint16)})
    bounds = np.searchsorted(postings.doc, np.arange(texts + 1))
    pairs = [pl.DataFrame(schema={"a": pl.UInt32, "b": pl.UInt32})]
    for part in batches(pl.Series(work), _ROWS):
        low, high = bounds[part.start], bounds[part.stop]
        of, place = expand(counts[postings.anchor[low:high]])
        other = ordered[starts[postings.anchor[low:high]][of] + place]
        met = pl.DataFrame(
            {
                "doc": postings.doc[low:high][of],
                "doc_b": postings.doc[other],
                "shared": postings.value[low:high][of].astype(np.int64) * postings.value[other],
            }
        )
        near = (
            met.lazy()
            .filter(pl.col("doc") != pl.col("doc_b"))
            .group_by("doc", "doc_b")
            .agg(pl.col("shared").sum())
            .join(about.lazy(), on="doc_b")
            .with_columns(pl.col("shared") / pl.col("size"))
            .sort("doc", "language", "shared", "doc_b", descending=[False, False, True, False])
            .filter(pl.int_range(pl.len()).over("doc", "language") < EACH)
            .select(a=pl.min_horizontal("doc", "doc_b"), b=pl.max_horizontal("doc", "doc_b"))
        )
        pairs.append(near.collect())
    found = pl.concat(pairs).unique().sort("a", "b")
    return found["a"].to_numpy().astype(np.int64), found["b"].to_numpy().astype(np.int64)


class _Postings(NamedTuple):
    """What the rarest anchors of each text say of it, in sixteenths of a bit (sums are exact); in the order of the texts."""

    doc: NDArray[np.uint32]
    anchor: NDArray[np.uint32]
    value: NDArray[np.uint16]


def _postings(statements: Statements) -> _Postings:
    texts = len(statements.offsets) - 1
    space = len(statements.bits)
    held = np.zeros(space, dtype=np.int64)
    for _, anchor, _ in _by_text(statements):
        held += np.bincount(anchor, minlength=space)
    weights = np.minimum(statements.bits, np.round(np.log2((texts + _PRIOR) / np.maximum(held, 1)), 3))
    shared = (held > 1) & (held <= FULL)
    schema = pl.Schema({"doc": pl.UInt32(), "anchor": pl.UInt32(), "value": pl.UInt16()})
    docs, anchors, values = Growing[np.uint32](np.uint32), Growing[np.uint32](np.uint32), Growing[np.uint16](np.uint16)
    for doc, anchor, times in _by_text(statements):
        rare = shared[anchor]
        value = np.round(weights[anchor[rare]] * np.round(np.log2(1 + times[rare]), 3) * 16)
        frame = pl.DataFrame({"doc": doc[rare], "anchor": anchor[rare], "value": value}).cast(schema)
        rarest = frame.sort("doc", "value", "anchor", descending=[False, True, False])
        rarest = rarest.filter(pl.int_range(pl.len()).over("doc") < MOST)
        docs.add(rarest["doc"].to_numpy())
        anchors.add(rarest["anchor"].to_numpy())
        values.add(rarest["value"].to_numpy())
    return _Postings(docs.whole(), anchors.whole(), values.whole())


def _ordered(anchor: NDArray[np.uint32], counts: Places) -> NDArray[np.int32]:
    """Return the places of the anchors, sorted by anchor: some anchors at a time, since sorting takes twenty bytes for each."""
    ordered = np.empty(len(anchor), dtype=np.int32)
    end = 0
    for part in batches(pl.Series(counts), _ANCHORS):
        places = np.flatnonzero((anchor >= part.start) & (anchor < part.stop)).astype(np.int32)
        ordered[end : end + len(places)] = places[np.argsort(anchor[places], kind="stable")]
        end += len(places)
    return ordered


def _by_text(statements: Statements) -> Iterator[tuple[Places, Places, Places]]:
    """Yield, for some texts at a time, each text, each of its anchors, and how many of its sentences hold that."""
    ends = statements.anchor_offsets[statements.offsets]
    space = max(len(statements.bits), 1)
    for part in batches(pl.Series(np.diff(ends)), _ANCHORS):
        low, high = ends[part.start], ends[part.stop]
        doc = np.repeat(np.arange(part.start, part.stop), np.diff(ends[part.start : part.stop + 1]))
        key, times = np.unique(doc * space + statements.anchors[low:high].astype(np.int64), return_counts=True)
        yield key // space, key % space, times
