"""Tests of pipeline/saring/read/charset.py: bytes are decoded in the right charset or refused, whatever they declare."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from saring.read import charset
from saring.read.scrape import RefusedError

CASES: list[dict[str, Any]] = tomllib.loads((Path(__file__).parents[1] / "cases" / "read.toml").read_text("utf-8"))["charset"]
MATRIX: list[dict[str, Any]] = tomllib.loads((Path(__file__).parents[1] / "cases" / "charsets.toml").read_text("utf-8"))["text"]
WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
FRENCH = "À l'été, les élèves étaient prêts : « c'est fini », dit-elle. Ça coûte 30 €, naïvement — où êtes-vous ?"
TEXTS = {
    "utf-8": FRENCH,
    "utf-16": FRENCH,
    "utf-16-le": FRENCH,
    "utf-16-be": FRENCH,
    "utf-32": FRENCH,
    "cp1252": FRENCH,
    "cp1251": "Павел Дуров был задержан в аэропорту Ле-Бурже под Парижем, сообщили телеканалы.",
    "gb18030": "今天新闻报道称政府已经发布了新的政策，记者从北京发回报道。",
    "cp932": "東京都は新しい政策を発表しました。詳しくはこちらをご覧ください。",
}


@pytest.mark.parametrize("case", CASES, ids=[case["label"] for case in CASES])
def test_case(case: dict[str, Any]) -> None:
    """Each case of cases/read.toml decodes to its text and charset, or is refused for its reason."""
    data, declared = bytes.fromhex(case["hex"]), case.get("declared", [])
    if "reason" in case:
        with pytest.raises(RefusedError) as refused:
            charset.decode(data, declared)
        assert refused.value.reason == case["reason"]
    else:
        assert charset.decode(data, declared) == (case["text"], case["charset"])


@pytest.mark.parametrize("codec", TEXTS)
def test_detected(codec: str) -> None:
    """A sentence without a declaration is decoded in the charset that it was encoded in."""
    assert charset.decode(TEXTS[codec].encode(codec))[0] == TEXTS[codec]


@settings(deadline=None)
@given(words=st.lists(st.sampled_from(TEXTS["cp1251"].split()), min_size=1), codec=st.sampled_from(["cp1251", "koi8_u", "iso8859_5"]))
def test_declared(words: list[str], codec: str) -> None:
    """A declared charset is used where the bytes are words in it, few or many, in any order."""
    text = " ".join(words)

    assert charset.decode(text.encode(codec), [codec])[0] == text


@given(
    text=st.text(st.characters(exclude_categories=["Cs", "Cc"])),
    label=st.sampled_from([None, "utf-8", "latin-1", "koi8-r", "utf-16", "gbk"]),
)
@example(text="\ufeffa", label=None)
def test_utf8(text: str, label: str | None) -> None:
    """UTF-8 is decoded as UTF-8, whatever is declared, without one byte-order mark."""
    assert charset.decode(text.encode(), [label])[0] == text.removeprefix("\ufeff")


@settings(deadline=None)
@given(
    data=st.binary(max_size=400), label=st.none() | st.text(max_size=50) | st.sampled_from(["utf-16", "shift_jis", "windows-1255", "big5"])
)
@example(data=b"\xff\xfe\x00\xd8", label=None)
@example(data=b"a\x00", label="utf-16")
def test_any_bytes(data: bytes, label: str | None) -> None:
    """Any bytes with any declaration become a text that UTF-8 can encode, or a refusal with a message."""
    message, text = None, ""
    try:
        text, name = charset.decode(data, [label])
    except RefusedError as error:
        message, name = error.message, error.reason

    assert name
    assert "\0" not in text
    assert text.encode().decode() == text
    assert message is None or (name in ("binary", "charset") and message.endswith("."))


def test_deterministic() -> None:
    """Detection gives the same answer every time."""
    data = "Türkiye'de güneşli bir gün, şehirde ışıklar söndü".encode("cp1254")

    assert len({charset.decode(data) for _ in range(5)}) == 1


def decoded(data: bytes, declared: list[str] | None = None) -> str | None:
    """Return the decoded text of bytes in NFC; None where they are refused."""
    try:
        return unicodedata.normalize("NFC", charset.decode(data, declared or [])[0])
    except RefusedError:
        return None


@pytest.mark.parametrize("case", MATRIX, ids=[case["language"] for case in MATRIX])
def test_undeclared_bytes_are_decoded_rightly_or_refused(case: dict[str, Any]) -> None:
    """In each charset of its language a text is decoded rightly or refused; in the common ones it is decoded."""
    text = case["text"]
    first = re.split(r"(?<=[.。–])", text)[0]
    for codec in (*case["clear"], *case["others"]):
        for part in (text, first):
            assert decoded(part.encode(codec)) in (part, None), codec
    for codec in (*case["clear"], *WIDE):
        assert decoded(text.encode(codec)) == text, codec


@pytest.mark.parametrize("case", MATRIX, ids=[case["language"] for case in MATRIX])
def test_a_wrong_declaration_is_overruled(case: dict[str, Any]) -> None:
    """A server's default or a false UTF-8 declaration never yields wrong letters; a right declaration is used."""
    for codec in case["clear"]:
        data = case["text"].encode(codec)
        if not data.isascii():
            assert decoded(data, ["utf-8"]) == case["text"], codec
            assert decoded(data, ["iso-8859-1"]) in (case["text"], None), codec
        assert decoded(data, [codec]) == case["text"], codec


def test_the_refusal_names_the_candidates_and_what_to_do() -> None:
    """The message lists the charsets that are possible and says where to declare the right one."""
    with pytest.raises(RefusedError) as refused:
        charset.decode("Dit is zó gedaan.".encode("cp850"))

    assert "ibm850" in refused.value.message
    assert 'charset = "..."' in refused.value.message


@pytest.mark.parametrize(("exact", "text"), [("cp850", "Dit is zó gedaan."), ("cp1250", "Dit is z˘ gedaan.")])
def test_the_maintainers_declaration_wins(exact: str, text: str) -> None:
    """The charset that the maintainer declares wins over detection."""
    assert charset.decode("Dit is zó gedaan.".encode("cp850"), exact=exact)[0] == text


def test_bytes_outside_of_the_maintainers_charset_are_refused() -> None:
    """The message names the first invalid byte."""
    with pytest.raises(RefusedError, match="byte 5 is not valid utf-8"):
        charset.decode(b"abcd\xff", exact="utf-8")
