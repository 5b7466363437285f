"""pipeline/saring/tools/suggest_names/similarity.py: the similarity of spellings by letters and by sound."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saring.tools.suggest_names.similarity import describe_forms, edit_distance, form_similarity


def _similarity(a: str, b: str) -> dict[str, float]:
    """Return the similarity of two spellings by letters, by sounds, and the mean of both."""
    form_a, form_b = describe_forms(pl.DataFrame({"form": [a]})), describe_forms(pl.DataFrame({"form": [b]}))
    pair = pl.concat([form_a.rename(lambda name: f"{name}_a"), form_b.rename(lambda name: f"{name}_b")], how="horizontal")
    return form_similarity(pair).select("spelling", "sounding", "like").to_dicts()[0]


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Durov", "DuRove"),
        ("Durov", "Дуров"),
        ("Durov", "Durow"),
        ("Durov", "Dourov"),
        ("Du Rove", "Durov"),
        ("Sukarno", "Soekarno"),
        ("Jakarta", "Yakarta"),
        ("Zelensky", "Selenskyj"),
        ("Mbappé", "Mbappe\u0301"),
        ("Papandreou", "Παπανδρέου"),
    ],
)
def test_spellings_of_one_name_sound_alike(a: str, b: str) -> None:
    """Variants of a name across languages, scripts and normal forms have the same sound."""
    assert _similarity(a, b)["sounding"] == 1.0


@pytest.mark.parametrize(("a", "b"), [("Durov", "du Bourge"), ("Macron", "Merkel"), ("Durov", "Дюма"), ("Durov", "杜罗夫")])
def test_different_names_are_less_similar(a: str, b: str) -> None:
    """Names that share half of their letters stay below the similarity of variants."""
    assert _similarity(a, b)["like"] < 0.6


_WORDS = st.text("abcdeé", max_size=9)


@given(_WORDS, _WORDS)
def test_edit_distance_equals_the_textbook_algorithm(a: str, b: str) -> None:
    """Wagner and Fischer's algorithm for one pair gives the same number, and the distance is symmetric."""
    rows = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        previous, rows = rows, [i]
        for j, y in enumerate(b, start=1):
            rows.append(min(previous[j] + 1, rows[j - 1] + 1, previous[j - 1] + (x != y)))

    distances = edit_distance(pl.Series([a, b, a], dtype=pl.String), pl.Series([b, a, a], dtype=pl.String))

    assert distances.tolist() == [rows[-1], rows[-1], 0]
