"""k-nearest-neighbour retrieval: for each text the nearest texts of each language, by shared rare features over an inverted index.

The index holds the rarest features of every text, and for each feature the few texts that hold it. A feature in more than
`MAX_DOCUMENT_FREQUENCY` texts distinguishes nothing and is left out, so no posting list is longer, and the work is linear in the number of
texts.
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

#: Pairs of texts: an array of the lower and one of the higher text numbers.
Pairs: TypeAlias = tuple[NDArray[np.uint32], NDArray[np.uint32]]

#: Texts that may hold a feature of the index; a judgement.
MAX_DOCUMENT_FREQUENCY = 64

#: Features of a text that are looked up, the rarest ones; a judgement.
MAX_FEATURES = 400

#: Nearest texts of each language that a text is compared with, a judgement: a possible translation, and others for its margin baseline.
NEIGHBOURS_PER_LANGUAGE = 6

#: Smoothing of document frequencies, as so many texts without the feature; a judgement. In a pool of two texts a feature of both is not
#: frequent yet.
_PRIOR_TEXTS = 100

_FEATURES = 4_000_000  # features at a time
_ROWS = 2_000_000  # pairs of texts with a common feature, at a time

# A pair is packed into one number, the lower text number in its upper half.
_UPPER_HALF, _LOWER_HALF = np.uint64(32), np.uint64(2**32 - 1)


def nearest_texts(index: SentenceIndex, languages: NDArray[np.int64], store: ArrayStore | None = None) -> Pairs:
    """Return pairs of each text with its nearest texts of each language, its own included, by cosine of their IDF-weighted rare features.

    Args:
        index: sentences of all texts.
        languages: language of each text, as a number.
        store: where the inverted index and the pairs are allocated.

    Returns:
        Sorted; no pair twice.
    """
    store = store or ArrayStore()
    postings = _rarest_features(index, store)
    texts = len(languages)
    counts, squares, work = np.zeros(len(index.idf), dtype=np.int64), np.zeros(texts), np.zeros(texts)
    parts = [slice(low, low + _FEATURES) for low in range(0, len(postings.doc), _FEATURES)]
    for part in parts:
        np.add.at(counts, postings.feature[part], 1)
    for part in parts:
        squares += np.bincount(postings.doc[part], weights=postings.value[part].astype(np.float64) ** 2, minlength=texts)
        work += np.bincount(postings.doc[part], weights=counts[postings.feature[part]], minlength=texts)
        store.release_memory()
    inverted = _invert(postings, counts, store)
    starts = np.cumsum(counts) - counts
    norms = np.sqrt(squares)
    bounds = np.searchsorted(postings.doc, np.arange(texts + 1))
    nearest = store.new_array(np.uint64)
    # Batches of texts, by the number of postings that their features lead to. With feature 5 in the texts 0, 2 and 7, a batch that holds text
    # 2 adds the packed pairs (2, 0), (2, 2) and (2, 7), each with the product of both values.
    for part in size_batches(work, _ROWS):
        low, high = bounds[part.start], bounds[part.stop]
        feature = postings.feature[low:high]
        place, posting = expand_ranges(starts[feature], starts[feature] + counts[feature])
        pairs = postings.doc[low:high][posting].astype(np.uint64) << _UPPER_HALF | inverted.doc[place]
        products = postings.value[low:high][posting].astype(np.int64) * inverted.value[place]
        nearest.add(_nearest_neighbours(pairs, products, norms, languages))
        store.release_memory()
    return _sort_pairs(nearest.to_array(), texts, store)


def _nearest_neighbours(pairs: HashArray, products: IntArray, norms: NDArray[np.float64], languages: IntArray) -> HashArray:
    """Return for each text the packed pairs with its k nearest texts of each language.

    Args:
        pairs: a text and another, or itself, packed; once for each feature of both.
        products: product of the two values of that feature.
        norms: norm of each text's feature values.
        languages: of each text.

    Returns:
        Each pair packed with the lower text number in the upper half; sorted, none twice.

    >>> pairs = np.array([0 << 32 | 1, 0 << 32 | 1, 0 << 32 | 2], dtype=np.uint64)  # text 0 shares two features with 1, one with 2
    >>> nearest = _nearest_neighbours(pairs, np.array([4, 4, 4]), np.ones(3), np.zeros(3, dtype=np.int64))
    >>> [(int(pair) >> 32, int(pair) & 0xFFFFFFFF) for pair in nearest]
    [(0, 1), (0, 2)]
    """
    order = np.argsort(pairs)  # sums of whole numbers are exact in any order
    ordered = pairs[order]
    begins = run_starts(ordered)
    text, neighbour = (ordered[begins] >> _UPPER_HALF).astype(np.int64), (ordered[begins] & _LOWER_HALF).astype(np.int64)
    # Divided by one norm only: the other one is the same for all neighbours of a text.
    score = (np.add.reduceat(products[order], begins) if len(begins) else products) / norms[neighbour]
    nearest = (
        pl.DataFrame({"text": text, "language": languages[neighbour], "score": score, "neighbour": neighbour})
        .filter(pl.col("text") != pl.col("neighbour"))
        .sort("text", "language", "score", "neighbour", descending=[False, False, True, False])
        .filter(pl.int_range(pl.len()).over("text", "language") < NEIGHBOURS_PER_LANGUAGE)
    )
    text, neighbour = nearest["text"].to_numpy().astype(np.uint64), nearest["neighbour"].to_numpy().astype(np.uint64)
    return sorted_unique(np.minimum(text, neighbour) << _UPPER_HALF | np.maximum(text, neighbour))


def _sort_pairs(packed: HashArray, texts: int, store: ArrayStore) -> Pairs:
    """Return packed pairs as two sorted columns, each pair once; sorted in parts by the lower text number."""
    counts = np.zeros(texts, dtype=np.int64)
    for low in range(0, len(packed), _FEATURES):
        np.add.at(counts, (packed[low : low + _FEATURES] >> _UPPER_HALF).astype(np.int64), 1)
    a, b = store.new_array(np.uint32), store.new_array(np.uint32)
    for part in size_batches(counts, _sort_size(len(packed))):
        chunks = _values_between(packed, np.uint64(part.start) << _UPPER_HALF, np.uint64(part.stop) << _UPPER_HALF)
        pairs = sorted_unique(np.concatenate([np.zeros(0, dtype=np.uint64), *chunks]))
        a.add((pairs >> _UPPER_HALF).astype(np.uint32))
        b.add((pairs & _LOWER_HALF).astype(np.uint32))
        store.release_memory()
    return a.to_array(), b.to_array()


def _values_between(values: HashArray, low: np.uint64, high: np.uint64) -> Iterator[HashArray]:
    """Yield the values in a half-open interval, reading the array in chunks."""
    for start in range(0, len(values), _FEATURES):
        chunk = values[start : start + _FEATURES]
        yield chunk[(chunk >= low) & (chunk < high)]


def _sort_size(total: int) -> int:
    """Return how many elements to sort at a time, so that an array of `total` elements is read through at most sixteen times."""
    return max(_FEATURES, total // 16)


class _Postings(NamedTuple):
    """The rarest features of each text with their values (in sixteenths of a bit, so that sums are exact); in the order of the texts."""

    doc: NDArray[np.uint32]
    feature: NDArray[np.uint32]
    value: NDArray[np.uint16]


class _InvertedIndex(NamedTuple):
    """Inverted index: for each feature, the texts that have it and its value there; the postings of `_Postings` sorted by feature."""

    doc: NDArray[np.uint32]
    value: NDArray[np.uint16]


def _rarest_features(index: SentenceIndex, store: ArrayStore) -> _Postings:
    """Return the `MAX_FEATURES` rarest features of each text that at least two texts hold, valued by IDF and logarithmic frequency."""
    texts = len(index.offsets) - 1
    document_counts = np.zeros(len(index.idf), dtype=np.int64)
    for _, feature, _ in _features_by_text(index):
        np.add.at(document_counts, feature, 1)
        store.release_memory()
    weights = np.minimum(index.idf, np.round(np.log2((texts + _PRIOR_TEXTS) / np.maximum(document_counts, 1)), 3))
    shared = (document_counts > 1) & (document_counts <= MAX_DOCUMENT_FREQUENCY)
    # A feature with the weight of 6 bits in three sentences of a text has the value 6 * log2(1 + 3) * 16 = 192.
    schema = pl.Schema({"doc": pl.UInt32(), "feature": pl.UInt32(), "value": pl.UInt16()})
    docs, features, values = store.new_array(np.uint32), store.new_array(np.uint32), store.new_array(np.uint16)
    for doc, feature, times in _features_by_text(index):
        kept = shared[feature]
        value = np.round(weights[feature[kept]] * np.round(np.log2(1 + times[kept]), 3) * 16)
        frame = pl.DataFrame({"doc": doc[kept], "feature": feature[kept], "value": value}).cast(schema)
        rarest = frame.sort("doc", "value", "feature", descending=[False, True, False])
        rarest = rarest.filter(pl.int_range(pl.len()).over("doc") < MAX_FEATURES)
        docs.add(rarest["doc"].to_numpy())
        features.add(rarest["feature"].to_numpy())
        values.add(rarest["value"].to_numpy())
        store.release_memory()
    return _Postings(docs.to_array(), features.to_array(), values.to_array())


def _invert(postings: _Postings, counts: IntArray, store: ArrayStore) -> _InvertedIndex:
    """Sort postings by feature, in parts of the features, since sorting takes twenty bytes for each posting.

    Args:
        postings: in the order of the texts.
        counts: postings of each feature.
        store: where the inverted index is allocated.
    """
    docs, values = store.new_array(np.uint32), store.new_array(np.uint16)
    for part in size_batches(counts, _sort_size(len(postings.doc))):
        places = np.concatenate([np.zeros(0, dtype=np.int64), *_places_between(postings.feature, part)])
        ordered = places[np.argsort(postings.feature[places], kind="stable")]
        docs.add(postings.doc[ordered])
        values.add(postings.value[ordered])
        store.release_memory()
    return _InvertedIndex(docs.to_array(), values.to_array())


def _places_between(features: NDArray[np.uint32], part: slice) -> Iterator[IntArray]:
    """Yield the positions of features in a range of feature numbers, reading the array in chunks."""
    for low in range(0, len(features), _FEATURES):
        chunk = features[low : low + _FEATURES]
        yield low + np.flatnonzero((chunk >= part.start) & (chunk < part.stop))


def _features_by_text(index: SentenceIndex) -> Iterator[tuple[IntArray, IntArray, IntArray]]:
    """Yield, for batches of texts, columns text, feature, and the number of the text's sentences that hold the feature."""
    # A text 7 with the sentences {3, 8} and {8} has the keys 7 * space + 3, 7 * space + 8, 7 * space + 8: rows (7, 3, 1) and (7, 8, 2).
    ends = index.feature_offsets[index.offsets]
    space = max(len(index.idf), 1)
    for part in size_batches(np.diff(ends), _FEATURES):
        low, high = ends[part.start], ends[part.stop]
        doc = np.repeat(np.arange(part.start, part.stop), np.diff(ends[part.start : part.stop + 1]))
        key = np.sort(doc * space + index.features[low:high].astype(np.int64))
        begins = run_starts(key)
        yield key[begins] // space, key[begins] % space, np.diff(begins, append=len(key))
