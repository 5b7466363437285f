"""Pairs of texts that may say the same: by a shared key, by a shared band, by shared anchors.

A pair here is a suspicion; `verify` looks at the texts. What matters is that no pair is missed and that nothing is quadratic: where a
hash is shared by more than `FULL` texts (a template, a page mirrored a thousand times), they are not compared each with each but each
with the most complete and the least complete of them, since a chosen document is the most complete of its cluster, and a quotation is
the least complete text that holds it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from saring.compute.disk_arrays import ArrayStore
from saring.core.arrays import expand_ranges, run_starts, size_batches, sorted_unique

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from saring.core.arrays import HashArray, IntArray
    from saring.dedup.signatures import Signatures

__all__ = ["FULL", "contained_pairs", "exact_pairs", "merge_pairs", "near_pairs"]

#: As many texts as may share a hash and still be compared each with each.
FULL = 24

#: The share of the lesser text's anchors that two texts must have in common to be looked at. A text that another covers to four fifths
#: in one piece shares as much of its anchors; where every tenth word was changed, still a fifth.
_SHARED = 0.15

_POSTINGS = 4_000_000  # of keys at a time
_ROWS = 4_000_000  # of pairs at a time

_SIDE, _LOWER = np.uint64(32), np.uint64(2**32 - 1)  # a pair is one number, the lesser document in its upper half


def exact_pairs(texts: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs of each group of texts with the same words, as a star around the first.

    Args:
        texts: doc, words, key, as in `Signatures.texts`.

    Returns:
        Columns a and b, of documents; a < b.
    """
    return (
        texts.filter(pl.col("words") > 0)
        .select(pl.col("doc").min().over("key", "words").alias("a"), pl.col("doc").alias("b"))
        .filter(pl.col("a") != pl.col("b"))
    )


