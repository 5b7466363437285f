"""The registry as strings: how each name and variant may be written in a text, and what then stands in its place.

A spelling counts as it is written in the registry, or all in capitals; anything else is another word ("Du Rove" is the name, "du Rove"
a village). Each comes composed (NFC) and decomposed (NFD), because scrapes hold both and a search for bytes tells them apart.
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

__all__ = ["CONTINUES", "SPELLING", "UNSPACED", "script_of", "spellings"]

#: What `spellings` returns. `rank` is 0 for the registry's own case and 1 for capitals; `languages` is null where a spelling holds for
#: every document; `near` and `not_near` are words that must and must not stand near, null where there is no such condition;
#: `only_script` and `but_script` are scripts (ISO 15924) of the documents that it holds for and does not hold for; `dropped` is what a
#: stem lacks at its end, "" for a whole name; `inflects` says whether an inflection may be glued on; `bound_before` and `bound_after`
#: say whether a word boundary is asked for on that side.
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

#: Scripts whose words follow each other without spaces, to stand in a class of Rust's regex crate: a name in them, or beside them, needs
#: no boundary. They are those that Unicode Standard Annex 14 breaks by dictionary or by syllable (its classes SA, ID, CJ and AK).
UNSPACED = "".join(
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

#: A character that continues the word beside it, as a class of Rust's regex crate. The modifier letter apostrophe is a letter to
#: Unicode, but glues an inflection like any other apostrophe.
CONTINUES = rf"[[\p{{L}}\p{{M}}\p{{N}}_]--[{UNSPACED}\x{{02BC}}]]"

# Korean has spaces, but writes its particles onto the name: no boundary behind it.
_CONTINUES_AFTER = rf"[{CONTINUES}--\p{{Hangul}}]"

#: Scripts by the first word of their letters' Unicode names, as ISO 15924 and `saring.language` call them.
_SCRIPTS = {
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

_Conditions = tuple[tuple[str, ...] | None, tuple[str, ...] | None, tuple[str, ...] | None]
_Scripts = tuple[str | None, str | None]
_Row = tuple[str, str, str, int, tuple[str, ...] | None, tuple[str, ...] | None, tuple[str, ...] | None, str | None, str | None, str, bool]

_ALWAYS: _Conditions = (None, None, None)
_ANY: _Scripts = (None, None)


@lru_cache(maxsize=4)  # a filter that cleans page by page asks for the same registry each time
def spellings(names: tuple[Name, ...]) -> pl.DataFrame:
    """Return every way to write these names and their variants.

    Canonical spellings are among them, with themselves as replacement: where one holds a variant ("Pavel Durov", variant "Durov"), it is
    the longer match and keeps its text as it is. They hold in every language.

    Returns:
        Columns of `SPELLING`. One spelling may stand for several names; who matches decides by rank, language, script and context.
    """
    rows = list(dict.fromkeys(row for name in names for row in _rows(name)))
    table = pl.DataFrame(rows, schema=dict(list(SPELLING.items())[:-2]), orient="row")
    return table.with_columns(
        pl.col("spelling").str.contains(f"^{CONTINUES}").alias("bound_before"),
        pl.col("spelling").str.contains(f"{_CONTINUES_AFTER}$").alias("bound_after"),
    )


def script_of(text: str) -> str | None:
    """Return the script of the first letter, null where it has none or a rare one."""
    named = (unicodedata.name(character, "") for character in text if character.isalpha())
    return _SCRIPTS.get(next(named, "").partition(" ")[0])


def _rows(name: Name) -> Iterator[_Row]:
    for own in (name.canonical, name.full, *(spelling for _, spelling in name.scripts)):
        if own:
            yield from _written(name, own, own, own.upper(), _ALWAYS, _ANY)
    # The registry may correct even capitals: "DUROV" must not come out of "DUROVE" then.
    variants = {variant for group in name.groups for variant in group.variants}
    for group in name.groups:
        conditions = (group.languages or None, group.near or None, group.not_near or None)
        for variant in group.variants:
            for replacement, scripts in _replacements(name, group, variant):
                capitals = replacement if replacement.upper() in variants else replacement.upper()
                yield from _written(name, variant, replacement, capitals, conditions, scripts)
                if name.full and replacement == name.canonical:
                    full = name.full.replace(name.canonical, variant, 1)
                    yield from _written(name, full, name.full, name.full.upper(), _ALWAYS, scripts)


def _replacements(name: Name, group: ScopedVariants, variant: str) -> Iterator[tuple[str, _Scripts]]:
    """Yield what a variant becomes, and in documents of which scripts.

    A variant in a script of its own is at home in documents of that script: there it becomes the name as that script has it, and stays
    where the registry does not know that, unless it is for these languages by name.
    """
    script = script_of(variant)
    if script is None or script == script_of(name.canonical):
        yield name.canonical, _ANY
        return
    there = dict(name.scripts).get(script)
    if there is not None:
        yield there, (script, None)
    yield name.canonical, (None, script) if there is not None or not group.languages else _ANY


def _written(  # noqa: PLR0917 - the columns of a row, in their order
    name: Name, spelling: str, replacement: str, capitals: str, conditions: _Conditions, scripts: _Scripts
) -> Iterator[_Row]:
    """Yield a spelling, and its stems, in its own case and in capitals, composed and decomposed."""
    identical = spelling == replacement
    inflects = script_of(spelling) == script_of(replacement)
    for written, becomes, rank in ((spelling, replacement, 0), (spelling.upper(), capitals, 1)):
        for form in _forms(written):
            yield form, form if identical else becomes, name.canonical, rank, *conditions, *scripts, "", inflects
    for dropped, stem, new in stems(spelling, replacement) if inflects and not identical else ():
        for form in _forms(stem):
            yield form, new, name.canonical, 0, *conditions, *scripts, dropped, True
        for form in _forms(stem.upper()):
            yield form, new.upper(), name.canonical, 1, *conditions, *scripts, dropped, True


def _forms(text: str) -> tuple[str, ...]:
    """Return the text as it is, composed and decomposed."""
    return (text,) if text.isascii() else (text, unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text))
