"""pipeline/saring/extract/block_classifier.py: blocks are chosen for the greatest expected F1, and pages are judged one by one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saring.extract.block_classifier import BLOCK_WEIGHTS, TYPE_WEIGHTS, choose_blocks, select_blocks

if TYPE_CHECKING:
    from pathlib import Path

PAIRS = st.lists(st.tuples(st.integers(0, 1000).map(lambda n: n / 1000), st.integers(0, 60).map(float)), min_size=1, max_size=20)


def expected_f1(scores: np.ndarray, words: np.ndarray, is_chosen: np.ndarray) -> float:
    """Return the expected F1 of the words of a choice of blocks."""
    return float(2 * (scores * words)[is_chosen].sum() / max(words[is_chosen].sum() + (scores * words).sum(), 1e-9))


@given(PAIRS)
def test_no_threshold_is_better(pairs: list[tuple[float, float]]) -> None:
    """The chosen blocks are those from some score on, and no other score gives more."""
    scores, words = (np.array(values) for values in zip(*pairs, strict=True))
    is_chosen = select_blocks(scores, words)

    assert is_chosen.any()
    assert scores[is_chosen].min() > max(scores[~is_chosen], default=-1)
    best = max(expected_f1(scores, words, scores >= score) for score in scores)
    assert expected_f1(scores, words, is_chosen) == pytest.approx(best)


def test_no_blocks_are_chosen_of_none() -> None:
    """A page without blocks has no choice, and no pages have no judgements."""
    assert select_blocks(np.zeros(0), np.zeros(0)).tolist() == []
    assert choose_blocks([]) == []


@pytest.mark.parametrize("file", [BLOCK_WEIGHTS, TYPE_WEIGHTS], ids=lambda file: file.name)
def test_the_weights_say_where_they_come_from(file: Path) -> None:
    """The shipped weights name their data and licences, and stay small."""
    weights = json.loads(file.read_text("utf-8"))

    assert {"data", "license"} == set().union(*weights["provenance"]["trained_on"])
    assert file.stat().st_size < 500_000
