"""Escape characters in quoted text that could control a terminal or mislead a reader: controls, bidi overrides, invisible characters.

Everything quoted from a scrape, a file name, a record or a library's exception passes through here before it is printed or becomes part of a
message. Published texts do not: changes to them are recorded in the ledger.
"""

from __future__ import annotations

import re

__all__ = ["UNPRINTABLE", "json_safe", "printable", "printable_lines"]

#: Line breaks and tabs, which become spaces in a message of one line.
_BREAKS = "\t\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029"
#: Controls (C0, DEL, C1) and surrogates.
_CONTROL = r"\x00-\x1f\x7f-\x9f\ud800-\udfff"
#: Characters that are invisible or change the direction of writing: soft hyphen, Arabic letter mark, Mongolian vowel separator, zero-width
#: space, directional marks, embeddings, overrides and isolates, invisible operators, byte-order mark, interlinear annotation, and the
#: supplementary variation selectors and tags. The joiners U+200C and U+200D stay: Persian, Hindi and emoji are spelled with them.
_INVISIBLE = "\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff"
UNPRINTABLE = re.compile(f"[{_CONTROL}{_INVISIBLE}]")
#: Characters that JSON allows unescaped in strings, but that control a terminal or that some readers take for the end of a line.
_RAW_IN_JSON = re.compile("[\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def printable(text: str, *, lines: bool = False) -> str:
    r"""Make a string safe to print: line breaks and tabs become spaces, control and invisible characters become codes in brackets.

    Args:
        text: any string to be quoted.
        lines: keep "\n" and tabs, for text printed as several lines.

    >>> printable("a\x1b[31m\u202eb\nc")
    'a<U+001B>[31m<U+202E>b c'
    """
    if text.isprintable():
        return text
    return UNPRINTABLE.sub(lambda match: match[0] if lines and match[0] in "\n\t" else _escaped(match[0]), text)


def printable_lines(text: str) -> str:
    """Make a text of several lines safe to print: as `printable`, but keep its line breaks and tabs."""
    return printable(text, lines=True)


def json_safe(line: str) -> str:
    r"""Escape invisible characters, bidi controls and line separators in a line of JSON, which then decodes to the same value.

    >>> json_safe('"a\u202eb"')
    '"a\\u202eb"'
    """
    return _RAW_IN_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", line)


def _escaped(character: str) -> str:
    """Return a space for a line break or tab, and the code point in angle brackets for any other unprintable character."""
    return " " if character in _BREAKS else f"<U+{ord(character):04X}>"
