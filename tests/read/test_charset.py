"""Tests of pipeline/read/charset.py."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.read import charset
from pipeline.read.found import RefusedError

CASES: list[dict[str, Any]] = tomllib.loads((Path(__file__).parents[1] / "cases" / "read.toml").read_text("utf-8"))["charset"]
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
    """Bytes become the text that whoever wrote them saw, or a refusal."""
    data, declared = bytes.fromhex(case["hex"]), case.get("declared", [])
    if "reason" in case:
        with pytest.raises(RefusedError) as refused:
            charset.decode(data, declared)
        assert refused.value.reason == case["reason"]
    else:
        assert charset.decode(data, declared) == (case["text"], case["charset"])


@pytest.mark.parametrize("codec", TEXTS)
def test_detected(codec: str) -> None:
    """A sentence without any declaration is read in the charset it was written in."""
    assert charset.decode(TEXTS[codec].encode(codec))[0] == TEXTS[codec]


@given(text=st.text(st.characters(codec="cp1251", exclude_categories=["Cc"]), min_size=1), codec=st.sampled_from(["cp1251", "koi8_u"]))
def test_declared(text: str, codec: str) -> None:
    """What is declared is believed, unless the bytes are valid UTF-8."""
    data = text.encode(codec, "ignore")
    try:
        expected = data.decode()
    except UnicodeDecodeError:
        expected = data.decode(codec)
    # A handful of letters can pass for damaged UTF-8; then the declaration loses.
    assert charset.decode(data, [codec])[0] in (expected, data.decode("utf-8", "replace"))


@given(
    text=st.text(st.characters(exclude_categories=["Cs", "Cc"])),
    label=st.sampled_from([None, "utf-8", "latin-1", "koi8-r", "utf-16", "gbk"]),
)
@example(text="\ufeffa", label=None)
def test_utf8(text: str, label: str | None) -> None:
    """UTF-8 comes back as it was, whatever is declared, but for one byte-order mark."""
    assert charset.decode(text.encode(), [label])[0] == text.removeprefix("\ufeff")


@given(
    data=st.binary(max_size=400), label=st.none() | st.text(max_size=50) | st.sampled_from(["utf-16", "shift_jis", "windows-1255", "big5"])
)
@example(data=b"\xff\xfe\x00\xd8", label=None)
@example(data=b"a\x00", label="utf-16")
def test_any_bytes(data: bytes, label: str | None) -> None:
    """Any bytes with any label become a text that UTF-8 can hold, or a refusal in words."""
    refused, text = None, ""
    try:
        text, name = charset.decode(data, [label])
    except RefusedError as error:
        refused, name = error.message, error.reason

    assert name
    assert "\0" not in text
    assert text.encode().decode() == text
    assert refused is None or (name in ("binary", "charset") and refused.endswith("."))


def test_deterministic() -> None:
    """Detection gives the same answer every time."""
    data = "Türkiye'de güneşli bir gün, şehirde ışıklar söndü".encode("cp1254")

    assert len({charset.decode(data) for _ in range(5)}) == 1
