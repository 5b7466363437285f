"""pipeline/saring/noise/line_series.py: headwords of glossaries and dates of diaries are told from buttons and date lines by their siblings."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saring.core.lines import split_lines
from saring.noise.line_features import line_features
from saring.noise.line_series import diary_lines, glossary_lines, series_entries


def lines_of(*texts: str) -> pl.DataFrame:
    """Return the non-blank lines of texts with their features."""
    ids = [str(number) for number in range(len(texts))]
    return line_features(split_lines(pl.DataFrame({"id": ids, "text": texts}, schema={"id": pl.String, "text": pl.String})))


def glossary(doomed: str, *texts: str, min_kept_share: float = 0, sentences: bool = False) -> list[str]:
    """Return the lines of glossaries in texts of which the lines that equal `doomed` would be deleted."""
    lines = lines_of(*texts)
    is_doomed = (lines["text"] == doomed).to_numpy()
    entries = series_entries(lines, is_doomed, sentences=sentences)
    return lines.filter(pl.Series(glossary_lines(lines, entries, is_doomed, min_kept_share)))["text"].to_list()


def diary(doomed: str, *texts: str, min_kept_share: float = 0) -> list[str]:
    """Return the lines of diaries in texts of which the lines that equal `doomed` would be deleted."""
    lines = lines_of(*texts)
    is_doomed = (lines["text"] == doomed).to_numpy()
    entries = series_entries(lines, np.zeros(lines.height, dtype=np.bool_))
    return lines.filter(pl.Series(diary_lines(lines, entries, is_doomed, min_kept_share)))["text"].to_list()


def test_entries_are_counted_down_to_the_next_head() -> None:
    """`size` is the number of lines of entry text right below; entries end with their document, and a deleted line is none."""
    lines = lines_of("Bond\nA loan.\nIt is paid back.\nShare\nA part.", "It begins here.\nTerm")

    entries = series_entries(lines, np.zeros(7, dtype=np.bool_))
    shortened = series_entries(lines, np.arange(7) == 2)

    assert entries.is_entry.tolist() == [False, True, True, False, True, True, False]
    assert entries.size.tolist() == [2, 1, 0, 1, 0, 0, 0]
    assert entries.below_entry.tolist() == [True, False, True, True, False, True, True]
    assert entries.first.tolist() == [True, False, False, False, False, True, False]
    assert shortened.size.tolist() == [1, 0, 0, 1, 0, 0, 0]


def test_a_definition_needs_no_full_stop() -> None:
    """Without `sentences`, five words in small letters without digits are entry text; a headline, a number and a label are not."""
    lines = lines_of("a loan that is paid back\nThe Mayor Opens New Market\na loan of 5 parts in all\nonly four words here\nIt ends.")
    is_deleted = np.zeros(lines.height, dtype=np.bool_)

    assert series_entries(lines, is_deleted).is_entry.tolist() == [False, False, False, False, True]
    assert series_entries(lines, is_deleted, sentences=False).is_entry.tolist() == [True, False, False, False, True]


def test_no_lines_have_no_entries() -> None:
    """Arrays for an empty batch are empty."""
    lines = lines_of()
    nothing = np.zeros(0, dtype=np.bool_)
    entries = series_entries(lines, nothing)

    assert [len(array) for array in entries] == [0, 0, 0, 0]
    assert len(glossary_lines(lines, entries, nothing)) == len(diary_lines(lines, entries, nothing)) == 0


GLOSSARY = "Bond\nA bond is a loan.\nShare\nA share is a part.\nStock\nStock is all of them."


@pytest.mark.parametrize(
    ("text", "is_protected"),
    [
        (GLOSSARY, True),
        ("Share\nA share is a part.", False),
        ("Share\nTo take part is free.\nZone\nIt is far.", False),
        ("Share\nA share is a part.\nBond\nA bond is a loan.", True),
        ("Share\nIt is far.\nZone\nIt was late.\nBond\nIt rained.\nArea\nIt snowed.", False),
        ("Area\nIt is far.\nBond\nIt was late.\nShare\nIt rained.\nZone\nIt snowed.", True),
        ("Share\nA share is a part.\nShare\nA share is a part.\nStock\nStock is all.", False),
        ("Bond\nA bond is a loan.\nHeadline of another page\nShare\nTo take part is free.", False),
    ],
    ids=["glossary", "one", "two without repetition", "two", "disordered", "alphabetical", "repeated heads", "interrupted"],
)
def test_a_headword_is_known_by_its_siblings(text: str, is_protected: bool) -> None:  # noqa: FBT001 - a case
    """A short line is a headword among others if entries repeat their heads, or if the heads are in alphabetical order."""
    assert glossary("Share", text) == (text.split("\n") if is_protected else [])


def test_accents_and_other_scripts_have_their_place_in_the_alphabet() -> None:
    """Order ignores accents and case; Cyrillic headwords are compared as any others."""
    french = "Abri\nIl pleut.\nÉcluse\nIl neige.\nFanal\nIl vente.\nPartage\nIl gèle."
    russian = "Акция\nАкция есть доля.\nБилет\nБилет есть бумага.\nВексель\nВексель есть долг."

    assert glossary("Partage", french) == french.split("\n")
    assert glossary("Билет", russian) == russian.split("\n")


def test_a_glossary_does_not_cross_into_another_document() -> None:
    """Heads of two texts are no series, though the lines follow each other."""
    assert glossary("Share", "Bond\nA bond is a loan.", "Share\nA share is a part.") == []
    assert glossary("Share", GLOSSARY, "Share\nIt is free.") == GLOSSARY.split("\n")


def test_a_glossary_without_deletions_needs_no_protection() -> None:
    """Where no headword would be deleted, the mask is empty."""
    assert glossary("Home", GLOSSARY) == []
    assert glossary("A share is a part.", GLOSSARY) == []


def test_a_glossary_that_would_mostly_be_deleted_is_not_protected() -> None:
    """Five of six lines are kept: enough for a share of 0.8, not for one of 0.9."""
    assert glossary("Share", GLOSSARY, min_kept_share=0.8) == GLOSSARY.split("\n")
    assert glossary("Share", GLOSSARY, min_kept_share=0.9) == []


DIARY = "3 May 2019\nWe sailed at nine.\n4 May 2019\nIt rained all day.\n5 May 2019\nWe saw the island."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (DIARY, DIARY.split("\n")),
        ("4 May 2019\nWe sailed at nine.", []),
        ("4 May 2019\nWe sailed.\nMay 5, 2019\nIt rained.", []),
        ("3 May 2019\nWe sailed.\nAnn Roe\n4 May 2019\nWell done.", []),
        ("4 May 2019\nWe sailed.\n1 May 2016\nIt rained.", ["4 May 2019", "We sailed.", "1 May 2016", "It rained."]),
        ("4 May 2019\nWe sailed.\n1 May 2012\nIt rained.", []),
        (
            "4 May 2019\nWe sailed.\n1 May 1999\nIt rained.\n2 May 1999\nIt snowed.",
            ["1 May 1999", "It rained.", "2 May 1999", "It snowed."],
        ),
        ("1er mai 2019\nIl pleut.\n4 May 2019\nIl neige.", ["1er mai 2019", "Il pleut.", "4 May 2019", "Il neige."]),
        ("4 h ago\nWell done.\n5 h ago\nThanks.", []),
    ],
    ids=[
        "diary",
        "one",
        "two forms",
        "comments",
        "three years between",
        "seven years between",
        "own date first",
        "ordinals",
        "ages of comments",
    ],
)
def test_dates_of_one_form_above_entries_are_a_diary(text: str, expected: list[str]) -> None:
    """A date is known by others of its form; the first is the page's own where it breaks their order or is years away."""
    dates = [line for line in text.split("\n") if line[0].isdigit()]
    protected = {line for doomed in dates for line in diary(doomed, text)}

    assert [line for line in text.split("\n") if line in protected] == expected


