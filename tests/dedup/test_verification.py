"""Candidate pairs are measured on their full texts: kind, score, coverages."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from saring.config import Overlap
from saring.dedup.verification import MEASURES, NUMBERED_OVERLAP, measure_pairs, reclassify_templates, verify_pairs

LETTERS = "a b c d e f g h i j k l m n o p q r s t u v w x y z"


def numbered(*texts: str | None) -> pl.DataFrame:
    """Return texts with their numbers."""
    return pl.DataFrame({"doc": range(len(texts)), "text": texts}, schema={"doc": pl.UInt32, "text": pl.String})


def pairs_of(*pairs: tuple[int, int]) -> pl.DataFrame:
    """Return pairs of document numbers."""
    return pl.DataFrame(pairs, schema={"a": pl.UInt32, "b": pl.UInt32}, orient="row")


def verified(a: str | None, b: str | None, **thresholds: Any) -> list[tuple[str, float]]:  # noqa: ANN401 - passed on
    """Return kind and score of the overlap between two texts."""
    overlap = verify_pairs(numbered(a, b), pairs_of((0, 1)), Overlap(**thresholds))
    assert overlap.schema == NUMBERED_OVERLAP
    return [(kind, round(score, 4)) for kind, score in overlap.select("kind", "score").iter_rows()]


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("Un, deux, trois", "«UN» deux trois", [("exact", 1.0)]),
        ("大雨", "大雨。", [("exact", 1.0)]),
        ("كَتَبَ", "كتب", [("exact", 1.0)]),
        (LETTERS, f"{LETTERS} omega", [("near", 0.96)]),
        (f"{LETTERS[:31]}", LETTERS, [("contained", 1.0)]),
        (LETTERS, LETTERS[::-1], []),
        ("a b", "b a", []),
        ("", "", []),
        (None, LETTERS, []),
    ],
    ids=["exact", "exact in Chinese", "exact but for marks", "near", "contained", "reversed", "two words", "empty", "null"],
)
def test_kinds_of_pairs(a: str | None, b: str | None, expected: list[tuple[str, float]]) -> None:
    """Equal words are exact; similar shingles near; a text within another contained; the order of the two texts changes nothing."""
    assert verified(a, b) == expected
    assert verified(b, a) == expected


def test_a_threshold_is_reached_at_its_value() -> None:
    """A similarity or coverage equal to its threshold is enough; a threshold that is a little higher is not reached."""
    longer = f"{LETTERS} omega"
    similarity = 24 / 25

    assert verified(LETTERS, longer, near_at=similarity, templates=False) == [("near", 0.96)]
    assert verified(LETTERS, longer, near_at=similarity + 1e-9, templates=False) == [("contained", 1.0)]
    half = f"{LETTERS[:25]} 1 2 3 4 5 6 7 8 9 10 11 12 13"
    covered = round(measure_pairs(numbered(half, LETTERS), pairs_of((0, 1)))["coverage_shorter"][0], 9)
    assert verified(half, LETTERS, contained_at=covered - 1e-6, templates=False)[0][0] == "contained"
    assert verified(half, LETTERS, contained_at=covered + 1e-6, templates=False) == []


def test_a_text_with_numbers_of_its_own_is_a_template() -> None:
    """Two pages of one form with different numbers are a template; with the setting off, they are near duplicates."""
    page = "The ferry {} leaves the pier at {} with {} seats and comes back to the same pier before it is dark on any day of the week"
    a, b = page.format(11, 640, 57), page.format(12, 715, 93)

    assert [kind for kind, _ in verified(a, b, near_at=0.3)] == ["template"]
    assert [kind for kind, _ in verified(a, b, near_at=0.3, templates=False)] == ["near"]


def test_measures_of_a_pair() -> None:
    """Similarity counts distinct shingles, coverages count characters, and each is that of its own text, in either order."""
    texts = numbered("a b c d e f g h", "a b c d e f X h Y")
    (measure,) = measure_pairs(texts, pairs_of((0, 1))).to_dicts()
    (turned,) = measure_pairs(texts, pairs_of((1, 0))).to_dicts()

    assert measure["jaccard"] == pytest.approx(4 / 9)
    assert (measure["coverage_a"], measure["coverage_b"], measure["coverage_shorter"]) == (6 / 8, 6 / 9, 6 / 8)
    assert (turned["coverage_a"], turned["coverage_b"], turned["coverage_shorter"]) == (6 / 9, 6 / 8, 6 / 8)
    assert measure["passages"] == [{"a_start": 0, "a_end": 11, "b_start": 0, "b_end": 11, "score": 1.0}] == turned["passages"]
    assert (measure["same_words"], measure["is_template"]) == (False, False)


def test_dissimilar_pairs_are_left_out() -> None:
    """With thresholds, a pair that can reach neither has no row; without, it has one, with zeros and no passages."""
    texts = numbered("a b c d", "e f g h")

    assert measure_pairs(texts, pairs_of((0, 1)), jaccard=0.1, covered=0.1).is_empty()
    (row,) = measure_pairs(texts, pairs_of((0, 1))).to_dicts()
    assert (row["jaccard"], row["coverage_a"], row["coverage_b"], row["passages"]) == (0, 0, 0, [])


def test_no_pairs() -> None:
    """Without pairs, or without texts, there are no measures and no duplicates."""
    for texts in (numbered(), numbered("a b c")):
        assert measure_pairs(texts, pairs_of()).equals(pl.DataFrame(schema=MEASURES))
        assert verify_pairs(texts, pairs_of(), Overlap()).equals(pl.DataFrame(schema=NUMBERED_OVERLAP))


def test_pairs_of_one_text_are_measured_each_for_itself() -> None:
    """A text in several pairs, in any order of rows, has the measures that each pair has alone."""
    texts = numbered(LETTERS, f"{LETTERS} omega", LETTERS.upper(), LETTERS[:31])
    pairs = [(0, 1), (0, 2), (0, 3), (1, 3)]

    together = measure_pairs(texts[::-1], pairs_of(*pairs)).sort("a", "b")

    assert together.equals(pl.concat([measure_pairs(texts, pairs_of(pair)) for pair in pairs]))


def translation_pair(kind: str) -> pl.DataFrame:
    """Return a translation pair of the documents 0 and 1."""
    return pl.DataFrame([(0, 1, kind, 0.5, 0.5, 0.5, [])], schema=NUMBERED_OVERLAP, orient="row")


RATES = [
    "The rate for bread is 412 cents. The rate for salt is 87 cents. The rate for oil is 1350 cents.",
    "On Monday the rate for bread was 431, the rate for salt 95, the rate for oil even 1287, the office says.",
]


@pytest.mark.parametrize(
    ("kind", "templates", "expected"),
    [("retranslation", True, "template"), ("retranslation", False, "retranslation"), ("translation", True, "translation")],
)
def test_retranslations_with_other_numbers_are_templates(kind: str, templates: bool, expected: str) -> None:  # noqa: FBT001 - a parameter
    """A retranslation whose numbers differ becomes a template, unless templates are off; a translation stays one."""
    marked = reclassify_templates(numbered(*RATES), translation_pair(kind), Overlap(templates=templates))

    assert marked.schema == NUMBERED_OVERLAP
    assert marked["kind"].to_list() == [expected]
    assert marked.drop("kind").equals(translation_pair(kind).drop("kind"))


def test_retranslations_with_the_same_numbers_stay() -> None:
    """A retranslation with the same numbers stays one."""
    texts = numbered(RATES[0], "On Monday the rate for bread was 412, the rate for salt 87, the rate for oil even 1350, the office says.")

    assert reclassify_templates(texts, translation_pair("retranslation"), Overlap())["kind"].to_list() == ["retranslation"]
