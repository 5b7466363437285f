"""Words are found in a vocabulary by their form, by the longest match, or by their stem."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saring.translation.embeddings.word_forms import (
    STEM_LENGTHS,
    Keys,
    compound_hashes,
    find_keys,
    fold_text,
    hashes_to_keys,
    prefix_hashes,
    split_words,
    stem_hashes,
)

TEXTS = st.lists(st.sampled_from(["bread", "Été", "大雨", "雨天", "大", "Membanjir", "x", " ", "\n", "-", "🙂"]), max_size=8).map("".join)


def keys_of(entries: list[str], stems: tuple[str, ...] = ()) -> tuple[Keys, dict[int, str]]:
    """Return the sorted keys of a vocabulary, and the entry of each; a stem is written with a hyphen."""
    entry_of = {}
    for entry in entries:
        words = split_words(pl.Series([entry]))
        entry_of[int(hashes_to_keys(compound_hashes(words)[len(words.hashes) - 1][:1])[0])] = entry
    for stem in stems:
        entry_of[int(hashes_to_keys(stem_hashes(split_words(pl.Series([stem])).hashes))[0])] = f"{stem}-"
    keys = np.array(sorted(entry_of), dtype=np.uint32)
    return keys, {place: entry_of[int(key)] for place, key in enumerate(keys)}


def found_in(texts: list[str | None], entries: list[str], stems: tuple[str, ...] = ()) -> list[list[str]]:
    """Return the entries of a vocabulary that occur in each text, in order."""
    keys, entry_of = keys_of(entries, stems)
    rows, places = find_keys(pl.Series(texts, dtype=pl.String), keys)
    return [[entry_of[int(place)] for place in places[rows == row]] for row in range(len(texts))]


@pytest.mark.parametrize(
    ("text", "folded"),
    [("Été", "ete"), ("كَتَبَ", "كتب"), ("ﬁn Ｓ", "fin s"), ("co\u00adop", "coop"), ("İ", "i"), ("", ""), (None, None)],
)
def test_spellings_fold_to_one(text: str | None, folded: str | None) -> None:
    """Case, marks, compatibility forms and invisible characters are removed; null stays null."""
    assert fold_text(pl.Series([text], dtype=pl.String)).to_list() == [folded]


def test_words_that_touch() -> None:
    """Characters of a script without spaces touch the next; words between spaces, and the last of a text, do not."""
    words = split_words(pl.Series(["大雨 x", None, "雨"]))

    assert words.rows.tolist() == [0, 0, 0, 2]
    assert words.touches.tolist() == [True, False, False, False]
    assert words.lengths.tolist() == [1, 1, 1, 1]
    assert words.starts.tolist() == [0, 1, 3, 0]


def test_compounds_reach_over_touching_words() -> None:
    """The hash of two touching words depends on both and their order, and does not reach into the next text."""
    words = split_words(pl.Series(["大雨大", "雨大"]))
    two, three = compound_hashes(words)[1:3]

    assert (two != 0).tolist() == [True, True, False, True, False]
    assert (three != 0).tolist() == [True, False, False, False, False]
    assert two[1] == two[3]
    assert two[0] != two[1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bread, BREAD!", ["bread", "bread"]),
        ("大雨天", ["大雨天"]),
        ("大雨x", ["大雨"]),
        ("雨雨", ["雨", "雨"]),
        ("雨大雨", ["雨", "大雨"]),
        ("breads", ["bread"]),
        ("sorbread", []),
        ("", []),
        (None, []),
    ],
)
def test_the_longest_match_counts(text: str | None, expected: list[str]) -> None:
    """Exact forms are found in any case; of touching characters the longest entry counts, not those inside it."""
    assert found_in([text], ["bread", "大雨", "雨", "大雨天"]) == [expected]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("membanjiri", ["membanjir"]),
        ("membanj", ["memba-"]),
        ("memban", ["memba-"]),
        ("membanjirinya", ["membanjir"]),
        ("membanjirinyaa", ["membanjir"]),
        ("membanjirinyaab", []),
        ("memb", []),
    ],
)
def test_an_unlisted_form_is_found_by_its_stem(word: str, expected: list[str]) -> None:
    """The longest listed prefix counts, a form or a stem, if at most five letters and not half of the word are cut; short words have none."""
    assert len("memba") in STEM_LENGTHS
    assert found_in([word], ["membanjir", "mem"], ("memba",)) == [expected]


@pytest.mark.parametrize(("word", "expected"), [("breakin", ["brea-"]), ("breaking", [])])
def test_a_stem_is_more_than_half_of_its_word(word: str, expected: list[str]) -> None:
    """A stem of four letters counts for a word of seven, and not for one of eight."""
    assert found_in([word], [], ("brea",)) == [expected]


def test_a_listed_form_needs_no_stem() -> None:
    """A word that is listed itself is found as itself, though its stem is listed too."""
    assert found_in(["membanjiri"], ["membanjiri", "membanjir"], ("memba",)) == [["membanjiri"]]


def test_an_empty_vocabulary_has_no_words() -> None:
    """In a vocabulary without keys nothing is found, and nothing in no texts."""
    no_keys = np.zeros(0, dtype=np.uint32)

    for texts in (["bread", "大雨"], []):
        rows, places = find_keys(pl.Series(texts, dtype=pl.String), no_keys)
        assert (rows.tolist(), places.tolist()) == ([], [])


def test_prefixes_are_hashed_as_words() -> None:
    """The hash of a prefix is that of a word so spelled."""
    (hashes,) = prefix_hashes(pl.Series(["bread", "été".replace("é", "e")]), [np.array([3, 2])])

    assert hashes.tolist() == split_words(pl.Series(["bre et"])).hashes.tolist()
    assert prefix_hashes(pl.Series(["x"]), []) == []


@settings(max_examples=50)
@given(st.lists(TEXTS | st.none(), max_size=5))
def test_words_do_not_depend_on_the_batch(texts: list[str | None]) -> None:
    """A text has the same entries alone and in a batch, and case changes none."""
    entries = ["bread", "ete", "大雨", "大", "membanjir"]
    together = found_in(texts, entries)

    assert together == [found for text in texts for found in found_in([text], entries)]
    assert together == found_in([text and text.upper() for text in texts], entries)


def test_a_stem_is_found_beside_an_ideograph() -> None:
    """An unlisted word that touches an ideograph is found by its stem, alone and behind a text that holds the word by itself."""
    text = "大雨membanjiri"

    assert found_in([text], ["大雨", "membanjir"]) == [["大雨", "membanjir"]]
    assert found_in(["membanjiri", text], ["大雨", "membanjir"])[1] == ["大雨", "membanjir"]
