"""How plausible a text is as language: what decides between several readings of the same bytes.

Two measures. `ngrams.evidence` says how much the n-grams of a text speak for a language. `anomalies` counts what no spelling has, whatever the
language: a capital after a small letter, a word of two scripts, a sign inside a word, a vowel sign without its consonant.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

__all__ = ["anomalies", "script"]

#: Signs that may touch a letter or a number; any other symbol that does is an anomaly.
_USUAL_SIGNS = "$€£¥₽₴₺₩₹₫%+=<>^`~|@#&*/\\_°ºª²³™®©§¶·…"
#: Quotation marks, bullets and daggers may not stand between two letters; an apostrophe may.
_QUOTES = '“”„«»‹›‘‚"•†‡'
_OPENING = "„‚¿¡"
#: Letters that end words only, and vowels that begin none.
_FINAL = "ךםןףץς"
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
    "v": _NEVER_FIRST,
    "l": _BEFORE_CONSONANTS,
    "w": _OPENING,
    "q": _QUOTES,
    "u": _SUSPECT_SIGNS,
    "p": _USUAL_SIGNS,
}

#: What is odd, on a text of which each character became the letter of its kind (`_kind`). The lookaheads let neighbours overlap.
_ODD = re.compile(
    r"(?=[acg][XACG]|x[ACG]|A[X]x)"  # a capital after a small letter, or a second one
    r"|(?=[xXaA][cCgGrhf]|[cCgGrhf][xXaA]|[cCo][gGrhftm]|[gGrhftm][cCo]|[rhf]t|t[rhf]|o[xXaA]|[xXaA]o)"  # two scripts
    r"|(?=x[kz]|k[x])"
    r"|(?=[xXaAcCgGrhftko][sw]|s[xXaAcCgGrhftko])"  # a symbol at a letter, an opening mark after one
    r"|(?=[xXaAcCgGrhfto][q][xXaAcCgGrhfto])"  # a quotation mark between letters
    r"|(?=f[ghrf])"  # a final letter before another
    r"|(?:(?<=[^tmv])|\A)[mv]|l(?!t)"  # a vowel sign of Thai without its consonant
    r"|(?=[tmv][xX][tl])"  # a letter of Latin in Thai
    r"|(?<=[^xXaArhfn])n"  # another mark without its letter
    r"|[!uz]"  # what is no character, and what no text has
)


def anomalies(text: str) -> int:
    """Return how many places of a text no spelling has."""
    return sum(1 for _ in _ODD.finditer(text.translate(_KINDS)))


@cache
def script(character: str) -> str:
    """Return the letter by which `_SCRIPTS` knows a character's script, `o` for one that it does not know."""
    name = unicodedata.name(character, "?")
    return _SCRIPTS.get(re.split(r"[ -](?!HIRAGANA)", name, maxsplit=1)[0], "o")


class _Kinds(dict[int, str]):
    """The kind of each code point, found when it is first met.

    x X small and capital letters of ASCII; a c g small, A C G capital letters of Latin, Cyrillic and Greek; r h t k letters of Arabic, Hebrew,
    Thai and East Asia, z half-width ones, f those that only end words, v those that begin none, l those that end none, m marks of Thai, n other
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
    if category[0] == "L":
        kind = script(character)
        return kind.upper() if kind in _CASED and character.isupper() else kind
    if category[0] == "M":
        return "m" if script(character) == "t" else "n"
    return {"S": "s", "N": "s" if category == "No" else "d"}.get(category[0], "p")


_KINDS = _Kinds()
