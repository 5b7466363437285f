"""What the words of a sentence mean, as anchors: a word and its translation have the same sense, so they meet as names and numbers do."""

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

#: Bits that the rarest of listed words says.
_BITS = 12


def concept_ids(sentences: pl.Series) -> tuple[IntArray, IntArray]:
    """Return for each sense the place of its sentence, and the sense; sorted by both, none twice."""
    rows, words = word_forms.find_keys(sentences, embeddings.load_vectors().keys)
    number = np.int64(len(concept_shares()))
    every = sorted_unique(rows * number + _lexicon().main[words])
    return every // number, every % number


def concept_shares() -> NDArray[np.float64]:
    """Return for each sense the share of sentences that hold it: that of the most usual word that has it most."""
    return _lexicon().shares


class _Lexicon(NamedTuple):
    main: IntArray
    shares: NDArray[np.float64]


@functools.cache
def _lexicon() -> _Lexicon:
    """Return the sense that each word has most, and how usual each sense is. Takes 0.4 s."""
    vectors = embeddings.load_vectors()
    word = np.repeat(np.arange(len(vectors.keys)), np.diff(vectors.offsets))
    best = np.lexsort((vectors.senses, -vectors.shares.astype(np.int64), word))
    main = vectors.senses[best[vectors.offsets[:-1]]].astype(np.int64)
    least = np.full(len(vectors.points), 255, dtype=np.int64)
    np.minimum.at(least, main, vectors.weights.astype(np.int64))
    return _Lexicon(main, 2.0 ** -(_BITS * least / 255))
