"""Candidate pairs of duplicates: documents with an equal word hash, a common MinHash band, or common fingerprints.

A candidate pair still has to be verified on the full texts (`verification`). No duplicate may be missed here, and nothing may be quadratic:
a hash that more than `ALL_PAIRS_LIMIT` documents share (a template, a page mirrored a thousand times) does not pair each with each but
each with the most complete and the least complete of them, since the kept document is the most complete of its cluster, and a quotation is
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

__all__ = ["ALL_PAIRS_LIMIT", "contained_pairs", "exact_pairs", "merge_pairs", "near_pairs"]

#: Documents that may share a hash and still be paired each with each; a judgement.
ALL_PAIRS_LIMIT = 24

#: The share of its fingerprints that the text with fewer must have in common with the other to be a candidate pair; a judgement. A text that another
#: covers to four fifths in one piece shares as much of its fingerprints; where every tenth word was changed, still a fifth.
_SHARED_FINGERPRINTS = 0.15

_POSTINGS = 4_000_000  # of keys at a time
_ROWS = 4_000_000  # of pairs at a time

# A pair is packed into one number, the lower document number in its upper half.
_UPPER_HALF, _LOWER_HALF = np.uint64(32), np.uint64(2**32 - 1)


def exact_pairs(texts: pl.DataFrame) -> pl.DataFrame:
    """Return pairs of texts with equal words: each text of a group of equal ones with the first of the group.

    Args:
        texts: doc, words, key, as in `Signatures.texts`.

    Returns:
        Columns a and b, of documents; a < b.

    >>> exact_pairs(pl.DataFrame({"doc": [0, 1, 2, 3], "words": [5, 5, 5, 8], "key": [11, 11, 11, 99]})).rows()
    [(0, 1), (0, 2)]
    """
    return (
        texts.filter(pl.col("words") > 0)
        .select(pl.col("doc").min().over("key", "words").alias("a"), pl.col("doc").alias("b"))
        .filter(pl.col("a") != pl.col("b"))
    )


def near_pairs(signatures: Signatures, rank: pl.DataFrame, store: ArrayStore | None = None) -> pl.DataFrame:
    """Return candidate pairs of near duplicates: documents with a common MinHash band.

    Args:
        signatures: of the documents, without exact copies.
        rank: doc and rank, 0 for the most complete.
        store: where intermediate arrays are allocated.

    Returns:
        Columns a and b, of documents; a < b; sorted, no pair twice.
    """
    store = store or ArrayStore()
    docs = signatures.banded
    ranks = _rank_by_document(rank)
    pairs = np.zeros(0, dtype=np.uint64)
    number = signatures.bands.shape[1]
    at_a_time = max(1, _POSTINGS // max(len(docs), 1))
    for band in range(0, number, at_a_time):
        keys = signatures.bands[:, band : band + at_a_time]
        lists = _posting_lists(np.tile(docs, keys.shape[1]), keys.ravel(order="F"), ranks, store)
        # Merged after each group of bands: a band has few pairs that no band before it has.
        pairs = sorted_unique(np.concatenate([pairs, *(shared[run_starts(shared)] for shared in _pairs_by_key(lists))]))
        store.release_memory()
    return _unpack_pairs(pairs)


def contained_pairs(signatures: Signatures, rank: pl.DataFrame, store: ArrayStore | None = None) -> pl.DataFrame:
    """Return candidate pairs for containment: documents that share enough fingerprints for one to contain the other.

    Arguments and result are those of `near_pairs`.
    """
    store = store or ArrayStore()
    fingerprints = signatures.fingerprints
    counts = np.zeros(int(rank["doc"].max() or 0) + 1, dtype=np.int64)  # type: ignore[arg-type]  # a column of numbers
    for low in range(0, len(fingerprints.doc), _POSTINGS):
        np.add.at(counts, fingerprints.doc[low : low + _POSTINGS], 1)
    pairs = store.new_array(np.uint64)
    for shared_once_a_key in _pairs_by_key(_posting_lists(fingerprints.doc, fingerprints.key, _rank_by_document(rank), store)):
        begins = run_starts(shared_once_a_key)
        pair, shared = shared_once_a_key[begins], np.diff(begins, append=len(shared_once_a_key))
        fewer = np.minimum(counts[(pair >> _UPPER_HALF).astype(np.int64)], counts[(pair & _LOWER_HALF).astype(np.int64)])
        pairs.add(pair[shared >= _SHARED_FINGERPRINTS * fewer])
        store.release_memory()
    return _unpack_pairs(pairs.to_array())


def merge_pairs(tables: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Return the union of tables of candidate pairs, sorted: packed into numbers, they take a third of the memory of a table."""
    return _unpack_pairs(sorted_unique(np.concatenate([_pack_pairs(pairs["a"].to_numpy(), pairs["b"].to_numpy()) for pairs in tables])))


