"""Sentences are aligned by mutual best match, over a baseline of their similarity to other texts."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from saring.compute import pool
from saring.compute.disk_arrays import ArrayStore
from saring.compute.shared_arrays import ArraySharer
from saring.translation.alignment import (
    MIN_BASELINE_ACROSS,
    MIN_BASELINE_WITHIN,
    MIN_MARGIN,
    MarginBaseline,
    SharedSentences,
    TextInfo,
    align_sentences,
    margin_baseline,
)
from saring.translation.sentence_index import SentenceIndex
from saring.translation.sentence_similarity import SentenceSimilarity


class FixedSimilarity(SentenceSimilarity):
    """Similarity of sentences from a matrix over all sentences, in place of vectors."""

    def __init__(self, index: SentenceIndex, matrix: list[list[float]]) -> None:
        self._offsets, self._matrix = index.offsets, np.array(matrix, dtype=np.float32).reshape(len(matrix), len(matrix))

    def compare(
        self, text: int, neighbours: np.ndarray[tuple[int], np.dtype[np.int64]]
    ) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        """Return the rows of the neighbours' sentences and the columns of the text's."""
        rows = np.concatenate([np.arange(self._offsets[each], self._offsets[each + 1]) for each in neighbours])
        similarities: np.ndarray[tuple[int, int], np.dtype[np.float32]] = self._matrix[
            np.ix_(rows, np.arange(self._offsets[text], self._offsets[text + 1]))
        ]
        return similarities


def index_of(*counts: int) -> SentenceIndex:
    """Return an index of texts with so many sentences of ten code points each, without features."""
    offsets = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    total = int(offsets[-1])
    no_features, no_weights = np.zeros(0, np.uint32), np.zeros(0)
    starts = np.arange(total) * 10
    return SentenceIndex(starts, starts + 10, offsets, no_features, np.zeros(total + 1, np.int64), no_weights, no_weights, np.ones(total))


def between(upper: list[list[float]], first: int) -> list[list[float]]:
    """Return a symmetric matrix over the sentences of two texts from the similarities of the second's (rows) to the first's (columns)."""
    second = len(upper)
    matrix = np.zeros((first + second, first + second))
    matrix[first:, :first] = upper
    symmetric: list[list[float]] = (matrix + matrix.T).tolist()
    return symmetric


def aligned(upper: list[list[float]], first: int, languages: tuple[int, int] = (0, 1)) -> list[tuple[int, int, float, bool]]:
    """Return the aligned sentences of two texts that have no neighbours but each other: sentences, margin, verbatim."""
    index = index_of(first, len(upper))
    best = np.zeros((first + len(upper), 2, 4), dtype=np.float16)
    baseline = MarginBaseline(best, np.array(languages))
    pairs = np.array([0]), np.array([1])
    table = align_sentences(index, FixedSimilarity(index, between(upper, first)), pairs, baseline, ArrayStore())
    assert table.columns == ["pair", "a", "b", "margin", "verbatim"]
    return [(a, b, round(margin, 4), verbatim) for _, a, b, margin, verbatim in table.sort("a", "b").iter_rows()]


def test_each_sentence_is_aligned_with_its_best_match() -> None:
    """Of three sentences and two, the mutual best matches are aligned; the third sentence, whose best match prefers another, is not."""
    assert aligned([[0.6, 0.2], [0.1, 0.5], [0.3, 0.4]], 2) == [
        (0, 2, round(0.6 / MIN_BASELINE_ACROSS, 4), False),
        (1, 3, round(0.5 / MIN_BASELINE_ACROSS, 4), False),
    ]


def test_equal_matches_are_aligned_once() -> None:
    """Where two sentences are equally similar to a third, the first of them is aligned with it, and the other with nothing."""
    assert [(a, b) for a, b, *_ in aligned([[0.5], [0.5]], 1)] == [(0, 1)]
    assert [(a, b) for a, b, *_ in aligned([[0.5, 0.5]], 2)] == [(0, 2)]


@pytest.mark.parametrize(("languages", "minimum"), [((0, 1), MIN_BASELINE_ACROSS), ((1, 1), MIN_BASELINE_WITHIN)])
def test_a_weak_match_is_not_aligned(languages: tuple[int, int], minimum: float) -> None:
    """A similarity has to exceed the least baseline by the least margin; in one language the baseline is higher than across two."""
    enough, too_little = minimum * (MIN_MARGIN + 0.01), minimum * (MIN_MARGIN - 0.01)

    assert aligned([[enough]], 1, languages) == [(0, 1, round(MIN_MARGIN + 0.01, 4), False)]
    assert aligned([[too_little]], 1, languages) == []


@pytest.mark.parametrize(("similarity", "verbatim"), [(0.91, True), (0.89, False)])
def test_nearly_equal_sentences_are_verbatim(similarity: float, verbatim: bool) -> None:  # noqa: FBT001 - a parameter
    """From a similarity of 0.9 on, two sentences count as the same."""
    assert [match[3] for match in aligned([[similarity]], 1)] == [verbatim]


def test_sentences_with_near_neighbours_need_more() -> None:
    """A sentence that is as similar to other texts as to this one is not aligned: the baseline is the mean over the others but the best."""
    index = index_of(1, 1)
    best = np.zeros((2, 2, 4), dtype=np.float16)
    best[0, 1] = best[1, 0] = (0.5, 0.5, 0.5, 0.5)
    table = align_sentences(
        index,
        FixedSimilarity(index, between([[0.5]], 1)),
        (np.array([0]), np.array([1])),
        MarginBaseline(best, np.array([0, 1])),
        ArrayStore(),
    )

    assert table.is_empty()


def test_texts_without_sentences_align_with_nothing() -> None:
    """Pairs with a text without sentences, and no pairs at all, give an empty table with the columns."""
    index = index_of(1, 0, 1)
    similarity = FixedSimilarity(index, [[0, 0.5], [0.5, 0]])
    baseline = MarginBaseline(np.zeros((2, 1, 4), dtype=np.float16), np.array([0, 0, 0]))
    none = np.zeros(0, dtype=np.int64)

    pairs_with_empty = align_sentences(index, similarity, (np.array([0, 0, 1]), np.array([1, 2, 2])), baseline, ArrayStore())
    no_pairs = align_sentences(index, similarity, (none, none), baseline, ArrayStore())

    assert pairs_with_empty.select("pair", "a", "b").rows() == [(1, 0, 1)]
    assert no_pairs.is_empty()
    assert no_pairs.schema == pairs_with_empty.schema


@pytest.mark.parametrize(
    ("own", "best", "mean"),
    [
        (0.75, [0.75, 0.5, 0.25, 0.25], 0.25),
        (0.5, [0.75, 0.5, 0.25, 0.25], 0.25),
        (0.25, [0.75, 0.5, 0.5, 0.25], 0.5),
        (0.125, [0.75, 0.5, 0.5, 0.25], 0.5),
        (0.5, [0.5, 0.0, 0.0, 0.0], 0.125),
    ],
    ids=["itself the best", "itself the second", "itself the last", "not among them", "no neighbours"],
)
def test_the_baseline_leaves_out_the_text_itself_and_the_best(own: float, best: list[float], mean: float) -> None:
    """The baseline is the mean over the neighbours but the compared text and the best of the rest; a missing one counts as the minimum."""
    baseline = MarginBaseline(np.array([[best]], dtype=np.float16), np.array([0]))

    assert baseline.neighbour_mean(np.array([own], dtype=np.float32), np.array([0]), 0, 0.125).tolist() == [mean]


def compared(similarity: float, needed: float) -> tuple[list[list[float]], list[tuple[int, int]]]:
    """Return the best matches of two texts of one sentence each, and the pairs that may align, from vectors of the given similarity."""
    index = index_of(1, 1)
    store = ArrayStore()
    sharer = ArraySharer(pool.SERIAL, None, store)
    vectors = np.array([[100, 0], [100 * similarity, 100 * (1 - similarity**2) ** 0.5]]).astype(np.int8)
    shared = SharedSentences(sharer.share_all(index), sharer.share(vectors))
    pairs = np.array([0], dtype=np.uint32), np.array([1], dtype=np.uint32)

    best, (lesser, greater) = margin_baseline(shared, pairs, TextInfo(np.array([0, 1]), np.full(2, needed)), store, sharer)

    return [best[0, 1].tolist(), best[1, 0].tolist()], list(zip(lesser.tolist(), greater.tolist(), strict=True))


def test_hopeless_pairs_are_dropped() -> None:
    """A pair whose sentences could align to too few code points is dropped; its similarities still count as neighbours."""
    best, may_align = compared(0.8, 0.0)
    assert may_align == [(0, 1)]
    assert best[0] == best[1]
    assert best[0][0] > 0
    assert best[0][1:] == [0, 0, 0]
    assert compared(0.8, 11.0) == (best, [])


def test_no_pairs_have_no_baseline() -> None:
    """Without pairs all best similarities are zero, and no pair may align."""
    store = ArrayStore()
    sharer = ArraySharer(pool.SERIAL, None, store)
    shared = SharedSentences(sharer.share_all(index_of(1, 1)), sharer.share(np.zeros((2, 2), np.int8)))
    none = np.zeros(0, dtype=np.uint32)

    best, pairs = margin_baseline(shared, (none, none), TextInfo(np.array([0, 1]), np.zeros(2)), store, sharer)

    assert best.shape == (2, 2, 4)
    assert not best.any()
    assert pl.Series(pairs[0]).is_empty()
