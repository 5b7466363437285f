"""Optional diacritics are ignored, and marks that make another word are not."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saring.dedup.optional_marks import OPTIONAL_MARKS, SPELLING_VARIANTS, normalise_marks, strip_optional_marks

IGNORED = "\N{COMBINING GRAPHEME JOINER}"


def stripped(text: str) -> str:
    """Return a text without optional marks."""
    result: str = pl.DataFrame({"text": [text]}).select(strip_optional_marks(pl.col("text"))).item()
    return result


def normalised(letters: str, *marks: tuple[int, int]) -> str:
    """Return a text, closed by a separator, after `normalise_marks`; each mark is a position and that of the letter it belongs to."""
    codes = np.array([*map(ord, letters + "\n")], dtype=np.intp)
    positions, base = (np.array(column, dtype=np.intp) for column in zip(*marks, strict=True)) if marks else (np.zeros(0, np.intp),) * 2
    normalise_marks(codes, positions, base)
    return "".join(map(chr, codes))[:-1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("كَتَبَ", "كتب"),
        ("رســـالة", "رسالة"),
        ("ٱلأمر", "الأمر"),
        ("علی کتاب", "علي كتاب"),
        ("على", "علي"),
        ("הַבֹּקֶר", "הבקר"),
        ("ܫܠܳܡܳܐ", "ܫܠܡܐ"),
        ("письмо́", "письмо"),
        ("еще\u0308", "еще"),
        ("a\ufe0fb", "ab"),
        ("", ""),
    ],
)
def test_optional_marks_are_stripped(text: str, expected: str) -> None:
    """Harakat, niqqud, Syriac vowels, stress marks, the dots of ё and variation selectors go; letter variants become one letter."""
    assert stripped(text) == expected


@pytest.mark.parametrize(
    "text",
    ["e\u0301te\u0301", "α\u0301", "कि", "กี่", "ހާ", "г\u0301", "і\u0308", "a\u0308", "tiê\u0301ng"],
    ids=["Latin", "Greek", "Devanagari", "Thai", "Thaana", "Macedonian", "Ukrainian", "dots on Latin a", "Vietnamese"],
)
def test_other_marks_stay(text: str) -> None:
    """Accents and vowel signs that distinguish words stay."""
    assert stripped(text) == text


@given(
    st.lists(st.sampled_from(["ك", "تَّ", "رـ", "\u0671", "ב", "גָּ", "שׁ", "е", "е\u0308", "о\u0301", "x", "e\u0301", " ", "a\ufe0f"])).map(
        "".join
    )
)
def test_stripping_twice_changes_nothing_more(text: str) -> None:
    """A stripped text has no optional mark left, and only texts with a spelling variant change."""
    once = stripped(text)

    assert stripped(once) == once
    assert not pl.Series([once]).str.contains(OPTIONAL_MARKS).item()
    assert once == text or pl.Series([text]).str.contains(SPELLING_VARIANTS).item()


@pytest.mark.parametrize(
    ("letters", "mark", "expected"),
    [
        ("о\u0301", (1, 0), "о" + IGNORED),
        ("О\u0301", (1, 0), "О" + IGNORED),
        ("е\u0308", (1, 0), "е" + IGNORED),
        ("г\u0301", (1, 0), "г\u0301"),
        ("e\u0308", (1, 0), "e\u0308"),
        ("о\u0308", (1, 0), "о\u0308"),
    ],
)
def test_marks_are_optional_behind_some_letters(letters: str, mark: tuple[int, int], expected: str) -> None:
    """A stress mark is ignored behind a Cyrillic vowel in either case, dots behind е; the same marks count behind other letters."""
    assert normalised(letters, mark) == expected


HOLAM, QUBUTS, DAGESH = "\u05b9", "\u05bb", "\u05bc"


@pytest.mark.parametrize(
    ("letters", "marks", "expected"),
    [
        (f"ח{HOLAM}מ", [(1, 0)], "חומ"),
        (f"ח{QUBUTS}מ", [(1, 0)], "חומ"),
        (f"ב{DAGESH}{HOLAM}ק", [(1, 0), (2, 0)], f"ב{DAGESH}וק"),
        (f"ח{HOLAM}{DAGESH}מ", [(1, 0), (2, 0)], f"חו{DAGESH}מ"),
        (f"ו{HOLAM}מ", [(1, 0)], f"ו{HOLAM}מ"),
        (f"ר{HOLAM}אש", [(1, 0)], f"ר{HOLAM}אש"),
        (f"ש{HOLAM}ה", [(1, 0)], f"ש{HOLAM}ה"),
        (f"ש{HOLAM}הם", [(1, 0)], "שוהם"),
        (f"x{HOLAM}y", [(1, 0)], f"x{HOLAM}y"),
    ],
    ids=["holam", "qubuts", "behind a dagesh", "before a dagesh", "on a vav", "before alef", "before a final he", "before a he", "Latin"],
)
def test_vowels_of_hebrew_become_a_vav(letters: str, marks: list[tuple[int, int]], expected: str) -> None:
    """Holam and qubuts become the vav of unpointed spelling, except where that is not written: on a vav, before alef or a final he."""
    assert normalised(letters, *marks) == expected


def test_a_text_without_marks_is_not_changed() -> None:
    """Without marks nothing is replaced, not even in an empty text."""
    assert normalised("шалом") == "шалом"
    assert normalised("") == ""