class _PostingLists(NamedTuple):
    """Inverted index from hash keys to documents; the list of a key with too many documents is replaced by pairs of each with two of them (hubs).

    Attributes:
        doc: the lists one after the other; ascending within each.
        list_end: for each element of `doc`, where its list ends.
        hub_pairs: packed pairs of documents that share an overlong list, see `_hub_pairs`; sorted.
    """

    doc: NDArray[np.uint32]
    list_end: NDArray[np.int64]
    hub_pairs: HashArray


def _posting_lists(doc: NDArray[np.uint32], key: HashArray, ranks: NDArray[np.int64], store: ArrayStore) -> _PostingLists:
    """Build the inverted index of (document, key) postings; keys of a single document are left out.

    Args:
        doc: documents; ascending under one key, and none twice there.
        key: one for each.
        ranks: rank of each document, by number.
        store: where the lists are allocated.
    """
    docs, list_ends, hub_pairs = store.new_array(np.uint32), store.new_array(np.int64), store.new_array(np.uint64)
    done = 0
    # In parts by key: most keys have one document, and sorting all of them at once is what takes the most memory.
    parts = 1 + len(key) // _POSTINGS
    for part in range(parts):
        chunks: list[pl.DataFrame] = []
        for low in range(0, len(key), _POSTINGS):
            chunk = pl.DataFrame({"key": key[low : low + _POSTINGS], "doc": doc[low : low + _POSTINGS]})
            chunks.append(chunk.filter(pl.col("key") % parts == part) if parts > 1 else chunk)
        postings = pl.concat(chunks).sort("key", "doc") if chunks else pl.DataFrame(schema={"key": pl.UInt64, "doc": pl.UInt32})
        del chunks
        keys, key_docs = postings["key"].to_numpy(), postings["doc"].to_numpy()
        begins = run_starts(keys)
        sizes = np.diff(begins, append=len(keys))
        short = (sizes > 1) & (sizes <= ALL_PAIRS_LIMIT)
        places, list_number = expand_ranges(begins[short], (begins + sizes)[short])
        docs.add(key_docs[places])
        list_ends.add(done + np.cumsum(sizes[short])[list_number])
        done += len(places)
        overlong = sizes > ALL_PAIRS_LIMIT
        hub_pairs.add(_hub_pairs(key_docs, begins[overlong], sizes[overlong], ranks))
        store.release_memory()
    sorted_hub_pairs = hub_pairs.to_array()
    sorted_hub_pairs.sort()  # in place: pages of a template have as many pairs as pages
    store.release_memory()
    return _PostingLists(docs.to_array(), list_ends.to_array(), sorted_hub_pairs)


