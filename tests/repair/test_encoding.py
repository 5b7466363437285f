"""Encoding damage is mended word by word, and good text is left alone."""

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

#: Whole sentences, so that damage has words around it.
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
    """Return a table of one text."""
    return pl.DataFrame({"id": ["a"], "text": [text], "title": [title]}, schema=SCHEMA)


def damaged(sentence: str, charset: str, times: int) -> str:
    """Return a sentence that was read with the wrong charset, once or more."""
    for _ in range(times):
        sentence = sentence.encode("utf-8").decode(charset, "replace")
    return sentence


#: Any characters, those that ftfy's heuristics look at, and real sentences after real accidents, in any mixture.
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
def test_damage_is_mended_and_good_text_left(case: dict[str, Any]) -> None:
    """Each case has the edits it lists, in text and title alike; a case without edits says why."""
    assert case.get("edits") or case["why"]
    found = encoding.find_repairs(page(f"baris pertama\n{case['line']}", case["line"]))

    for field in ("text", "title"):
        rows = found.filter(pl.col("field") == field).select("original", "replacement", "kind").rows()
        assert [tuple(edit) for edit in case.get("edits", [])] == rows


@settings(max_examples=400)
@given(line=LINES)
def test_every_line_that_ftfy_would_change_is_suspect(line: str) -> None:
    """The column test misses nothing, at the start of a text and after a line break."""
    fixed = fix_text(line, uncurl_quotes=False, fix_latin_ligatures=False, fix_character_width=False)
    if fixed != line:
        texts = pl.DataFrame({"text": [line, f"satu\n{line}"]})
        assert texts.select(encoding.is_suspect(pl.col("text")))["text"].to_list() == [True, True]


@settings(max_examples=200)
@given(lines=st.lists(LINES, max_size=4))
def test_the_edits_give_the_mended_text_and_back(lines: list[str]) -> None:
    """Applied, the edits give each line as it is mended by itself; undone, they give the text back."""
    before = page("\n".join(lines), "judul")
    found = encoding.find_repairs(before)
    after = ledger.apply(before, found)

    assert found.schema == EDIT
    assert set(found["original"].eq_missing(found["replacement"])) <= {False}
    among_damage = any(encoding.is_damaged(line) for line in lines)
    assert after["text"][0] == "\n".join(encoding.repaired_line(line, among_damage=among_damage) for line in lines)
    assert before.equals(ledger.undo(after, found))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["label"])
def test_what_is_mended_is_not_mended_again(case: dict[str, Any]) -> None:
    """A second look at a mended line finds nothing more."""
    once = encoding.repaired_line(case["line"])

    assert once == encoding.repaired_line(once)


def test_a_null_has_no_edits() -> None:
    """A missing title is no text."""
    assert encoding.find_repairs(page(None, None)).is_empty()


def test_no_texts_have_no_edits() -> None:
    """An empty table gives the empty ledger, with its columns."""
    assert encoding.find_repairs(page("x").clear()).schema == EDIT


def test_a_line_of_a_million_damaged_words_is_mended() -> None:
    """No step of it is quadratic: each word is its own edit."""
    found = encoding.find_repairs(page("idÃ©e " * 50_000))

    assert found.height == 50_000


def test_many_lost_spaces_become_few_edits() -> None:
    """Where words were joined, difflib may not run over the whole of a long line; the edits still hold."""
    before = page("Ã  la \u0093 x Ã\xa0 y" * 3_000)
    found = encoding.find_repairs(before)

    assert encoding.repaired_line(str(before["text"][0])) == ledger.apply(before, found)["text"][0]


def test_a_character_that_rules_nothing_in_is_in_its_normal_form_and_joins_no_other() -> None:
    """A text without any of the characters looked for is in NFC, whatever the others are: all of Unicode is tried."""
    every = [chr(point) for point in range(sys.maxunicode + 1) if not 0xD800 <= point <= 0xDFFF]
    passed = set(pl.Series(every).filter(~pl.Series(every).str.contains(encoding._COMPOSING)))  # noqa: SLF001 - the cheap test must not miss
    # What joins another is the second half of some character that both make, or a vowel or final consonant of Hangul.
    halves = [unicodedata.decomposition(each).split() for each in every]
    joining = {chr(int(parts[1], 16)) for parts in halves if len(parts) == 2 and not parts[0].startswith("<")}
    joining |= {chr(point) for point in (*range(0x1161, 0x1176), *range(0x11A8, 0x11C3))}

    assert not passed & joining
    assert all(unicodedata.is_normalized("NFC", each) and not unicodedata.combining(each) for each in passed)


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
def test_no_page_takes_time_with_the_square_of_its_length(text: str) -> None:
    """Each is repaired at once, undone exactly, and clean when it is repaired again."""
    pages = page(text, text[:50_000])

    found = encoding.find_repairs(pages)
    repaired = ledger.apply(pages, found)

    assert ledger.undo(repaired, found).equals(pages)
    for field in ("text", "title"):
        assert not re.search("[\u0300-\u0345\u0591-\u05c2\u064b-\u0652]{32}", repaired[field][0])


