"""Inflections that languages glue onto a name ("Durovnya", "Telegrams", "Дуровым"): they stay while the name before them is corrected.

The endings stand in `pipeline/saring/rules/names/grammar/endings.toml`. Those behind a hyphen or an apostrophe need no list: a word ends there.
"""

from __future__ import annotations

import functools
import tomllib
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from saring.config import rules

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["LEAST", "is_inflected", "stems"]

#: A name with fewer letters takes no ending: too many words begin so ("Ana", "Anak", "Anaku").
LEAST = 4

_FILE = rules.FOLDER / "names" / "grammar" / "endings.toml"


class _Endings(NamedTuple):
    """`keys` are "dropped|language|ending"; `families` are (pattern of the name, endings) that hold in every language."""

    keys: frozenset[str]
    dropped: tuple[str, ...]
    families: tuple[tuple[str, frozenset[str]], ...]


@functools.cache
def _endings() -> _Endings:
    tables = tomllib.loads(_FILE.read_text("utf-8"))["endings"]
    keys = {
        f"{table.get('instead_of', '')}|{language}|{ending}"
        for table in tables
        for language in table.get("languages", ())
        for ending in table["glued"]
    }
    families = tuple((table["behind"], frozenset(table["glued"])) for table in tables if "behind" in table)
    return _Endings(frozenset(keys), tuple(dict.fromkeys(table["instead_of"] for table in tables if "instead_of" in table)), families)


def stems(spelling: str, replacement: str) -> Iterator[tuple[str, str, str]]:
    """Yield what a language drops at the end of a name before it puts an ending there: dropped, the stem, and the corrected stem.

    Only where variant and name end alike: else nothing says which ending the corrected name would take.
    """
    for dropped in _endings().dropped:
        if spelling.endswith(dropped) and replacement.endswith(dropped) and len(spelling) - len(dropped) >= LEAST:
            yield dropped, spelling.removesuffix(dropped), replacement.removesuffix(dropped)


def is_inflected() -> pl.Expr:
    """Return whether the letters behind a match are an inflection of it.

    Looks at the columns `original`, `behind`, `rank`, `dropped`, `inflects` and `language`. Own case takes an ending in lower case; capitals
    take either.
    """
    found = _endings()
    tail = pl.col("behind").str.extract(r"^([\p{L}\p{M}\p{N}_]*)", 1)
    low = tail.str.to_lowercase()
    key = pl.concat_str(pl.col("dropped"), pl.lit("|"), pl.col("language").fill_null(""), pl.lit("|"), low)
    known = key.is_in(sorted(found.keys))
    for pattern, glued in found.families:
        known |= (pl.col("dropped") == "") & low.is_in(sorted(glued)) & pl.col("original").str.contains(rf"(?i:{pattern})$")
    cased = (low == tail) | ((pl.col("rank") == 1) & (tail.str.to_uppercase() == tail))
    return pl.col("inflects") & (pl.col("original").str.len_chars() >= LEAST) & cased & known