def _hub_pairs(docs: NDArray[np.uint32], starts: IntArray, sizes: IntArray, ranks: NDArray[np.int64]) -> HashArray:
    """Return packed pairs of each document of a posting list with the most complete and with the least complete document of that list.

    Args:
        docs: posting lists, one after the other.
        starts: where each overlong list begins in `docs`.
        sizes: how many documents it has.
        ranks: rank of each document, by number, 0 for the most complete.

    >>> pairs = _hub_pairs(np.arange(4, dtype=np.uint32), np.array([0]), np.array([4]), np.array([3, 0, 1, 2]))
    >>> _unpack_pairs(pairs).rows()  # the most complete is document 1, the least complete is document 0
    [(0, 1), (1, 2), (1, 3), (0, 1), (0, 2), (0, 3)]
    """
    places, list_number = expand_ranges(starts, starts + sizes)
    if not len(places):
        return np.zeros(0, dtype=np.uint64)
    members = docs[places].astype(np.int64)
    begins = np.cumsum(sizes) - sizes
    member_ranks = ranks[members]
    pairs = []
    for ufunc in (np.minimum, np.maximum):
        hubs = members[member_ranks == ufunc.reduceat(member_ranks, begins)[list_number]][list_number]
        pairs.append(_pack_pairs(np.minimum(members, hubs), np.maximum(members, hubs))[members != hubs])
    return np.concatenate(pairs)


def _pairs_by_key(lists: _PostingLists) -> Iterator[HashArray]:
    """Yield sorted batches of packed candidate pairs, each pair once per key that both documents share.

    All pairs with the same lower document number are in one batch.

    >>> docs, list_ends = np.array([0, 1, 2, 0, 2], dtype=np.uint32), np.array([3, 3, 3, 5, 5])  # two keys: documents 0 1 2, and 0 2
    >>> [_unpack_pairs(pairs).rows() for pairs in _pairs_by_key(_PostingLists(docs, list_ends, np.zeros(0, dtype=np.uint64)))]
    [[(0, 1), (0, 2), (0, 2), (1, 2)]]
    """
    order = np.argsort(lists.doc, kind="stable")
    work = lists.list_end[order] - order  # documents behind it in its list, and itself
    docs = lists.doc[order]
    begins = run_starts(docs)
    ends = np.append(begins[1:], len(docs))[: len(begins)]
    done = 0
    for part in size_batches(np.add.reduceat(work, begins) if len(begins) else work, _ROWS):
        places = order[begins[part.start] : ends[part.stop - 1]]
        later, which = expand_ranges(places + 1, lists.list_end[places])
        end = _end_of_first(lists.hub_pairs, np.uint64(docs[ends[part.stop - 1] - 1]))
        yield np.sort(np.concatenate((_pack_pairs(lists.doc[places[which]], lists.doc[later]), lists.hub_pairs[done:end])))
        done = end
    while done < len(lists.hub_pairs):
        end = _end_of_first(lists.hub_pairs, lists.hub_pairs[min(done + _ROWS, len(lists.hub_pairs)) - 1] >> _UPPER_HALF)
        yield lists.hub_pairs[done:end]
        done = end


def _end_of_first(pairs: HashArray, first: np.uint64) -> int:
    """Return the position in sorted packed pairs behind the last pair with this lower document number."""
    return int(np.searchsorted(pairs, first << _UPPER_HALF | _LOWER_HALF, side="right"))


def _pack_pairs(first: NDArray[np.integer], second: NDArray[np.integer]) -> HashArray:
    """Pack pairs of document numbers into 64-bit numbers that sort as the pairs do."""
    return first.astype(np.uint64) << _UPPER_HALF | second.astype(np.uint64)


def _unpack_pairs(packed: HashArray) -> pl.DataFrame:
    """Return packed pairs of documents as a table with columns a and b."""
    a, b = (packed >> _UPPER_HALF).astype(np.uint32), (packed & _LOWER_HALF).astype(np.uint32)
    return pl.DataFrame({"a": a, "b": b}, schema={"a": pl.UInt32, "b": pl.UInt32})


def _rank_by_document(rank: pl.DataFrame) -> NDArray[np.int64]:
    """Return completeness ranks as an array indexed by document number, from columns doc and rank."""
    ranks = np.zeros(int(rank["doc"].max() or 0) + 1, dtype=np.int64)  # type: ignore[arg-type]  # a column of numbers
    ranks[rank["doc"].to_numpy()] = rank["rank"].to_numpy()
    return ranks
