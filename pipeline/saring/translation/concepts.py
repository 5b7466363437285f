"""Concept ids of sentences: the main sense of each word, as a retrieval feature beside numbers and cognates.

A word and its translation have the same sense in the word vectors that come with saring, so they share a concept id.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from saring.core.arrays import sorted_unique
from saring.translation import embeddings
from saring.translation.embeddings import word_forms

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from saring.core.arrays import IntArray

__all__ = ["concept_ids", "concept_shares"]

#: IDF of the rarest listed word, in bits; a judgement. Word weights of 0 to 255 are scaled to it.
_MAX_IDF = 12


def concept_ids(sentences: pl.Series) -> tuple[IntArray, IntArray]:
    """Return the concept ids of sentences: the row of each, and the id; sorted by both, none twice."""
    rows, words = word_forms.find_keys(sentences, embeddings.load_vectors().keys)
    number = np.int64(len(concept_shares()))
    packed = sorted_unique(rows * number + _lexicon().main_sense[words])
    return packed // number, packed % number


def concept_shares() -> NDArray[np.float64]:
    """Return for each concept id the share of sentences that hold it: that of the most frequent word with this main sense."""
    return _lexicon().shares


class _Lexicon(NamedTuple):
    """The main sense of each listed word, and the share of sentences for each sense."""

    main_sense: IntArray
    shares: NDArray[np.float64]


@functools.cache
def _lexicon() -> _Lexicon:
    """Derive the main sense of each word, and the frequency of each sense, from the word vectors; once per process (0.4 s)."""
    # Example: word 0 has the senses 3 and 8 with shares 90 and 255, word 1 has sense 8 alone. The main sense of both is 8; its share of
    # sentences follows from the smaller of their weights, since the frequent word has the smaller weight.
    vectors = embeddings.load_vectors()
    word = np.repeat(np.arange(len(vectors.keys)), np.diff(vectors.offsets))
    by_share = np.lexsort((vectors.senses, -vectors.shares.astype(np.int64), word))
    main_sense = vectors.senses[by_share[vectors.offsets[:-1]]].astype(np.int64)
    min_weight = np.full(len(vectors.points), 255, dtype=np.int64)
    np.minimum.at(min_weight, main_sense, vectors.weights.astype(np.int64))
    return _Lexicon(main_sense, 2.0 ** -(_MAX_IDF * min_weight / 255))
