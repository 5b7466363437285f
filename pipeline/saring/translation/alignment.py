"""Sentence alignment of two texts by mutual best match under the ratio margin (Artetxe and Schwenk, ACL 2019).

How similar two sentences are depends on their languages, their subject and their length. So a similarity is divided by a *margin
baseline*: the mean similarity of the two sentences to their best matches in other texts of the same language (for words, this is what CSLS
does). The best of these neighbours is left out of the mean: it may be a second translation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from saring.core.arrays import expand_ranges, run_starts, size_batches
from saring.translation.best_matches import BestMatches, MatchBuffer
from saring.translation.sentence_index import SentenceIndex
from saring.translation.sentence_similarity import SentenceSimilarity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saring.compute.disk_arrays import ArrayStore
    from saring.compute.shared_arrays import ArraySharer, SharedArray
    from saring.core.arrays import IntArray
    from saring.translation.retrieval import Pairs

__all__ = ["FloatArray", "MarginBaseline", "SharedSentences", "TextInfo", "align_sentences", "margin_baseline"]

FloatArray: TypeAlias = NDArray[np.float64]

#: The least ratio margin of two aligned sentences: their similarity divided by the margin baseline. A judgement.
MIN_MARGIN = 1.1

#: The least margin baseline of two sentences in different languages, and in one language. So two texts need evidence even if there are no
#: others to compare with, and a sentence without near neighbours does not match the first one that has anything in common with it.
#: Unrelated sentences over a thousand texts about one subject come to 0.12 and 0.16 at the median, corresponding ones to twice that.
MIN_BASELINE_ACROSS, MIN_BASELINE_WITHIN = 0.12, 0.25

#: The similarity from which on two sentences are taken for the same, but for a word perhaps; a judgement.
VERBATIM = 0.9

_CELLS = 1_000_000  # pairs of sentences at a time
_PAIRS = 1_000_000  # of texts at a time
_PART = 20_000  # pairs of texts that a worker compares at a time: a second or two
_RELEASE_EVERY = 64  # texts compared with all their neighbours between two checks of memory


class MarginBaseline(NamedTuple):
    """Best similarities of each sentence to the nearest texts of each language, and the mean of them as margin baseline.

    Attributes:
        best: [sentences, languages, neighbours], descending; see `BestMatches`.
        languages: language of each text.
    """

    best: NDArray[np.float16]
    languages: IntArray

    def neighbour_mean(
        self, best: NDArray[np.float32], sentences: IntArray, language: IntArray | int, minimum: NDArray[np.float64] | float
    ) -> FloatArray:
        """Return the baseline of sentences when they are compared with one text: the mean over neighbours in all other texts but the best.

        Args:
            best: the best similarity of each sentence to the compared text, which is to be left out.
            sentences: the sentences, counted through all texts.
            language: language of the compared text.
            minimum: `MIN_BASELINE_WITHIN` where both texts are in one language, else `MIN_BASELINE_ACROSS`.

        >>> baseline = MarginBaseline(np.array([[[0.6, 0.4, 0.3, 0.2]]], dtype=np.float16), np.array([0]))
        >>> # 0.6 is the compared text itself, 0.4 the best of the others: the mean of 0.3 and 0.2 remains.
        >>> baseline.neighbour_mean(np.array([0.6], dtype=np.float32), np.array([0]), 0, 0.12).round(2).tolist()
        [0.25]
        """
        neighbours = self.best[sentences, language].astype(np.float64)
        not_better = best.astype(np.float16)[:, None] >= neighbours  # the first of these is the compared text itself
        own_place = np.where(not_better.any(axis=1), not_better.argmax(axis=1), neighbours.shape[1] - 1)
        others = neighbours[np.arange(neighbours.shape[1])[None, :] != own_place[:, None]].reshape(len(neighbours), -1)
        mean: FloatArray = np.maximum(others[:, 1:], np.reshape(minimum, (-1, 1))).mean(axis=1, dtype=np.float64)
        return mean


class TextInfo(NamedTuple):
    """Language of each text, as a number from 0, and the code points that its aligned sentences must amount to for a translation pair."""

    languages: IntArray
    min_aligned: NDArray[np.float64]


class SharedSentences(NamedTuple):
    """Sentence index and sentence vectors of all texts as arrays shared with worker processes.

    Attributes:
        index_fields: the fields of `SentenceIndex`.
        vectors: a row for each sentence.
    """

    index_fields: tuple[SharedArray[Any], ...]
    vectors: SharedArray[np.int8]

    def open(self, store: ArrayStore) -> tuple[SentenceIndex, SentenceSimilarity]:
        """Return the sentence index and the similarity over it, as mapped in this process."""
        index = SentenceIndex(*(array.open(store) for array in self.index_fields))
        return index, SentenceSimilarity(index, self.vectors.open(store))


def margin_baseline(
    shared: SharedSentences, pairs: Pairs, info: TextInfo, store: ArrayStore, sharer: ArraySharer
) -> tuple[NDArray[np.float16], Pairs]:
    """Compare each text with its nearest neighbours: collect the best matches of each sentence, and drop pairs that cannot align.

    Args:
        shared: sentences of all texts.
        pairs: the lower-numbered and the higher-numbered text of each pair of neighbours; sorted.
        info: languages and thresholds of all texts.
        store: where the result is allocated.
        sharer: its executor compares batches of pairs.

    Returns:
        First, `MarginBaseline.best`. Second, the pairs whose aligned sentences could amount to enough if the baseline of each sentence
        were the minimum.
    """
    context = _BaselineContext(shared, sharer.share_all(pairs), sharer.share_all(info), store)
    matches = BestMatches(shared.vectors.shape[0], int(info.languages.max(initial=0)) + 1, store)
    first_texts, second_texts = store.new_array(np.uint32), store.new_array(np.uint32)
    for batch_matches, batch_first, batch_second in sharer.map_tasks(_compare_batch, _pair_batches(pairs[0]), context):
        matches.add(batch_matches)
        first_texts.add(batch_first)
        second_texts.add(batch_second)
        store.release_memory()
    return matches.result(), (first_texts.to_array(), second_texts.to_array())


class _BaselineContext(NamedTuple):
    """What a worker needs to compute the margin baseline of text pairs: shared arrays of sentences, pairs, and the fields of `TextInfo`."""

    shared: SharedSentences
    pairs: tuple[SharedArray[np.uint32], ...]
    info: tuple[SharedArray[Any], ...]
    store: ArrayStore


def _pair_batches(first: NDArray[np.integer]) -> Iterator[tuple[int, int]]:
    """Yield begin and end of batches of sorted pairs; the pairs with the same lower text number are in one batch."""
    low = 0
    while low < len(first):
        high = int(np.searchsorted(first, first[min(low + _PART, len(first)) - 1], side="right"))
        yield low, high
        low = high


def _compare_batch(batch: tuple[int, int], context: _BaselineContext) -> tuple[NDArray[np.uint64], NDArray[np.uint32], NDArray[np.uint32]]:
    """Return the best matches in a batch of pairs, packed as in `MatchBuffer`, and the lower-numbered and the higher-numbered text of pairs that may align."""
    index, similarity = context.shared.open(context.store)
    languages, min_aligned = (array.open(context.store) for array in context.info)
    a, b = (array.open(context.store)[slice(*batch)] for array in context.pairs)
    matches = MatchBuffer(int(languages.max(initial=0)) + 1)
    lengths = (index.ends - index.starts).astype(np.float64)
    first_texts, second_texts = [np.zeros(0, dtype=np.uint32)], [np.zeros(0, dtype=np.uint32)]
    for text, neighbours, (similarities, offsets) in _compare_with_neighbours(index, similarity, (a, b), context.store):
        if not similarities.size:
            continue
        # similarities: a row for each sentence of the neighbours, a column for each of the text. With two sentences in the text and one
        # neighbour of two, [[.6, .1], [.2, .3]]: column maxima .6 .3 are the best matches of the text's sentences, row maxima .6 .3 those
        # of the neighbour's. A sentence adds at most (1 - minimum / best) of its length: at the minimum of .12, 80% and 60%.
        first, last = index.offsets[text], index.offsets[text + 1]
        filled = np.flatnonzero(np.diff(offsets) > 0)
        best_of_text, filled_languages = np.maximum.reduceat(similarities, offsets[:-1][filled], axis=0), languages[neighbours[filled]]
        rows, row_neighbour = expand_ranges(index.offsets[neighbours], index.offsets[neighbours + 1])
        best_of_neighbours = similarities.max(axis=1)
        matches.add(np.arange(first, last)[None, :], filled_languages[:, None], best_of_text)
        matches.add(rows, languages[text], best_of_neighbours)
        minimum = np.where(languages[neighbours] == languages[text], MIN_BASELINE_WITHIN, MIN_BASELINE_ACROSS)
        row_mass = (1 - minimum[row_neighbour] / np.maximum(best_of_neighbours, minimum[row_neighbour])) * lengths[rows]
        text_mass = (1 - minimum[filled, None] / np.maximum(best_of_text, minimum[filled, None])) @ lengths[first:last]
        bound = np.zeros(len(neighbours))
        bound[filled] = np.minimum(text_mass, np.add.reduceat(row_mass, offsets[:-1][filled]))
        may_align = neighbours[bound >= np.minimum(min_aligned[text], min_aligned[neighbours])]
        first_texts.append(np.full(len(may_align), text, dtype=np.uint32))
        second_texts.append(may_align.astype(np.uint32))
    return matches.best(), np.concatenate(first_texts), np.concatenate(second_texts)


def align_sentences(
    index: SentenceIndex, similarity: SentenceSimilarity, pairs: tuple[IntArray, IntArray], baseline: MarginBaseline, store: ArrayStore
) -> pl.DataFrame:
    """Align the sentences of each pair of texts by mutual best match.

    Returns:
        Columns pair, a and b (sentences, counted through all texts), margin (similarity divided by the baseline), verbatim.
    """
    pair = 0
    parts: list[tuple[IntArray, IntArray, IntArray, FloatArray, NDArray[np.bool_]]] = []
    for text, neighbours, (similarities, offsets) in _compare_with_neighbours(index, similarity, pairs, store):
        if similarities.size:
            place, a, b, margin, verbatim = _mutual_best_matches(similarities, offsets, baseline, index, text=text, neighbours=neighbours)
            parts.append((pair + place, a, b, margin, verbatim))
        pair += len(neighbours)
    schema = {"pair": pl.Int64, "a": pl.Int64, "b": pl.Int64, "margin": pl.Float64, "verbatim": pl.Boolean}
    if not parts:
        return pl.DataFrame(schema=schema)
    return pl.DataFrame(dict(zip(schema, (np.concatenate(column) for column in zip(*parts, strict=True)), strict=True)), schema=schema)


def _mutual_best_matches(
    similarities: NDArray[np.float32], offsets: IntArray, baseline: MarginBaseline, index: SentenceIndex, *, text: int, neighbours: IntArray
) -> tuple[IntArray, IntArray, IntArray, FloatArray, NDArray[np.bool_]]:
    """Return the sentence pairs of a text and each of its neighbours in which each sentence has its highest margin with the other.

    Args:
        similarities: a row for each sentence of the neighbours, a column for each sentence of the text.
        offsets: where the rows of each neighbour begin.
        baseline: of all texts.
        index: of all texts.
        text: the text.
        neighbours: the texts that it is compared with.

    Returns:
        For each sentence pair: the place of the neighbour in `neighbours`, the sentence of the text, that of the neighbour, the margin, and
        whether both are the same but for a word.
    """
    width = similarities.shape[1]
    filled = np.flatnonzero(np.diff(offsets) > 0)
    starts, sizes = offsets[:-1][filled], np.diff(offsets)[filled]
    columns = np.arange(index.offsets[text], index.offsets[text + 1])
    rows, _ = expand_ranges(index.offsets[neighbours], index.offsets[neighbours + 1])
    group = np.repeat(np.arange(len(filled)), sizes)  # for each row, its neighbour among the filled ones
    language, filled_languages = baseline.languages[text], baseline.languages[neighbours[filled]]
    minimum = np.where(filled_languages == language, MIN_BASELINE_WITHIN, MIN_BASELINE_ACROSS)

    best = np.maximum.reduceat(similarities, starts, axis=0)
    column_baseline = baseline.neighbour_mean(
        best.ravel(), np.tile(columns, len(filled)), np.repeat(filled_languages, width), np.repeat(minimum, width)
    ).reshape(-1, width)
    row_baseline = baseline.neighbour_mean(similarities.max(axis=1), rows, int(language), minimum[group])
    # Example, one neighbour of three sentences beside a text of two: similarities [[.6, .2], [.1, .5], [.3, .4]] over baselines of .25
    # throughout are margins [[2.4, .8], [.4, 2], [1.2, 1.6]]. Columns are highest in rows 0 and 1, rows 0 and 1 in columns 0 and 1: two
    # mutual best matches. Row 2 is highest in column 1, which prefers row 1.
    margins = similarities / ((column_baseline[group] + row_baseline[:, None]) / 2)
    best_margin = np.maximum.reduceat(margins, starts, axis=0)
    row = np.where(margins == best_margin[group], np.arange(len(rows))[:, None], len(rows))
    best_row, best_column = np.minimum.reduceat(row, starts, axis=0), margins.argmax(axis=1)
    matched_group, column = np.nonzero((best_column[best_row] == np.arange(width)) & (best_margin >= MIN_MARGIN))
    matched_row = best_row[matched_group, column]
    verbatim = similarities[matched_row, column] >= VERBATIM
    return filled[matched_group], columns[column], rows[matched_row], best_margin[matched_group, column], verbatim


def _compare_with_neighbours(
    index: SentenceIndex,
    similarity: SentenceSimilarity,
    pairs: tuple[NDArray[np.integer], NDArray[np.integer]],
    store: ArrayStore,
) -> Iterator[tuple[int, IntArray, tuple[NDArray[np.float32], IntArray]]]:
    """Compare paired texts sentence by sentence: yield a text, its neighbours, and the similarity matrix of their sentences.

    The matrix has a row for each sentence of the neighbours and a column for each of the text; it comes with the first row of each neighbour.
    Pairs are sorted; a text is compared with the second texts that it is paired with.
    """
    sizes = np.diff(index.offsets)
    for number, (text, neighbours) in enumerate(_group_by_first(*pairs)):
        # A text with thousands of neighbours is compared with a part of them at a time.
        for part in size_batches(sizes[neighbours] * sizes[text], _CELLS):
            compared = neighbours[part]
            yield text, compared, (similarity.compare(text, compared), np.concatenate(([0], np.cumsum(sizes[compared]))))
        if not number % _RELEASE_EVERY:
            store.release_memory()


def _group_by_first(a: NDArray[np.integer], b: NDArray[np.integer]) -> Iterator[tuple[int, IntArray]]:
    """Group sorted pairs of texts by the first: yield each first text with its second texts, reading a limited number of pairs at a time.

    >>> [(text, second_texts.tolist()) for text, second_texts in _group_by_first(np.array([0, 0, 2]), np.array([1, 5, 3]))]
    [(0, [1, 5]), (2, [3])]
    """
    low = 0
    while low < len(a):
        last = a[min(low + _PAIRS, len(a)) - 1]
        high = int(np.searchsorted(a, last, side="right"))
        first, second = a[low:high].astype(np.int64), b[low:high].astype(np.int64)
        begins = run_starts(first)
        for start, end in zip(begins.tolist(), np.append(begins[1:], len(first)).tolist(), strict=True):
            yield int(first[start]), second[start:end]
        low = high
