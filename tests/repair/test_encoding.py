"""Tests of pipeline/saring/repair/encoding.py: damage is repaired word by word, other text stays."""

from __future__ import annotations

import re
import sys
import tomllib
import unicodedata
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from ftfy import fix_text
from hypothesis import given, settings
from hypothesis import strategies as st

from saring.core import combining_marks, ledger
from saring.core.tables import EDIT
from saring.repair import encoding

CASES = tomllib.loads((Path(__file__).parents[1] / "cases" / "repair.toml").read_text(encoding="utf-8"))["case"]
SCHEMA = {"id": pl.String, "text": pl.String, "title": pl.String}

#: Complete sentences, so that damage has words around it.
SENTENCES = [
    "L'été à Paris, où l’œuvre coûte 5 € – « très cher » !",
    "Menteri berkata, “Kami setuju”, dan pergi…",
    "Привет, мир! Это — «тест» № 5.",
    "São João não é Ângela; ação, coração.",
    "Zażółć gęślą jaźń – dość.",
    "İstanbul'da güzel bir gün, öğle.",
    "Ελληνικά: «καλημέρα»",
    "中文测试，没有空格。",
    "日本語のテキスト",
    "עברית “מילים”",
    "plain ASCII, nothing else: a < b && c > d",
    "cafe\u0301 na\u0308ive 각",
]
WRONG = ["latin-1", "cp1252", "cp1251", "cp1250", "cp1253", "cp1254", "cp1257", "iso-8859-2", "mac_roman", "cp437"]


def page(text: str | None, title: str | None = None) -> pl.DataFrame:
    """Return a table of one text with its title."""
    return pl.DataFrame({"id": ["a"], "text": [text], "title": [title]}, schema=SCHEMA)


def damaged(sentence: str, charset: str, times: int) -> str:
    """Return a sentence in UTF-8 that was decoded in a wrong charset, several times over."""
    for _ in range(times):
        sentence = sentence.encode("utf-8").decode(charset, "replace")
    return sentence


#: Any characters, those that ftfy's heuristics look at, and real sentences decoded in wrong charsets, in any mixture.
RARE = st.text(
    st.sampled_from(
        "aZ .?ÂÃÄÅÐÑØÙâà€™œ“”‚„…ŸŠ¬¦¨¯´¸ˆ˜†‡‰²³¹×÷√±∂≈ВГРСЂвБ°µ§¶£¥╬▓Îβ\u03b1ā\x80\x93\x9d\x85\xa0\xad\ufffd\x00\x1b[m\ufeff&;#lt0123"
    )
)
DAMAGED = st.builds(damaged, st.sampled_from(SENTENCES), st.sampled_from(WRONG), st.integers(0, 2))
LINES = st.lists(st.one_of(st.text(), RARE, DAMAGED, st.sampled_from(["&amp;", "&eacute;", "&#39;", "\x1b[1m"])), max_size=6).map(
    lambda parts: " ".join(parts).replace("\n", " ")
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["label"])
def test_damage_is_repaired_and_other_text_stays(case: dict[str, Any]) -> None:
    """Each case has exactly the edits that it lists, in text and title alike; a case without edits says why."""
    assert case.get("edits") or case["why"]
    edits = encoding.find_repairs(page(f"baris pertama\n{case['line']}", case["line"]))

    for field in ("text", "title"):
        rows = edits.filter(pl.col("field") == field).select("original", "replacement", "kind").rows()
        assert [tuple(edit) for edit in case.get("edits", [])] == rows


@settings(max_examples=400)
@given(line=LINES)
def test_every_line_that_ftfy_would_change_is_suspect(line: str) -> None:
    """Every line that ftfy would change is suspect, at the start of a text and after a line break."""
    fixed = fix_text(line, uncurl_quotes=False, fix_latin_ligatures=False, fix_character_width=False)
    if fixed != line:
        texts = pl.DataFrame({"text": [line, f"satu\n{line}"]})
        assert texts.select(encoding.is_suspect(pl.col("text")))["text"].to_list() == [True, True]


@settings(max_examples=200)
@given(lines=st.lists(LINES, max_size=4))
def test_edits_give_the_repaired_text_and_back(lines: list[str]) -> None:
    """Applying the edits gives each line as it is repaired by itself; undoing them gives the text back."""
    before = page("\n".join(lines), "judul")
    edits = encoding.find_repairs(before)
    after = ledger.apply(before, edits)

    assert edits.schema == EDIT
    assert set(edits["original"].eq_missing(edits["replacement"])) <= {False}
    among_damage = any(encoding.is_damaged(line) for line in lines)
    assert after["text"][0] == "\n".join(encoding.repair_line(line, among_damage=among_damage) for line in lines)
    assert before.equals(ledger.undo(after, edits))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["label"])
