"""Decode the bytes of a page: byte-order mark, the maintainer's declaration, UTF-8 validity, the page's declaration, then detection.

The order differs from a browser's (WHATWG HTML, 13.2.3) in one point: bytes that are valid UTF-8 with multi-byte sequences are decoded as
UTF-8 whatever is declared. Text in another encoding is almost never valid UTF-8 by chance beyond a few characters, while pages in UTF-8
that a server's default declares as iso-8859-1 are common. A page's declaration is trusted unless another charset fits the bytes far
better. Undeclared bytes are decoded where one charset is clearly the best and refused otherwise: wrongly guessed letters cannot be told from
right ones later.
"""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from saring.config import charset_labels
from saring.read.binary_content import file_type_message, refuse_binary
from saring.read.escaped_charsets import decode_escaped
from saring.read.scrape import RefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saring.read.charset_detection import Reading

__all__ = ["decode"]

#: Byte-order marks, the longest first: that of UTF-32 begins with that of UTF-16.
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32le"),
    (codecs.BOM_UTF32_BE, "utf-32be"),
    (codecs.BOM_UTF16_LE, "utf-16le"),
    (codecs.BOM_UTF16_BE, "utf-16be"),
)

_NON_ASCII_BYTES = bytes(range(128, 256))

#: Bytes in which NULs are counted.
_HEAD = 16_384
#: Shares of NULs among the bytes at even and odd positions by which UTF-16 and UTF-32 without a byte-order mark are recognised. A judgement.
_FEW, _MANY, _NEARLY_ALL = 0.05, 0.3, 0.9
#: An undeclared charset is accepted where its reading scores so much more than any other (`charset_detection`), and where the bytes beyond
#: ASCII add at least so much evidence in all, or `GAIN_PER_CHARACTER` for each character. Measured in November 2026 on 3,499 texts of 60, 200
#: and 1,000 bytes in 38 languages and 1 to 5 charsets each: 3,274 were decoded rightly, 4 wrongly, 221 were refused. No command of bench/
#: repeats that; tests/read/test_charset.py checks a smaller matrix, tests/cases/charsets.toml.
_MIN_MARGIN, _MIN_GAIN = 4.0, -2.0
#: All readings are rejected where an implausible one scores better than the best plausible one by more than this share of its score.
_MAX_LEAD_OF_IMPLAUSIBLE = 0.15
#: Fewer non-ASCII characters than these prove nothing: not that no charset fits, not that a declaration is wrong, not that a server's
#: default is. These and the next three constants are a judgement, checked by the same tests.
_MIN_TO_JUDGE, _MIN_TO_OVERRULE, _MIN_TO_OVERRULE_DEFAULT = 8, 16, 4
#: Charsets that servers declare by default: always compared with the others; any other declaration only where its reading is implausible.
_SERVER_DEFAULTS = ("windows-1252",)
#: A declared charset is refused where another plausible reading leads by the first number, and overruled where by the second.
_DOUBT_LEAD, _OVERRULE_LEAD = 8.0, 16.0
_HOW_TO_DECLARE = (
    'Set charset = "..." in NAME.meta.toml beside the file or in a [[source]] table of corpus.toml, or save the file as UTF-8.'
)
#: Multi-byte UTF-8 with at most one stray byte for so many valid sequences is damaged UTF-8, not another encoding. A judgement.
_VALID_PER_STRAY = 5


def decode(data: bytes, declared: Sequence[str | None] = (), exact: str | None = None) -> tuple[str, str]:  # noqa: PLR0911 - one for each proof
    """Decode the bytes of one page; return its text and the name of its charset.

    Args:
        data: the bytes.
        declared: charset labels that the page declares, the strongest first; unknown ones are ignored.
        exact: the charset label that the maintainer declares. Bytes that are invalid in it are refused.

    Returns:
        The text, without byte-order mark and lone surrogates, and the charset's WHATWG name (or IANA's, for charsets that the WHATWG
        leaves out). Where the charset is certain, invalid bytes become U+FFFD, as in a browser.

    Raises:
        RefusedError: `binary` for content that is not text; `charset` where no charset fits, or several fit equally well.
    """
    for mark, marked_name in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _decode_unicode(data[len(mark) :], marked_name)
    if exact and (exact_name := charset_labels.canonical_charset(exact)):
        return _decode_exactly(data, exact_name)
    names = [name for label in declared if label and (name := charset_labels.canonical_charset(label))]
    if b"\0" in data:
        return _decode_unicode(data, _wide_charset(data, names))
    is_ascii = data.isascii()
    if is_ascii and (escaped := decode_escaped(data, names)):
        return escaped
    try:
        refuse_binary(data)
    except RefusedError:
        if is_ascii or not (wide := _plausible_wide_charset(data)):  # UTF-16 without NULs has bytes that are controls in other charsets
            raise
        return _decode_unicode(data, wide)
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return _decode_non_utf8(data, [name for name in names if not name.startswith("utf-")])


