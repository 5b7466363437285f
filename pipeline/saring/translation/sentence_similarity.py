"""Similarity of sentences: the mean of the cosine of their IDF-weighted features and the cosine of their embeddings.

Cosines, so that a long sentence is not similar to everything merely because it is long.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from saring.core.arrays import expand_ranges, run_starts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from saring.core.arrays import IntArray
    from saring.translation.sentence_index import SentenceIndex

__all__ = ["SentenceSimilarity"]

#: The weight of the features; the rest is that of the embeddings. On texts in eight languages about one subject, of the lines that correspond
#: 77% were aligned by features alone, 87% with this (bench/overlap.py with --scorer).
FEATURE_WEIGHT = 0.5

_BLOCK = 1 << 18  # multiplications: up to here OpenBLAS stays in one thread
_COLUMNS = 32


class SentenceSimilarity:
    """Similarity matrices of the sentences of one text with those of other texts.

    The product of two sparse matrices, of which only the requested part is computed. Sums are over doubles in a fixed order and not by a
    BLAS, whose order depends on the machine. It was faster than a join in Polars over all pairs at once (6 times) and than dense products of
    the features' columns (2 times).

    Args:
        index: sentences of all texts.
        vectors: their embeddings, as from `sentence_vectors`.
    """

    def __init__(self, index: SentenceIndex, vectors: NDArray[np.int8]) -> None:
        self._index, self._vectors = index, vectors
        self._column = np.full(len(index.idf), -1, dtype=np.int32)  # place of each feature among those of the text that is compared

    def compare(self, text: int, neighbours: IntArray) -> NDArray[np.float32]:
        """Return the similarity matrix: a row for each sentence of the neighbours, text after text, a column for each sentence of the text.

        Args:
            text: number of the text.
            neighbours: numbers of the texts to compare it with.
        """
        # Example: the text has the sentences {3, 8} and {8}, the neighbours one sentence {8, 9}.
        #   distinct features 3 8, held by the sentences 0 | 0 1: starts 0 1, ends 1 3
        #   neighbours' features 8 9 have the columns 1 and -1: shared is the first
        #   feature 8 leads to the sentences 0 and 1: its squared weight is added in the cells (0, 0) and (0, 1)
        index = self._index
        first, last = index.offsets[text], index.offsets[text + 1]
        features, sentence = self._features(np.arange(first, last))
        ordered = features.argsort(kind="stable")
        features = features.take(ordered)
        starts = run_starts(features)
        ends = np.append(starts[1:], len(features))
        distinct = features.take(starts)
        self._column[distinct] = np.arange(len(distinct))

        rows, _ = expand_ranges(index.offsets[neighbours], index.offsets[neighbours + 1])
        neighbour_features, row = self._features(rows)
        column = self._column.take(neighbour_features)
        shared = np.flatnonzero(column >= 0)  # one in ten
        column, row, weight = column.take(shared), row.take(shared), index.sentence_idf.take(neighbour_features.take(shared)) ** 2
        self._column[distinct] = -1

        posting, which = expand_ranges(starts.take(column), ends.take(column))
        width = last - first
        cell = row.take(which) * width + sentence.take(ordered.take(posting))
        sums = np.bincount(cell, weights=weight.take(which), minlength=len(rows) * width).reshape(-1, width)
        feature_cosine = sums / index.norms[rows][:, None] / index.norms[first:last]
        embedding_cosine = _dot_products(self._vectors[rows], self._vectors[first:last]) / 127**2
        return (feature_cosine * FEATURE_WEIGHT + np.maximum(embedding_cosine, 0) * (1 - FEATURE_WEIGHT)).astype(np.float32)

    def _features(self, sentences: IntArray) -> tuple[NDArray[np.uint32], IntArray]:
        """Return the features of sentences concatenated, and for each the place of its sentence in `sentences`."""
        places, row = expand_ranges(self._index.feature_offsets[sentences], self._index.feature_offsets[sentences + 1])
        return self._index.features[places], row


def _dot_products(rows: NDArray[np.int8], columns: NDArray[np.int8]) -> NDArray[np.float32]:
    """Return the dot products of two sets of vectors, [rows, columns]; exact, in whatever order a BLAS sums.

    In blocks too small for a BLAS to share among threads: where other programs keep the processors busy, threads waiting for each other
    took ten times as long as one thread (12 ms for 1500 by 31 rows), and alone they save next to nothing.
    """
    step = max(1, _BLOCK // (_COLUMNS * max(rows.shape[1], 1)))
    count = -(-len(rows) // step)
    padded = np.zeros((count * step, rows.shape[1]), dtype=np.float32)
    padded[: len(rows)] = rows
    blocks = padded.reshape(count, step, rows.shape[1])
    products = np.empty((count, step, len(columns)), dtype=np.float32)
    for low in range(0, len(columns), _COLUMNS):
        np.matmul(blocks, columns[low : low + _COLUMNS].astype(np.float32).T, out=products[:, :, low : low + _COLUMNS])
    return products.reshape(count * step, len(columns))[: len(rows)]
