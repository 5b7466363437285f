"""pipeline/saring/tools/suggest_names/aligned_passages.py: names that stand on one side each of aligned passages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from saring.core.tables import OVERLAP, empty_table
from saring.tools.suggest_names.aligned_passages import ALIGNED, REACH, aligned_forms

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMES = pl.Series(["Durov", "DuRove", "Paris", "Telegram", "Sukarno", "Soekarno", "Дуров"])


def documents_of(**texts: str) -> pl.DataFrame:
    """Return documents by id."""
    return pl.DataFrame({"id": list(texts), "text": list(texts.values())}, schema={"id": pl.String, "text": pl.String})


def overlaps_of(documents: pl.DataFrame, *aligned: tuple[str, str], kind: str = "translation") -> pl.DataFrame:
    """Return the overlap of the documents "a" and "b" with these pairs of aligned passages."""
    texts = dict(documents.iter_rows())
    passages = [
        {
            "a_start": (a := texts["a"].index(x)),
            "a_end": a + len(x),
            "b_start": (b := texts["b"].index(y)),
            "b_end": b + len(y),
            "score": 0.9,
        }
        for x, y in aligned
    ]
    row: dict[str, Any] = {"a": "a", "b": "b", "kind": kind, "score": 0.9, "coverage_a": 0.5, "coverage_b": 0.5, "passages": passages}
    return pl.DataFrame([row], schema=OVERLAP)


def pairs(
    texts: tuple[str, str], aligned: Sequence[tuple[str, str]] | None = None, kind: str = "translation"
) -> list[tuple[str, str, int, int]]:
    """Return pairs of names in two texts, which are one aligned passage by default, with the counts of passages."""
    documents = documents_of(a=texts[0], b=texts[1])
    forms = aligned_forms(documents, overlaps_of(documents, *(aligned or [texts]), kind=kind), NAMES)
    assert forms.schema == ALIGNED
    return forms.select("x", "y", "aligned", "beside").rows()


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("DuRove datang ke Paris", "Durov est arrivé à Paris", [("DuRove", "Durov", 1, 1)]),
        ("Durov est arrivé", "DuRove datang", [("DuRove", "Durov", 1, 1)]),
        ("Durov datang", "Дуров приехал", [("Durov", "Дуров", 1, 1)]),
        ("DuRove dan Durov datang", "Durov est arrivé", []),
        ("DuRove datang", "Il est arrivé à Paris", []),
        ("Sukarno tiba", "Durov est arrivé", []),
        ("Sukarno dan DuRove", "Durov et Soekarno", [("DuRove", "Durov", 1, 1), ("Soekarno", "Sukarno", 1, 1)]),
        ("Durof datang", "Durov est arrivé", []),
        ("", "", []),
    ],
)
def test_similar_names_on_one_side_each_are_a_pair(a: str, b: str, expected: list[tuple[str, str, int, int]]) -> None:
    """A name on both sides is no variant of another; forms that are no names, or too different, are no pair."""
    assert pairs((a, b)) == expected


def test_each_passage_counts_once() -> None:
    """Repeats within a passage do not count, and neither does a passage with the same two texts."""
    one, two = ("DuRove dan DuRove.", "Durov et Durov."), ("Lalu DuRove.", "Puis Durov.")
    texts = (f"{one[0]} {two[0]}", f"{one[1]} {two[1]}")

    assert pairs(texts, [one, two])[0][:3] == ("DuRove", "Durov", 2)
    assert pairs(texts, [one, one])[0][:3] == ("DuRove", "Durov", 1)


def test_at_most_three_passages_are_returned() -> None:
    """They are the first ones, with ids and texts of both sides."""
    aligned = [(f"DuRove nomor {word}.", f"Durov nombre {word}.") for word in ("a", "b", "c", "d")]
    documents = documents_of(a=" ".join(a for a, _ in aligned), b=" ".join(b for _, b in aligned))

    row = aligned_forms(documents, overlaps_of(documents, *aligned), NAMES).row(0, named=True)

    assert row["aligned"] == 4
    assert row["passages"] == [{"a": "a", "b": "b", "a_text": a, "b_text": b} for a, b in aligned[:3]]


@pytest.mark.parametrize(("distance", "expected"), [(1, [("DuRove", "Durov", 0, 1)]), (REACH + 1, [])])
def test_names_beside_a_passage_are_counted_apart(distance: int, expected: list[tuple[str, str, int, int]]) -> None:
    """Within 250 code points before or after the passage, where the other document lacks the name."""
    aligned = ("Ia tiba di kota.", "Il arrive en ville.")
    gap = "é" * distance

    assert pairs((f"DuRove {gap} {aligned[0]}", f"{aligned[1]} Durov"), [aligned]) == expected
    assert pairs((f"DuRove {gap} {aligned[0]}", f"{aligned[1]} Durov" + " x" * REACH + " DuRove"), [aligned]) == []


@pytest.mark.parametrize(("kind", "count"), [("translation", 1), ("retranslation", 1), ("near", 1), ("exact", 0), ("template", 0)])
def test_exact_copies_and_templates_say_nothing(kind: str, count: int) -> None:
    """Only documents with the same content in other words are compared."""
    assert len(pairs(("DuRove datang", "Durov datang"), kind=kind)) == count


def test_nothing_to_compare_gives_an_empty_table() -> None:
    """It has all columns: without overlaps, with documents that are missing, without names, and without passages."""
    documents = documents_of(a="DuRove datang", b="Durov datang")
    overlaps = overlaps_of(documents, ("DuRove datang", "Durov datang"))

    for table in (
        aligned_forms(documents, empty_table(OVERLAP), NAMES),
        aligned_forms(documents.head(1), overlaps, NAMES),
        aligned_forms(documents, overlaps, NAMES.clear()),
        aligned_forms(documents, overlaps_of(documents), NAMES),
        aligned_forms(documents.clear(), overlaps, NAMES),
    ):
        assert table.schema == ALIGNED
        assert table.is_empty()
