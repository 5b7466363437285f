"""Marks that a script may leave out: what is compared is the text without them.

The same text comes vocalised and plain, with stress marks and without; its words are the same. Vowel signs that are always written
(Devanagari, Thai, Thaana) and accents that make other letters or words (Latin, Greek, Vietnamese tones) are no such marks.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

__all__ = ["OPTIONAL", "SPELLING_VARIANTS", "normalise_marks", "strip_optional_marks"]

#: Characters that count for nothing, as a regular expression.
OPTIONAL = (
    r"[[\p{M}&&["
    r"\x{0590}-\x{05FF}\x{FB1E}"  # Hebrew: niqqud, cantillation
    r"\x{0600}-\x{06FF}\x{0870}-\x{08FF}\x{10EC0}-\x{10EFF}"  # Arabic: harakat, hamza and madda, Persian ezafe, Qur'anic annotation
    r"\x{0700}-\x{074F}\x{0800}-\x{083F}"  # Syriac and Samaritan vowels
    r"\x{034F}\x{180B}-\x{180F}\x{FE00}-\x{FE0F}\x{E0100}-\x{E01EF}"  # joiner and variation selectors: how a character looks
    "]]"
    r"\x{0640}"  # Arabic tatweel: a letter to Unicode, but it only stretches the word
    "]"
)

# Letters that keyboards and countries write for one another: alef with wasla for alef; Persian yeh and kaf, and the dotless final yeh of
# Egypt, for the Arabic ones. Alef with hamza or madda becomes alef by `OPTIONAL`.
_ONE_LETTER = {"\u0671": "\u0627", "\u0649": "\u064a", "\u06cc": "\u064a", "\u06a9": "\u0643"}

#: What a text holds, as a regular expression, whose words may be others where they are compared literally.
SPELLING_VARIANTS = (
    r"[\p{Arabic}\p{Hebrew}\p{Syriac}\p{Samaritan}ёЁ\x{0300}\x{0301}\x{0308}\x{034F}\x{180B}-\x{180F}\x{FE00}-\x{FE0F}\x{E0100}-\x{E01EF}]"
)

# Stress marks of Cyrillic textbooks and the dots of ё, which most printing leaves out: only behind these letters, since accents make other
# letters elsewhere (Macedonian ѓ, Ukrainian ї).
_STRESS = "\u0300\u0301"
_STRESSED = "аеиоуыэюяєії"
_DOTS, _DOTTED = "\u0308", "е"
#: Hebrew without vowel signs writes a vav for holam and qubuts, but not before a silent alef or a he that ends the word.
_HOLAM, _VAV, _ALEF, _HE = (0x05B9, 0x05BB), 0x05D5, 0x05D0, 0x05D4
_HEBREW = (0x05D0, 0x05EA)  # its first letter and its last
_SILENT = 0x034F  # what such a mark is replaced by: it counts for nothing


def strip_optional_marks(folded: pl.Expr) -> pl.Expr:
    """Return folded characters without optional marks, and one of the letters that are written for one another."""
    plain = folded.str.replace_all(OPTIONAL, "").str.replace_many(list(_ONE_LETTER), list(_ONE_LETTER.values()))
    return plain.str.replace_all(f"([{_STRESSED}])[{_STRESS}]", "$1").str.replace_all(_DOTTED + _DOTS, _DOTTED, literal=True)


def normalise_marks(codes: NDArray[np.intp], marks: NDArray[np.intp], base: NDArray[np.intp]) -> None:
    """Replace marks, in place, by what the text without them has: nothing, or a letter.

    Args:
        codes: of all texts; the last one is a gap.
        marks: where marks and invisible characters stand.
        base: where the character stands that each belongs to.
    """
    mark = codes[marks]
    for optional, letters in _bases():
        some = np.flatnonzero(np.isin(mark, optional))
        codes[marks[some[np.isin(codes[base[some]], letters)]]] = _SILENT
    vowel = np.isin(mark, _HOLAM)
    if vowel.any():
        last = np.where(np.diff(marks, append=len(codes) + 1) > 1, marks, len(codes))
        after = (np.minimum.accumulate(last[::-1])[::-1] + 1)[vowel]  # the next character that is no mark: a gap is last
        letter, following = codes[base[vowel]], codes[after]
        ends = ~_hebrew(codes[np.minimum(after + 1, len(codes) - 1)])
        written = _hebrew(letter) & (letter != _VAV) & (following != _ALEF) & ~((following == _HE) & ends)
        codes[marks[vowel][written]] = _VAV


def _hebrew(codes: NDArray[np.intp]) -> NDArray[np.bool_]:
    return (codes >= _HEBREW[0]) & (codes <= _HEBREW[1])


@functools.cache
def _bases() -> tuple[tuple[NDArray[np.intp], NDArray[np.intp]], ...]:
    """Return pairs of code points: optional marks, and the letters of either case behind which they are optional."""
    return tuple(
        (np.array([*map(ord, marks)]), np.array([*map(ord, letters + letters.upper())]))
        for marks, letters in ((_STRESS, _STRESSED), (_DOTS, _DOTTED))
    )
