"""pipeline/saring/noise/author_names.py: the authors that bylines name."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saring.noise.author_names import LONGEST, author_line, head_words

CASES = tomllib.loads((Path(__file__).parents[1] / "cases" / "bylines.toml").read_text(encoding="utf-8"))["line"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["line"])
def test_a_byline_names_its_authors(case: dict[str, object]) -> None:
    """Each line names the authors of its case; one that names none says why."""
    assert case["names"] or case["why"]

    assert case["names"] == list(author_line(str(case["line"])).names)


def test_what_stands_beside_names_is_told() -> None:
    """A label, a label alone and names of others are told apart."""
    assert author_line("By Ada Flint").is_labelled
    assert not author_line("Ada Flint").is_labelled
    assert author_line("Penulis:").is_label
    assert author_line("Foto: Ada Flint").names_others


@given(st.text(max_size=LONGEST + 10))
def test_any_line_is_read_without_error(line: str) -> None:
    """Any string gives names that are not empty, or none."""
    assert all(name.strip() for name in author_line(line).names)


def test_words_are_sorted_into_lists_without_repeats() -> None:
    """Words are in lower case, and those of bylines are not those of other people's credits."""
    words = head_words()

    assert all(word == word.lower() for names in words.values() for word in names)
    assert not set(words["by"]) & set(words["others"])
