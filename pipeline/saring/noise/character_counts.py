"""Characters of lines, counted by class over a whole batch at once: one pass over its code points, no regular expression.

A regular expression that counts costs 15 to 40 ms for 7 MB; here each class costs 4 ms once the code points are classified (8 ms).
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

if TYPE_CHECKING:
    import numpy.typing as npt

    Places = npt.NDArray[np.intp]

__all__ = ["DIGIT", "OPENERS", "SMALL", "UPPER", "Counts", "count_characters", "is_kind"]

_SPACE, _LETTER, UPPER, DIGIT, _PAUSE, _OPENER, SMALL, _NEWLINE = (1 << bit for bit in range(8))
_BREAK = _SPACE | _NEWLINE

#: Planes 0 to 2 hold every letter; what lies above is none of the classes.
_HIGHEST = 0x30000

#: What may stand right before a word besides white space.
OPENERS = "\"'\N{LEFT SINGLE QUOTATION MARK}“«(/-"
_PAUSES = ",;،、，؛"

#: Lines whose characters stay near the processor.
_TOGETHER = 4_096

#: UTF-8: how many bytes a code point has by its first one, which bits of that one count, and what marks the others.
_SIZES = np.repeat(np.array([1, 2, 3, 4], dtype=np.uint8), [0xC0, 0x20, 0x10, 0x10])
_BITS = np.array([0, 0x7F, 0x1F, 0x0F, 0x07], dtype=np.uint32)
_LEAD, _CONTINUATION, _PAYLOAD = 0xC0, 0x80, np.uint32(0x3F)

#: Words this short that begin with a small letter are mostly function words, in any language that writes letters and spaces.
_SHORT_WORD = 3


class Counts(NamedTuple):
    r"""What each line holds, as arrays of one entry a line.

    Attributes:
        words: runs of anything but white space.
        uppers, digits: capital letters, decimal digits.
        pauses: commas and semicolons.
        starts, capitals: words that begin with a letter, and with a capital letter; after an opening quote or a dash, too.
        shorts: words of at most three characters that begin with a small letter.
        first, last: the code points at the edges; those of an empty line are "\n".
    """

    words: npt.NDArray[np.int32]
    uppers: npt.NDArray[np.int32]
    digits: npt.NDArray[np.int32]
    pauses: npt.NDArray[np.int32]
    starts: npt.NDArray[np.int32]
    capitals: npt.NDArray[np.int32]
    shorts: npt.NDArray[np.int32]
    first: npt.NDArray[np.uint32]
    last: npt.NDArray[np.uint32]


def count_characters(lines: pl.Series) -> Counts:
    r"""Count the characters of each line.

    Args:
        lines: strings without line breaks ("\n") and nulls.
    """
    if lines.is_empty():
        none, edge = np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.uint32)
        return Counts(none, none, none, none, none, none, none, edge, edge)
    parts = [_count(lines[low : low + _TOGETHER]) for low in range(0, len(lines), _TOGETHER)]
    return Counts(*map(np.concatenate, zip(*parts, strict=True)))


def _count(lines: pl.Series) -> Counts:
    joined = b"\n" + lines.str.join("\n").cast(pl.Binary).item()
    classes = _classified(joined)
    breaks = np.flatnonzero(classes == _BREAK)

    def by_line(places: Places) -> npt.NDArray[np.int32]:
        counts: npt.NDArray[np.int32] = np.diff(np.searchsorted(places, np.append(breaks, len(classes)))).astype(np.int32)
        return counts

    # A word is what stands between two characters of white space, of which each line has one before it.
    spaces = _places(classes, _SPACE)
    widths = np.diff(np.append(spaces, len(classes))) - 1
    solid = widths > 0
    begins, widths = spaces[solid] + 1, widths[solid]
    first = classes.take(begins)
    short = ((first & (_LETTER | UPPER)) == _LETTER) & (widths <= _SHORT_WORD)
    # What an opener stands before begins a word, too.
    opened = _places(classes, _OPENER) + 1
    inner = classes.take(opened, mode="clip")

    edges = np.frombuffer(joined, dtype=np.uint8)
    ends = np.append(np.flatnonzero(edges == ord("\n")), len(edges))
    return Counts(
        words=by_line(begins),
        uppers=by_line(_places(classes, UPPER)),
        digits=by_line(_places(classes, DIGIT)),
        pauses=by_line(_places(classes, _PAUSE)),
        starts=by_line(begins[(first & _LETTER) != 0]) + by_line(opened[(inner & _LETTER) != 0]),
        capitals=by_line(begins[(first & UPPER) != 0]) + by_line(opened[(inner & UPPER) != 0]),
        shorts=by_line(begins[short]),
        first=_points(edges, ends[:-1] + 1),
        last=_points(edges, _leads(edges, ends[1:] - 1)),
    )


def _classified(text: bytes) -> npt.NDArray[np.uint8]:
    """Return the class of each code point of UTF-8: a byte that is one is looked up, and only the others are decoded."""
    classes = np.frombuffer(text.translate(_classes()[:256].tobytes()), dtype=np.uint8)
    data = np.frombuffer(text, dtype=np.uint8)
    wide = np.flatnonzero(data >= _LEAD)
    if not len(wide):
        return classes
    classes = classes.copy()
    classes[wide] = _classes().take(_points(data, wide), mode="clip")
    found: npt.NDArray[np.uint8] = classes[(data & _LEAD) != _CONTINUATION]
    return found


def _points(data: npt.NDArray[np.uint8], places: Places) -> npt.NDArray[np.uint32]:
    """Decode the code points of UTF-8 that begin at these places."""
    lead = data.take(places, mode="clip").astype(np.uint32)
    size = _SIZES.take(lead)
    points: npt.NDArray[np.uint32] = lead & _BITS.take(size)
    for byte in (1, 2, 3):
        rest = data.take(places + byte, mode="clip") & _PAYLOAD
        points = np.where(size > byte, (points << 6) | rest, points)
    return points


def _leads(data: npt.NDArray[np.uint8], places: Places) -> Places:
    """Return where the code points of UTF-8 begin that end at these places."""
    for _ in range(3):
        places = places - ((data.take(places) & _LEAD) == _CONTINUATION)
    return places


def _places(classes: npt.NDArray[np.uint8], kind: int) -> Places:
    return np.flatnonzero((classes & kind) != 0)


def is_kind(points: npt.NDArray[np.uint32], kind: int) -> npt.NDArray[np.bool_]:
    """Return which code points are a `SMALL` letter, an `UPPER` one or a `DIGIT`."""
    classes = _classes().take(points, mode="clip")
    if kind == SMALL:  # a letter that is not a capital: scripts without case count as small
        return np.asarray((classes & (_LETTER | UPPER)) == _LETTER)
    return np.asarray((classes & kind) != 0)


@functools.cache
def _classes() -> npt.NDArray[np.uint8]:
    """Return the class of every code point; the last entry is that of all above."""
    characters = np.arange(_HIGHEST, dtype=np.uint32).view("U1")
    table = np.zeros(_HIGHEST + 1, dtype=np.uint8)
    table[:-1] = (
        _SPACE * np.strings.isspace(characters)
        + _LETTER * np.strings.isalpha(characters)
        + UPPER * np.strings.isupper(characters)
        + DIGIT * np.strings.isdecimal(characters)
    )
    table[[ord(character) for character in _PAUSES]] |= _PAUSE
    table[[ord(character) for character in OPENERS]] |= _OPENER
    table[ord("\n")] |= _NEWLINE
    return table
