"""Matching passages of two texts, and the coverage of each text by them."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saring.dedup.passages import MIN_WORDS, PASSAGE_SUMMARY, identical_passages, matching_runs, summarise_runs
from saring.dedup.tokens import shingles, tokenize

TEXTS = st.lists(st.sampled_from(["a", "b", "c", "d", "a b c d e f g", "h i j k l m n o"]), max_size=12).map(" ".join)


def runs_of(shorter: str, greater: str) -> list[tuple[str, str]]:
    """Return the runs of equal words of two texts, as each text writes them."""
    words = tokenize(pl.Series([shorter, greater]))
    runs = matching_runs(words, shingles(words), np.array([0]), np.array([1]))
    return [
        (shorter[words.starts[first] : words.ends[last - 1]], greater[words.starts[first_g] : words.ends[last_g - 1]])
        for _, first, last, first_g, last_g in runs.iter_rows()
    ]


def summary_of(a: str, b: str) -> tuple[float, float, list[tuple[str, str, float]]] | None:
    """Return the coverage of the text with fewer words and of the other, and the passages as a and b write them; None without a passage."""
    words = tokenize(pl.Series([a, b]))
    swapped = bool(np.diff(words.offsets)[0] > np.diff(words.offsets)[1])
    shorter, greater = np.array([int(swapped)]), np.array([int(not swapped)])
    runs = matching_runs(words, shingles(words), shorter, greater)
    summary = summarise_runs(words, runs, shorter, greater, swapped=np.array([swapped]))
    assert summary.schema == PASSAGE_SUMMARY
    if summary.is_empty():
        return None
    ((_, of_lesser, of_greater, passages),) = summary.rows()
    spans = [(a[p["a_start"] : p["a_end"]], b[p["b_start"] : p["b_end"]], p["score"]) for p in passages]
    return of_lesser, of_greater, spans


@pytest.mark.parametrize(
    ("shorter", "greater", "runs"),
    [
        ("a b c d", "x A, B c! d y", [("a b c d", "A, B c! d")]),
        ("a b c x d e f", "a b c y d e f g", [("a b c", "a b c"), ("d e f", "d e f")]),
        ("a b c x d e f", "d e f y a b c z", [("a b c", "a b c"), ("d e f", "d e f")]),
        ("a b", "a b c", []),
        ("a b c", "c b a b", []),
        ("", "a b c", []),
        ("", "", []),
        ("大雨下了三天", "昨天大雨下了很久很久", [("大雨下了", "大雨下了")]),
    ],
    ids=["case and points", "a changed word", "another order", "two words", "no common shingle", "no words", "no texts", "Chinese"],
)
def test_runs_are_maximal_stretches_of_equal_words(shorter: str, greater: str, runs: list[tuple[str, str]]) -> None:
    """Runs are in the order of the shorter text, have three words at least, and end where the words differ."""
    assert runs_of(shorter, greater) == runs


def test_repeated_words_are_matched_beside_unique_ones() -> None:
    """Shingles that occur twice are matched where the words around them agree, not at their first occurrence."""
    assert runs_of("x y z a b c", "a b c q x y z a b c") == [("x y z a b c", "x y z a b c")]


def test_runs_of_several_pairs_are_their_own() -> None:
    """Pairs that share a text, in one call, have the runs that each has alone."""
    words = tokenize(pl.Series(["a b c", "a b c d", "x a b c y"]))

    runs = matching_runs(words, shingles(words), np.array([0, 0, 1]), np.array([1, 2, 2]))

    assert runs.rows() == [(0, 0, 3, 3, 6), (1, 0, 3, 8, 11), (2, 3, 6, 8, 11)]


@pytest.mark.parametrize(("gap", "passages"), [(1, 1), (4, 1), (5, 2)])
def test_a_small_gap_does_not_split_a_passage(gap: int, passages: int) -> None:
    """Up to four changed words lie inside a passage and lower its score; five split it into two."""
    first, second = "a b c d e f", "g h i j k l"
    a, b = (f"{first} {' '.join(f'{side}{number}' for number in range(gap))} {second}" for side in "xy")

    summary = summary_of(a, b)

    assert summary is not None
    assert len(summary[2]) == passages
    assert summary[2][0][2] == pytest.approx(12 / (12 + gap) if passages == 1 else 1)
    assert summary[0] == summary[1] == pytest.approx(12 / (12 + 2 * gap))


def test_a_passage_needs_six_words_or_all_of_the_shorter_text() -> None:
    """Five matching words of a longer text are chance; five that are all of the shorter text, or six, are a passage."""
    five, six = "a b c d e", "a b c d e f"

    assert len(six.split()) == MIN_WORDS
    assert summary_of(f"{five} x y", f"{five} z w v") is None
    assert summary_of(five, f"x {five} y") == (1.0, 5 / 7, [(five, five, 1.0)])
    assert summary_of(f"{six} x", f"{six} y") == (6 / 7, 6 / 7, [(six, six, 1.0)])


def test_passages_follow_the_first_text() -> None:
    """Passages are in the order of a, whichever text is longer; coverages are those of the shorter and the longer text."""
    first, second = "a b c d e f", "g h i j k l"
    crossed = f"{second} p q r s t {first} u"

    short, long = f"{first} {second}", crossed
    assert summary_of(short, long) == (1.0, 12 / 18, [(first, first, 1.0), (second, second, 1.0)])
    assert summary_of(long, short) == (1.0, 12 / 18, [(second, second, 1.0), (first, first, 1.0)])


def test_a_repeated_passage_counts_once() -> None:
    """A text that says the same twice covers the shorter text once."""
    text = "a b c d e f g"
    summary = summary_of(text, f"{text} {text}")

    assert summary is not None
    assert summary[:2] == (1.0, 0.5)


def test_equal_texts_are_one_passage() -> None:
    """Texts with equal words have one passage from first word to last in each, and full coverage."""
    words = tokenize(pl.Series(["«Un, deux»", "un deux", "大雨", "大雨。"]))

    summary = identical_passages(words, np.array([4, 9]), np.array([0, 2]), np.array([1, 3]))

    spans = [
        {"a_start": 1, "a_end": 9, "b_start": 0, "b_end": 7, "score": 1.0},
        {"a_start": 0, "a_end": 2, "b_start": 0, "b_end": 2, "score": 1.0},
    ]
    assert summary.schema == PASSAGE_SUMMARY
    assert summary.rows() == [(4, 1.0, 1.0, spans[:1]), (9, 1.0, 1.0, spans[1:])]


def test_no_pairs_have_no_passages() -> None:
    """Without pairs there are no runs and no passages."""
    words, none = tokenize(pl.Series(["a b c"])), np.zeros(0, dtype=np.int64)

    assert matching_runs(words, shingles(words), none, none).is_empty()
    assert identical_passages(words, none, none, none).is_empty()


@settings(max_examples=60)
@given(TEXTS, TEXTS)
def test_runs_have_equal_words(first: str, second: str) -> None:
    """Any run has the same words in both texts, at least one, and runs do not overlap in the shorter text."""
    shorter, greater = sorted((first, second), key=lambda text: len(text.split()))
    words = tokenize(pl.Series([shorter, greater]))
    runs = matching_runs(words, shingles(words), np.array([0]), np.array([1]))

    end = 0
    for _, from_l, to_l, from_g, to_g in runs.iter_rows():
        assert end <= from_l < to_l <= words.offsets[1] <= from_g < to_g
        assert words.hashes[from_l:to_l].tolist() == words.hashes[from_g:to_g].tolist()
        end = to_l
