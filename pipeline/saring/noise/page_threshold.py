"""Threshold per page: keep the lines that together have the best expected F1, given each line's probability of being text.

On a news page the classifier is sure of nearly every line, and one threshold serves as well as another. On a shop's page it doubts half of
them: with a fixed threshold all are deleted, though some are surely text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[np.float32]

__all__ = ["least_text_scores"]


def least_text_scores(document: npt.NDArray[np.uint32], text_score: Array, length: Array) -> Array:
    """Return for each line the least text score to keep on its page, so that the expected F1 of the kept words is greatest.

    With the lines of a page from the highest score to the lowest, keeping the first k of them is expected to hit sum(score * words) words of
    text, of the sum over all lines that there are to hit. Lines of 10 words with the scores 0.9, 0.4 and 0.1 hold 14 words of text: keeping
    one line has an expected F1 of 2 * 9 / (10 + 14) = 0.75, two 2 * 13 / (20 + 14) = 0.76, three 2 * 14 / (30 + 14) = 0.64.

    Args:
        document: the number of the document of each line, ascending.
        text_score: the probability of each line of being text.
        length: the length of each line in words.

    >>> least_text_scores(np.zeros(3, np.uint32), np.float32([0.9, 0.4, 0.1]), np.float32([10, 10, 10]))
    array([0.4, 0.4, 0.4], dtype=float32)
    """
    if not len(document):
        return text_score
    # Equal scores are kept together, so the order among them does not matter to the result; a stable sort makes it the same everywhere.
    order = np.lexsort((-text_score, document))
    words, hits = length[order].astype(np.float64), (length * text_score)[order].astype(np.float64)
    begins = np.flatnonzero(np.diff(document, prepend=document[0] + np.uint32(1)))
    sizes = np.diff(begins, append=len(document))
    words_before, hits_before = (np.cumsum(values) - values for values in (words, hits))
    kept = np.cumsum(words) - words_before[begins].repeat(sizes)
    hit = np.cumsum(hits) - hits_before[begins].repeat(sizes)
    total = np.add.reduceat(hits, begins).repeat(sizes)
    # Rounded, since the last bits of a sum depend on the other pages of a batch: ties go to the greater number of lines.
    expected = np.round(2 * hit / np.maximum(kept + total, 1e-9), 6)
    is_best = expected == np.maximum.reduceat(expected, begins).repeat(sizes)
    place = np.where(is_best, np.arange(len(order)), 0)
    return text_score[order[np.maximum.reduceat(place, begins)]].repeat(sizes)
