"""Cognate features of sentences: letter 4-grams and words in Latin transliteration, and numbers, which survive translation.

Letters are compared as they sound in the Latin alphabet (`Дуров` is `durov`, `café` is `kafe`), in windows of four letters over each word
padded with a blank; numbers by their digits, however they are grouped (`1.234,5` and `1,234.5` are equal). A feature is a number itself, so
that everything is a numpy column: a window of four letters has 20 bits, five a letter.
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

__all__ = ["FEATURE_SPACE", "GRAM_SPACE", "NUMBER_SPACE", "WORD_SPACE", "cognate_features"]

# A feature below GRAM_SPACE is a window of letters; four spaces of numbers and one of words follow.

#: Number of windows of four letters.
GRAM_SPACE = 1 << 20

#: Number of hashes of numbers with one digit; as many again for two, for three, and for four and more digits.
NUMBER_SPACE = 1 << 16

#: Number of hashes of words. In a hundred thousand texts no window of four letters is rare any more; a name is.
WORD_SPACE = 1 << 20

#: Number of all features.
FEATURE_SPACE = GRAM_SPACE + 4 * NUMBER_SPACE + WORD_SPACE

_MIN_WORD_LENGTH = 5  # letters

_WINDOW = 4
# Symbols that characters are mapped to: a blank, the letters a to z (1 to 26), ten digits, a separator inside numbers, a space.
_BLANK, _DIGIT, _SEPARATOR, _SPACE = 0, 27, 37, 38
_BMP = 0x10000

#: Letters that languages use for one another in the same name or loan word.
_SAME_SOUND = str.maketrans("cqwyjz", "kkviis")


def cognate_features(sentences: pl.Series, wanted: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the cognate features of a batch of sentences.

    Needs some 60 bytes of memory a character while it runs: pass a batch, not a corpus.

    Args:
        sentences: any strings.
        wanted: for each possible feature, whether to return it; frequent ones are most of all, and would be sorted in vain.

    Returns:
        For each feature the row of its sentence, and the feature; sorted by both, none twice.

    >>> import polars as pl
    >>> rows, features = cognate_features(pl.Series(["café 1.234", "Kafe 1,234"]), np.ones(FEATURE_SPACE, dtype=np.bool_))
    >>> features[rows == 0].tolist() == features[rows == 1].tolist(), len(rows)  # " kaf", "kafe", "afe " and 1234, twice
    (True, 8)
    """
    # A line break before the first sentence too, since every sentence follows one; inside a sentence there must be none.
    joined = "\n".join(["", *sentences.fill_null("").str.replace_all("\n", " ", literal=True), ""])
    codes = np.frombuffer(joined.encode("utf-32-le"), "<u4")
    table = _symbol_table()
    # Expand each character to its symbols: with "ß" of two symbols and "a" of one, lengths 2 1 give characters 0 0 1 and places 0 1 0.
    known = np.minimum(codes, _BMP)
    lengths = table.lengths[known]
    row = np.maximum(np.concatenate(([0], np.cumsum(codes[:-1] == ord("\n")))) - 1, 0)
    character = np.repeat(np.arange(len(codes)), lengths)
    place = np.arange(len(character)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    symbols = table.symbols[table.offsets[known[character]] + place]
    features = _letter_grams(symbols, row[character]), _numbers(symbols, row[character]), _words(symbols, row[character])
    rows, feature = (np.concatenate(column) for column in zip(*features, strict=True))
    kept = wanted[feature]
    packed = sorted_unique(rows[kept] * FEATURE_SPACE + feature[kept])
    return packed // FEATURE_SPACE, packed % FEATURE_SPACE


class _SymbolTable(NamedTuple):
    """Table from code points to symbols (Latin letters, digits, separators): those of the basic plane, and one entry for all others."""

    symbols: NDArray[np.uint8]
    offsets: NDArray[np.int64]
    lengths: NDArray[np.int64]


@functools.cache
def _symbol_table() -> _SymbolTable:
    """Build the lookup table that romanises text for comparing cognates: from each code point to Latin letters, digits or a blank; once per process."""
    entries = [_symbols(chr(code)) if not 0xD800 <= code <= 0xDFFF else bytes([_BLANK]) for code in range(_BMP)]  # noqa: PLR2004 (surrogates)
    entries.append(bytes([_BLANK]))
    lengths = np.array([len(symbols) for symbols in entries], dtype=np.int64)
    return _SymbolTable(np.frombuffer(b"".join(entries), np.uint8), np.cumsum(lengths) - lengths, lengths)


def _symbols(character: str) -> bytes:
    """Return the symbols of a character: its Latin transliteration, digits, a separator, a space, or a blank."""
    if character in ".,'\u2019\u066b\u066c":
        return bytes([_SEPARATOR])
    if character != "\n" and character.isspace():
        return bytes([_SPACE])
    latin = unidecode(character).lower().translate(_SAME_SOUND)
    if character.isalnum():
        return bytes(_DIGIT + int(c) if c.isdigit() else ord(c) - 96 for c in latin if c.isascii() and c.isalnum())
    return b"" if not latin else bytes([_BLANK])  # a mark that sits on a letter has no Latin form


def _letter_grams(symbols: NDArray[np.uint8], rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the windows of four letters as features with their rows; `durov` has " dur", "duro", "urov" and "rov ".

    Args:
        symbols: of all characters.
        rows: for each symbol, the row of its sentence.
    """
    letters = np.where(symbols < _DIGIT, symbols, _BLANK)
    keep = np.ones(len(letters), dtype=np.bool_)
    keep[1:] = (letters[1:] != _BLANK) | (letters[:-1] != _BLANK)  # one blank between two words
    letters, rows = letters[keep].astype(np.int64), rows[keep]
    if len(letters) < _WINDOW:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    first, second, third, fourth = (letters[ahead : len(letters) - _WINDOW + 1 + ahead] for ahead in range(_WINDOW))
    within_word = (second != _BLANK) & (third != _BLANK)
    return rows[1 : len(second) + 1][within_word], (first << 15 | second << 10 | third << 5 | fourth)[within_word]


def _numbers(symbols: NDArray[np.uint8], rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return numbers as features with their rows, hashed by their digits; arguments are those of `_letter_grams`.

    A separator between digits belongs to the number, and a space where it groups thousands: `1 234` is one number, `12 7` are two.
    """
    # Symbols 1 . 2 3 _ 4: the separator is between digits, so 1.23 is one number; the space would need three digits behind it, so 4 is another.
    #   inside  T T T T F T    begins  T F F F F T    number (of each digit)  0 0 0 1
    digit = (symbols >= _DIGIT) & (symbols < _SEPARATOR)
    padded = np.concatenate((np.zeros(4, np.bool_), digit, np.zeros(4, np.bool_)))

    def is_digit(ahead: int) -> NDArray[np.bool_]:
        return padded[4 + ahead : 4 + ahead + len(digit)]

    between_digits = is_digit(-1) & is_digit(1)
    groups_thousands = is_digit(2) & is_digit(3) & ~is_digit(4) & ~(is_digit(-2) & is_digit(-3) & is_digit(-4))
    inside = digit | ((symbols == _SEPARATOR) & between_digits) | ((symbols == _SPACE) & between_digits & groups_thousands)
    begins = digit & ~np.concatenate(([False], inside[:-1]))
    number = (np.cumsum(begins) - 1)[digit]
    sizes, hashes = _hash_runs(number, symbols[digit] - _DIGIT)
    magnitude = np.clip(sizes, 1, 4) - 1
    return rows[begins], GRAM_SPACE + magnitude * NUMBER_SPACE + (hashes % np.uint64(NUMBER_SPACE)).astype(np.int64)


def _words(symbols: NDArray[np.uint8], rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return words of at least `_MIN_WORD_LENGTH` letters as features with their rows; arguments are those of `_letter_grams`."""
    letter = (symbols != _BLANK) & (symbols < _DIGIT)
    begins = letter & ~np.concatenate(([False], letter[:-1]))
    sizes, hashes = _hash_runs((np.cumsum(begins) - 1)[letter], symbols[letter])
    long = sizes >= _MIN_WORD_LENGTH
    return rows[begins][long], GRAM_SPACE + 4 * NUMBER_SPACE + (hashes[long] % np.uint64(WORD_SPACE)).astype(np.int64)


def _hash_runs(run: NDArray[np.int64], symbols: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Return the length and a hash of each word or number, given as a run in an array of symbols.

    Args:
        run: for each symbol, the number of its run; ascending.
        symbols: of all runs, concatenated.

    >>> sizes, hashes = _hash_runs(np.array([0, 0, 1, 2, 2]), np.array([1, 2, 1, 1, 2], dtype=np.uint8))
    >>> sizes.tolist(), bool(hashes[0] == hashes[2]), bool(hashes[0] == hashes[1])
    ([2, 1, 2], True, False)
    """
    starts = np.flatnonzero(np.diff(run, prepend=-1))
    if not len(starts):
        return np.zeros(0, np.int64), np.zeros(0, np.uint64)
    sizes = np.diff(starts, append=len(symbols))
    place = np.arange(len(symbols)) - np.repeat(starts, sizes)
    powers = np.cumprod(np.full(int(sizes.max()), 0x9E3779B97F4A7C15, dtype=np.uint64), dtype=np.uint64)
    return sizes, mix_bits(np.add.reduceat((symbols.astype(np.uint64) + np.uint64(1)) * powers[place], starts))
