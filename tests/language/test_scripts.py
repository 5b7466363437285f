"""Tests of pipeline/saring/language/scripts.py: letters are counted by script, and the most frequent script is the main one."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saring.language.scripts import count_letters, main_scripts, usual_scripts


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("Selamat pagi", "Latn"),
        ("Доброе утро, Anna", "Cyrl"),
        ("東京の天気は晴れです", "Jpan"),
        ("서울 날씨는 맑음 漢字", "Kore"),
        ("北京今天天气很好，适合出门散步", "Hani"),
        ("ab вг", "Latn"),
        ("12, 34!", "Zyyy"),
        ("", "Zyyy"),
    ],
)
def test_the_main_script_has_the_most_letters(text: str, script: str) -> None:
    """Han counts as Japanese or Korean if kana or Hangul are frequent; the first script wins a tie; no letters give Zyyy."""
    assert main_scripts(count_letters(pl.Series([text]))).to_list() == [script]


@settings(deadline=None)
@given(st.lists(st.text(st.sampled_from("aéбγกあ漢한 1"), max_size=9), max_size=80))
def test_letters_are_counted_for_each_text_alone(texts: list[str]) -> None:
    """The counts of a text do not depend on the other texts of a batch."""
    counts = count_letters(pl.Series(texts, dtype=pl.String))

    assert counts.shape[1] == len(texts)
    for column, text in enumerate(texts):
        assert counts[:, column].tolist() == count_letters(pl.Series([text]))[:, 0].tolist()


def test_scripts_of_a_language() -> None:
    """Languages with several usual scripts have all of them; simplified and traditional Han are one."""
    assert {"Latn", "Cyrl"} <= usual_scripts("sr")
    assert usual_scripts("zh") >= {"Hani"}
    assert "Latn" in usual_scripts("id")
