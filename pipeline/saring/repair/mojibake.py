"""Lines that were read in a wrong charset: read back as a whole, or left as they are.

ftfy mends UTF-8 that was read in a charset of one byte a character. Of other mojibake it mends the pieces that happen to look like that, and
nobody can read back the rest. So bytes of other charsets are read back here, and ftfy's version counts only where what it changed is whole.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from saring.language import plausibility
from saring.read.scrape import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ALONE", "UTF_8_AS_CYRILLIC", "decode_again", "is_fully_repaired", "parts_about_encoding"]

#: In which charsets bytes are read wrongly; ftfy knows others besides.
_WRONGLY = ("latin-1", "sloppy-windows-1252")
#: In which UTF-8 is read wrongly, and ftfy does not look for it.
_WRONGLY_UTF_8 = ("koi8-r", "koi8-u", "cp866", "cp1256", "iso8859-5")
#: Charsets of the bytes, and the one that they were read in. Those of Western Europe are left out: their letters are among the bytes' own.
_CHARSETS = ("windows-1252", "gb18030", "big5", "shift_jis", "euc-jp", "euc-kr", "windows-1251", "koi8-r", "windows-1253", "windows-874")
#: So many characters beyond ASCII, and such a share of all but spaces, does a line have at least that is read back.
_FEWEST, _SHARE = 6, 0.3
#: How much more a reading scores than the line as it stands, and than any other reading.
_AHEAD = 16.0
#: So many characters beyond ASCII does a reading have for each anomaly.
_PURE = 40
#: So many characters for each byte that is none make bytes UTF-8.
_UTF_8 = 3
#: Cyrillic in UTF-8 that was read as KOI8-R or as IBM866, as the column engine looks for it.
UTF_8_AS_CYRILLIC = r"(?:[пя][\u{A0}°²·÷©ёЁ\u{2219}-\u{2265}\u{2320}\u{2321}\u{2500}-\u{25A0}]){3}|(?:[╨╤][А-п\u{2500}-\u{25A0}]){3}"
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
#: Letters that scarcely any text has, but UTF-8 made by chance of two bytes of another charset.
_RARE = re.compile(
    "[\u0180-\u019f\u01a2-\u01ae\u01b1-\u0217\u021c-\u036f\u0370-\u0373\u03d0-\u03ff\u0460-\u048f\u04c0-\u0590\u0700-\u08ff]"
)

#: A letter that is talked about: between quotation marks or brackets.
_QUOTED = r"(?<!\w)[\"'“‘„‚«‹(\[`]\s?[ÂÃ]\s?[\"'”’“‘»›)\]`](?=[\s.,;:!?)]|\Z)"
#: A letter that stands alone: a word of its own.
_ALONE = r"(?:(?<=\s)|(?<=\A))[ÂÃ](?=[ \t.,;:!?/|]|\Z)"
#: The same for the column engine, which does not look back.
ALONE = r"(?:^|\s)[ÂÃ](?:[ \t.,;:!?/|]|$)"
_TALKED_ABOUT = re.compile(f"({_QUOTED}|{_ALONE})")
_IN_QUOTES = re.compile(f"({_QUOTED})")


def parts_about_encoding(line: str, *, among_damage: bool) -> list[str]:
    """Return the parts of a line: those at odd places are an Â or Ã that is no evidence of damage.

    One that stands alone may be an à that lost its second half, where other words are damaged too; one between quotation marks is always
    talked about.
    """
    return (_IN_QUOTES if among_damage else _TALKED_ABOUT).split(line) if "Â" in line or "Ã" in line else [line]


def is_fully_repaired(before: str, after: str) -> bool:
    """Whether a mended line has nothing that shows that only pieces of it could be mended."""
    from ftfy.badness import badness  # noqa: PLC0415 - imported where it is used

    old = set(before.split())
    return not any(_RARE.search(word) or badness(word) or plausibility.count_anomalies(word) for word in set(after.split()) - old)


def decode_again(line: str) -> str | None:
    """Return a line as it was before its bytes were read in a wrong charset; None where that is not beyond doubt."""
    foreign = len(_BEYOND_ASCII.findall(line))
    if foreign < _FEWEST or foreign < _SHARE * len(re.sub(r"\s", "", line)):
        return None
    for text in _utf_8(line):
        if is_fully_repaired("", text):
            return text
    from ftfy.badness import badness  # noqa: PLC0415 - imported where it is used

    if not badness(line):
        return None
    for codec in _WRONGLY:
        try:
            data = line.encode(codec)
        except UnicodeEncodeError:
            continue
        return None if _is_utf_8(data) else _reading(data)
    return None


def _is_utf_8(data: bytes) -> bool:
    """Whether bytes are UTF-8 for the most part, which ftfy mends."""
    text = data.decode("utf-8", "replace")
    return len(_BEYOND_ASCII.findall(text)) > _UTF_8 * text.count("\ufffd")


def _utf_8(line: str) -> Iterator[str]:
    for codec in _WRONGLY_UTF_8:
        try:
            yield line.encode(codec).decode("utf-8")
        except UnicodeError:
            continue


def _reading(data: bytes) -> str | None:
    from saring.read import charset, charset_detection  # noqa: PLC0415 - loads the model of languages

    readings = charset_detection.rank_charsets(data, _CHARSETS)
    own = next((reading for reading in readings if reading.name == "windows-1252"), None)
    others = [reading for reading in readings if reading is not own and reading.is_sound(charset.GAIN_EACH)]
    is_pure = others and others[0].anomalies * _PURE <= others[0].foreign
    if not is_pure or (own and others[0].score < own.score + _AHEAD) or (len(others) > 1 and others[0].score < others[1].score + _AHEAD):
        return None
    try:
        return charset.decode(data, exact=others[0].name)[0]
    except RefusedError:
        return None
