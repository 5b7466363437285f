"""Tests of pipeline/saring/language/plausibility.py: correct text has no anomalies, text decoded in a wrong charset has some."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saring.language.plausibility import count_anomalies

GOOD = [
    "L’été à Paris coûte 5 € – « très cher » !",
    "McDonald's și „Éclair“ în 1998",
    "¿Qué pasó? ¡Nada! 25 °C, 3 m², n.º 4, 5ª",
    "Съезд открылся 5-го числа, а «Правда» молчала.",
    "Ο Γιώργος είπε: «Όχι σήμερα».",
    "שלום לכולם, אמר הדייג הזקן.",
    "قال الصياد: البحر هادئ اليوم.",
    "เด็กๆ เล่นน้ำที่ชายหาดทุกวัน",
    "東京の天気は晴れ、気温は25度です。JR中央線も平常。",
    "서울의 날씨는 맑고, 기온은 25도입니다.",
    "Trời hôm nay đẹp lắm, chúng tôi đi chợ.",
    "SÃO PAULO, ÉCOLE, ŽELEZNICE",
    "Oʻzbekiston va qoʻshnilar",
]
BAD = [
    ("Škoda začíná řepou", "cp1250", "mac_roman"),
    ("Привет, дорогой друг", "koi8-r", "cp1251"),
    ("où est l’école ?", "mac_roman", "cp1252"),
    ("наш дом стоит у реки", "cp1251", "cp1255"),
    ("漁師は港へ戻った。", "euc_jp", "cp874"),
    ("kırmızı çiçek", "cp857", "cp1252"),
]


@pytest.mark.parametrize("text", GOOD)
def test_correct_text_has_no_anomalies(text: str) -> None:
    """Names, symbols, quotation marks and loan words in many scripts are no anomalies."""
    assert count_anomalies(text) == 0


@pytest.mark.parametrize(("text", "codec", "wrong"), BAD)
def test_wrong_decodings_have_anomalies(text: str, codec: str, wrong: str) -> None:
    """Text decoded in a wrong charset has capitals after small letters, symbols in words or final letters within words."""
    assert count_anomalies(text.encode(codec).decode(wrong, "replace")) > 0


@given(st.text())
def test_any_text_can_be_checked(text: str) -> None:
    """Every character has a class, and the number of anomalies is bounded by the length of the text."""
    assert 0 <= count_anomalies(text) <= 8 * len(text) + 1
