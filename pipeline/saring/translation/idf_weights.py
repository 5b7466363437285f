"""How much an anchor that two sentences share says: the rarer, the more.

How rare a window of letters is comes from a table that is shipped (`idf_weights.zst`, made by bench/train_rarity.py: one byte a window, from
its frequency in 40 languages), so that five documents are enough; and from the corpus itself, which knows its own subject: in a
thousand pages about one company, its name says nothing. The more sentences the corpus has, the more its word counts.

`idf_weights.zst` is learned from sentences of Tatoeba (https://tatoeba.org, CC BY 2.0 FR); it holds numbers, no text.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import zstandard

from saring.translation.cognates import GRAMS, NUMBERS, WORDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["STEPS", "feature_shares", "idf_bits"]

#: Steps of the table to one bit.
STEPS = 8

#: The share of sentences with a given number of one, two, three, four and more digits.
_NUMBERS = (0.05, 0.015, 0.003, 0.001)

#: The share of sentences with a given word of five letters and more; the corpus knows the usual ones.
_WORD = 0.002

#: The table counts as much as so many sentences of the corpus.
_PRIOR = 200


def idf_bits(counts: NDArray[np.int64], sentences: int, prior: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return for each anchor how many bits it says: the negative binary logarithm of the share of sentences that hold it.

    Args:
        counts: how many sentences of the corpus hold each anchor.
        sentences: how many the corpus has.
        prior: the share of sentences that hold it elsewhere, such as `concept_shares` for windows and numbers.
    """
    # Three digits: the last bits of a logarithm depend on the machine, and what is published must not.
    held = (counts + _PRIOR * prior) / (sentences + _PRIOR)
    return np.round(-np.log2(held), 3).astype(np.float64)


@functools.cache
def feature_shares() -> NDArray[np.float64]:
    """Return for each window and number the share of sentences that hold it, in the language where it is most usual."""
    data = zstandard.decompress(Path(__file__).with_name("idf_weights.zst").read_bytes())
    steps = np.frombuffer(data, np.uint8, count=GRAMS).astype(np.float64)
    windows = np.exp2(-steps / STEPS)
    rest = np.concatenate((np.repeat(np.array(_NUMBERS, dtype=np.float64), NUMBERS), np.full(WORDS, _WORD)))
    return np.concatenate((windows, rest)).astype(np.float64)