def _decode_exactly(data: bytes, name: str) -> tuple[str, str]:
    """Decode bytes in the charset that the maintainer declares; refuse them where they are invalid in it."""
    try:
        text = _decode_strictly(data, name)
    except UnicodeDecodeError as error:
        message = f"The charset is declared as {name}, but byte {error.start + 1} is not valid {name}. Correct the charset, or fetch the file again."
        raise RefusedError("charset", message) from None
    if "\0" in text:
        message = f"It contains NUL characters, which text in {name} never does. Correct the charset or remove the file."
        raise RefusedError("binary", message)
    return text.removeprefix("\ufeff"), name


def _decode_unicode(data: bytes, name: str) -> tuple[str, str]:
    """Decode bytes that are certainly UTF-8, UTF-16 or UTF-32; refuse them where NULs or many invalid bytes show that they are binary."""
    text = data.decode(name, "replace").removeprefix("\ufeff")
    if "\0" in text:
        message = f"It contains NUL characters, which text in {name} never does. Remove the file or save it as text."
        raise RefusedError("binary", message)
    if text.count("\ufffd") * _VALID_PER_STRAY > len(text):
        raise RefusedError("binary", f"It starts like {name}, but most of it is not valid. Remove the file or save it as text.")
    return text, name


def _wide_charset(data: bytes, declared: Sequence[str]) -> str:
    """Return the UTF-16 or UTF-32 variant of bytes with NULs but without a byte-order mark, by the positions of the NULs.

    Most characters of most texts are below U+0100, or at least spaces and digits are: one of the two bytes of each is NUL. So "hi" is
    68 00 69 00 in UTF-16LE, with all NULs at odd positions, and 68 00 00 00 69 00 00 00 in UTF-32LE.

    Args:
        data: the bytes.
        declared: canonical names of the charsets that the page declares, the strongest first.

    Raises:
        RefusedError: the bytes are in none of them; with the rejection reason `binary`.
    """
    declared_name = next((name for name in declared if name.startswith("utf-16")), None)
    head = data[:_HEAD]
    nul_shares = [head[offset::4].count(0) * 4 / len(head) for offset in range(4)]
    even, odd = (nul_shares[0] + nul_shares[2]) / 2, (nul_shares[1] + nul_shares[3]) / 2
    if min(nul_shares[2:]) > _NEARLY_ALL and nul_shares[0] < _FEW:
        return "utf-32le"
    if min(nul_shares[:2]) > _NEARLY_ALL and nul_shares[3] < _FEW:
        return "utf-32be"
    if odd > _MANY and even < _FEW:
        return "utf-16le"
    if even > _MANY and odd < _FEW:
        return "utf-16be"
    if wide := _plausible_wide_charset(data):
        return wide
    if declared_name and min(even, odd) < _FEW:
        return declared_name
    message = "It contains NUL bytes, which text never does. Remove the file or save it as text."
    raise RefusedError("binary", file_type_message(data) or message)


def _plausible_wide_charset(data: bytes) -> str | None:
    """Return the UTF-16 or UTF-32 variant in which bytes are clearly language, such as text in a script other than Latin; else None."""
    from saring.read import charset_detection  # noqa: PLC0415 - loads the language model

    if len(data) % 2:
        return None
    best = next(iter(charset_detection.rank_charsets(data, charset_detection.WIDE)), None)
    return best.name if best and best.non_ascii and best.gain >= charset_detection.GAIN_PER_CHARACTER * best.non_ascii else None