def test_repair_is_idempotent(case: dict[str, Any]) -> None:
    """Repairing a repaired line changes nothing."""
    once = encoding.repair_line(case["line"])

    assert once == encoding.repair_line(once)


def test_a_null_has_no_edits() -> None:
    """A missing text or title has no edits."""
    assert encoding.find_repairs(page(None, None)).is_empty()


def test_no_texts_have_no_edits() -> None:
    """An empty table of texts gives an empty ledger with its columns."""
    assert encoding.find_repairs(page("x").clear()).schema == EDIT


def test_a_line_of_many_damaged_words_is_repaired() -> None:
    """Each of 50,000 damaged words of one line is an edit of its own, in linear time."""
    edits = encoding.find_repairs(page("idÃ©e " * 50_000))

    assert edits.height == 50_000


def test_many_lost_spaces_become_few_edits() -> None:
    """Where the number of words changes in a long line, difflib is not used; the edits still give the repaired line."""
    before = page("Ã  la \u0093 x Ã\xa0 y" * 3_000)
    edits = encoding.find_repairs(before)

    assert encoding.repair_line(str(before["text"][0])) == ledger.apply(before, edits)["text"][0]


def test_characters_outside_of_the_composing_pattern_are_in_nfc_and_join_no_other() -> None:
    """A text without any character of the composing pattern is in NFC: checked for all of Unicode."""
    characters = [chr(point) for point in range(sys.maxunicode + 1) if not 0xD800 <= point <= 0xDFFF]
    unmatched = set(pl.Series(characters).filter(~pl.Series(characters).str.contains(encoding._COMPOSING)))  # noqa: SLF001 - it must be complete
    # A character that joins the one before it is the second part of some decomposition, or a vowel or final consonant of Hangul.
    halves = [unicodedata.decomposition(character).split() for character in characters]
    joining = {chr(int(parts[1], 16)) for parts in halves if len(parts) == 2 and not parts[0].startswith("<")}
    joining |= {chr(point) for point in (*range(0x1161, 0x1176), *range(0x11A8, 0x11C3))}

    assert not unmatched & joining
    assert all(unicodedata.is_normalized("NFC", character) and not unicodedata.combining(character) for character in unmatched)


#: Pages on which canonical reordering, or resolving entities one round at a time, would take minutes.
QUADRATIC = {
    "marks in changing order": "kapal a" + "\u0301\u0316\u0323\u0345" * 60_000,
    "marks of Hebrew": "\u05e9" + "\u05b7\u05bc\u05c1\u0591" * 60_000,
    "marks of Devanagari and Arabic": "\u0915" + "\u093c\u094d\u064b\u0651" * 60_000,
    "marks behind entities": "kapal a" + "&#x301;&#x316;" * 30_000,
    "marks behind mojibake": "kapal a" + "\u0301\u0316".encode().decode("latin-1") * 30_000,
    "marks on many lines": ("a" + "\u0301\u0316" * 400 + "\n") * 300,
    "ampersands escaped again and again": "kapal &" + "amp;" * 200_000,
    "ampersands by number": "kapal &" + "#38;#x26;AMP;" * 60_000,
    "digits made of entities": "kapal " + "&#3&#5" * 30_000 + "6;6;" * 30_000,
    "entities in an open backtick": "`" + "&eth;" * 100_000,
    "angle brackets": "<" * 1_000_000,
    "escaped tags": "&lt;a&quot;" * 60_000,
}


@pytest.mark.parametrize("text", QUADRATIC.values(), ids=QUADRATIC)
def test_no_page_takes_quadratic_time(text: str) -> None:
    """Each hostile page is repaired in linear time, undone exactly, and has no long run of combining marks."""
    pages = page(text, text[:50_000])

    edits = encoding.find_repairs(pages)
    repaired = ledger.apply(pages, edits)

    assert ledger.undo(repaired, edits).equals(pages)
    for field in ("text", "title"):
        assert not re.search("[\u0300-\u0345\u0591-\u05c2\u064b-\u0652]{32}", repaired[field][0])


@given(
    parts=st.lists(st.sampled_from(["a", " ", "\u0301", "\u0316" * 40, "\u05b7\u05bc" * 20, "&#x301;", "&amp;", "amp;", "é"]), max_size=60)
)
def test_combining_marks_are_capped(parts: list[str]) -> None:
    """No run of combining marks is longer than 30, and undoing the edits gives the text back."""
    pages = page("".join(parts))

    edits = encoding.find_repairs(pages)
    repaired = ledger.apply(pages, edits)

    assert ledger.undo(repaired, edits).equals(pages)
    assert not repaired.select(combining_marks.has_excess_marks(pl.col("text"))).item()
    assert set(edits.filter(pl.col("kind") == "marks")["rule"]) <= {"excess-combining-marks"}