@given(
    parts=st.lists(st.sampled_from(["a", " ", "\u0301", "\u0316" * 40, "\u05b7\u05bc" * 20, "&#x301;", "&amp;", "amp;", "é"]), max_size=60)
)
def test_marks_are_capped_whatever_is_between_them(parts: list[str]) -> None:
    """No run is longer than 30, and the ledger gives back what stood there."""
    pages = page("".join(parts))

    found = encoding.find_repairs(pages)
    repaired = ledger.apply(pages, found)

    assert ledger.undo(repaired, found).equals(pages)
    assert not repaired.select(combining_marks.has_excess_marks(pl.col("text"))).item()
    assert set(found.filter(pl.col("kind") == "marks")["rule"]) <= {"excess-combining-marks"}


#: What texts in East Asia, Russia and Greece are encoded in, each with a sentence.
WHOLE = {
    "gb18030": "孩子们帮他把网拉上岸，然后大家坐在海边喝热汤，说起昨天的大风。",
    "big5": "孩子們幫他把網拉上岸，然後大家坐在海邊喝熱湯，說起昨天的大風。",
    "cp932": "子どもたちは網を引くのを手伝い、それからみんなで浜辺に座って味噌汁を飲んだ。",
    "euc_jp": "子どもたちは網を引くのを手伝い、それからみんなで浜辺に座って味噌汁を飲んだ。",
    "cp949": "아이들은 그물을 끌어 올리는 일을 도왔고, 모두 바닷가에 앉아 국을 먹었다.",
    "cp1251": "Мальчишки спорили, кто первым перейдёт на другую сторону за хлебом.",
    "koi8-r": "Мальчишки спорили, кто первым перейдёт на другую сторону за хлебом.",
    "cp1253": "Τα παιδιά του τον περίμεναν στην προκυμαία με ένα φανάρι.",
    "cp874": "เด็กๆ วิ่งไปช่วยลากอวนขึ้นจากน้ำ แล้วทุกคนก็นั่งกินข้าวต้มด้วยกัน",
}


@pytest.mark.parametrize("wrong", ["latin-1", "sloppy-windows-1252"])
@pytest.mark.parametrize("codec", WHOLE)
def test_other_charsets_are_read_back_as_a_whole_or_not_at_all(codec: str, wrong: str) -> None:
    """Whatever part of a sentence was read wrongly, all of it is right in the end, or as it was."""
    for size in range(4, len(WHOLE[codec]) + 1, 3):
        text = WHOLE[codec][:size]
        damage = text.encode(codec).decode(wrong)
        if not any(mark in damage for mark in "\x85\x1c\x1d\x1e"):
            assert encoding.repaired_line(damage) in (text, damage)


@pytest.mark.parametrize("codec", WHOLE)
def test_a_line_is_read_back_beside_good_ones(codec: str) -> None:
    """Each line is damaged by itself: good lines around it stay, and the edits give it back."""
    damage = WHOLE[codec].encode(codec).decode("latin-1")
    before = page(f"Ein guter Satz über Öfen.\n{damage}\nUne phrase saine, là aussi.")
    after = ledger.apply(before, encoding.find_repairs(before))

    assert after["text"][0] in (before["text"][0], before["text"][0].replace(damage, WHOLE[codec]))


def test_an_accent_that_lost_its_second_half_is_mended_among_damage() -> None:
    """Where other lines of a text are damaged, an Ã alone is an à; in quotation marks it stays."""
    before = page("Le prix Ã payer.\nL’Ã©tÃ© fut long.\nLa lettre « Ã » est rare.")
    after = ledger.apply(before, encoding.find_repairs(before))

    assert after["text"][0] == "Le prix à payer.\nL’été fut long.\nLa lettre « Ã » est rare."
