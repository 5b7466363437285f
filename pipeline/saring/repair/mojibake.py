"""Recover lines of text whose bytes were decoded in a wrong charset, where ftfy alone would repair only parts of them.

ftfy repairs UTF-8 that was decoded in a single-byte charset. Of other mojibake it repairs the fragments that happen to look like that, after
which nobody can recover the rest. So bytes in other charsets are decoded again here, and a repair of ftfy is accepted only where nothing that
it changed still looks damaged.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from saring.language import plausibility
from saring.read.scrape import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["LONE_LETTER", "UTF_8_AS_CYRILLIC", "decode_again", "is_fully_repaired", "split_quoted_letters"]

#: Charsets in which bytes of other charsets are wrongly decoded; for UTF-8, ftfy knows more of them.
_WRONG_CODECS = ("latin-1", "sloppy-windows-1252")
#: Charsets in which UTF-8 is wrongly decoded and which ftfy does not try.
_WRONG_CODECS_OF_UTF_8 = ("koi8-r", "koi8-u", "cp866", "cp1256", "iso8859-5")
#: Candidates for the original charset. Those of Western Europe are left out, since their letters are those of the wrong charset itself;
#: windows-1252 is the reading of the line as it is.
_CHARSETS = ("windows-1252", "gb18030", "big5", "shift_jis", "euc-jp", "euc-kr", "windows-1251", "koi8-r", "windows-1253", "windows-874")
#: The fewest non-ASCII characters of a line that is decoded again, and their least share among all characters but spaces. A judgement, as
#: are the next three constants, checked by tests/repair/test_mojibake.py.
_MIN_NON_ASCII, _MIN_NON_ASCII_SHARE = 6, 0.3
#: The lead (logarithm of odds) that the best reading needs over the line as it is and over every other reading.
_MIN_LEAD = 16.0
#: The best reading has at most one anomaly for so many non-ASCII characters.
_CHARACTERS_PER_ANOMALY = 40
#: Bytes with more than so many valid non-ASCII characters for each invalid one are UTF-8.
_VALID_PER_INVALID = 3
#: Cyrillic in UTF-8 that was decoded as KOI8-R or as IBM866, as a regular expression for Polars.
UTF_8_AS_CYRILLIC = r"(?:[пя][\u{A0}°²·÷©ёЁ\u{2219}-\u{2265}\u{2320}\u{2321}\u{2500}-\u{25A0}]){3}|(?:[╨╤][А-п\u{2500}-\u{25A0}]){3}"
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
#: Letters that hardly any text contains, but that two bytes of another charset yield when decoded as UTF-8.
_RARE_LETTER = re.compile(
    "[\u0180-\u019f\u01a2-\u01ae\u01b1-\u0217\u021c-\u036f\u0370-\u0373\u03d0-\u03ff\u0460-\u048f\u04c0-\u0590\u0700-\u08ff]"
)

#: Â or Ã in quotation marks or brackets, which is a text about that letter, not damage.
_QUOTED = r"(?<!\w)[\"'“‘„‚«‹(\[`]\s?[ÂÃ]\s?[\"'”’“‘»›)\]`](?=[\s.,;:!?)]|\Z)"
#: Â or Ã as a word of its own.
_LONE = r"(?:(?<=\s)|(?<=\A))[ÂÃ](?=[ \t.,;:!?/|]|\Z)"
#: The same as a regular expression for Polars, whose engine has no look-behind.
LONE_LETTER = r"(?:^|\s)[ÂÃ](?:[ \t.,;:!?/|]|$)"
_QUOTED_OR_LONE_LETTER = re.compile(f"({_QUOTED}|{_LONE})")
_QUOTED_LETTER = re.compile(f"({_QUOTED})")


def split_quoted_letters(line: str, *, among_damage: bool) -> list[str]:
    """Split a line at each Â or Ã that must not be repaired, because the text is about that letter; these are at the odd positions of the result.

    >>> split_quoted_letters("La lettre « Ã » est rare.", among_damage=True)
    ['La lettre ', '« Ã »', ' est rare.']

    Args:
        line: the line.
        among_damage: whether other words of its text are damaged. If so, only letters in quotation marks or brackets are split off; a
            separate word Ã is then taken for an à that lost its second byte. Otherwise separate words are split off too.
    """
    return (_QUOTED_LETTER if among_damage else _QUOTED_OR_LONE_LETTER).split(line) if "Â" in line or "Ã" in line else [line]


def is_fully_repaired(before: str, after: str) -> bool:
    """Tell whether a repair of mojibake is complete: none of the words that it changed still looks damaged.

    Args:
        before: the damaged line.
        after: the repaired line.
    """
    from ftfy.badness import badness  # noqa: PLC0415 - imported where it is used

    old_words = set(before.split())
    new_words = set(after.split()) - old_words
    return not any(_RARE_LETTER.search(word) or badness(word) or plausibility.count_anomalies(word) for word in new_words)


def decode_again(line: str) -> str | None:
    """Return a line as decoded in its original charset where its bytes were decoded in a wrong one; None unless that is certain.

    "Óæ·ò»Øµ½" is "渔夫回到" in GB 18030 that was decoded as Latin-1, though too short to be certain.
    """
    non_ascii = len(_BEYOND_ASCII.findall(line))
    if non_ascii < _MIN_NON_ASCII or non_ascii < _MIN_NON_ASCII_SHARE * len(re.sub(r"\s", "", line)):
        return None
    for text in _utf_8_readings(line):
        if is_fully_repaired("", text):
            return text
    from ftfy.badness import badness  # noqa: PLC0415 - imported where it is used

    if not badness(line):
        return None
    for codec in _WRONG_CODECS:
        try:
            data = line.encode(codec)
        except UnicodeEncodeError:
            continue
        return None if _is_utf_8(data) else _decode_clearly(data)
    return None


def _is_utf_8(data: bytes) -> bool:
    """Tell whether bytes are mostly valid UTF-8, which ftfy repairs."""
    text = data.decode("utf-8", "replace")
    return len(_BEYOND_ASCII.findall(text)) > _VALID_PER_INVALID * text.count("\ufffd")


def _utf_8_readings(line: str) -> Iterator[str]:
    """Yield a line as UTF-8, on the assumption that its bytes were decoded in each of the wrong charsets that ftfy does not try.

    A charset that cannot encode the line, or gives invalid UTF-8, is left out.
    """
    for codec in _WRONG_CODECS_OF_UTF_8:
        try:
            yield line.encode(codec).decode("utf-8")
        except UnicodeError:
            continue


def _decode_clearly(data: bytes) -> str | None:
    """Decode bytes in the candidate charset that is clearly the most plausible; None where there is none."""
    from saring.read import charset, charset_detection  # noqa: PLC0415 - loads the language model

    readings = charset_detection.rank_charsets(data, _CHARSETS)
    as_it_is = next((reading for reading in readings if reading.name == "windows-1252"), None)
    candidates = [reading for reading in readings if reading is not as_it_is and reading.is_plausible()]
    if not candidates or candidates[0].anomalies * _CHARACTERS_PER_ANOMALY > candidates[0].non_ascii:
        return None
    best, *rivals = candidates
    if (as_it_is and best.score < as_it_is.score + _MIN_LEAD) or (rivals and best.score < rivals[0].score + _MIN_LEAD):
        return None
    try:
        return charset.decode(data, exact=best.name)[0]
    except RefusedError:
        return None
