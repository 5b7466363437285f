"""Count orthographic anomalies of a text, to choose between several decodings of the same bytes.

An anomaly is a sequence of characters that no language's spelling has: a capital after a small letter, a word in two scripts, a symbol inside a
word, a vowel sign without its consonant. It complements `ngrams.language_evidence`, which measures how well a text fits a language.

Each character is mapped to one of 28 character classes, written as an ASCII character (`_CharacterClasses`); forbidden pairs and triples of
classes are then counted in lookup tables. The classes and rules are judgements; `tests/language/test_plausibility.py` has their cases.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["count_anomalies"]

#: Symbols that may be adjacent to a letter or digit; any other symbol there is an anomaly.
_USUAL_SIGNS = "°ºª²³·…€£¥₽₴₺₩₹₫"
#: Quotation marks, bullets and similar signs, which may not be between two letters (an apostrophe may).
_QUOTES = '“”„«»‹›‘‚"•†‡®©™¶§'
#: Opening marks, which may not follow a letter.
_OPENING = "„‚¿¡"
#: Letters that only end words (Hebrew, Greek), and Thai vowels that never begin a word.
_FINAL, _FINAL_SIGMA = "ךםןףץ", "ς"
_NEVER_FIRST = "ะาำๅๆฯ"
#: Thai vowels that a consonant must follow.
_BEFORE_CONSONANTS = "เแโใไ"
#: Signs that are typical of bytes decoded in a wrong charset and very rare in correct text.
_SUSPECT_SIGNS = "¤¦¬¨¯¸¹¼¾\N{SOFT HYPHEN}ˆ˜ฃฅ\N{THAI CHARACTER PHINTHU}๎๏๚๛"
#: Scripts whose letters never occur in the same word: first word of the characters' Unicode names -> class of the script's letters.
_SCRIPTS = {"LATIN": "a", "CYRILLIC": "c", "GREEK": "g", "ARABIC": "r", "HEBREW": "h", "THAI": "t", "CJK": "k", "HANGUL": "k"}
_SCRIPTS |= {"HIRAGANA": "k", "KATAKANA": "k", "KATAKANA-HIRAGANA": "k", "IDEOGRAPHIC": "k", "HALFWIDTH": "z"}
#: Classes of scripts with upper and lower case; the class of their capitals is the upper-case letter.
_CASED = "acg"
#: Class -> the characters that belong to it, whatever their category.
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

#: All classes of letters; all classes; the classes of each alphabet.
_LETTERS = "xXaAcCgGyrhfto"
_ALL_CLASSES = "xXaAcCgGyrhftvlmnkzodqwsu!p "
_ALPHABETS = ("xXaA", "cC", "gGy", "rhf", "o")
#: Anomalous pairs of adjacent characters: any class of the first string followed by any class of the second.
_ODD_PAIRS = (
    ("acg", "XACG"),  # a capital after a small letter
    ("x", "ACG"),
    *((first, second) for first in _ALPHABETS for second in _ALPHABETS if first != second),
    *((first, "tm") for first in _ALPHABETS[1:]),  # two scripts; but Thai has Latin words without spaces around them
    *(("t", second) for second in _ALPHABETS[1:]),
    ("x", "kz"),
    ("kz", "x"),
    (_LETTERS, "sw"),  # a symbol next to a letter, an opening mark after one
    ("s", _LETTERS),
    ("f", "hf"),
    ("y", "gGy"),  # a final letter before another
    (_ALL_CLASSES.translate(str.maketrans("", "", "tmv")), "mv"),  # a Thai vowel sign without its consonant
    ("l", _ALL_CLASSES.replace("t", "")),
    (_ALL_CLASSES.translate(str.maketrans("", "", "xXaArhfn")), "n"),  # another combining mark without its letter
)
#: Anomalous triples: a small ASCII letter after a non-ASCII Latin capital and an ASCII capital, a single non-ASCII Latin capital as a word, a
#: quotation mark between letters, a single ASCII letter within Thai.
_ODD_TRIPLES = (("A", "X", "x"), (" ", "A", " "), (_LETTERS, "q", _LETTERS), ("tmv", "xX", "tl"))
#: Classes whose characters are anomalous anywhere.
_ODD_ALONE = "!uz"


def count_anomalies(text: str) -> int:
    """Return the number of orthographic anomalies in a text; correct text has next to none.

    >>> count_anomalies("naïve"), count_anomalies("naÔve")
    (0, 1)
    """
    classes = np.frombuffer(f" {text} ".translate(_CLASSES).encode("ascii"), dtype=np.uint8)
    pairs, alone, triples = _anomaly_tables()
    anomalies = int(alone[classes].sum()) + int(pairs[classes[:-1], classes[1:]].sum())
    return anomalies + sum(
        int((first[classes[:-2]] & second[classes[1:-1]] & third[classes[2:]]).sum()) for first, second, third in triples
    )


@cache
def _anomaly_tables() -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_], list[list[npt.NDArray[np.bool_]]]]:
    """Build the lookup tables of anomalies: boolean arrays, indexed by the ASCII codes of character classes.

    Returns:
        The pairs of classes that are anomalous (128 x 128); the classes that are anomalous alone (128); and for each anomalous pattern of three
        classes, a list of three arrays (128), one for each position.
    """
    pairs = np.zeros((128, 128), dtype=bool)
    for before, after in _ODD_PAIRS:
        pairs |= _class_mask(before)[:, None] & _class_mask(after)
    return pairs, _class_mask(_ODD_ALONE), [[_class_mask(classes) for classes in triple] for triple in _ODD_TRIPLES]


def _class_mask(classes: str) -> npt.NDArray[np.bool_]:
    """Return a boolean array of 128 elements that is true at the ASCII codes of some character classes, written as one string."""
    mask = np.zeros(128, dtype=bool)
    mask[[ord(name) for name in classes]] = True
    return mask


@cache
def _script_class(character: str) -> str:
    """Return the class of a character's script by `_SCRIPTS`; `o` for other scripts."""
    name = unicodedata.name(character, "?")
    return _SCRIPTS.get(re.split(r"[ -](?!HIRAGANA)", name, maxsplit=1)[0], "o")


