"""Which words of a text are numbers, names or parts of a number."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saring.dedup.fact_words import WordFeatures, word_features
from saring.dedup.tokens import tokenize

WORDS = ("It", "rained", "1,250", "12", "12:30", "Rome", "Łódź", "B2", "三百", "大雨", "عام", "٢٠٢٤", ".", ",", "\n", "«")
TEXTS = st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join)


def features_of(*texts: str, rows: list[int] | None = None) -> WordFeatures:
    """Return the features of the words of texts, by default of all of them."""
    column = pl.Series(texts, dtype=pl.String)
    return word_features(column, tokenize(column), np.array(range(len(texts)) if rows is None else rows, dtype=np.int64))


def words_with(flags: np.ndarray[tuple[int], np.dtype[np.bool_]], text: str) -> list[str]:
    """Return the words of one text whose flag is set."""
    words = tokenize(pl.Series([text]))
    return [text[start:end] for start, end, flag in zip(words.starts, words.ends, flags, strict=True) if flag]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("the year 2024", ["2024"]),
        ("sold 1,250 of B2 for 3", ["1", "250", "3"]),
        ("سنة ٢٠٢٤ في", ["٢٠٢٤"]),
        ("三百人", ["三", "百"]),
        ("no number", []),
        ("", []),
    ],
)
def test_numbers_consist_of_digits(text: str, numbers: list[str]) -> None:
    """A number is a word of digits of any script, or a Chinese numeral; letters with digits are none."""
    assert words_with(features_of(text).is_number, text) == numbers


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("He met Ana in Łódź", ["He", "Ana", "Łódź"]),
        ("flight B2 and A320neo", ["B2", "A320neo"]),
        ("NATO met I and X", []),
        ("мы видели Москву", ["Москву"]),
        ("大雨 in 2024", []),
    ],
)
def test_names_are_in_title_case_or_hold_digits(text: str, names: list[str]) -> None:
    """A capital before a small letter makes a name, and so do letters with digits; words in capitals and single letters do not."""
    assert words_with(features_of(text).is_name, text) == names


@pytest.mark.parametrize(
    ("text", "openers"),
    [
        ("One two. Three, four", ["One", "Three"]),
        ("One's two/three: four", ["One", "four"]),
        ("one\ntwo | three", ["one", "two", "three"]),
        ("one “two” (three)", ["one", "two", "three"]),
        ("", []),
    ],
)
def test_first_words_open_a_sentence(text: str, openers: list[str]) -> None:
    """The first word of a text opens a sentence, and so does one behind a full stop, a line break or an opening bracket; a comma pauses only."""
    assert words_with(features_of(text).opens_sentence, text) == openers


def test_each_text_begins_a_sentence() -> None:
    """The first word of a second text opens a sentence, although the first text ends without a full stop."""
    assert features_of("one two", "three four").opens_sentence.tolist() == [True, False, True, False]


@pytest.mark.parametrize(
    ("text", "heads"),
    [
        ("1,250", ["1"]),
        ("12:30:15", ["12"]),
        ("1 250", ["1", "250"]),
        ("1, 250", ["1", "250"]),
        ("1 -250", ["1", "250"]),
        ("1,x", ["1", "x"]),
    ],
)
def test_parts_of_a_number_have_one_head(text: str, heads: list[str]) -> None:
    """Digits joined by one separator are one number, whose first part is the head; a space separates two numbers."""
    assert words_with(features_of(text).is_head, text) == heads


def test_numbers_are_compared_in_full() -> None:
    """The token of a number depends on all its parts and their order, not on the separator; a first part alone is another number."""
    tokens = [int(features_of(text).token[0]) for text in ("1,250", "1.250", "1,251", "1", "1,250,0", "250,1")]

    assert tokens[0] == tokens[1]
    assert len(set(tokens)) == 5


def test_a_repeated_number_is_another_fact() -> None:
    """The second 7 of a text has another token than the first, the same as the second 7 of another text; words may repeat."""
    first, second = features_of("7 ferry 7 ferry").token, features_of("x 7 y 7").token

    assert first[0] != first[2]
    assert first[1] == first[3]
    assert (second[1], second[3]) == (first[0], first[2])


def test_a_part_of_a_number_is_not_its_repetition() -> None:
    """A number that is also a part of an earlier one has the token that it has by itself."""
    assert features_of("1,250 and 250").token[-1] == features_of("250").token[0]


def test_spellings_of_a_name_share_a_prefix() -> None:
    """Names with the same four first letters, in any case, have one prefix; a shorter name has its own."""
    prefix = features_of("Mohammed MOHAnd Mohs Moh Ahmed").prefix.tolist()

    assert prefix[0] == prefix[1]
    assert len(set(prefix)) == 4


def test_touching_characters_weigh_half() -> None:
    """A character of a script without spaces weighs a half where another one touches it; a word between spaces weighs 1."""
    assert features_of("大雨 rain 雨").weight.tolist() == [0.5, 0.5, 1.0, 1.0]


def test_only_selected_texts_have_features() -> None:
    """Words of a text that is not selected have no features; those of the others are as if they were alone."""
    features, alone = features_of("Rome 5", "Paris 6", "Kell 7", rows=[1]), features_of("Paris 6")

    for column, expected in zip(features, alone, strict=True):
        assert column.tolist() == [0, 0, *expected.tolist(), 0, 0]


@settings(max_examples=50)
@given(st.lists(TEXTS, min_size=1, max_size=5), st.data())
def test_features_do_not_depend_on_the_batch(texts: list[str], data: st.DataObject) -> None:
    """The features of a selected text are those that it has alone, whatever the other texts of its batch are."""
    rows = sorted(data.draw(st.sets(st.integers(0, len(texts) - 1), min_size=1)))
    offsets = tokenize(pl.Series(texts)).offsets
    together = features_of(*texts, rows=rows)

    for row in rows:
        for column, expected in zip(together, features_of(texts[row]), strict=True):
            assert column[offsets[row] : offsets[row + 1]].tolist() == expected.tolist()
