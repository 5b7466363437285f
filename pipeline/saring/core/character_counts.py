"""Per-line counts of words, capitals, digits and punctuation, vectorised over the UTF-8 bytes of a batch of lines.

The lines are joined with line breaks, every code point gets a bit mask of character classes from a table, and counts per line are
differences between positions in that array. Classifying 7 MB of text takes 8 ms and each count 4 ms more; one counting regular expression
takes 15 to 40 ms.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

if TYPE_CHECKING:
    import numpy.typing as npt

    Indices = npt.NDArray[np.intp]

__all__ = ["DIGIT", "LOWER", "OPENERS", "UPPER", "CharacterCounts", "count_characters", "in_class"]

_SPACE, _LETTER, UPPER, DIGIT, _PAUSE, _OPENER, _SPACELESS, _NEWLINE = (1 << bit for bit in range(8))
#: For `in_class` only: a letter that is not `UPPER`.
LOWER = 1 << 8
_BREAK = _SPACE | _NEWLINE

#: Code points below this (Unicode planes 0 to 2) include every letter, digit and space; those above belong to no class.
_HIGHEST = 0x30000

#: Opening quotes, brackets and dashes that may touch the first letter of a word.
OPENERS = "\"'\N{LEFT SINGLE QUOTATION MARK}“«(/-"
_PAUSES = ",;،、，；؛･"
#: First and last letter of the blocks of scripts that put no spaces between words: Thai and Lao, Burmese, Khmer, kana, ideographs (three
#: blocks, and those of plane 2).
_SPACELESS_BLOCKS = (
    (0x0E00, 0x0EFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
    (0x3040, 0x30FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x2FFFF),
)

#: Lines counted at a time, so that their bytes and classes fit the processor's cache (a judgement, not measured).
_LINES_PER_CHUNK = 4_096

#: UTF-8 decoding: the length of a code point by its lead byte, the payload bits of a lead byte by that length, and the masks of lead and
#: continuation bytes.
_UTF8_LENGTHS = np.repeat(np.array([1, 2, 3, 4], dtype=np.uint8), [0xC0, 0x20, 0x10, 0x10])
_LEAD_PAYLOADS = np.array([0, 0x7F, 0x1F, 0x0F, 0x07], dtype=np.uint32)
_LEAD, _CONTINUATION, _PAYLOAD = 0xC0, 0x80, np.uint32(0x3F)

#: A word of at most this many characters that begins with a lower-case letter is mostly a function word, in any language with letters and
#: spaces.
_SHORT_WORD = 3


class CharacterCounts(NamedTuple):
    r"""Character and word counts of a batch of lines, as numpy arrays of one entry per line.

    Attributes:
        words: whitespace-separated tokens.
        uppers, digits: capital letters, decimal digits.
        pauses: commas and semicolons, of any script.
        starts, capitals: words that begin with a letter, and those that begin with a capital; a word may also begin after an opening quote,
            bracket or dash.
        letters: letters of any script, without the marks that some scripts write vowels with.
        spaceless: letters of scripts without spaces between words.
        shorts: words of at most three characters that begin with a lower-case letter: function words.
        first, last: the first and the last code point of the line; "\n" for an empty line.
    """

    words: npt.NDArray[np.int32]
    uppers: npt.NDArray[np.int32]
    digits: npt.NDArray[np.int32]
    pauses: npt.NDArray[np.int32]
    starts: npt.NDArray[np.int32]
    capitals: npt.NDArray[np.int32]
    letters: npt.NDArray[np.int32]
    spaceless: npt.NDArray[np.int32]
    shorts: npt.NDArray[np.int32]
    first: npt.NDArray[np.uint32]
    last: npt.NDArray[np.uint32]


def count_characters(lines: pl.Series) -> CharacterCounts:
    r"""Count words, capitals, digits and punctuation of each line.

    Args:
        lines: strings without line breaks ("\n") and nulls.
    """
    if lines.is_empty():
        no_counts, no_edges = np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.uint32)
        counts = dict.fromkeys(CharacterCounts._fields[:-2], no_counts)
        return CharacterCounts(**counts, first=no_edges, last=no_edges)
    chunks = [_count_chunk(lines[low : low + _LINES_PER_CHUNK]) for low in range(0, len(lines), _LINES_PER_CHUNK)]
    return CharacterCounts(*map(np.concatenate, zip(*chunks, strict=True)))


def _count_chunk(lines: pl.Series) -> CharacterCounts:
    r"""Count the characters of one chunk of lines, which is not empty.

    For the lines ["Ab 7", "c"] the joined bytes are "\nAb 7\nc", and the line breaks stand at `breaks` = [0, 5]. Digits stand at [4]:
    searchsorted([4], [0, 5, 7]) = [0, 1, 1], whose differences [1, 0] are the digits of each line. White space stands at [0, 3, 5], so
    words begin at [1, 4, 6] and are [2, 1, 1] wide: searchsorted = [0, 2, 3], so the lines have [2, 1] words.
    """
    joined = b"\n" + lines.str.join("\n").cast(pl.Binary).item()
    classes = _classify_code_points(joined)
    breaks = np.flatnonzero(classes == _BREAK)

    def by_line(indices: Indices) -> npt.NDArray[np.int32]:
        """Count per line the code points at these sorted indices."""
        counts: npt.NDArray[np.int32] = np.diff(np.searchsorted(indices, np.append(breaks, len(classes)))).astype(np.int32)
        return counts

    # A word is a non-empty gap between two white space characters; the line break before each line is one of them.
    spaces = _indices_of_class(classes, _SPACE)
    widths = np.diff(np.append(spaces, len(classes))) - 1
    solid = widths > 0
    begins, widths = spaces[solid] + 1, widths[solid]
    first = classes.take(begins)
    short = ((first & (_LETTER | UPPER)) == _LETTER) & (widths <= _SHORT_WORD)
    # A letter right after an opening quote, bracket or dash begins a word, too.
    opened = _indices_of_class(classes, _OPENER) + 1
    inner = classes.take(opened, mode="clip")

    data = np.frombuffer(joined, dtype=np.uint8)
    ends = np.append(np.flatnonzero(data == ord("\n")), len(data))
    return CharacterCounts(
        words=by_line(begins),
        uppers=by_line(_indices_of_class(classes, UPPER)),
        digits=by_line(_indices_of_class(classes, DIGIT)),
        pauses=by_line(_indices_of_class(classes, _PAUSE)),
        starts=by_line(begins[(first & _LETTER) != 0]) + by_line(opened[(inner & _LETTER) != 0]),
        capitals=by_line(begins[(first & UPPER) != 0]) + by_line(opened[(inner & UPPER) != 0]),
        letters=by_line(_indices_of_class(classes, _LETTER)),
        spaceless=by_line(_indices_of_class(classes, _SPACELESS)),
        shorts=by_line(begins[short]),
        first=_decode_code_points(data, ends[:-1] + 1),
        last=_decode_code_points(data, _lead_bytes(data, ends[1:] - 1)),
    )


def _classify_code_points(text: bytes) -> npt.NDArray[np.uint8]:
    """Map UTF-8 bytes to an array of class masks, one per code point; ASCII goes through `bytes.translate`, only the rest is decoded."""
    classes = np.frombuffer(text.translate(_class_table()[:256].tobytes()), dtype=np.uint8)
    data = np.frombuffer(text, dtype=np.uint8)
    wide = np.flatnonzero(data >= _LEAD)
    if not len(wide):
        return classes
    classes = classes.copy()
    classes[wide] = _class_table().take(_decode_code_points(data, wide), mode="clip")
    by_code_point: npt.NDArray[np.uint8] = classes[(data & _LEAD) != _CONTINUATION]
    return by_code_point


def _decode_code_points(data: npt.NDArray[np.uint8], indices: Indices) -> npt.NDArray[np.uint32]:
    """Decode the UTF-8 code points whose lead bytes stand at these indices.

    A lead byte gives its payload bits; each continuation byte shifts them by six and adds its own. "é" is C3 A9: 0x03 << 6 | 0x29 = 0xE9.
    """
    lead = data.take(indices, mode="clip").astype(np.uint32)
    size = _UTF8_LENGTHS.take(lead)
    code_points: npt.NDArray[np.uint32] = lead & _LEAD_PAYLOADS.take(size)
    for byte in (1, 2, 3):
        continuation = data.take(indices + byte, mode="clip") & _PAYLOAD
        code_points = np.where(size > byte, (code_points << 6) | continuation, code_points)
    return code_points


def _lead_bytes(data: npt.NDArray[np.uint8], indices: Indices) -> Indices:
    """Return the index of the lead byte of each UTF-8 code point, given the index of its last byte: at most three bytes further left."""
    for _ in range(3):
        indices = indices - ((data.take(indices) & _LEAD) == _CONTINUATION)
    return indices


def _indices_of_class(classes: npt.NDArray[np.uint8], character_class: int) -> Indices:
    """Return the indices of the code points whose class mask shares a bit with `character_class`."""
    return np.flatnonzero((classes & character_class) != 0)


def in_class(code_points: npt.NDArray[np.uint32], character_class: int) -> npt.NDArray[np.bool_]:
    """Return a mask of the code points that are of one character class: `LOWER`, `UPPER` or `DIGIT`."""
    classes = _class_table().take(code_points, mode="clip")
    if character_class == LOWER:  # any letter that is not a capital, so that scripts without case count as lower case
        return np.asarray((classes & (_LETTER | UPPER)) == _LETTER)
    return np.asarray((classes & character_class) != 0)


@functools.cache
def _class_table() -> npt.NDArray[np.uint8]:
    """Build the table of class masks by code point, from Unicode properties as numpy knows them.

    The last entry serves all higher code points.
    """
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
    for begin, end in _SPACELESS_BLOCKS:
        table[begin : end + 1] |= _SPACELESS * ((table[begin : end + 1] & _LETTER) != 0).astype(np.uint8)
    return table
