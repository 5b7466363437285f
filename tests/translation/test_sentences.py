"""Texts are split into sentences with their offsets."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saring.translation import sentences
from saring.translation.sentences import MAX_SENTENCES, MIN_LENGTH, split_sentences

LONG, LONGER = "The ferry left before it was dawn.", "Nobody on the pier had seen its lamps."
PIECES = st.lists(
    st.sampled_from([LONG, LONGER, "Mr. ", "Ho said so.", "我们等了三个小时。", "\n", " ", "?! ", "...", "\x1f", "🙂", "نعم؟ "])
).map(" ".join)


def split(text: str | None) -> list[str]:
    """Return the sentences of one text."""
    return split_sentences(pl.DataFrame({"doc": [0], "text": [text]}, schema={"doc": pl.UInt32, "text": pl.String}))["text"].to_list()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{LONG} {LONGER}", [LONG, LONGER]),
        (f"  {LONG}\n\n{LONGER}  ", [LONG, LONGER]),
        ("Yes.\nNo.", ["Yes.", "No."]),
        (
            "Dr. J. Ho said that it had rained for three days. So it had.",
            ["Dr. J. Ho said that it had rained for three days.", "So it had."],
        ),
        (f"“{LONG[:-1]}!” {LONGER}", [f"“{LONG[:-1]}!”", LONGER]),
        (f"{LONG[:-1]}?! {LONGER}", [f"{LONG[:-1]}?!", LONGER]),
        ("The price is 1.250 euros for each of them, v1.2.3 or not", ["The price is 1.250 euros for each of them, v1.2.3 or not"]),
        ("雨。火车来了！「是。」他说", ["雨。", "火车来了！", "「是。」", "他说"]),
        ("هل وصلت العبارة إلى الميناء اليوم؟ نعم وصلت.", ["هل وصلت العبارة إلى الميناء اليوم؟", "نعم وصلت."]),
        ("आज सुबह नाव चल पड़ी और लौट गई दोपहर तक। हाँ।", ["आज सुबह नाव चल पड़ी और लौट गई दोपहर तक।", "हाँ।"]),
        ("No point at the end", ["No point at the end"]),
        ("---\n🙂\n...", []),
        ("", []),
        (None, []),
    ],
)
def test_where_sentences_end(text: str | None, expected: list[str]) -> None:
    """Sentences end at line breaks, and at points of any script; abbreviations and numbers do not end one; signs alone are none."""
    assert split(text) == expected


@pytest.mark.xfail(reason="a full stop behind a vowel sign or another mark is not taken for one")
def test_a_sentence_may_end_with_a_vowel_sign() -> None:
    """A word that ends with a mark, as most Hindi sentences do, ends a sentence."""
    assert split("आज सुबह नाव फिर से चलने लगी है। कल भी नाव चलेगी।") == ["आज सुबह नाव फिर से चलने लगी है।", "कल भी नाव चलेगी।"]


def test_a_short_piece_joins_the_next() -> None:
    """A piece of no more than the least length, its space included, is joined with the next one on its line."""
    enough = "a" * (MIN_LENGTH - 1) + "."

    assert split(f"{enough} {LONG}") == [enough, LONG]
    assert split(f"{enough[1:-1]}. {LONG}") == [f"{enough[1:]} {LONG}"]
    assert split(f"{enough[1:]}\n{LONG}") == [enough[1:], LONG]


def test_a_long_text_has_no_more_sentences_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limit consecutive sentences are joined in groups; a text within it in the same batch is not."""
    monkeypatch.setattr(sentences, "MAX_SENTENCES", 3)
    lines = [f"line {number}" for number in range(7)]
    texts = pl.DataFrame({"doc": [5, 6], "text": ["\n".join(lines), "one\ntwo\nthree"]})

    table = split_sentences(texts)

    assert MAX_SENTENCES == 400
    assert table.select("doc", "sentence").rows() == [(5, 0), (5, 1), (5, 2), (6, 0), (6, 1), (6, 2)]
    assert table["text"].to_list()[:3] == ["line 0\nline 1\nline 2", "line 3\nline 4\nline 5", "line 6"]


def test_no_texts() -> None:
    """An empty table of texts has no sentences, and the columns."""
    table = split_sentences(pl.DataFrame(schema={"doc": pl.UInt32, "text": pl.String}))

    assert table.is_empty()
    assert table.columns == ["doc", "sentence", "start", "end", "text"]


@settings(max_examples=60)
@given(st.lists(PIECES | st.none(), max_size=3))
def test_offsets_lead_to_the_sentences(texts: list[str | None]) -> None:
    """Each sentence is what its text has between its offsets, in order and without overlap, and no letter is lost between them."""
    table = split_sentences(pl.DataFrame({"doc": range(len(texts)), "text": texts}, schema={"doc": pl.UInt32, "text": pl.String}))

    for doc, text in enumerate(texts):
        end, gaps = 0, ""
        for number, row in enumerate(table.filter(pl.col("doc") == doc).iter_rows(named=True)):
            assert row["sentence"] == number
            assert (text or "")[row["start"] : row["end"]].replace("\x1f", " ") == row["text"]
            assert row["start"] >= end
            gaps += (text or "")[end : row["start"]]
            end = row["end"]
        assert not any(character.isalnum() for character in gaps + (text or "")[end:])
