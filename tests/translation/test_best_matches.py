"""The best similarities of each sentence per language survive batches and merges."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saring.compute.disk_arrays import ArrayStore
from saring.translation import best_matches
from saring.translation.best_matches import NEIGHBOURS, BestMatches, MatchBuffer

if TYPE_CHECKING:
    import pytest

SENTENCES, LANGUAGES = 4, 2
MATCHES = st.tuples(st.integers(0, SENTENCES - 1), st.integers(0, LANGUAGES - 1), st.integers(0, 8).map(lambda eighths: eighths / 8))


def packed(matches: list[tuple[int, int, float]]) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    """Return sentence, language and similarity of matches as a worker's buffer packs them."""
    buffer = MatchBuffer(LANGUAGES)
    if matches:
        sentences, languages, similarities = (np.array(column) for column in zip(*matches, strict=True))
        buffer.add(sentences, languages, similarities.astype(np.float32))
    return buffer.best()


def best_of(matches: list[tuple[int, int, float]], parts: int = 1) -> list[list[list[float]]]:
    """Return the best similarities of each sentence and language, from matches that come in so many parts."""
    best = BestMatches(SENTENCES, LANGUAGES, ArrayStore())
    for part in range(parts):
        best.add(packed(matches[part::parts]))
    result: list[list[list[float]]] = best.result().tolist()
    return result


def sorted_best(matches: list[tuple[int, int, float]]) -> list[list[list[float]]]:
    """Return what the best similarities should be: the greatest of each sentence and language, padded with zeros."""
    table = []
    for sentence in range(SENTENCES):
        row = []
        for language in range(LANGUAGES):
            values = sorted((similarity for *cell, similarity in matches if cell == [sentence, language]), reverse=True)
            row.append((values + [0.0] * (NEIGHBOURS + 1))[: NEIGHBOURS + 1])
        table.append(row)
    return table


def test_the_four_best_are_kept() -> None:
    """Of five similarities of a sentence the four greatest stay, in descending order, equal ones too; a language apart from another."""
    matches = [(1, 0, similarity) for similarity in (0.25, 0.5, 0.125, 0.5, 0.75)] + [(1, 1, 1.0)]

    best = best_of(matches)

    assert best[1] == [[0.75, 0.5, 0.5, 0.25], [1.0, 0.0, 0.0, 0.0]]
    assert best[0] == [[0.0] * 4] * 2
    assert len(packed(matches)) == 5


def test_sentences_and_languages_are_broadcast() -> None:
    """Rows of sentences and one language, or one row and a column of languages, take the shape of the similarities."""
    similarities = np.array([[0.5, 0.25], [0.125, 1.0]], dtype=np.float32)
    by_row, by_cell = MatchBuffer(2), MatchBuffer(2)

    by_row.add(np.array([[0, 3]]), np.array([[0], [1]]), similarities)
    by_cell.add(np.array([0, 3, 0, 3]), np.array([0, 0, 1, 1]), similarities.ravel())

    assert by_row.best().tolist() == by_cell.best().tolist()


def test_no_matches() -> None:
    """Without matches all similarities are zero, and a buffer is empty."""
    assert MatchBuffer(1).best().tolist() == []
    assert best_of([]) == sorted_best([])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(matches=st.lists(MATCHES, max_size=40), parts=st.integers(1, 4), limit=st.sampled_from([1, 5, 1000]))
def test_batches_change_nothing(matches: list[tuple[int, int, float]], parts: int, limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many workers there are and however few matches are sorted at a time, the greatest similarities of each cell are kept."""
    monkeypatch.setattr(best_matches, "_MATCHES", limit)
    monkeypatch.setattr(best_matches, "_BUFFERED_MATCHES", limit)

    assert best_of(matches, parts) == sorted_best(matches)
