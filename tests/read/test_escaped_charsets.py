"""Tests of pipeline/saring/read/escaped_charsets.py, through `charset.decode`."""

from __future__ import annotations

import pytest

from saring.read import charset
from saring.read.scrape import RefusedError


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("The prompt is ~{ and the answer ~} stands alone.", "HZ has pairs"),
        ("Write ~{ab~} in the macro, then ~{cd~}.", "Han characters that no text has"),
        ("Call +6281234567- or +62-812-3456.", "numbers, not UTF-7"),
        ("if (a+b-c) return x+yz-1;", "code, not UTF-7"),
        ("\x1b[31mred\x1b[0m and plain", "colours of a terminal"),
    ],
)
def test_ascii_that_resembles_escapes_stays(text: str, why: str) -> None:
    """Text that only resembles a 7-bit charset is plain ASCII."""
    assert charset.decode(text.encode()) == (text, "utf-8"), why


def test_utf_7_is_refused() -> None:
    """UTF-7 is neither decoded, since markup can hide in it, nor published as ASCII."""
    with pytest.raises(RefusedError, match="UTF-7"):
        charset.decode("Пекарь вышел на крыльцо и посмотрел на реку.".encode("utf-7"))


def test_a_broken_escape_is_refused() -> None:
    """An incomplete character of ISO-2022-JP is damage."""
    with pytest.raises(RefusedError, match="ISO 2022"):
        charset.decode("漁師は港へ".encode("iso2022_jp")[:10] + b"\x1b$B!")
