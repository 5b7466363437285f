"""Characters of lines, counted by class over a whole batch at once: one pass over its code points, no regular expression.

A regular expression that counts costs 15 to 40 ms for 7 MB; here each class costs 4 ms once the code points are classified (15 ms).
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt
    import polars as pl

__all__ = ["DIGIT", "OPENERS", "SMALL", "UPPER", "Counts", "count", "is_kind"]

_SPACE, _LETTER, UPPER, DIGIT, _PAUSE, _OPENER, SMALL = (1 << bit for bit in range(7))

#: Planes 0 to 2 hold every letter; what lies above is none of the classes.
_HIGHEST = 0x30000

#: What may stand right before a word besides white space.
OPENERS = "\"'\N{LEFT SINGLE QUOTATION MARK}“«(/-"
_PAUSES = ",;،、，؛"

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


def count(lines: pl.Series) -> Counts:
    r"""Count the characters of each line.

    Args:
        lines: strings without line breaks ("\n") and nulls.
    """
    if lines.is_empty():
        none, edge = np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.uint32)
        return Counts(none, none, none, none, none, none, none, edge, edge)
    joined = "\n" + str(lines.str.join("\n").item())
    points = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    classes = _classes().take(points, mode="clip")
    breaks = np.flatnonzero(points == ord("\n"))

    space = (classes & _SPACE) != 0
    begins = np.flatnonzero(space[:-1] & ~space[1:]) + 1
    ends = np.flatnonzero(~space[:-1] & space[1:]) + 1
    if len(ends) < len(begins):
        ends = np.append(ends, len(points))
    first = classes.take(begins)
    # The line that a word stands in; words lie in order.
    words = np.diff(np.searchsorted(begins, np.append(breaks, len(points)))).astype(np.int32)
    short = ((first & (_LETTER | UPPER)) == _LETTER) & (ends - begins <= _SHORT_WORD)

    opened = (classes[:-1] & (_SPACE | _OPENER)) != 0
    heads = np.zeros(len(points), dtype=np.uint8)
    np.multiply(classes[1:], opened, out=heads[1:])

    def total(flags: npt.NDArray[np.uint8], flag: int) -> npt.NDArray[np.int32]:
        found: npt.NDArray[np.int32] = np.add.reduceat(flags & flag, breaks, dtype=np.int32)
        return found // flag

    return Counts(
        words=words,
        uppers=total(classes, UPPER),
        digits=total(classes, DIGIT),
        pauses=total(classes, _PAUSE),
        starts=total(heads, _LETTER),
        capitals=total(heads, UPPER),
        shorts=_by_line(short, words),
        first=points.take(breaks + 1, mode="clip"),
        last=points[np.append(breaks[1:], len(points)) - 1],
    )


def _by_line(flags: npt.NDArray[np.bool_], words: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Sum flags of words over the lines that hold them."""
    sums = np.concatenate(([0], np.cumsum(flags, dtype=np.int32)))
    ends = np.cumsum(words)
    found: npt.NDArray[np.int32] = (sums[ends] - sums[ends - words]).astype(np.int32)
    return found


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
    return table
