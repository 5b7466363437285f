"""Bytes -> text: by byte-order mark, then what the bytes prove, then what is declared, then detection.

The order differs from a browser's in one point: bytes that are valid UTF-8 with multi-byte sequences are UTF-8 whatever is declared.
A text in another encoding passes for UTF-8 by chance about never beyond a few characters, while pages declared as
iso-8859-1 by a server's default and written in UTF-8 are everyday.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from pipeline.read import labels
from pipeline.read.found import RefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["decode", "refuse_binary"]

#: Longest mark first: that of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32le"),
    (codecs.BOM_UTF32_BE, "utf-32be"),
    (codecs.BOM_UTF16_LE, "utf-16le"),
    (codecs.BOM_UTF16_BE, "utf-16be"),
)

#: What charset-normalizer may choose from: what is found on the web. Free to choose, it takes short French for mac_latin2.
_CANDIDATES = (
    *(f"cp{page}" for page in range(1250, 1259)),
    *("cp874", "cp932", "cp949", "big5hkscs", "euc_jp", "gb18030", "iso8859_2", "iso8859_15", "koi8_r", "koi8_u", "mac_roman"),
)
#: What French, Indonesian, English, Spanish and German use beyond ASCII, in windows-1252. Left out: what Czech, Polish, Hungarian,
#: Romanian, Turkish and Cyrillic look like when read as windows-1252 (ì ò ø ý þ ð õ ã ¹ ³); detection decides about those.
_WESTERN = (
    "àâæçèéêëîïôœùûüÿÀÂÆÇÈÉÊËÎÏÔŒÙÛÜ"
    "áíñóúÁÍÑÓÚ¡¿"
    "äößÄÖ"
    "\N{NO-BREAK SPACE}\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}\N{SINGLE LOW-9 QUOTATION MARK}"
    "\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}\N{DOUBLE LOW-9 QUOTATION MARK}"
    "\N{EN DASH}\N{EM DASH}\N{HORIZONTAL ELLIPSIS}\N{BULLET}\N{MIDDLE DOT}«»€£©®™°§"
).encode("cp1252")
_NOT_LETTERS = bytes(set(range(256)) - set(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"))
#: Detection sees so many bytes, from shortly before the first that is not ASCII.
_SAMPLE = 16_384
_NOT_ASCII = re.compile(rb"[\x80-\xff]")
_HIGH = bytes(range(128, 256))

#: C0 controls that no text has. Tab, line feed, form feed, carriage return and escape (ISO-2022-JP) may stand.
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\x0b\f\r\x1b")) + b"\x7f"
#: Random bytes hold 10% of them; text damaged in transfer holds some.
_CONTROL_SHARE = 0.02
_SIGNATURES = {
    b"%PDF-": "a PDF file",
    b"\x1f\x8b": "gzip: give it the suffix .gz",
    b"\x28\xb5\x2f\xfd": "zstd: give it the suffix .zst",
    b"PK\x03\x04": "a ZIP or Office file: unpack it",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"\xd0\xcf\x11\xe0": "an old Office file: save it as text",
    b"{\\rtf": "an RTF file: save it as text",
    b"SQLite format 3": "an SQLite database",
}
#: Shares of NULs among the bytes at even and odd places, by which UTF-16 and UTF-32 are told without a byte-order mark.
_FEW, _MANY, _NEARLY_ALL = 0.05, 0.3, 0.9
#: Multi-byte UTF-8 with at most one stray byte for so many valid sequences is UTF-8 that was damaged, not another encoding.
_STRAY = 5


def decode(data: bytes, declared: Sequence[str | None] = ()) -> tuple[str, str]:
    """Return the text and the name of its charset.

    Args:
        data: the bytes of one page.
        declared: labels by which charsets are declared, the strongest first; unknown ones are passed over.

    Returns:
        The text without byte-order mark and free of lone surrogates, and the charset's WHATWG name. Bytes that do not belong to
        the charset become U+FFFD, as in a browser, where the charset is beyond doubt.

    Raises:
        RefusedError: `binary` where this is no text, `charset` where nothing fits.
    """
    for mark, marked in _MARKS:
        if data.startswith(mark):
            return _marked(data[len(mark) :], marked)
    names = [name for label in declared if label and (name := labels.charset(label))]
    if b"\0" in data:
        return _marked(data, _wide(data, names))
    refuse_binary(data)
    ascii_only = data.isascii()
    if ascii_only and b"\x1b" in data and "iso-2022-jp" in names:
        return data.decode("iso-2022-jp", "replace"), "iso-2022-jp"
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return _not_utf8(data, [name for name in names if not name.startswith("utf-")])


def _marked(data: bytes, name: str) -> tuple[str, str]:
    text = data.decode(name, "replace").removeprefix("\ufeff")
    if "\0" in text:
        raise RefusedError("binary", f"It holds NUL characters, which no text in {name} has. Remove the file or save it as text.")
    if text.count("\ufffd") * _STRAY > len(text):
        raise RefusedError("binary", f"It looks like {name} at first, but most of it is not. Remove the file or save it as text.")
    return text, name


def _wide(data: bytes, names: Sequence[str]) -> str:
    """Return which UTF-16 or UTF-32 data with NULs but without a byte-order mark are.

    Most characters of most texts are below U+0100, or at least white space and digits are: so one of the two halves has many NULs.
    """
    declared = next((name for name in names if name.startswith("utf-16")), None)
    head = data[:_SAMPLE]
    quarters = [head[place::4].count(0) * 4 / len(head) for place in range(4)]
    even, odd = (quarters[0] + quarters[2]) / 2, (quarters[1] + quarters[3]) / 2
    if min(quarters[2:]) > _NEARLY_ALL and quarters[0] < _FEW:
        return "utf-32le"
    if min(quarters[:2]) > _NEARLY_ALL and quarters[3] < _FEW:
        return "utf-32be"
    if odd > _MANY and even < _FEW:
        return "utf-16le"
    if even > _MANY and odd < _FEW:
        return "utf-16be"
    if declared and min(even, odd) < _FEW:
        return declared
    raise RefusedError("binary", _what(data) or "It holds NUL bytes, which no text has. Remove the file or save it as text.")


def refuse_binary(data: bytes) -> None:
    """Refuse what begins like a known kind of file, or holds more controls than any text.

    Raises:
        RefusedError: `binary`.
    """
    if what := _what(data):
        raise RefusedError("binary", what)
    controls = len(data) - len(data.translate(None, _CONTROLS))
    if controls > _CONTROL_SHARE * len(data):
        message = f"{controls} of its {len(data)} bytes are control characters: this is no text. Remove the file or save it as text."
        raise RefusedError("binary", message)


def _what(data: bytes) -> str | None:
    kind = next((kind for mark, kind in _SIGNATURES.items() if data.startswith(mark)), None)
    return f"This is no text but {kind}." if kind else None


def _not_utf8(data: bytes, names: Sequence[str]) -> tuple[str, str]:
    mended = data.decode("utf-8", "replace")
    stray = mended.count("\ufffd")
    # Every character beyond ASCII that is not U+FFFD was a valid sequence.
    valid = len(mended) - len(data.translate(None, _HIGH)) - stray
    if valid >= _STRAY * stray:
        return mended, "utf-8"
    for name in names:
        try:
            return _strictly(data, name), name
        except UnicodeDecodeError:
            continue
    return _detected(data)


def _loosely(data: bytes, name: str) -> str:
    """Decode; what does not belong becomes U+FFFD. Detection saw a sample: the rest may hold a stray byte."""
    try:
        return _strictly(data, name)
    except UnicodeDecodeError:
        return data.decode(labels.CODECS[name], "replace")


def _strictly(data: bytes, name: str) -> str:
    """Decode; the few bytes that Windows code pages leave open are C1 controls, as the Encoding Standard has it."""
    return data.decode(labels.CODECS[name], "saring-c1" if name.startswith("windows-12") else "strict")


def _c1(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(map(chr, error.object[error.start : error.end])), error.end


codecs.register_error("saring-c1", _c1)


def _is_western(data: bytes) -> bool:
    """Whether nearly all that is not ASCII is a character of Western Europe, and less frequent than plain letters.

    charset-normalizer takes short French for windows-1250 ("trčs contestée") or even big5: of 13 sentences in French, Spanish,
    German and Indonesian it missed 9, and with this asked first none is missed.
    """
    high = len(data) - len(data.translate(None, _HIGH))
    foreign = high - (len(data) - len(data.translate(None, _WESTERN)))
    letters = len(data.translate(None, _NOT_LETTERS))
    return foreign * 50 <= high <= letters


def _detected(data: bytes) -> tuple[str, str]:
    if _is_western(data):
        return _strictly(data, "windows-1252"), "windows-1252"
    # charset-normalizer takes 0.1 s to import and most corpora are UTF-8.
    from charset_normalizer import from_bytes  # noqa: PLC0415

    first = _NOT_ASCII.search(data)
    start = max(0, (first.start() if first else 0) - 1024)
    best = from_bytes(data[start : start + _SAMPLE], cp_isolation=list(_CANDIDATES)).best()
    name = labels.charset(best.encoding) if best else None
    if name is None:
        raise RefusedError("charset", "No charset is declared and none fits its bytes. Save it as UTF-8.")
    text = _loosely(data, name)
    western = _loosely(data, "windows-1252")
    return (text, "windows-1252") if text == western else (text, name)
