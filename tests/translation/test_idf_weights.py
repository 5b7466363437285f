"""Weights of features: rare ones weigh more, and a large corpus outweighs the table."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saring.translation.cognates import FEATURE_SPACE, GRAM_SPACE, NUMBER_SPACE, WORD_SPACE
from saring.translation.idf_weights import STEPS_PER_BIT, feature_shares, idf_bits


def weight(count: int, sentences: int, prior: float) -> float:
    """Return the weight of one feature."""
    (bits,) = idf_bits(np.array([count]), sentences, np.array([prior]))
    return float(bits)


@pytest.mark.parametrize(
    ("count", "sentences", "prior", "expected"),
    [
        (0, 0, 0.25, 2.0),
        (0, 0, 1.0, 0.0),
        (1, 1, 0.25, 1.979),
        (0, 600, 0.5, 3.0),
        (600, 600, 0.5, 0.193),
        (1000, 1_000_000, 0.5, 9.829),
    ],
    ids=["no corpus", "in every sentence", "one sentence", "absent here", "everywhere here", "a large corpus"],
)
def test_the_corpus_corrects_the_table(count: int, sentences: int, prior: float, expected: float) -> None:
    """Without a corpus the weight is that of the table; the more sentences it has, the more its own counts decide."""
    assert weight(count, sentences, prior) == expected


@given(st.integers(0, 1000), st.integers(0, 1000), st.floats(0.001, 1))
def test_frequent_features_weigh_less(count: int, more: int, prior: float) -> None:
    """A feature in more sentences never weighs more, no weight is negative, and each has three digits."""
    sentences = count + more

    assert weight(sentences, sentences, prior) <= weight(count, sentences, prior)
    assert weight(count, sentences, prior) >= 0
    assert weight(count, sentences, prior) == round(weight(count, sentences, prior), 3)


def test_no_features() -> None:
    """Without features there are no weights."""
    assert idf_bits(np.zeros(0, np.int64), 5, np.zeros(0)).tolist() == []


def test_each_feature_has_a_share() -> None:
    """The table covers all features with shares above 0 and up to 1; those of letter windows are whole steps of a bit."""
    shares = feature_shares()

    assert len(shares) == FEATURE_SPACE
    assert shares.min() > 0
    assert shares.max() <= 1
    steps = -np.log2(shares[:GRAM_SPACE]) * STEPS_PER_BIT
    assert np.allclose(steps, np.round(steps), atol=1e-6)


def test_longer_numbers_are_rarer() -> None:
    """Numbers of more digits have lower shares, from one digit to four and more; all whole words have one share."""
    shares = feature_shares()[GRAM_SPACE:]
    numbers, words = shares[:-WORD_SPACE].reshape(-1, NUMBER_SPACE), shares[-WORD_SPACE:]

    assert [len(set(row.tolist())) for row in numbers] == [1, 1, 1, 1]
    assert all(np.diff(numbers[:, 0]) < 0)
    assert len(set(words.tolist())) == 1