def near_pairs(sketches: Signatures, rank: pl.DataFrame, store: ArrayStore | None = None) -> pl.DataFrame:
    """Return the pairs of texts that share a band.

    Args:
        sketches: of the texts, without exact copies.
        rank: doc and rank, 0 for the most complete.
        store: where what is made on the way may stand.

    Returns:
        Columns a and b, of documents; a < b; sorted, no pair twice.
    """
    store = store or ArrayStore()
    docs = sketches.banded
    ranks = _by_doc(rank)
    found = np.zeros(0, dtype=np.uint64)
    number = sketches.bands.shape[1]
    at_a_time = max(1, _POSTINGS // max(len(docs), 1))
    for band in range(0, number, at_a_time):
        keys = sketches.bands[:, band : band + at_a_time]
        lists = _lists(np.tile(docs, keys.shape[1]), keys.ravel(order="F"), ranks, store)
        # All bands have few pairs that no band before them has.
        found = sorted_unique(np.concatenate([found, *(met[run_starts(met)] for met in _meetings(lists))]))
        store.release_memory()
    return _pairs(found)


def contained_pairs(sketches: Signatures, rank: pl.DataFrame, store: ArrayStore | None = None) -> pl.DataFrame:
    """Return the pairs of texts that share enough anchors for one to stand inside the other.

    Arguments and result are those of `near_pairs`.
    """
    store = store or ArrayStore()
    anchors = sketches.anchors
    counts = np.zeros(int(rank["doc"].max() or 0) + 1, dtype=np.int64)  # type: ignore[arg-type]  # a column of numbers
    for low in range(0, len(anchors.doc), _POSTINGS):
        np.add.at(counts, anchors.doc[low : low + _POSTINGS], 1)
    found = store.growing(np.uint64)
    for met in _meetings(_lists(anchors.doc, anchors.key, _by_doc(rank), store)):
        begins = run_starts(met)
        pair, shared = met[begins], np.diff(begins, append=len(met))
        lesser = np.minimum(counts[(pair >> _SIDE).astype(np.int64)], counts[(pair & _LOWER).astype(np.int64)])
        found.add(pair[shared >= _SHARED * lesser])
        store.release_memory()
    return _pairs(found.whole())


def merge_pairs(pairs: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Return all of these pairs, sorted, each once: as numbers they take a third of the memory that a table of them needs."""
    return _pairs(sorted_unique(np.concatenate([_number(some["a"].to_numpy(), some["b"].to_numpy()) for some in pairs])))


class _Lists(NamedTuple):
    """What documents share: for each key that few hold, those; for each key that many hold, each of them and the ends of their ranks.

    Attributes:
        doc: of one key after the other, ascending in each.
        last: for each, where the list that it stands in ends.
        spokes: pairs of those that many share, sorted.
    """

    doc: NDArray[np.uint32]
    last: NDArray[np.int64]
    spokes: HashArray


def _lists(doc: NDArray[np.uint32], key: HashArray, ranks: NDArray[np.int64], store: ArrayStore) -> _Lists:
    """Return what documents share.

    Args:
        doc: ascending under one key, and none twice there.
        key: one for each.
        ranks: of documents, by number.
        store: where the lists stand.
    """
    docs, last, spokes = store.growing(np.uint32), store.growing(np.int64), store.growing(np.uint64)
    done = 0
    # In parts by key: most keys stand alone, and sorting all of them at once is what takes the most memory.
    parts = 1 + len(key) // _POSTINGS
    for part in range(parts):
        kept: list[pl.DataFrame] = []
        for low in range(0, len(key), _POSTINGS):
            some = pl.DataFrame({"key": key[low : low + _POSTINGS], "doc": doc[low : low + _POSTINGS]})
            kept.append(some.filter(pl.col("key") % parts == part) if parts > 1 else some)
        held = pl.concat(kept).sort("key", "doc") if kept else pl.DataFrame(schema={"key": pl.UInt64, "doc": pl.UInt32})
        del kept
        keys, those = held["key"].to_numpy(), held["doc"].to_numpy()
        begins = run_starts(keys)
        sizes = np.diff(begins, append=len(keys))
        few = (sizes > 1) & (sizes <= FULL)
        places, of = expand_ranges(begins[few], (begins + sizes)[few])
        docs.add(those[places])
        last.add(done + np.cumsum(sizes[few])[of])
        done += len(places)
        spokes.add(_spokes(those, begins[sizes > FULL], sizes[sizes > FULL], ranks))
        store.release_memory()
    between = spokes.whole()
    between.sort()  # in its place: of a template's pages there are as many as pages
    store.release_memory()
    return _Lists(docs.whole(), last.whole(), between)


def _spokes(docs: NDArray[np.uint32], starts: IntArray, sizes: IntArray, ranks: NDArray[np.int64]) -> HashArray:
    """Return the pairs of each document with the most and the least complete of those that share its key."""
    places, of = expand_ranges(starts, starts + sizes)
    if not len(places):
        return np.zeros(0, dtype=np.uint64)
    those = docs[places].astype(np.int64)
    begins = np.cumsum(sizes) - sizes
    place = ranks[those]
    pairs = []
    for ufunc in (np.minimum, np.maximum):
        hubs = those[place == ufunc.reduceat(place, begins)[of]][of]
        pairs.append(_number(np.minimum(those, hubs), np.maximum(those, hubs))[those != hubs])
    return np.concatenate(pairs)


def _meetings(lists: _Lists) -> Iterator[HashArray]:
    """Yield the pairs of documents that share a key, once for each key they share; sorted, and all of one lesser document at once."""
    order = np.argsort(lists.doc, kind="stable")
    work = lists.last[order] - order  # those behind it in its list, and itself
    docs = lists.doc[order]
    begins = run_starts(docs)
    ends = np.append(begins[1:], len(docs))[: len(begins)]
    done = 0
    for part in size_batches(np.add.reduceat(work, begins) if len(begins) else work, _ROWS):
        those = order[begins[part.start] : ends[part.stop - 1]]
        other, of = expand_ranges(those + 1, lists.last[those])
        upto = _behind(lists.spokes, np.uint64(docs[ends[part.stop - 1] - 1]))
        yield np.sort(np.concatenate((_number(lists.doc[those[of]], lists.doc[other]), lists.spokes[done:upto])))
        done = upto
    while done < len(lists.spokes):
        upto = _behind(lists.spokes, lists.spokes[min(done + _ROWS, len(lists.spokes)) - 1] >> _SIDE)
        yield lists.spokes[done:upto]
        done = upto


def _behind(pairs: HashArray, lesser: np.uint64) -> int:
    """Return where, in sorted pairs, those of this lesser document end."""
    return int(np.searchsorted(pairs, lesser << _SIDE | _LOWER, side="right"))


def _number(lesser: NDArray[np.integer], greater: NDArray[np.integer]) -> HashArray:
    return lesser.astype(np.uint64) << _SIDE | greater.astype(np.uint64)


def _pairs(numbers: HashArray) -> pl.DataFrame:
    a, b = (numbers >> _SIDE).astype(np.uint32), (numbers & _LOWER).astype(np.uint32)
    return pl.DataFrame({"a": a, "b": b}, schema={"a": pl.UInt32, "b": pl.UInt32})


def _by_doc(rank: pl.DataFrame) -> NDArray[np.int64]:
    ranks = np.zeros(int(rank["doc"].max() or 0) + 1, dtype=np.int64)  # type: ignore[arg-type]  # a column of numbers
    ranks[rank["doc"].to_numpy()] = rank["rank"].to_numpy()
    return ranks
