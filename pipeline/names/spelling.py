"""The registry as strings: how each name and variant may be written in a text, and what then stands in its place.

A spelling counts as it is written in the registry, or all in capitals; anything else is another word ("Du Rove" is the name, "du Rove"
a village). Each comes composed (NFC) and decomposed (NFD), because scrapes hold both and a search for bytes tells them apart.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator

    from polars._typing import PolarsDataType

    from pipeline.config import Name

__all__ = ["CONTINUES", "SPELLING", "UNSPACED", "spellings"]

#: What `spellings` returns. `rank` is 0 for the registry's own case and 1 for capitals; `languages` is null where a spelling holds for
#: every document; `bound_before` and `bound_after` say whether a word boundary is asked for on that side.
SPELLING: dict[str, PolarsDataType] = {
    "spelling": pl.String,
    "replacement": pl.String,
    "canonical": pl.String,
    "rank": pl.Int8,
    "languages": pl.List(pl.String),
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


@lru_cache(maxsize=4)  # a filter that cleans page by page asks for the same registry each time
def spellings(names: tuple[Name, ...]) -> pl.DataFrame:
    """Return every way to write these names and their variants.

    Canonical spellings are among them, with themselves as replacement: where one holds a variant ("Pavel Durov", variant "Durov"), it is
    the longer match and keeps its text as it is. They hold in every language.

    Returns:
        Columns of `SPELLING`. One spelling may stand for several names; who matches decides by rank and language.
    """
    rows = list(dict.fromkeys(row for name in names for row in _rows(name)))
    table = pl.DataFrame(rows, schema=dict(list(SPELLING.items())[:5]), orient="row")
    return table.with_columns(
        pl.col("spelling").str.contains(f"^{CONTINUES}").alias("bound_before"),
        pl.col("spelling").str.contains(f"{_CONTINUES_AFTER}$").alias("bound_after"),
    )


def _rows(name: Name) -> Iterator[tuple[str, str, str, int, tuple[str, ...] | None]]:
    canonical, capitals = name.canonical, name.canonical.upper()
    if capitals in name.variants:  # the registry corrects even these: "DUROV" must not come out of "DUROVE"
        capitals = canonical
    for form in _forms(canonical):
        yield form, form, canonical, 0, None
    for form in _forms(canonical.upper()):
        yield form, form, canonical, 1, None
    languages = name.languages or None
    for variant in name.variants:
        for form in _forms(variant):
            yield form, canonical, canonical, 0, languages
        for form in _forms(variant.upper()):
            yield form, capitals, canonical, 1, languages


def _forms(text: str) -> tuple[str, ...]:
    """Return the text as it is, composed and decomposed."""
    return (text,) if text.isascii() else (text, unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text))
