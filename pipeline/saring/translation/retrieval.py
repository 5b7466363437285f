"""Which texts of each language are nearest to each text, by the rare anchors that they share.

An inverted index: the rarest anchors of every text, and for each the few texts that hold it. What more than `FULL` texts hold is no sign
of anything among so many, so no list is longer, and the work grows with the number of texts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from saring.compute.disk_arrays import ArrayStore
from saring.core.arrays import expand_ranges, run_starts, size_batches, sorted_unique

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saring.core.arrays import HashArray, IntArray
    from saring.translation.sentence_index import SentenceIndex

__all__ = ["Pairs", "nearest_texts"]

#: The lesser and the greater text of each pair.
Pairs: TypeAlias = tuple[NDArray[np.uint32], NDArray[np.uint32]]

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

_SIDE, _LOWER = np.uint64(32), np.uint64(2**32 - 1)  # a pair is one number, the lesser text in its upper half


def nearest_texts(statements: SentenceIndex, languages: NDArray[np.int64], store: ArrayStore | None = None) -> Pairs:
    """Return pairs of texts: for each text the nearest of each language, its own included.

    Args:
        statements: of all texts.
        languages: a number for that of each text.
        store: where the index and the pairs may stand.

    Returns:
        Sorted; no pair twice.
    """
    store = store or ArrayStore()
    postings = _postings(statements, store)
    texts = len(languages)
    counts, sizes, work = np.zeros(len(statements.bits), dtype=np.int64), np.zeros(texts), np.zeros(texts)
    parts = [slice(low, low + _ANCHORS) for low in range(0, len(postings.doc), _ANCHORS)]
    for part in parts:
        np.add.at(counts, postings.anchor[part], 1)
    for part in parts:
        sizes += np.bincount(postings.doc[part], weights=postings.value[part].astype(np.float64) ** 2, minlength=texts)
        work += np.bincount(postings.doc[part], weights=counts[postings.anchor[part]], minlength=texts)
        store.release_memory()
    index = _index(postings, counts, store)
    starts = np.cumsum(counts) - counts
    norms = np.sqrt(sizes)
    bounds = np.searchsorted(postings.doc, np.arange(texts + 1))
    found = store.growing(np.uint64)
    for part in size_batches(work, _ROWS):
        low, high = bounds[part.start], bounds[part.stop]
        anchor = postings.anchor[low:high]
        place, of = expand_ranges(starts[anchor], starts[anchor] + counts[anchor])
        pairs = postings.doc[low:high][of].astype(np.uint64) << _SIDE | index.doc[place]
        found.add(_near(pairs, postings.value[low:high][of].astype(np.int64) * index.value[place], norms, languages))
        store.release_memory()
    return _sorted(found.whole(), texts, store)


def _near(pairs: HashArray, shared: IntArray, norms: NDArray[np.float64], languages: IntArray) -> HashArray:
    """Return for each text the pairs with the nearest of each language.

    Args:
        pairs: a text and another, or itself: as one number each, once for each anchor that both hold.
        shared: what that says of them.
        norms: of each text, what all its anchors say.
        languages: of each text.

    Returns:
        Each pair as one number, the lesser text in the upper half.
    """
    order = np.argsort(pairs)  # sums are exact in any order
    ordered = pairs[order]
    begins = run_starts(ordered)
    one, other = (ordered[begins] >> _SIDE).astype(np.int64), (ordered[begins] & _LOWER).astype(np.int64)
    score = (np.add.reduceat(shared[order], begins) if len(begins) else shared) / norms[other]
    near = (
        pl.DataFrame({"one": one, "language": languages[other], "score": score, "other": other})
        .filter(pl.col("one") != pl.col("other"))
        .sort("one", "language", "score", "other", descending=[False, False, True, False])
        .filter(pl.int_range(pl.len()).over("one", "language") < EACH)
    )
    one, other = near["one"].to_numpy().astype(np.uint64), near["other"].to_numpy().astype(np.uint64)
    return sorted_unique(np.minimum(one, other) << _SIDE | np.maximum(one, other))


def _sorted(found: HashArray, texts: int, store: ArrayStore) -> Pairs:
    """Return the two texts of each pair, sorted, each pair once; some lesser texts at a time."""
    each = np.zeros(texts, dtype=np.int64)
    for low in range(0, len(found), _ANCHORS):
        np.add.at(each, (found[low : low + _ANCHORS] >> _SIDE).astype(np.int64), 1)
    a, b = store.growing(np.uint32), store.growing(np.uint32)
    for part in size_batches(each, _at_a_time(len(found))):
        those = np.concatenate(
            [np.zeros(0, dtype=np.uint64), *_between(found, np.uint64(part.start) << _SIDE, np.uint64(part.stop) << _SIDE)]
        )
        pairs = sorted_unique(those)
        a.add((pairs >> _SIDE).astype(np.uint32))
        b.add((pairs & _LOWER).astype(np.uint32))
        store.release_memory()
    return a.whole(), b.whole()


def _between(values: HashArray, low: np.uint64, high: np.uint64) -> Iterator[HashArray]:
    for start in range(0, len(values), _ANCHORS):
        part = values[start : start + _ANCHORS]
        yield part[(part >= low) & (part < high)]


def _at_a_time(number: int) -> int:
    """Return how many of these to sort at once: no more than sixteen times is the whole of them read through."""
    return max(_ANCHORS, number // 16)


class _Postings(NamedTuple):
    """What the rarest anchors of each text say of it, in sixteenths of a bit (sums are exact); in the order of the texts."""

    doc: NDArray[np.uint32]
    anchor: NDArray[np.uint32]
    value: NDArray[np.uint16]


class _Index(NamedTuple):
    """The same by anchor: the texts that hold the first one, then those that hold the second."""

    doc: NDArray[np.uint32]
    value: NDArray[np.uint16]


def _postings(statements: SentenceIndex, store: ArrayStore) -> _Postings:
    texts = len(statements.offsets) - 1
    space = len(statements.bits)
    held = np.zeros(space, dtype=np.int64)
    for _, anchor, _ in _by_text(statements):
        np.add.at(held, anchor, 1)
        store.release_memory()
    weights = np.minimum(statements.bits, np.round(np.log2((texts + _PRIOR) / np.maximum(held, 1)), 3))
    shared = (held > 1) & (held <= FULL)
    schema = pl.Schema({"doc": pl.UInt32(), "anchor": pl.UInt32(), "value": pl.UInt16()})
    docs, anchors, values = store.growing(np.uint32), store.growing(np.uint32), store.growing(np.uint16)
    for doc, anchor, times in _by_text(statements):
        rare = shared[anchor]
        value = np.round(weights[anchor[rare]] * np.round(np.log2(1 + times[rare]), 3) * 16)
        frame = pl.DataFrame({"doc": doc[rare], "anchor": anchor[rare], "value": value}).cast(schema)
        rarest = frame.sort("doc", "value", "anchor", descending=[False, True, False])
        rarest = rarest.filter(pl.int_range(pl.len()).over("doc") < MOST)
        docs.add(rarest["doc"].to_numpy())
        anchors.add(rarest["anchor"].to_numpy())
        values.add(rarest["value"].to_numpy())
        store.release_memory()
    return _Postings(docs.whole(), anchors.whole(), values.whole())


def _index(postings: _Postings, counts: IntArray, store: ArrayStore) -> _Index:
    """Return the index: some anchors at a time, since sorting takes twenty bytes for each."""
    docs, values = store.growing(np.uint32), store.growing(np.uint16)
    for part in size_batches(counts, _at_a_time(len(postings.doc))):
        places = np.concatenate([np.zeros(0, dtype=np.int64), *_places(postings.anchor, part)])
        ordered = places[np.argsort(postings.anchor[places], kind="stable")]
        docs.add(postings.doc[ordered])
        values.add(postings.value[ordered])
        store.release_memory()
    return _Index(docs.whole(), values.whole())


def _places(anchors: NDArray[np.uint32], part: slice) -> Iterator[IntArray]:
    for low in range(0, len(anchors), _ANCHORS):
        some = anchors[low : low + _ANCHORS]
        yield low + np.flatnonzero((some >= part.start) & (some < part.stop))


def _by_text(statements: SentenceIndex) -> Iterator[tuple[IntArray, IntArray, IntArray]]:
    """Yield, for some texts at a time, each text, each of its anchors, and how many of its sentences hold that."""
    ends = statements.anchor_offsets[statements.offsets]
    space = max(len(statements.bits), 1)
    for part in size_batches(np.diff(ends), _ANCHORS):
        low, high = ends[part.start], ends[part.stop]
        doc = np.repeat(np.arange(part.start, part.stop), np.diff(ends[part.start : part.stop + 1]))
        key = np.sort(doc * space + statements.anchors[low:high].astype(np.int64))
        begins = run_starts(key)
        yield key[begins] // space, key[begins] % space, np.diff(begins, append=len(key))
