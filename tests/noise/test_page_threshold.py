"""Page threshold: no other threshold has a better expected F1, and documents do not influence each other."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from saring.noise.page_threshold import least_text_scores

LINES = st.lists(st.tuples(st.integers(0, 20), st.integers(1, 40)), min_size=1, max_size=8)


def expected_f1(scores: np.ndarray, words: np.ndarray, threshold: float) -> float:
    """Return the expected F1 of keeping the lines with at least this score."""
    kept = scores >= threshold
    return float(2 * (scores * words)[kept].sum() / max(words[kept].sum() + (scores * words).sum(), 1e-9))


@given(LINES, LINES)
def test_no_threshold_is_better(first: list[tuple[int, int]], second: list[tuple[int, int]]) -> None:
    """Each document has the threshold of the best expected F1, checked against all its scores."""
    document = np.array([0] * len(first) + [1] * len(second), dtype=np.uint32)
    scores = np.array([score / 20 for score, _ in first + second], dtype=np.float32)
    words = np.array([count for _, count in first + second], dtype=np.float32)

    thresholds = least_text_scores(document, scores, words)

    for number in (0, 1):
        own = document == number
        best = max(expected_f1(scores[own], words[own], score) for score in scores[own])
        assert np.isclose(expected_f1(scores[own], words[own], thresholds[own][0]), best, atol=1e-5)
        assert len(set(thresholds[own].tolist())) == 1


def test_no_lines_have_no_thresholds() -> None:
    """A batch whose lines rules delete has nothing to judge."""
    assert len(least_text_scores(np.zeros(0, np.uint32), np.zeros(0, np.float32), np.zeros(0, np.float32))) == 0
