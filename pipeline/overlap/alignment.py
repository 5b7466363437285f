"""Which sentences of two texts say the same, in other words: best of each other, and better than whatever else is near.

How much two sentences have in common depends on their languages, their subject and their length. So a sentence is not asked how near
another is, but how much nearer than the nearest sentences in other texts of the same language: the ratio margin of Artetxe and Schwenk
(ACL 2019), which is what CSLS does for words. Of the others the best is left out: a second translation may be among them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from pipeline.overlap.shingles import batches
from pipeline.overlap.similarity import expand_ranges

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from pipeline.overlap.shingles import Places
    from pipeline.overlap.similarity import Similarity
    from pipeline.overlap.statements import Statements

__all__ = ["Usual", "align", "usual"]

#: Others that a sentence's best matches are remembered of, beside the one it is compared with; the best of them is left out.
OTHERS = 3

#: How much better than usual two sentences have to be.
MARGIN = 1.1

#: What a sentence has in common with the best sentence of a text that says something else, at least: in another language, and in its
#: own. So two texts alone in the world need evidence too, and a sentence that nothing else is near to does not match the first that is.
#: Unrelated sentences over a thousand texts about one subject come to 0.12 and 0.16 at the median, corresponding ones to twice that.
ACROSS, WITHIN = 0.12, 0.25


#: What two sentences have in common that are the same, but for a word perhaps.
VERBATIM = 0.9

_CELLS = 1_000_000  # pairs of sentences at a time


class Usual(NamedTuple):
    """The best matches of each sentence in the nearest texts of each language.

    Attributes:
        best: by sentence, language, rank.
        languages: of each text.
    """

    best: NDArray[np.float16]
    languages: Places

    def beside(self, best: NDArray[np.float32], sentences: Places, one: int, other: int) -> NDArray[np.float64]:
        """Return what is usual for some sentences of one text, beside the text `other`.

        Args:
            best: their best matches in `other`.
            sentences: counted through all texts.
            one: the text they are of.
            other: the text they are compared with.
        """
        known = self.best[sentences, self.languages[other]].astype(np.float64)
        own = best.astype(np.float16)[:, None] >= known  # the first that is not better is the text itself
        place = np.where(own.any(axis=1), own.argmax(axis=1), known.shape[1] - 1)
        others = known[np.arange(known.shape[1])[None, :] != place[:, None]].reshape(len(known), -1)
        least = WITHIN if self.languages[one] == self.languages[other] else ACROSS
        mean: NDArray[np.float64] = np.maximum(others[:, 1:], least).mean(axis=1, dtype=np.float64)
        return mean


def usual(statements: Statements, similarity: Similarity, a: Places, b: Places, languages: Places) -> tuple[Usual, NDArray[np.float64]]:
    """Return what each sentence has in common with the texts that its text is paired with, and for each pair a bound.

    Args:
        statements: of all texts.
        similarity: compares them.
        a: the lesser text of each pair, sorted.
        b: the greater.
        languages: of each text, as numbers from 0.

    Returns:
        The second: the code points that sentences of either text could count for, were nothing nearer than the least that is usual.
    """
    best = np.zeros((len(statements.starts), int(languages.max(initial=0)) + 1, OTHERS + 1), dtype=np.float16)
    lengths = (statements.ends - statements.starts).astype(np.float64)
    bounds = np.zeros(len(a))
    pair = 0
    for one, others, (found, offsets) in _groups(statements, similarity, a, b):
        first, last = statements.offsets[one], statements.offsets[one + 1]
        if found.size:
            filled = np.flatnonzero(np.diff(offsets) > 0)
            tops = np.maximum.reduceat(found, offsets[:-1][filled], axis=0)
            least = np.where(languages[others] == languages[one], WITHIN, ACROSS)
            for language in np.unique(languages[others[filled]]):
                _insert(best[first:last, language], tops[languages[others[filled]] == language].T)
            rows, of = expand_ranges(statements.offsets[others], statements.offsets[others + 1])
            held, top = best[rows, languages[one]], found.max(axis=1)
            _insert(held, top[:, None])
            best[rows, languages[one]] = held
            there = (1 - least[of] / np.maximum(top, least[of])) * lengths[rows]
            here = (1 - least[filled, None] / np.maximum(tops, least[filled, None])) @ lengths[first:last]
            bounds[pair + filled] = np.minimum(here, np.add.reduceat(there, offsets[:-1][filled]))
        pair += len(others)
    return Usual(best, languages), bounds


def align(statements: Statements, similarity: Similarity, a: Places, b: Places, usual: Usual) -> pl.DataFrame:
    """Return the sentences that say the same: columns pair, a, b (counted through all texts), margin (times what is usual), verbatim."""
    pair = 0
    parts: list[tuple[Places, Places, Places, NDArray[np.float64], NDArray[np.bool_]]] = []
    for one, others, (found, offsets) in _groups(statements, similarity, a, b):
        mine = np.arange(statements.offsets[one], statements.offsets[one + 1])
        for place, other in enumerate(others.tolist()):
            theirs = np.arange(statements.offsets[other], statements.offsets[other + 1])
            matrix = found[offsets[place] : offsets[place + 1]].T
            if matrix.size:
                i, j, margin, verbatim = _best(matrix, usual, mine, theirs, one=one, other=other)
                parts.append((np.full(len(i), pair), mine[i], theirs[j], margin, verbatim))
            pair += 1
    schema = {"pair": pl.Int64, "a": pl.Int64, "b": pl.Int64, "margin": pl.Float64, "verbatim": pl.Boolean}
    if not parts:
        return pl.DataFrame(schema=schema)
    return pl.DataFrame(dict(zip(schema, (np.concatenate(column) for column in zip(*parts, strict=True)), strict=True)), schema=schema)


def _best(
    matrix: NDArray[np.float32], usual: Usual, mine: Places, theirs: Places, *, one: int, other: int
) -> tuple[Places, Places, NDArray[np.float64], NDArray[np.bool_]]:
    """Return the sentences, counted in each text, that are the best of each other, and how much better than usual."""
    usual_a = usual.beside(matrix.max(axis=1), mine, one, other)
    usual_b = usual.beside(matrix.max(axis=0), theirs, other, one)
    margins = matrix / ((usual_a[:, None] + usual_b[None, :]) / 2)
    forth, back = margins.argmax(axis=1), margins.argmax(axis=0)
    a = np.flatnonzero((back[forth] == np.arange(len(mine))) & (margins.max(axis=1) >= MARGIN))
    return a, forth[a], margins[a, forth[a]], matrix[a, forth[a]] >= VERBATIM


def _groups(
    statements: Statements, similarity: Similarity, a: Places, b: Places
) -> Iterator[tuple[int, Places, tuple[NDArray[np.float32], Places]]]:
    """Yield each text that is the lesser of some pairs, the greater ones, and what they have in common with where each begins."""
    sizes = np.diff(statements.offsets)
    firsts = np.flatnonzero(np.diff(a, prepend=-1))
    for low, high in zip(firsts.tolist(), np.append(firsts[1:], len(a))[: len(firsts)].tolist(), strict=True):
        one = int(a[low])
        # A text that is near to thousands of others is compared with some at a time.
        for part in batches(pl.Series(sizes[b[low:high]] * sizes[one]), _CELLS):
            others = b[low:high][part]
            yield one, others, (similarity.compare(one, others), np.concatenate(([0], np.cumsum(sizes[others]))))


def _insert(held: NDArray[np.float16], values: NDArray[np.float32]) -> None:
    """Keep of each row the greatest of what it holds and of some values more, the greatest first."""
    held[:] = -np.sort(-np.concatenate((held, values.astype(np.float16)), axis=1), axis=1)[:, : held.shape[1]]
