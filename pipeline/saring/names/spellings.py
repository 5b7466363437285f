"""Expand the name registry into search strings: every spelling of each name and variant, with its replacement and conditions.

A spelling matches as it is written in the registry, or all in capitals; other cases are other words ("Du Rove" is the name, "du Rove" a
village). Each is listed composed (NFC) and decomposed (NFD), because scrapes hold both, and the search compares bytes.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

import polars as pl

from saring.names.inflection import stems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from polars._typing import PolarsDataType

    from saring.config import Name, ScopedVariants

__all__ = ["SPELLING", "UNSPACED_SCRIPTS", "WORD_CHARACTER", "script_of", "spellings"]

#: The columns of the table that `spellings` returns. `rank` is 0 for the registry's own case and 1 for capitals; `languages` is null where
#: a spelling is used in every document; `near` and `not_near` are words that must and must not be near, null without such a condition;
#: `only_script` and `but_script` are scripts (ISO 15924) of the documents in which alone, or in which not, it is used; `dropped` holds the
#: final letters that a stem lacks, "" for a full name; `inflects` says whether an inflection may be glued on; `bound_before` and
#: `bound_after` say whether a word boundary is required on that side.
SPELLING: dict[str, PolarsDataType] = {
    "spelling": pl.String,
    "replacement": pl.String,
    "canonical": pl.String,
    "rank": pl.Int8,
    "languages": pl.List(pl.String),
    "near": pl.List(pl.String),
    "not_near": pl.List(pl.String),
    "only_script": pl.String,
    "but_script": pl.String,
    "dropped": pl.String,
    "inflects": pl.Boolean,
    "bound_before": pl.Boolean,
    "bound_after": pl.Boolean,
}

#: Scripts that put no spaces between words, for a character class of Rust's regex crate: a name in them, or beside them, needs no word
#: boundary. They are those whose lines Unicode Standard Annex 14 breaks by dictionary or by syllable (its classes SA, ID, CJ and AK).
UNSPACED_SCRIPTS = "".join(
    rf"\p{{{script}}}"
    for script in (
        "Balinese",
        "Bopomofo",
        "Han",
        "Hiragana",
        "Javanese",
        "Katakana",
        "Khmer",
        "Lao",
        "Myanmar",
        "New_Tai_Lue",
        "Tai_Le",
        "Tai_Tham",
        "Thai",
        "Tibetan",
        "Yi",
    )
)

#: A character that continues a word, as a class of Rust's regex crate: where one adjoins a match, there is no word boundary. The modifier
#: letter apostrophe is a letter to Unicode, but glues an inflection like any other apostrophe.
WORD_CHARACTER = rf"[[\p{{L}}\p{{M}}\p{{N}}_]--[{UNSPACED_SCRIPTS}\x{{02BC}}]]"

# Korean has spaces, but glues its particles onto the name: no boundary after it.
_BOUNDED_END = rf"[{WORD_CHARACTER}--\p{{Hangul}}]"

#: ISO 15924 codes of scripts, as `saring.language` uses them, by the first word of the Unicode names of their letters.
_SCRIPT_CODES = {
    "LATIN": "Latn",
    "CYRILLIC": "Cyrl",
    "GREEK": "Grek",
    "ARABIC": "Arab",
    "HEBREW": "Hebr",
    "DEVANAGARI": "Deva",
    "BENGALI": "Beng",
    "TAMIL": "Taml",
    "THAI": "Thai",
    "GEORGIAN": "Geor",
    "ARMENIAN": "Armn",
    "CJK": "Hani",
    "HIRAGANA": "Jpan",
    "KATAKANA": "Jpan",
    "HANGUL": "Kore",
}

#: `languages`, `near` and `not_near` of a row.
_Conditions = tuple[tuple[str, ...] | None, tuple[str, ...] | None, tuple[str, ...] | None]
#: `only_script` and `but_script` of a row.
_Scripts = tuple[str | None, str | None]
#: A row of `SPELLING` without its last two columns.
_Row = tuple[str, str, str, int, tuple[str, ...] | None, tuple[str, ...] | None, tuple[str, ...] | None, str | None, str | None, str, bool]

_UNCONDITIONAL: _Conditions = (None, None, None)
_ANY_SCRIPT: _Scripts = (None, None)


@lru_cache(maxsize=4)  # a filter that cleans page by page passes the same registry each time
def spellings(names: tuple[Name, ...]) -> pl.DataFrame:
    """Return every spelling of these names and their variants: in two cases and normal forms, with full names and stems.

    Canonical spellings are among them, with themselves as replacement: where one contains a variant ("Pavel Durov", variant "Durov"), it is
    the longer match and keeps its text as it is. They are used in every language.

    Returns:
        Columns of `SPELLING`. One spelling may belong to several names; `match` decides by rank, language, script and context.
    """
    rows = list(dict.fromkeys(row for name in names for row in _rows(name)))
    table = pl.DataFrame(rows, schema=dict(list(SPELLING.items())[:-2]), orient="row")
    return table.with_columns(
        pl.col("spelling").str.contains(f"^{WORD_CHARACTER}").alias("bound_before"),
        pl.col("spelling").str.contains(f"{_BOUNDED_END}$").alias("bound_after"),
    )


def script_of(text: str) -> str | None:
    """Return the script of a string's first letter (ISO 15924), None for a string without letters or in a rare script."""
    letter_names = (unicodedata.name(character, "") for character in text if character.isalpha())
    return _SCRIPT_CODES.get(next(letter_names, "").partition(" ")[0])


