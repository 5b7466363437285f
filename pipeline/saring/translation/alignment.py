"""Which sentences of two texts say the same, in other words: best of each other, and better than whatever else is near.

How much two sentences have in common depends on their languages, their subject and their length. So a sentence is not asked how near
another is, but how much nearer than the nearest sentences in other texts of the same language: the ratio margin of Artetxe and Schwenk
(ACL 2019), which is what CSLS does for words. Of the others the best is left out: a second translation may be among them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from saring.core.arrays import expand_ranges, run_starts, size_batches
from saring.translation.best_matches import BestMatches, MatchBuffer
from saring.translation.sentence_index import SentenceIndex
from saring.translation.sentence_similarity import Similarity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saring.compute.disk_arrays import ArrayStore
    from saring.compute.shared_arrays import ArraySharer, SharedArray
    from saring.core.arrays import IntArray
    from saring.translation.retrieval import Pairs

__all__ = ["MarginBaseline", "Material", "Shares", "TextInfo", "align_sentences", "margin_baseline"]

Shares: TypeAlias = NDArray[np.float64]

#: How much better than usual two sentences have to be.
MARGIN = 1.1

#: What a sentence has in common with the best sentence of a text that says something else, at least: in another language, and in its
#: own. So two texts alone in the world need evidence too, and a sentence that nothing else is near to does not match the first that is.
#: Unrelated sentences over a thousand texts about one subject come to 0.12 and 0.16 at the median, corresponding ones to twice that.
ACROSS, WITHIN = 0.12, 0.25

#: What two sentences have in common that are the same, but for a word perhaps.
VERBATIM = 0.9

_CELLS = 1_000_000  # pairs of sentences at a time
_PAIRS = 1_000_000  # of texts at a time
_PART = 20_000  # of texts that a worker compares at a time: a second or two
_BREATH = 64  # texts compared with all of theirs, then memory is looked at


class MarginBaseline(NamedTuple):
    """The best matches of each sentence in the nearest texts of each language.

    Attributes:
        best: by sentence, language, rank.
        languages: of each text.
    """

    best: NDArray[np.float16]
    languages: IntArray

    def beside(
        self, best: NDArray[np.float32], sentences: IntArray, language: IntArray | int, least: NDArray[np.float64] | float
    ) -> Shares:
        """Return what is usual for some sentences of one text, beside another.

        Args:
            best: their best matches in the other.
            sentences: counted through all texts.
            language: that of the other.
            least: `WITHIN` where both texts are in one language, and `ACROSS` where not.
        """
        known = self.best[sentences, language].astype(np.float64)
        own = best.astype(np.float16)[:, None] >= known  # the first that is not better is the text itself
        place = np.where(own.any(axis=1), own.argmax(axis=1), known.shape[1] - 1)
        others = known[np.arange(known.shape[1])[None, :] != place[:, None]].reshape(len(known), -1)
        mean: Shares = np.maximum(others[:, 1:], np.reshape(least, (-1, 1))).mean(axis=1, dtype=np.float64)
        return mean


class TextInfo(NamedTuple):
    """What is known of each text: its language, as a number from 0, and how many code points of sentences have to count for a link."""

    languages: IntArray
    enough: NDArray[np.float64]


class Material(NamedTuple):
    """What texts are compared by, lent to whoever does it: the fields of `SentenceIndex`, and the vectors of what sentences mean."""

    statements: tuple[SharedArray[Any], ...]
    meanings: SharedArray[np.int8]

    def on(self, store: ArrayStore) -> tuple[SentenceIndex, Similarity]:
        """Return what was lent."""
        statements = SentenceIndex(*(lent.on(store) for lent in self.statements))
        return statements, Similarity(statements, self.meanings.on(store))


def margin_baseline(
    material: Material, pairs: Pairs, about: TextInfo, store: ArrayStore, lender: ArraySharer
) -> tuple[NDArray[np.float16], Pairs]:
    """Return what each sentence has in common with the texts that its text is paired with, and the pairs that are worth a look.

    Args:
        material: of all texts.
        pairs: the lesser and the greater text of each; sorted.
        about: all texts.
        store: where what is made may stand.
        lender: its crew does the work, some pairs at a time.

    Returns:
        The first: `MarginBaseline.best`. The second: the pairs whose sentences could count for enough, were nothing nearer than the least that is
        usual.
    """
    context = _Asked(material, lender.all(pairs), lender.all(about), store)
    matches = BestMatches(material.meanings.shape[0], int(about.languages.max(initial=0)) + 1, store)
    worth_a, worth_b = store.growing(np.uint32), store.growing(np.uint32)
    for notes, one, other in lender.each(_usual, _parts(pairs[0]), context):
        matches.note(notes)
        worth_a.add(one)
        worth_b.add(other)
        store.release_memory()
    return matches.whole(), (worth_a.whole(), worth_b.whole())


class _Asked(NamedTuple):
    """What a worker needs to say what is usual: the pairs, and all that is known of the texts."""

    material: Material
    pairs: tuple[SharedArray[np.uint32], ...]
    about: tuple[SharedArray[Any], ...]
    store: ArrayStore


def _parts(lesser: NDArray[np.integer]) -> Iterator[tuple[int, int]]:
    """Yield where parts of the pairs begin and end: all pairs of one lesser text are in one part."""
    low = 0
    while low < len(lesser):
        high = int(np.searchsorted(lesser, lesser[min(low + _PART, len(lesser)) - 1], side="right"))
        yield low, high
        low = high


def _usual(part: tuple[int, int], context: _Asked) -> tuple[NDArray[np.uint64], NDArray[np.uint32], NDArray[np.uint32]]:
    """Return the best matches in some of the pairs, as `MatchBuffer` has them, and the lesser and greater text of those worth a look."""
    statements, similarity = context.material.on(context.store)
    languages, enough = (lent.on(context.store) for lent in context.about)
    a, b = (lent.on(context.store)[slice(*part)] for lent in context.pairs)
    notes = MatchBuffer(int(languages.max(initial=0)) + 1)
    lengths = (statements.ends - statements.starts).astype(np.float64)
    worth_a, worth_b = [np.zeros(0, dtype=np.uint32)], [np.zeros(0, dtype=np.uint32)]
    for one, others, (found, offsets) in _groups(statements, similarity, (a, b), context.store):
        if not found.size:
            continue
        first, last = statements.offsets[one], statements.offsets[one + 1]
        filled = np.flatnonzero(np.diff(offsets) > 0)
        there, told = np.maximum.reduceat(found, offsets[:-1][filled], axis=0), languages[others[filled]]
        rows, of = expand_ranges(statements.offsets[others], statements.offsets[others + 1])
        top = found.max(axis=1)
        notes.add(np.arange(first, last)[None, :], told[:, None], there)
        notes.add(rows, languages[one], top)
        least = np.where(languages[others] == languages[one], WITHIN, ACROSS)
        theirs = (1 - least[of] / np.maximum(top, least[of])) * lengths[rows]
        mine = (1 - least[filled, None] / np.maximum(there, least[filled, None])) @ lengths[first:last]
        bound = np.zeros(len(others))
        bound[filled] = np.minimum(mine, np.add.reduceat(theirs, offsets[:-1][filled]))
        worth = others[bound >= np.minimum(enough[one], enough[others])]
        worth_a.append(np.full(len(worth), one, dtype=np.uint32))
        worth_b.append(worth.astype(np.uint32))
    return notes.best(), np.concatenate(worth_a), np.concatenate(worth_b)


def align_sentences(
    statements: SentenceIndex, similarity: Similarity, pairs: tuple[IntArray, IntArray], usual: MarginBaseline, store: ArrayStore
) -> pl.DataFrame:
    """Return the sentences that say the same: columns pair, a, b (counted through all texts), margin (times what is usual), verbatim."""
    pair = 0
    parts: list[tuple[IntArray, IntArray, IntArray, Shares, NDArray[np.bool_]]] = []
    for one, others, (found, offsets) in _groups(statements, similarity, pairs, store):
        if found.size:
            of, mine, theirs, margin, verbatim = _best(found, offsets, usual, statements, one=one, others=others)
            parts.append((pair + of, mine, theirs, margin, verbatim))
        pair += len(others)
    schema = {"pair": pl.Int64, "a": pl.Int64, "b": pl.Int64, "margin": pl.Float64, "verbatim": pl.Boolean}
    if not parts:
        return pl.DataFrame(schema=schema)
    return pl.DataFrame(dict(zip(schema, (np.concatenate(column) for column in zip(*parts, strict=True)), strict=True)), schema=schema)


def _best(
    found: NDArray[np.float32], offsets: IntArray, usual: MarginBaseline, statements: SentenceIndex, *, one: int, others: IntArray
) -> tuple[IntArray, IntArray, IntArray, Shares, NDArray[np.bool_]]:
    """Return of one text and each of some others the sentences that are the best of each other, and how much better than usual.

    Args:
        found: what they have in common: a row for each sentence of the others, a column for each of the one.
        offsets: where the rows of each other one begin.
        usual: of all texts.
        statements: of all texts.
        one: the text that is compared.
        others: with these.

    Returns:
        The place among the others, the two sentences, the margin, and whether they are the same but for a word.
    """
    width = found.shape[1]
    filled = np.flatnonzero(np.diff(offsets) > 0)
    starts, sizes = offsets[:-1][filled], np.diff(offsets)[filled]
    mine = np.arange(statements.offsets[one], statements.offsets[one + 1])
    rows, _ = expand_ranges(statements.offsets[others], statements.offsets[others + 1])
    of = np.repeat(np.arange(len(filled)), sizes)  # which of the filled ones a row is of
    language, told = usual.languages[one], usual.languages[others[filled]]
    least = np.where(told == language, WITHIN, ACROSS)

    best = np.maximum.reduceat(found, starts, axis=0)
    here = usual.beside(best.ravel(), np.tile(mine, len(filled)), np.repeat(told, width), np.repeat(least, width)).reshape(-1, width)
    there = usual.beside(found.max(axis=1), rows, int(language), least[of])
    margins = found / ((here[of] + there[:, None]) / 2)
    top = np.maximum.reduceat(margins, starts, axis=0)
    row = np.where(margins == top[of], np.arange(len(rows))[:, None], len(rows))
    forth, back = np.minimum.reduceat(row, starts, axis=0), margins.argmax(axis=1)
    which, place = np.nonzero((back[forth] == np.arange(width)) & (top >= MARGIN))
    at = forth[which, place]
    return filled[which], mine[place], rows[at], top[which, place], found[at, place] >= VERBATIM


def _groups(
    statements: SentenceIndex, similarity: Similarity, pairs: tuple[NDArray[np.integer], NDArray[np.integer]], store: ArrayStore
) -> Iterator[tuple[int, IntArray, tuple[NDArray[np.float32], IntArray]]]:
    """Yield each text that is the lesser of some pairs, the greater ones, and what they have in common with where each begins."""
    sizes = np.diff(statements.offsets)
    for number, (one, others) in enumerate(_stars(*pairs)):
        # A text that is near to thousands of others is compared with some at a time.
        for part in size_batches(sizes[others] * sizes[one], _CELLS):
            some = others[part]
            yield one, some, (similarity.compare(one, some), np.concatenate(([0], np.cumsum(sizes[some]))))
        if not number % _BREATH:
            store.release_memory()


def _stars(a: NDArray[np.integer], b: NDArray[np.integer]) -> Iterator[tuple[int, IntArray]]:
    """Yield each text that is the lesser of some pairs, and the greater ones; no more than some pairs are looked at together."""
    low = 0
    while low < len(a):
        last = a[min(low + _PAIRS, len(a)) - 1]
        high = int(np.searchsorted(a, last, side="right"))
        ones, others = a[low:high].astype(np.int64), b[low:high].astype(np.int64)
        begins = run_starts(ones)
        for start, end in zip(begins.tolist(), np.append(begins[1:], len(ones)).tolist(), strict=True):
            yield int(ones[start]), others[start:end]
        low = high
