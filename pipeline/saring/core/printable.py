"""Quoted text without what steers a terminal or misleads a reader: controls, escape sequences, directions, invisible characters.

Whatever comes from a scrape, a file name, a record or a library's exception passes through here before it is printed or becomes part of a
message. Texts that are published as texts do not: there a ledger says what was changed.
"""

from __future__ import annotations

import re

__all__ = ["UNPRINTABLE", "json_safe", "printable", "printable_lines"]

#: Line breaks and tabs are spaces in a message of one line.
_BREAKS = "\t\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029"
#: Controls (C0, DEL, C1), surrogates, and characters that are invisible or turn the direction of writing: soft hyphen, Arabic letter mark,
#: Mongolian vowel separator, zero-width space, marks, embeddings, overrides and isolates of direction, invisible operators, byte-order mark,
#: interlinear annotation, variation selectors of the supplement and tags, all of them without a look of their own. The joiners U+200C and
#: U+200D stay: Persian, Hindi and emoji are spelled with them.
_CONTROL = r"\x00-\x1f\x7f-\x9f\ud800-\udfff"
_INVISIBLE = "\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff"
UNPRINTABLE = re.compile(f"[{_CONTROL}{_INVISIBLE}]")
#: What JSON leaves as it is inside strings, though it steers a terminal or ends a line for some readers.
_RAW_IN_JSON = re.compile("[\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def printable(text: str, *, lines: bool = False) -> str:
    r"""Return text that cannot steer a terminal: line breaks and tabs become spaces, other invisible characters are spelled out.

    Args:
        text: anything that is quoted.
        lines: keep "\n" and tabs, for text that is shown as lines of its own.

    >>> printable("a\x1b[31m\u202eb\nc")
    'a<U+001B>[31m<U+202E>b c'
    """
    if text.isprintable():
        return text
    return UNPRINTABLE.sub(lambda match: match[0] if lines and match[0] in "\n\t" else _shown(match[0]), text)


def printable_lines(text: str) -> str:
    """Return text that cannot steer a terminal: control and direction characters are spelled out."""
    return printable(text, lines=True)


def json_safe(line: str) -> str:
    r"""Return a line of JSON whose strings hold the same, with such characters as escapes.

    >>> json_safe('"a\u202eb"')
    '"a\\u202eb"'
    """
    return _RAW_IN_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", line)


def _shown(character: str) -> str:
    return " " if character in _BREAKS else f"<U+{ord(character):04X}>"
