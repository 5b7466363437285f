"""Nearest texts share the rarest features, a few for each language."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saring.compute.disk_arrays import ArrayStore
from saring.translation import retrieval
from saring.translation.retrieval import MAX_DOCUMENT_FREQUENCY, MAX_FEATURES, NEIGHBOURS_PER_LANGUAGE, nearest_texts
from saring.translation.sentence_index import SentenceIndex

TEXTS = st.lists(st.lists(st.lists(st.integers(0, 11), max_size=4, unique=True), max_size=3), max_size=9)


def index_of(texts: list[list[list[int]]], idf: list[float] | None = None) -> SentenceIndex:
    """Return an index of texts, each a list of sentences with their features."""
    sentences = [sorted(features) for text in texts for features in text]
    features = np.array([feature for sentence in sentences for feature in sentence], dtype=np.uint32)
    offsets = np.cumsum([0, *(len(text) for text in texts)])
    feature_offsets = np.cumsum([0, *map(len, sentences)])
    places = np.zeros(len(sentences), dtype=np.int64)
    weights = np.array(idf or [8.0] * (max(features.tolist(), default=-1) + 1))
    return SentenceIndex(places, places + 10, offsets, features, feature_offsets, weights, weights, np.ones(len(sentences)))


def pairs_of(texts: list[list[list[int]]], languages: list[int] | None = None, idf: list[float] | None = None) -> list[tuple[int, int]]:
    """Return the pairs of nearest texts."""
    numbers = np.array(languages or [0] * len(texts), dtype=np.int64)
    lesser, greater = nearest_texts(index_of(texts, idf), numbers)
    return list(zip(lesser.tolist(), greater.tolist(), strict=True))


def test_texts_with_a_common_feature_are_near() -> None:
    """Texts that share a feature are a pair, once; a text is not paired with itself or with texts that share nothing."""
    assert pairs_of([[[0, 1]], [[1], [2]], [[3]], [[0], [3, 4]]]) == [(0, 1), (0, 3), (2, 3)]


@pytest.mark.parametrize("texts", [[], [[]], [[], []], [[[0]]], [[[0]], [[1]], [[]]]], ids=["none", "empty", "two empty", "one", "apart"])
def test_texts_without_common_features_are_not_near(texts: list[list[list[int]]]) -> None:
    """No texts, texts without sentences or features, and a single text have no pairs."""
    assert pairs_of(texts) == []


def test_a_few_of_each_language_are_near() -> None:
    """Of many equally near texts in two languages, a text has the first six of each; a pair that neither text has among them is none."""
    pairs = pairs_of([[[0]] for _ in range(20)], [0, 1] * 10)

    assert NEIGHBOURS_PER_LANGUAGE == 6
    assert [lesser for lesser, greater in pairs if greater == 19] == list(range(12))
    assert pairs == sorted(set(pairs))


def test_a_narrow_text_is_nearer_than_a_broad_one() -> None:
    """Of texts that share one feature, those with other features beside it are farther, although they come first."""
    broad = [[[0, number]] for number in range(1, 7)]
    others = [[[number]] for number in range(1, 7)]

    pairs = pairs_of([*broad, [[0]], [[0]], *others])

    assert (6, 7) in pairs


def test_the_nearest_are_taken() -> None:
    """A text that shares all its features is nearer than those that share one of two, though its number is the greatest."""
    texts = [[[0, 1]], *([[0, 2 + number]] for number in range(8)), *([[2 + number]] for number in range(8)), [[0, 1]]]

    near_first = {greater for lesser, greater in pairs_of(texts) if lesser == 0}

    assert 17 in near_first


def test_frequent_features_lead_nowhere() -> None:
    """A feature in more than 64 texts is left out; in 64 it counts."""
    texts = [[[0]] for _ in range(MAX_DOCUMENT_FREQUENCY)]

    assert pairs_of(texts)
    assert pairs_of([*texts, [[0]]]) == []


def test_the_rarest_features_are_looked_up() -> None:
    """Of a text with more than 400 shared features, the lightest are not looked up."""
    light, heavy = 0, list(range(1, MAX_FEATURES + 1))
    texts = [[[light, *heavy]], [heavy], [[light]]]
    idf = [5.0, *(8.0 for _ in heavy)]

    assert pairs_of(texts, idf=idf) == [(0, 1)]
    assert pairs_of([[[light, *heavy[1:]]], [heavy[1:]], [[light]]], idf=idf) == [(0, 1), (0, 2)]


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=TEXTS, spill=st.booleans(), data=st.data())
def test_parts_and_memory_change_no_pair(
    texts: list[list[list[int]]],
    spill: bool,  # noqa: FBT001 - drawn
    data: st.DataObject,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However few features and rows are processed at a time, on disk or not, pairs are the same; each shares a feature, lesser first."""
    languages = np.array(data.draw(st.lists(st.integers(0, 2), min_size=len(texts), max_size=len(texts))), dtype=np.int64)
    expected = [column.tolist() for column in nearest_texts(index_of(texts), languages)]
    with monkeypatch.context() as patched:
        patched.setattr(retrieval, "_FEATURES", 3)
        patched.setattr(retrieval, "_ROWS", 3)
        in_parts = [column.tolist() for column in nearest_texts(index_of(texts), languages, ArrayStore(spill=spill))]

    assert in_parts == expected
    features = [{feature for sentence in text for feature in sentence} for text in texts]
    shared = [(a, b) for a in range(len(texts)) for b in range(a + 1, len(texts)) if features[a] & features[b]]
    pairs = list(zip(*expected, strict=True))
    assert set(pairs) <= set(shared)
    assert pairs == shared or len(texts) > NEIGHBOURS_PER_LANGUAGE