def _rows(name: Name) -> Iterator[_Row]:
    """Yield the rows of the spelling table for one name: its canonical spellings, its variants, and its full name with each variant."""
    for canonical in (name.canonical, name.full, *(spelling for _, spelling in name.scripts)):
        if canonical:
            yield from _spelling_rows(name, canonical, canonical, canonical.upper(), _UNCONDITIONAL, _ANY_SCRIPT)
    # A variant may itself be in capitals: where "DUROV" is a variant, "DUROVE" must not become "DUROV".
    variants = {variant for group in name.groups for variant in group.variants}
    for group in name.groups:
        conditions = (group.languages or None, group.near or None, group.not_near or None)
        for variant in group.variants:
            for replacement, scripts in _replacements(name, group, variant):
                capitals = replacement if replacement.upper() in variants else replacement.upper()
                yield from _spelling_rows(name, variant, replacement, capitals, conditions, scripts)
                if name.full and replacement == name.canonical:
                    full = name.full.replace(name.canonical, variant, 1)
                    yield from _spelling_rows(name, full, name.full, name.full.upper(), _UNCONDITIONAL, scripts)


def _replacements(name: Name, group: ScopedVariants, variant: str) -> Iterator[tuple[str, _Scripts]]:
    """Yield the replacements of a variant, and the scripts of the documents in which each is used.

    A variant in another script than the canonical spelling is ordinary in documents of that script: there it becomes the name's spelling in
    that script. Without such a spelling it stays there, unless its group is scoped to languages.
    """
    script = script_of(variant)
    if script is None or script == script_of(name.canonical):
        yield name.canonical, _ANY_SCRIPT
        return
    in_script = dict(name.scripts).get(script)
    if in_script is not None:
        yield in_script, (script, None)
    yield name.canonical, (None, script) if in_script is not None or not group.languages else _ANY_SCRIPT


def _spelling_rows(  # noqa: PLR0917 - the columns of a row, in their order
    name: Name, spelling: str, replacement: str, capitals: str, conditions: _Conditions, scripts: _Scripts
) -> Iterator[_Row]:
    """Yield the rows of the spelling table for one spelling and its stems, in two cases, composed and decomposed.

    Args:
        name: the name that it belongs to.
        spelling: a canonical spelling or a variant.
        replacement: replaces it in its own case.
        capitals: replaces it in capitals.
        conditions: languages, and words that must and must not be near.
        scripts: of the documents in which it is used, and in which it is not.
    """
    is_canonical = spelling == replacement
    inflects = script_of(spelling) == script_of(replacement)
    for cased, cased_replacement, rank in ((spelling, replacement, 0), (spelling.upper(), capitals, 1)):
        for form in _normal_forms(cased):
            yield form, form if is_canonical else cased_replacement, name.canonical, rank, *conditions, *scripts, "", inflects
    for dropped, stem, new_stem in stems(spelling, replacement) if inflects and not is_canonical else ():
        for form in _normal_forms(stem):
            yield form, new_stem, name.canonical, 0, *conditions, *scripts, dropped, True
        for form in _normal_forms(stem.upper()):
            yield form, new_stem.upper(), name.canonical, 1, *conditions, *scripts, dropped, True


def _normal_forms(text: str) -> tuple[str, ...]:
    """Return a string as it is, composed (NFC) and decomposed (NFD)."""
    return (text,) if text.isascii() else (text, unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text))
