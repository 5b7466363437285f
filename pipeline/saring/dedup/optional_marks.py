"""Optional diacritics (Arabic harakat, Hebrew niqqud, stress marks) and spelling variants, ignored when words are compared.

The same text occurs vocalised and plain, with stress marks and without, and is a duplicate of itself. Vowel signs that are always written
(Devanagari, Thai, Thaana) and accents that make other letters or words (Latin, Greek, Vietnamese tones) are not optional.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

__all__ = ["OPTIONAL_MARKS", "SPELLING_VARIANTS", "normalise_marks", "strip_optional_marks"]

#: Optional marks, which comparison ignores, as a regular expression.
OPTIONAL_MARKS = (
    r"[[\p{M}&&["
    r"\x{0590}-\x{05FF}\x{FB1E}"  # Hebrew: niqqud, cantillation
    r"\x{0600}-\x{06FF}\x{0870}-\x{08FF}\x{10EC0}-\x{10EFF}"  # Arabic: harakat, hamza and madda, Persian ezafe, Qur'anic annotation
    r"\x{0700}-\x{074F}\x{0800}-\x{083F}"  # Syriac and Samaritan vowels
    r"\x{034F}\x{180B}-\x{180F}\x{FE00}-\x{FE0F}\x{E0100}-\x{E01EF}"  # joiner and variation selectors: how a character looks
    "]]"
    r"\x{0640}"  # Arabic tatweel: a letter to Unicode, but it only stretches the word
    "]"
)

# Letters that keyboards and countries use for one another: alef with wasla for alef; Persian yeh and kaf, and the dotless final yeh of
# Egypt, for the Arabic ones. Alef with hamza or madda becomes alef by `OPTIONAL_MARKS`.
_LETTER_VARIANTS = {"\u0671": "\u0627", "\u0649": "\u064a", "\u06cc": "\u064a", "\u06a9": "\u0643"}

#: Characters, as a regular expression, without which a text has the same words whether or not they are compared literally (`tokenize`).
SPELLING_VARIANTS = (
    r"[\p{Arabic}\p{Hebrew}\p{Syriac}\p{Samaritan}ёЁ\x{0300}\x{0301}\x{0308}\x{034F}\x{180B}-\x{180F}\x{FE00}-\x{FE0F}\x{E0100}-\x{E01EF}]"
)

# Stress marks of Cyrillic textbooks and the dots of ё, which most printing leaves out: only behind these letters, since accents make other
# letters elsewhere (Macedonian ѓ, Ukrainian ї).
_STRESS_MARKS = "\u0300\u0301"
_STRESSED_LETTERS = "аеиоуыэюяєії"
_DIAERESIS, _DOTTED_LETTER = "\u0308", "е"
#: Hebrew without vowel signs writes a vav for holam and qubuts, but not before a silent alef or a he that ends the word.
_HOLAM_AND_QUBUTS, _VAV, _ALEF, _HE = (0x05B9, 0x05BB), 0x05D5, 0x05D0, 0x05D4
_HEBREW_LETTERS = (0x05D0, 0x05EA)  # the first and the last
_IGNORED = 0x034F  # combining grapheme joiner, replaces a mark that is to be ignored


def strip_optional_marks(folded: pl.Expr) -> pl.Expr:
    """Return folded strings without optional marks, and with one letter for each group of letter variants."""
    plain = folded.str.replace_all(OPTIONAL_MARKS, "").str.replace_many(list(_LETTER_VARIANTS), list(_LETTER_VARIANTS.values()))
    unstressed = plain.str.replace_all(f"([{_STRESSED_LETTERS}])[{_STRESS_MARKS}]", "$1")
    return unstressed.str.replace_all(_DOTTED_LETTER + _DIAERESIS, _DOTTED_LETTER, literal=True)


def normalise_marks(codes: NDArray[np.intp], marks: NDArray[np.intp], base: NDArray[np.intp]) -> None:
    r"""Replace optional marks in an array of code points, in place: by an ignored character, or by the vav of unpointed Hebrew.

    Args:
        codes: code points of all texts; the last one is a separator.
        marks: positions of marks and invisible characters.
        base: for each mark, the position of the character that it belongs to.

    >>> codes = np.array([*map(ord, "\u05d7\u05b9\u05de\n")])  # het, holam, mem
    >>> normalise_marks(codes, np.array([1]), np.array([0]))
    >>> [hex(code) for code in codes]  # het, vav, mem: as the word is written without vowel signs
    ['0x5d7', '0x5d5', '0x5de', '0xa']
    """
    mark = codes[marks]
    for optional_marks, letters in _optional_marks_by_letter():
        optional = np.flatnonzero(np.isin(mark, optional_marks))
        codes[marks[optional[np.isin(codes[base[optional]], letters)]]] = _IGNORED
    vowel = np.isin(mark, _HOLAM_AND_QUBUTS)
    if vowel.any():
        last_of_run = np.where(np.diff(marks, append=len(codes) + 1) > 1, marks, len(codes))
        # The next character that is not a mark; there is one, since a separator is last.
        after = (np.minimum.accumulate(last_of_run[::-1])[::-1] + 1)[vowel]
        letter, following = codes[base[vowel]], codes[after]
        word_ends = ~_is_hebrew(codes[np.minimum(after + 1, len(codes) - 1)])
        takes_vav = _is_hebrew(letter) & (letter != _VAV) & (following != _ALEF) & ~((following == _HE) & word_ends)
        codes[marks[vowel][takes_vav]] = _VAV


def _is_hebrew(codes: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Return which code points are Hebrew letters."""
    return (codes >= _HEBREW_LETTERS[0]) & (codes <= _HEBREW_LETTERS[1])


@functools.cache
def _optional_marks_by_letter() -> tuple[tuple[NDArray[np.intp], NDArray[np.intp]], ...]:
    """Return the marks that are optional only on certain letters (stress marks on vowels, the dots of ё), as pairs: code points of marks, of letters."""
    return tuple(
        (np.array([*map(ord, marks)]), np.array([*map(ord, letters + letters.upper())]))
        for marks, letters in ((_STRESS_MARKS, _STRESSED_LETTERS), (_DIAERESIS, _DOTTED_LETTER))
    )
