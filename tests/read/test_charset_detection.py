"""pipeline/saring/read/charset_detection.py: candidate charsets are ranked by how plausible the decoded text is as language."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saring.config.charset_labels import CODECS
from saring.read.charset_detection import WIDE, Reading, language_gain, rank_charsets

FRENCH = "À l'été, les élèves étaient prêts, dit-elle. Ça coûte cher, naïvement, où êtes-vous ?"
SENTENCES = [
    (FRENCH, "cp1252", "windows-1252"),
    ("Павел Дуров был задержан в аэропорту под Парижем, сообщили телеканалы.", "cp1251", "windows-1251"),
    ("Павел Дуров был задержан в аэропорту под Парижем, сообщили телеканалы.", "koi8-r", "koi8-r"),
    ("今天新闻报道称政府已经发布了新的政策，记者从北京发回报道。", "gb18030", "gb18030"),
    ("東京都は新しい政策を発表しました。詳しくはこちらをご覧ください。", "cp932", "shift_jis"),
]


@pytest.mark.parametrize(("text", "codec", "name"), SENTENCES, ids=[name for _, _, name in SENTENCES])
def test_the_right_charset_comes_first(text: str, codec: str, name: str) -> None:
    """The best reading of a sentence is plausible, its text is the sentence, and readings are in order of their scores."""
    readings = rank_charsets(text.encode(codec))

    assert readings[0].text == text
    assert readings[0].is_plausible()
    assert name in (readings[0].name, readings[1].name)
    assert [reading.score for reading in readings] == sorted((reading.score for reading in readings), reverse=True)


def test_only_the_given_charsets_are_tried() -> None:
    """Without names all are tried; an unknown name is ignored."""
    data = FRENCH.encode("cp1252")

    assert [reading.name for reading in rank_charsets(data, ["windows-1251"])] == ["windows-1251"]
    assert rank_charsets(data, ["x"]) == []
    assert len(rank_charsets(data)) > 5


def test_one_text_is_one_reading() -> None:
    """Of charsets that decode the sample to the same text only the best is listed."""
    texts = [reading.text for reading in rank_charsets(FRENCH.encode("cp1252"))]

    assert len(set(texts)) == len(texts)


def test_invalid_bytes_rule_a_charset_out() -> None:
    """One invalid byte among 60 non-ASCII bytes is bearable, one of two is too many; a NUL always is, but for charsets that have it."""
    assert [reading.text.count("\ufffd") for reading in rank_charsets(b"\xe9" * 60 + b"\x81", ["windows-1252"])] == [1]
    assert rank_charsets(b"a\xe9 \x81", ["windows-1252"]) == []
    assert rank_charsets(b"a\0\xe9", ["windows-1252"]) == []


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_wide_charsets_are_candidates(codec: str) -> None:
    """Charsets whose bytes include NULs are tried on the start of the file."""
    readings = rank_charsets(FRENCH.encode(codec), WIDE)

    assert readings[0].text == FRENCH
    assert CODECS[readings[0].name] == codec


def test_a_long_page_is_sampled_where_it_is_not_ascii() -> None:
    """One accented sentence behind 100,000 bytes of ASCII lines is in the sample."""
    data = b"plain ascii line\n" * 6_000 + FRENCH.encode("cp1252")

    best = rank_charsets(data)[0]

    assert FRENCH in best.text
    assert len(best.text) < 4_500


@pytest.mark.parametrize(
    ("gain", "non_ascii", "anomalies", "is_plausible"),
    [(10.0, 10, 0, True), (9.9, 10, 0, False), (10.0, 10, 1, True), (10.0, 10, 2, False), (30.0, 15, 2, True), (0.0, 0, 0, True)],
)
def test_a_plausible_reading_has_evidence_and_few_anomalies(gain: float, non_ascii: int, anomalies: int, is_plausible: bool) -> None:  # noqa: FBT001
    """Each non-ASCII character needs evidence of 1; one anomaly is allowed, and one more for each 15 of them."""
    assert Reading(0.0, "a", "", gain, non_ascii, anomalies).is_plausible() is is_plausible


def test_evidence_is_what_accents_add() -> None:
    """The letters of a language add more evidence than others in their places; ASCII alone adds none."""
    assert language_gain("plain text") == language_gain("") == 0
    assert language_gain(FRENCH) > max(0, language_gain(FRENCH.replace("é", "þ")))


@settings(max_examples=30)
@given(st.binary(min_size=1, max_size=60).filter(lambda data: not data.isascii()))
def test_any_bytes_are_ranked(data: bytes) -> None:
    """No bytes raise an exception; readings have no NULs, and detection gives the same answer every time."""
    readings = rank_charsets(data)

    assert all("\0" not in reading.text for reading in readings)
    assert readings == rank_charsets(data)
