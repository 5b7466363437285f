"""What of a sentence survives translation: pieces of names and cognates, and numbers.

Letters are compared as they sound in the Latin alphabet (`Дуров` is `durov`, `café` is `kafe`), in windows of four over each word with a
blank around it; numbers by their digits, however they are grouped (`1.234,5` and `1,234.5` are one). Both are numbers themselves, so
that everything is a column: a window is 20 bits, five a letter.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from text_unidecode import unidecode  # type: ignore[import-untyped]  # ships no types

from saring.core.arrays import mix_bits, sorted_unique

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

__all__ = ["GRAMS", "NUMBERS", "SPACE", "WORDS", "cognate_features"]

#: Anchors below this are windows of letters, those from here on numbers.
GRAMS = 1 << 20

#: Numbers are told apart by so many hashes, for each of one, two, three, four and more digits.
NUMBERS = 1 << 16

#: Whole words are told apart by so many hashes. In a hundred thousand texts no window of four letters is rare any more; a name is.
WORDS = 1 << 20

#: All anchors are below this.
SPACE = GRAMS + 4 * NUMBERS + WORDS

_LEAST = 5  # letters of a word

_WINDOW = 4
_BLANK, _DIGIT, _JOIN, _SPACE = 0, 27, 37, 38
_BMP = 0x10000

#: Letters that languages write for one another in the same name or loan word.
_SOUNDS = str.maketrans("cqwyjz", "kkviis")


def cognate_features(sentences: pl.Series, wanted: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the anchors of some sentences.

    Needs some 60 bytes of memory a character for the time it runs: give it a batch.

    Args:
        sentences: any strings.
        wanted: for each possible anchor, whether it is; the usual ones make up most, and are sorted for nothing.

    Returns:
        For each anchor the place of its sentence, and the anchor; sorted by both, none twice.
    """
    # A break before the first one too: what begins a sentence says more than the same letters inside a word. A sentence has none itself.
    joined = "\n".join(["", *sentences.fill_null("").str.replace_all("\n", " ", literal=True), ""])
    codes = np.frombuffer(joined.encode("utf-32-le"), "<u4")
    table = _table()
    known = np.minimum(codes, _BMP)
    lengths = table.lengths[known]
    row = np.maximum(np.concatenate(([0], np.cumsum(codes[:-1] == ord("\n")))) - 1, 0)
    of = np.repeat(np.arange(len(codes)), lengths)
    within = np.arange(len(of)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    symbols = table.symbols[table.offsets[known[of]] + within]
    found = _windows(symbols, row[of]), _numbers(symbols, row[of]), _words(symbols, row[of])
    rows, anchor = (np.concatenate(side) for side in zip(*found, strict=True))
    rare = wanted[anchor]
    every = sorted_unique(rows[rare] * SPACE + anchor[rare])
    return every // SPACE, every % SPACE


class _Table(NamedTuple):
    """What each code point of the basic plane becomes, and those beyond it together as the last: symbols, one behind the other."""

    symbols: NDArray[np.uint8]
    offsets: NDArray[np.int64]
    lengths: NDArray[np.int64]


@functools.cache
def _table() -> _Table:
    made = [_symbols(chr(code)) if not 0xD800 <= code <= 0xDFFF else bytes([_BLANK]) for code in range(_BMP)]  # noqa: PLR2004 (surrogates)
    made.append(bytes([_BLANK]))
    lengths = np.array([len(symbols) for symbols in made], dtype=np.int64)
    return _Table(np.frombuffer(b"".join(made), np.uint8), np.cumsum(lengths) - lengths, lengths)


def _symbols(character: str) -> bytes:
    if character in ".,'\u2019\u066b\u066c":
        return bytes([_JOIN])
    if character != "\n" and character.isspace():
        return bytes([_SPACE])
    latin = unidecode(character).lower().translate(_SOUNDS)
    if character.isalnum():
        return bytes(_DIGIT + int(c) if c.isdigit() else ord(c) - 96 for c in latin if c.isascii() and c.isalnum())
    return b"" if not latin else bytes([_BLANK])  # a mark that sits on a letter has no Latin form


def _windows(symbols: NDArray[np.uint8], rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    letters = np.where(symbols < _DIGIT, symbols, _BLANK)
    keep = np.ones(len(letters), dtype=np.bool_)
    keep[1:] = (letters[1:] != _BLANK) | (letters[:-1] != _BLANK)
    letters, rows = letters[keep].astype(np.int64), rows[keep]
    if len(letters) < _WINDOW:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    one, two, three, four = (letters[ahead : len(letters) - _WINDOW + 1 + ahead] for ahead in range(_WINDOW))
    whole = (two != _BLANK) & (three != _BLANK)
    return rows[1 : len(two) + 1][whole], (one << 15 | two << 10 | three << 5 | four)[whole]


def _numbers(symbols: NDArray[np.uint8], rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    digit = (symbols >= _DIGIT) & (symbols < _JOIN)
    padded = np.concatenate((np.zeros(4, np.bool_), digit, np.zeros(4, np.bool_)))

    def at(ahead: int) -> NDArray[np.bool_]:
        return padded[4 + ahead : 4 + ahead + len(digit)]

    between = at(-1) & at(1)
    grouped = at(2) & at(3) & ~at(4) & ~(at(-2) & at(-3) & at(-4))
    inside = digit | ((symbols == _JOIN) & between) | ((symbols == _SPACE) & between & grouped)
    begins = digit & ~np.concatenate(([False], inside[:-1]))
    number = (np.cumsum(begins) - 1)[digit]
    sizes, hashes = _hashes(number, symbols[digit] - _DIGIT)
    magnitude = np.clip(sizes, 1, 4) - 1
    return rows[begins], GRAMS + magnitude * NUMBERS + (hashes % np.uint64(NUMBERS)).astype(np.int64)


def _words(symbols: NDArray[np.uint8], rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    letter = (symbols != _BLANK) & (symbols < _DIGIT)
    begins = letter & ~np.concatenate(([False], letter[:-1]))
    sizes, hashes = _hashes((np.cumsum(begins) - 1)[letter], symbols[letter])
    long = sizes >= _LEAST
    return rows[begins][long], GRAMS + 4 * NUMBERS + (hashes[long] % np.uint64(WORDS)).astype(np.int64)


def _hashes(number: NDArray[np.int64], symbols: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Return for runs of symbols how long each is, and a hash of it; `number` says which run a symbol is of."""
    starts = np.flatnonzero(np.diff(number, prepend=-1))
    if not len(starts):
        return np.zeros(0, np.int64), np.zeros(0, np.uint64)
    sizes = np.diff(starts, append=len(symbols))
    place = np.arange(len(symbols)) - np.repeat(starts, sizes)
    powers = np.cumprod(np.full(int(sizes.max()), 0x9E3779B97F4A7C15, dtype=np.uint64), dtype=np.uint64)
    return sizes, mix_bits(np.add.reduceat((symbols.astype(np.uint64) + np.uint64(1)) * powers[place], starts))