def _decode_non_utf8(data: bytes, declared: Sequence[str]) -> tuple[str, str]:
    """Decode bytes that are not valid UTF-8: as damaged UTF-8, else in a declared charset, else in a detected one."""
    as_utf8 = data.decode("utf-8", "replace")
    stray = as_utf8.count("\ufffd")
    # Every character beyond ASCII other than U+FFFD was a valid sequence.
    valid = len(as_utf8) - len(data.translate(None, _NON_ASCII_BYTES)) - stray
    if valid >= _VALID_PER_STRAY * stray:
        return as_utf8, "utf-8"
    return _decode_declared(data, declared) or _decode_detected(data)


def _decode_declared(data: bytes, declared: Sequence[str]) -> tuple[str, str] | None:
    """Decode bytes in the first declared charset in which they are valid; None where there is none, or another fits far better.

    Raises:
        RefusedError: `charset`: another charset fits better, but not clearly enough to overrule the declaration.
    """
    for name in declared:
        try:
            text = _decode_strictly(data, name)
        except UnicodeDecodeError:
            continue
        from saring.read import charset_detection  # noqa: PLC0415 - loads the language model

        own = next(iter(charset_detection.rank_charsets(data, [name])), None)
        if own and name not in _SERVER_DEFAULTS and own.is_plausible():
            return text, name
        best = next(iter(_plausible_readings(data)), None)
        lead = best.score - own.score if best and own else _OVERRULE_LEAD
        enough = _MIN_TO_OVERRULE_DEFAULT if name in _SERVER_DEFAULTS else _MIN_TO_OVERRULE
        if best is None or best.non_ascii < enough or lead < _DOUBT_LEAD:
            return text, name
        if lead >= _OVERRULE_LEAD:
            return None
        message = f"The charset is declared as {name}, but the bytes fit {best.name} better. {_HOW_TO_DECLARE}"
        raise RefusedError("charset", message)
    return None


def _decode_detected(data: bytes) -> tuple[str, str]:
    """Decode bytes of which no charset is declared, in the charset that is clearly the most plausible.

    Raises:
        RefusedError: `charset`: there is none, or there are several.
    """
    plausible = _plausible_readings(data)
    if not plausible or plausible[0].gain < _MIN_GAIN:
        raise RefusedError("charset", f"No charset is declared, and the bytes are plausible text in none. {_HOW_TO_DECLARE}")
    best, *others = plausible
    rivals = [reading.name for reading in others if best.score - reading.score < _MIN_MARGIN]
    if rivals:
        names = ", ".join([best.name, *rivals[:3]])
        raise RefusedError("charset", f"No charset is declared, and the bytes are plausible text in {names}. {_HOW_TO_DECLARE}")
    return _decode_loosely(data, best.name), best.name


def _plausible_readings(data: bytes) -> list[Reading]:
    """Return the decodings of bytes that are plausible as language, the best first; none where an implausible decoding scores far better."""
    from saring.read import charset_detection  # noqa: PLC0415 - loads the language model

    readings = [
        reading for reading in charset_detection.rank_charsets(data) if reading.name not in charset_detection.WIDE or reading.is_plausible()
    ]
    plausible = [reading for reading in readings if reading.non_ascii < _MIN_TO_JUDGE or reading.is_plausible()]
    if not plausible or readings[0].score - plausible[0].score > _MAX_LEAD_OF_IMPLAUSIBLE * abs(readings[0].score):
        return []
    return plausible


def _decode_loosely(data: bytes, name: str) -> str:
    """Decode bytes in a detected charset; invalid ones become U+FFFD, since detection saw a sample and the rest may have a stray byte."""
    try:
        return _decode_strictly(data, name)
    except UnicodeDecodeError:
        return data.decode(charset_labels.CODECS[name], "replace")


def _decode_strictly(data: bytes, name: str) -> str:
    """Decode bytes in a charset or raise `UnicodeDecodeError`.

    The few bytes that Windows code pages leave undefined become C1 controls, as the WHATWG Encoding Standard requires.
    """
    return data.decode(charset_labels.CODECS[name], "saring-c1" if name.startswith("windows-12") else "strict")


def _undefined_bytes_as_c1(error: UnicodeError) -> tuple[str, int]:
    """Handle a decoding error (`codecs.register_error`): each undefined byte becomes the control character of its number."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(map(chr, error.object[error.start : error.end])), error.end


codecs.register_error("saring-c1", _undefined_bytes_as_c1)
