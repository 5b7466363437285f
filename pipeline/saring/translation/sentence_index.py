"""Sentence index: the sentences of all texts with their cognate features and concept ids, and their IDF weights, in columns."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from saring.core.arrays import size_batches
from saring.translation import concepts, embeddings, idf_weights, sentences
from saring.translation.cognates import FEATURE_SPACE, WORD_SPACE, cognate_features

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from saring.compute.disk_arrays import ArrayStore
    from saring.compute.shared_arrays import ArraySharer, SharedTexts
    from saring.core.arrays import IntArray

__all__ = ["SentenceIndex", "build_index", "sentence_vectors"]

#: The least IDF weight of a feature, in bits. A lower one belongs to features of every thirtieth sentence: leaving them out changes no result
#: and saves a third of the time and memory.
MIN_IDF = 5.0

_ABSENT = np.uint32(2**32 - 1)

_BATCH = 1_000_000  # bytes


class SentenceIndex(NamedTuple):
    """Spans and features of the sentences of all texts, concatenated text after text, and the weights of the features.

    Attributes:
        starts: offset of each sentence's first character in its text, in code points.
        ends: offset behind its last character.
        offsets: the sentences of text `i` are those from `offsets[i]` to `offsets[i + 1]`.
        features: cognate features and concept ids of each sentence, renumbered from 0 over those that occur.
        feature_offsets: the features of sentence `i` are those from `feature_offsets[i]` to `feature_offsets[i + 1]`.
        idf: IDF weight of each feature, for comparing texts.
        sentence_idf: its weight for comparing sentences: 0 for a whole word, whose letter windows count already.
        norms: for each sentence, the Euclidean norm of its features' `sentence_idf`; 1 where it is 0.
    """

    starts: IntArray
    ends: IntArray
    offsets: IntArray
    features: NDArray[np.uint32]
    feature_offsets: IntArray
    idf: NDArray[np.float64]
    sentence_idf: NDArray[np.float64]
    norms: NDArray[np.float64]


class _SentenceContext(NamedTuple):
    """Shared texts that a worker splits into sentences, and the name of the encoder for their vectors."""

    texts: SharedTexts
    encoder: str | None
    store: ArrayStore


def build_index(texts: SharedTexts, sharer: ArraySharer, store: ArrayStore) -> SentenceIndex:
    """Build the sentence index of at least one text.

    Args:
        texts: none of them null.
        sharer: its executor extracts features from batches of texts.
        store: where large arrays are allocated.
    """
    tables, counts, features = [], [], store.new_array(np.uint32)
    prior, _ = _prior_shares()
    sentence_counts = np.zeros(len(prior), dtype=np.int64)
    sizes = np.diff(texts.ends.open(store))
    for table, batch_features, count in sharer.map_tasks(_extract_features, _text_batches(sizes), _SentenceContext(texts, None, store)):
        tables.append(table)
        features.add(batch_features)
        counts.append(count)
        np.add.at(sentence_counts, batch_features, 1)
        store.release_memory()
    table = pl.concat(tables)
    present = np.flatnonzero(sentence_counts)
    idf = idf_weights.idf_bits(sentence_counts[present], table.height, prior[present])
    present, idf = present[idf >= MIN_IDF], idf[idf >= MIN_IDF]
    # Renumber the features: with the features 3 and 8 present, `number` is 0 for 3, 1 for 8, and `_ABSENT` for all others. Sentences with the
    # features 3 5 | 8 have counts 2 1; 5 is dropped, which leaves 0 | 1 with counts 1 1.
    number = np.full(len(sentence_counts), _ABSENT, dtype=np.uint32)
    number[present] = np.arange(len(present))
    sentence_idf = np.where((present >= FEATURE_SPACE - WORD_SPACE) & (present < FEATURE_SPACE), 0.0, idf)
    norms = []
    all_features, begin, end = features.to_array(), 0, 0
    for place, count in enumerate(counts):  # batch by batch, and in place: of all at once, each column is a gigabyte
        numbered = number[all_features[begin : begin + int(count.sum())]]
        kept = numbered != _ABSENT
        begin += len(numbered)
        row, numbered = np.repeat(np.arange(len(count)), count)[kept], numbered[kept]
        all_features[end : end + len(numbered)] = numbered
        end += len(numbered)
        norms.append(np.sqrt(np.bincount(row, weights=sentence_idf[numbered] ** 2, minlength=len(count))))
        counts[place] = np.bincount(row, minlength=len(count))
        store.release_memory()
    norm = np.concatenate(norms)
    return SentenceIndex(
        starts=table["start"].to_numpy().astype(np.int64),
        ends=table["end"].to_numpy().astype(np.int64),
        offsets=np.concatenate(([0], np.cumsum(np.bincount(table["doc"], minlength=len(sizes))))),
        features=features.to_array(end),
        feature_offsets=np.concatenate(([0], np.cumsum(np.concatenate(counts)))),
        idf=idf,
        sentence_idf=sentence_idf,
        norms=np.where(norm > 0, norm, 1.0),
    )


def _extract_features(batch: tuple[int, int], context: _SentenceContext) -> tuple[pl.DataFrame, NDArray[np.uint32], IntArray]:
    """Return the sentences of a batch of texts (doc, start, end), their features concatenated, and the number of features of each."""
    _, wanted = _prior_shares()
    table = _split_batch(batch, context)
    cognates, ids = cognate_features(table["text"], wanted), concepts.concept_ids(table["text"])
    rows, features = np.concatenate((cognates[0], ids[0])), np.concatenate((cognates[1], FEATURE_SPACE + ids[1]))
    by_sentence = features[np.argsort(rows, kind="stable")].astype(np.uint32)
    return table.select(pl.col("doc", "start", "end").cast(pl.UInt32)), by_sentence, np.bincount(rows, minlength=table.height)


def sentence_vectors(texts: SharedTexts, encoder: str | None, sharer: ArraySharer, store: ArrayStore) -> NDArray[np.int8]:
    """Return an embedding of each sentence, in the order of `build_index`: 127 times the unit vector, rounded, so that dot products are exact.

    Separate from `build_index`, since retrieval does without them: splitting the texts into sentences twice takes a hundredth of the
    time, and at a hundred thousand texts these vectors are a gigabyte.
    """
    vectors = store.new_array(np.int8)
    for batch_vectors in sharer.map_tasks(
        _embed_batch, _text_batches(np.diff(texts.ends.open(store))), _SentenceContext(texts, encoder, store)
    ):
        vectors.add(batch_vectors)
        store.release_memory()
    return vectors.to_array()


def _embed_batch(batch: tuple[int, int], context: _SentenceContext) -> NDArray[np.int8]:
    """Return the rounded embeddings of the sentences of a batch of texts."""
    vectors = embeddings.encoder_named(context.encoder).embed(_split_batch(batch, context).select("text"))
    rounded: NDArray[np.int8] = np.round(vectors * 127).astype(np.int8)
    return rounded


def _text_batches(sizes: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Yield begin and end of batches of texts with about `_BATCH` bytes each."""
    for part in size_batches(sizes, _BATCH):
        yield part.start, part.stop


def _split_batch(batch: tuple[int, int], context: _SentenceContext) -> pl.DataFrame:
    """Split a batch of texts into sentences; columns are those of `sentences.split_sentences`."""
    begin, end = batch
    texts = context.texts.open(context.store, begin, end).alias("text").to_frame().with_row_index("doc", offset=begin)
    split = sentences.split_sentences(texts)
    context.store.release_memory()
    return split


@functools.cache
def _prior_shares() -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the prior share of sentences for each feature, and which cognate features may be rare enough for the index."""
    cognate_shares = idf_weights.feature_shares()
    return np.concatenate((cognate_shares, concepts.concept_shares())), -np.log2(cognate_shares) >= MIN_IDF - 1