def test_a_first_date_above_a_long_text_is_the_pages_own() -> None:
    """Its entry has more than eight lines and more than four times those of any other; below, the diary stands for itself."""
    article = "2 May 2019\n" + "\n".join(f"Sentence {word} ends." for word in "abcdefghi")

    assert diary("3 May 2019", f"{article}\n{DIARY}") == DIARY.split("\n")


def test_a_diary_does_not_cross_into_another_document() -> None:
    """Dates of two texts are no series, and each diary is judged by itself."""
    assert diary("3 May 2019", "3 May 2019\nWe sailed.", "4 May 2019\nIt rained.") == []
    assert diary("3 May 2019", DIARY, "6 May 2019\nA.\n7 May 2019\nB.") == DIARY.split("\n")
    assert diary("3 May 2019", DIARY, min_kept_share=0.9) == []


@settings(max_examples=50)
@given(st.lists(st.sampled_from(["Share", "Bond", "A bond is a loan.", "3 May 2019", "4 May 2019", "Ann", "市长", ""]), max_size=12))
def test_nothing_is_protected_without_a_deletion(words: list[str]) -> None:
    """On any lines: without a line to be deleted both masks are empty, and with all of them no line outside of a series is protected."""
    lines = lines_of("\n".join(words))
    none, every = np.zeros(lines.height, dtype=np.bool_), np.ones(lines.height, dtype=np.bool_)
    entries = series_entries(lines, none)

    for series in (glossary_lines, diary_lines):
        assert not series(lines, entries, none).any()
        assert not (series(lines, entries, every) & ~entries.is_entry & (entries.size == 0)).any()
