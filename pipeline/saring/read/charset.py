"""Bytes -> text: by byte-order mark, then what the maintainer declares, what the bytes prove, what the page declares, then detection.

The order differs from a browser's in one point: bytes that are valid UTF-8 with multi-byte sequences are UTF-8 whatever is declared.
A text in another encoding passes for UTF-8 by chance about never beyond a few characters, while pages declared as
iso-8859-1 by a server's default and written in UTF-8 are everyday. What a page declares is believed as long as no other charset reads its
bytes far better; what nobody declares is detected where one reading is clearly the best, and else refused: letters guessed wrong cannot be
told from right ones later.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from saring.config import charset_labels
from saring.read.scrape import RefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saring.read.charset_detection import Reading

__all__ = ["GAIN_EACH", "MARGIN", "decode", "is_escaped", "refuse_binary"]

#: Longest mark first: that of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32le"),
    (codecs.BOM_UTF32_BE, "utf-32be"),
    (codecs.BOM_UTF16_LE, "utf-16le"),
    (codecs.BOM_UTF16_BE, "utf-16be"),
)

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
#: So many bytes are looked at for NULs.
_HEAD = 16_384
#: Shares of NULs among the bytes at even and odd places, by which UTF-16 and UTF-32 are told without a byte-order mark.
_FEW, _MANY, _NEARLY_ALL = 0.05, 0.3, 0.9
#: A reading is the right one where it scores so much more than any other (`detection`), and where its bytes beyond ASCII gain so much in
#: all, or so much each. Of 3,499 texts in 38 languages and 1 to 5 charsets each, of 60, 200 and 1,000 bytes, 3,274 are read rightly so, 4
#: wrongly, and 221 are refused (November 2026).
MARGIN, _LEAST_GAIN, GAIN_EACH = 4.0, -2.0, 1.0
#: Of readings that cannot be believed none may be better than the best that can by more than this share of its score.
_NEAR_THE_TOP = 0.15
#: Fewer characters beyond ASCII do not say that no charset is right, or that a declaration is wrong.
_FEWEST_TO_JUDGE, _FEWEST_TO_OVERRULE, _FEWEST_TO_OVERRULE_DEFAULT = 8, 16, 4
#: What servers declare for lack of knowledge is compared with other charsets whatever it looks like; anything else only where it cannot be
#: believed.
_DEFAULTS = ("windows-1252",)
#: What a page declares is refused where another, sound reading scores so much more, and overruled from the second number on.
_DOUBTED, _OVERRULED = 8.0, 16.0
#: Escapes of 7-bit charsets. Those of terminals (ESC [) are none of them.
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_ESCAPES = re.compile(rb"\x1b(?:\$[@AB]|\$[()*+][A-H]|\([IJ])")
_ESCAPED = ("iso2022_jp", "iso2022_jp_ext", "iso2022_jp_2")
_KOREAN = b"\x1b$)C"
_HZ = re.compile(rb"~\{(?:[\x21-\x77][\x21-\x7e])+~\}")
_UTF_7 = re.compile(rb"\+[A-Za-z0-9+/]{3,}")
#: So many characters beyond ASCII, and so much evidence for each, show that what looks like HZ or UTF-7 is it.
_FEWEST, _SURE_EACH = 3, 1.2
_HOW = 'Declare it as charset = "..." in NAME.meta.toml beside the file or in a [[source]] of corpus.toml, or save the file as UTF-8.'
#: Multi-byte UTF-8 with at most one stray byte for so many valid sequences is UTF-8 that was damaged, not another encoding.
_STRAY = 5


def decode(data: bytes, declared: Sequence[str | None] = (), exact: str | None = None) -> tuple[str, str]:  # noqa: PLR0911 - one for each proof
    """Return the text and the name of its charset.

    Args:
        data: the bytes of one page.
        declared: labels by which the page declares its charset, the strongest first; unknown ones are passed over.
        exact: the label that the maintainer declares. Bytes that do not belong to that charset are refused.

    Returns:
        The text without byte-order mark and free of lone surrogates, and the charset's WHATWG name (IANA's for those that the WHATWG leaves
        out). Bytes that do not belong to the charset become U+FFFD, as in a browser, where the charset is beyond doubt.

    Raises:
        RefusedError: `binary` where this is no text, `charset` where nothing fits, or several charsets fit as well.
    """
    for mark, marked in _MARKS:
        if data.startswith(mark):
            return _marked(data[len(mark) :], marked)
    if exact and (name := charset_labels.canonical_charset(exact)):
        return _exactly(data, name)
    names = [name for label in declared if label and (name := charset_labels.canonical_charset(label))]
    if b"\0" in data:
        return _marked(data, _wide(data, names))
    ascii_only = data.isascii()
    if ascii_only and (escaped := _seven_bit(data, names)):
        return escaped
    try:
        refuse_binary(data)
    except RefusedError:
        if ascii_only or not (wide := _clear_wide(data)):  # UTF-16 without a NUL holds bytes that are controls elsewhere
            raise
        return _marked(data, wide)
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return _not_utf8(data, [name for name in names if not name.startswith("utf-")])


def is_escaped(data: bytes) -> bool:
    """Whether bytes that may all be ASCII hold what escapes look like in 7-bit charsets."""
    return b"\x1b" in data or b"~{" in data


def _exactly(data: bytes, name: str) -> tuple[str, str]:
    try:
        text = _strictly(data, name)
    except UnicodeDecodeError as error:
        message = (
            f"Its charset is declared as {name}, but byte {error.start + 1} is not in {name}. Correct the charset, or fetch the file again."
        )
        raise RefusedError("charset", message) from None
    if "\0" in text:
        raise RefusedError("binary", f"It holds NUL characters, which no text in {name} has. Correct the charset or remove the file.")
    return text.removeprefix("\ufeff"), name


def _seven_bit(data: bytes, names: Sequence[str]) -> tuple[str, str] | None:
    """Return the text of ASCII bytes that stand for other characters; None where they stand for themselves."""
    if b"\x1b" in data and "iso-2022-jp" in names:
        return data.decode("iso-2022-jp", "replace"), "iso-2022-jp"
    if _ESCAPES.search(data):
        for codec in ("iso2022_kr",) if _KOREAN in data else _ESCAPED:
            try:
                return data.decode(codec), "iso-2022-kr" if codec == "iso2022_kr" else "iso-2022-jp"
            except UnicodeDecodeError:
                continue
        raise RefusedError("charset", "It holds escapes of ISO 2022, but is neither ISO-2022-JP nor ISO-2022-KR. Save it as UTF-8.")
    if _HZ.search(data) and (text := _clear_escaped(data, "hz")):
        return text, "hz-gb-2312"
    if _UTF_7.search(data) and _clear_escaped(data, "utf-7"):
        raise RefusedError("charset", "It looks like UTF-7, which is not read, since markup can hide in it. Save it as UTF-8.")
    return None


def _clear_escaped(data: bytes, codec: str) -> str | None:
    """Return what ASCII bytes stand for, where that is language beyond doubt."""
    from saring.read import charset_detection  # noqa: PLC0415 - loads the model of languages

    try:
        text = data.decode(codec)
    except UnicodeDecodeError:
        return None
    beyond = _BEYOND_ASCII.search(text)
    part = text[beyond.start() :][:_HEAD] if beyond else ""
    high = sum(character > "\x7f" for character in part)
    return text if high >= _FEWEST and charset_detection.language_gain(part) >= _SURE_EACH * high else None


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
    head = data[:_HEAD]
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
    if wide := _clear_wide(data):
        return wide
    if declared and min(even, odd) < _FEW:
        return declared
    raise RefusedError("binary", _what(data) or "It holds NUL bytes, which no text has. Remove the file or save it as text.")


def _clear_wide(data: bytes) -> str | None:
    """Return the UTF-16 or UTF-32 in which bytes are language beyond doubt, such as one in another script than Latin; None for none."""
    from saring.read import charset_detection  # noqa: PLC0415 - loads the model of languages

    if len(data) % 2:
        return None
    best = next(iter(charset_detection.rank_charsets(data, charset_detection.WIDE)), None)
    return best.name if best and best.foreign and best.gain >= GAIN_EACH * best.foreign else None


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
    return _declared(data, names) or _detected(data)


def _declared(data: bytes, names: Sequence[str]) -> tuple[str, str] | None:
    """Return the text in the first declared charset that fits its bytes; None where none does, or where another one fits far better.

    Raises:
        RefusedError: another charset reads the bytes better, but not so much that it is beyond doubt.
    """
    for name in names:
        try:
            text = _strictly(data, name)
        except UnicodeDecodeError:
            continue
        from saring.read import charset_detection  # noqa: PLC0415 - loads the model of languages

        own = next(iter(charset_detection.rank_charsets(data, [name])), None)
        if own and name not in _DEFAULTS and own.is_sound(GAIN_EACH):
            return text, name
        best = next(iter(_sound(data)), None)
        ahead = best.score - own.score if best and own else _OVERRULED
        if best is None or best.foreign < (_FEWEST_TO_OVERRULE_DEFAULT if name in _DEFAULTS else _FEWEST_TO_OVERRULE) or ahead < _DOUBTED:
            return text, name
        if ahead >= _OVERRULED:
            return None
        message = f"It is declared as {name}, but its bytes read better in {best.name}. {_HOW}"
        raise RefusedError("charset", message)
    return None


def _loosely(data: bytes, name: str) -> str:
    """Decode; what does not belong becomes U+FFFD. Detection saw a sample: the rest may hold a stray byte."""
    try:
        return _strictly(data, name)
    except UnicodeDecodeError:
        return data.decode(charset_labels.CODECS[name], "replace")


def _strictly(data: bytes, name: str) -> str:
    """Decode; the few bytes that Windows code pages leave open are C1 controls, as the Encoding Standard has it."""
    return data.decode(charset_labels.CODECS[name], "saring-c1" if name.startswith("windows-12") else "strict")


def _c1(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(map(chr, error.object[error.start : error.end])), error.end


codecs.register_error("saring-c1", _c1)


def _sound(data: bytes) -> list[Reading]:
    """Return the readings that can be believed, the most plausible first; none where one that cannot is far more plausible."""
    from saring.read import charset_detection  # noqa: PLC0415 - loads the model of languages

    every = [
        reading
        for reading in charset_detection.rank_charsets(data)
        if reading.name not in charset_detection.WIDE or reading.is_sound(GAIN_EACH)
    ]
    sound = [reading for reading in every if reading.foreign < _FEWEST_TO_JUDGE or reading.is_sound(GAIN_EACH)]
    return sound if sound and every[0].score - sound[0].score <= _NEAR_THE_TOP * abs(every[0].score) else []


def _detected(data: bytes) -> tuple[str, str]:
    sound = _sound(data)
    if not sound or sound[0].gain < _LEAST_GAIN:
        raise RefusedError("charset", f"No charset is declared, and in none are its bytes a text that can be believed. {_HOW}")
    best, *others = sound
    near = [reading.name for reading in others if best.score - reading.score < MARGIN]
    if near:
        message = f"No charset is declared, and its bytes can be read as {', '.join([best.name, *near[:3]])}. {_HOW}"
        raise RefusedError("charset", message)
    return _loosely(data, best.name), best.name
