"""Decode 7-bit charsets, which encode other characters in ASCII bytes: ISO-2022-JP, ISO-2022-KR and HZ; UTF-7 is refused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from saring.read.scrape import RefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["decode_escaped", "may_be_escaped"]

_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
#: Escape sequences of ISO 2022; those of terminals (ESC [) are none of them.
_ISO_2022_ESCAPE = re.compile(rb"\x1b(?:\$[@AB]|\$[()*+][A-H]|\([IJ])")
#: Python's codecs for ISO-2022-JP, the strictest first.
_JAPANESE_CODECS = ("iso2022_jp", "iso2022_jp_ext", "iso2022_jp_2")
#: The header of ISO-2022-KR (RFC 1557).
_KOREAN_HEADER = b"\x1b$)C"
#: A run of two-byte characters in HZ (RFC 1843).
_HZ_RUN = re.compile(rb"~\{(?:[\x21-\x77][\x21-\x7e])+~\}")
#: A shifted sequence of UTF-7 (RFC 2152).
_UTF_7_RUN = re.compile(rb"\+[A-Za-z0-9+/]{3,}")
#: What looks like HZ or UTF-7 is decoded as such only where it yields at least so many non-ASCII characters, each with so much evidence
#: for a language (`charset_detection.language_gain`); code and phone numbers look alike. A judgement, on the cases of
#: tests/read/test_escaped_charsets.py.
_MIN_CHARACTERS, _MIN_GAIN_PER_CHARACTER = 3, 1.2
#: Characters of the decoded text that are scored.
_SAMPLE = 16_384


def may_be_escaped(data: bytes) -> bool:
    """Tell whether bytes contain the start of an ISO 2022 or HZ escape sequence: a cheap test before decoding them as ASCII."""
    return b"\x1b" in data or b"~{" in data


def decode_escaped(data: bytes, declared: Sequence[str]) -> tuple[str, str] | None:
    """Decode ASCII bytes that are in a 7-bit charset; return the text and the charset, or None where they are plain ASCII.

    Args:
        data: bytes below 128.
        declared: canonical names of the charsets that the page declares.

    Raises:
        RefusedError: `charset`: the escape sequences are damaged, or the bytes are UTF-7.
    """
    if b"\x1b" in data and "iso-2022-jp" in declared:
        return data.decode("iso-2022-jp", "replace"), "iso-2022-jp"
    if _ISO_2022_ESCAPE.search(data):
        for codec in ("iso2022_kr",) if _KOREAN_HEADER in data else _JAPANESE_CODECS:
            try:
                return data.decode(codec), "iso-2022-kr" if codec == "iso2022_kr" else "iso-2022-jp"
            except UnicodeDecodeError:
                continue
        message = "It contains ISO 2022 escape sequences, but is valid neither as ISO-2022-JP nor as ISO-2022-KR. Save it as UTF-8."
        raise RefusedError("charset", message)
    if _HZ_RUN.search(data) and (text := _decode_if_language(data, "hz")):
        return text, "hz-gb-2312"
    if _UTF_7_RUN.search(data) and _decode_if_language(data, "utf-7"):
        raise RefusedError("charset", "It looks like UTF-7, which is not supported because markup can hide in it. Save it as UTF-8.")
    return None


def _decode_if_language(data: bytes, codec: str) -> str | None:
    """Decode ASCII bytes with a 7-bit codec; None where the resulting non-ASCII characters are not clearly text in some language."""
    from saring.read import charset_detection  # noqa: PLC0415 - loads the language model

    try:
        text = data.decode(codec)
    except UnicodeDecodeError:
        return None
    first = _BEYOND_ASCII.search(text)
    sample = text[first.start() :][:_SAMPLE] if first else ""
    count = sum(character > "\x7f" for character in sample)
    is_language = count >= _MIN_CHARACTERS and charset_detection.language_gain(sample) >= _MIN_GAIN_PER_CHARACTER * count
    return text if is_language else None