class _CharacterClasses(dict[int, str]):
    """Translation table from code points to character classes, filled on first use of each code point.

    ASCII: x small and X capital letters. Other letters by script: a A Latin, c C Cyrillic, g G Greek (capitals in upper case), r Arabic, h Hebrew,
    t Thai, k East Asian, z half-width forms, o others. Letters with a fixed position: f and y only end words, v never begin one, l never end one.
    Marks: m Thai, n others. Signs: d digits, q quotation marks, w opening marks, s symbols, u suspect signs. Others: ! no assigned character, p
    punctuation, and space.
    """

    def __missing__(self, point: int) -> str:
        name = self[point] = _character_class(chr(point))
        return name


def _character_class(character: str) -> str:
    """Return the class of a character, as `_CharacterClasses` lists them."""
    if character.isascii():
        name = "x" if character.islower() else "X" if character.isupper() else "d" if character.isdigit() else "p"
        return name if not character.isspace() else " "
    for name, members in _MEMBERS.items():
        if character in members:
            return name
    category = unicodedata.category(character)
    if category in ("Cc", "Cn", "Co", "Cs") or character == "\N{REPLACEMENT CHARACTER}":
        return "!"
    if category[0] == "L" and category != "Lm":
        name = _script_class(character)
        return name.upper() if name in _CASED and character.isupper() else name
    if category[0] == "M":
        return "m" if _script_class(character) == "t" else "n"
    return {"S": "s", "N": "s" if category == "No" else "d"}.get(category[0], "p")


_CLASSES = _CharacterClasses()
