"""IDF weights of cognate features, from a table of 40 languages and from the corpus itself.

The table of letter-window frequencies comes with saring (`idf_weights.zst`, made by bench/train_rarity.py: one byte a window), so that five
documents are enough. The corpus knows its own subject: in a thousand pages about one company, its name identifies nothing. The more sentences the
corpus has, the more its own counts weigh.

`idf_weights.zst` is learned from sentences of Tatoeba (https://tatoeba.org, CC BY 2.0 FR); it holds numbers, no text.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import zstandard

from saring.translation.cognates import GRAM_SPACE, NUMBER_SPACE, WORD_SPACE

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["STEPS_PER_BIT", "feature_shares", "idf_bits"]

#: Resolution of the table: steps to one bit.
STEPS_PER_BIT = 8

#: The share of sentences that hold a given number of one, two, three, four and more digits; a judgement.
_NUMBER_SHARES = (0.05, 0.015, 0.003, 0.001)

#: The share of sentences that hold a given word of five letters and more, a judgement; the corpus' own counts correct it for frequent words.
_WORD_SHARE = 0.002

#: The table weighs as much as so many sentences of the corpus; a judgement.
_PRIOR_SENTENCES = 200


def idf_bits(counts: NDArray[np.int64], sentences: int, prior: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the IDF weight of each feature in bits: the negative binary logarithm of the share of sentences that hold it.

    The share is that in the corpus, smoothed by a prior that counts as `_PRIOR_SENTENCES` sentences.

    Args:
        counts: how many sentences of the corpus hold each feature.
        sentences: how many sentences the corpus has.
        prior: the share of sentences elsewhere that hold it, as from `feature_shares`.

    >>> idf_bits(np.array([0, 100]), 200, np.array([0.25, 0.25])).tolist()  # 50 and 150 of 400 sentences
    [3.0, 1.415]
    """
    # Three digits: the last bits of a logarithm depend on the machine, and published results must not.
    share = (counts + _PRIOR_SENTENCES * prior) / (sentences + _PRIOR_SENTENCES)
    return np.round(-np.log2(share), 3).astype(np.float64)


@functools.cache
def feature_shares() -> NDArray[np.float64]:
    """Read the shipped document frequencies of cognate features (letter 4-grams, numbers): the share of sentences with each, where it is highest."""
    data = zstandard.decompress(Path(__file__).with_name("idf_weights.zst").read_bytes())
    steps = np.frombuffer(data, np.uint8, count=GRAM_SPACE).astype(np.float64)
    grams = np.exp2(-steps / STEPS_PER_BIT)
    numbers_and_words = np.concatenate(
        (np.repeat(np.array(_NUMBER_SHARES, dtype=np.float64), NUMBER_SPACE), np.full(WORD_SPACE, _WORD_SHARE))
    )
    return np.concatenate((grams, numbers_and_words)).astype(np.float64)
