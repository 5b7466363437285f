"""pipeline/saring/tools/suggest_names/similarity.py: how alike spellings are."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saring.tools.suggest_names.similarity import describe_forms, edit_distance, form_similarity


def _like(a: str, b: str) -> dict[str, float]:
    one, other = describe_forms(pl.DataFrame({"form": [a]})), describe_forms(pl.DataFrame({"form": [b]}))
    pair = pl.concat([one.rename(lambda name: f"{name}_a"), other.rename(lambda name: f"{name}_b")], how="horizontal")
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
    """Across languages, scripts and normal forms."""
    assert _like(a, b)["sounding"] == 1.0


@pytest.mark.parametrize(("a", "b"), [("Durov", "du Bourge"), ("Macron", "Merkel"), ("Durov", "Дюма"), ("Durov", "杜罗夫")])
def test_other_names_do_not(a: str, b: str) -> None:
    """Half of the letters are not enough."""
    assert _like(a, b)["like"] < 0.6


_WORDS = st.text("abcdeé", max_size=9)


@given(_WORDS, _WORDS)
def test_a_distance_is_the_fewest_changes(a: str, b: str) -> None:
    """As the textbook's recursion counts them; there and back is the same."""
    rows = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        last, rows = rows, [i]
        for j, y in enumerate(b, start=1):
            rows.append(min(last[j] + 1, rows[j - 1] + 1, last[j - 1] + (x != y)))

    found = edit_distance(pl.Series([a, b, a], dtype=pl.String), pl.Series([b, a, a], dtype=pl.String))

    assert found.tolist() == [rows[-1], rows[-1], 0]
