"""How plausible a text is as language: what decides between several readings of the same bytes.

Two measures. `ngrams.language_evidence` says how much the n-grams of a text speak for a language. `count_anomalies` counts what no spelling has, whatever the
language: a capital after a small letter, a word of two scripts, a sign inside a word, a vowel sign without its consonant.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["count_anomalies", "script_letter"]

#: Signs that may touch a letter or a number; any other symbol that does is an anomaly.
_USUAL_SIGNS = "°ºª²³·…€£¥₽₴₺₩₹₫"
#: Quotation marks, bullets and the like may not stand between two letters; an apostrophe may.
_QUOTES = '“”„«»‹›‘‚"•†‡®©™¶§'
_OPENING = "„‚¿¡"
#: Letters that end words only, and vowels that begin none.
_FINAL, _FINAL_SIGMA = "ךםןףץ", "ς"
_NEVER_FIRST = "ะาำๅๆฯ"
#: Vowels that a consonant has to follow.
_BEFORE_CONSONANTS = "เแโใไ"
#: Signs that bytes become where they are read in a wrong charset, and that texts have next to nowhere.
_SUSPECT_SIGNS = "¤¦¬¨¯¸¹¼¾\N{SOFT HYPHEN}ˆ˜ฃฅ\N{THAI CHARACTER PHINTHU}๎๏๚๛"
#: Scripts whose letters never share a word: a letter for each, by the first word of its characters' names.
_SCRIPTS = {"LATIN": "a", "CYRILLIC": "c", "GREEK": "g", "ARABIC": "r", "HEBREW": "h", "THAI": "t", "CJK": "k", "HANGUL": "k"}
_SCRIPTS |= {"HIRAGANA": "k", "KATAKANA": "k", "KATAKANA-HIRAGANA": "k", "IDEOGRAPHIC": "k", "HALFWIDTH": "z"}
_CASED = "acg"
_MEMBERS = {
    "f": _FINAL,
    "y": _FINAL_SIGMA,
    "v": _NEVER_FIRST,
    "l": _BEFORE_CONSONANTS,
    "w": _OPENING,
    "q": _QUOTES,
    "u": _SUSPECT_SIGNS,
    "p": _USUAL_SIGNS,
}

_LETTERS = "xXaAcCgGyrhfto"
_EVERY = "xXaAcCgGyrhftvlmnkzodqwsu!p "
_ALPHABETS = ("xXaA", "cC", "gGy", "rhf", "o")
#: Neighbours that no spelling has, by their kinds (`_kind`): any of the first before any of the second.
_ODD_PAIRS = (
    ("acg", "XACG"),  # a capital after a small letter
    ("x", "ACG"),
    *((ours, others) for ours in _ALPHABETS for others in _ALPHABETS if ours != others),
    *((ours, "tm") for ours in _ALPHABETS[1:]),  # two scripts; words of Latin stand in Thai without spaces
    *(("t", others) for others in _ALPHABETS[1:]),
    ("x", "kz"),
    ("kz", "x"),
    (_LETTERS, "sw"),  # a symbol at a letter, an opening mark after one
    ("s", _LETTERS),
    ("f", "hf"),
    ("y", "gGy"),  # a final letter before another
    (_EVERY.translate(str.maketrans("", "", "tmv")), "mv"),  # a vowel sign of Thai without its consonant
    ("l", _EVERY.replace("t", "")),
    (_EVERY.translate(str.maketrans("", "", "xXaArhfn")), "n"),  # another mark without its letter
)
#: And three in a row: a capital of ASCII after another and before a small letter, a capital as a word, a quotation mark between letters, a letter of Latin in Thai.
_ODD_TRIPLES = (("A", "X", "x"), (" ", "A", " "), (_LETTERS, "q", _LETTERS), ("tmv", "xX", "tl"))
_ODD_ALONE = "!uz"


def count_anomalies(text: str) -> int:
    """Return how many places of a text no spelling has."""
    kinds = np.frombuffer(f" {text} ".translate(_KINDS).encode("ascii"), dtype=np.uint8)
    pairs, alone, triples = _tables()
    odd = int(alone[kinds].sum()) + int(pairs[kinds[:-1], kinds[1:]].sum())
    return odd + sum(int((one[kinds[:-2]] & two[kinds[1:-1]] & three[kinds[2:]]).sum()) for one, two, three in triples)


@cache
def _tables() -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_], list[list[npt.NDArray[np.bool_]]]]:
    pairs = np.zeros((128, 128), dtype=bool)
    for before, after in _ODD_PAIRS:
        pairs |= _members(before)[:, None] & _members(after)
    return pairs, _members(_ODD_ALONE), [[_members(kinds) for kinds in triple] for triple in _ODD_TRIPLES]


def _members(kinds: str) -> npt.NDArray[np.bool_]:
    members = np.zeros(128, dtype=bool)
    members[[ord(kind) for kind in kinds]] = True
    return members


@cache
def script_letter(character: str) -> str:
    """Return the letter by which `_SCRIPTS` knows a character's script, `o` for one that it does not know."""
    name = unicodedata.name(character, "?")
    return _SCRIPTS.get(re.split(r"[ -](?!HIRAGANA)", name, maxsplit=1)[0], "o")


class _Kinds(dict[int, str]):
    """The kind of each code point, found when it is first met.

    x X small and capital letters of ASCII; a c g small, A C G capital letters of Latin, Cyrillic and Greek; r h t k letters of Arabic, Hebrew,
    Thai and East Asia, z half-width ones, f and y those that only end words, v those that begin none, l those that end none, m marks of Thai, n other
    marks; o other letters; d digits; q quotation marks, w those that only open; s symbols, u those that no text has; ! no character; p and
    space the rest.
    """

    def __missing__(self, point: int) -> str:
        kind = self[point] = _kind(chr(point))
        return kind


def _kind(character: str) -> str:
    if character.isascii():
        category = "x" if character.islower() else "X" if character.isupper() else "d" if character.isdigit() else "p"
        return category if not character.isspace() else " "
    for kind, members in _MEMBERS.items():
        if character in members:
            return kind
    category = unicodedata.category(character)
    if category in ("Cc", "Cn", "Co", "Cs") or character == "\N{REPLACEMENT CHARACTER}":
        return "!"
    if category[0] == "L" and category != "Lm":
        kind = script_letter(character)
        return kind.upper() if kind in _CASED and character.isupper() else kind
    if category[0] == "M":
        return "m" if script_letter(character) == "t" else "n"
    return {"S": "s", "N": "s" if category == "No" else "d"}.get(category[0], "p")


_KINDS = _Kinds()
