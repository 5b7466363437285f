"""Inflectional endings on names ("Durovnya", "Telegrams", "Дуровым"): an ending stays while the name before it is corrected.

The endings are in `pipeline/saring/rules/names/grammar/endings.toml`. Those after a hyphen or an apostrophe need no list: a word ends
there.
"""

from __future__ import annotations

import functools
import tomllib
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from saring.config import rules

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MIN_LETTERS", "is_inflected", "stems"]

#: A name with fewer letters takes no ending: too many words begin with it ("Ana", "Anak", "Anaku"). A judgement.
MIN_LETTERS = 4

_FILE = rules.FOLDER / "names" / "grammar" / "endings.toml"


class _Endings(NamedTuple):
    """Inflectional endings of names by language, as endings.toml lists them.

    Attributes:
        keys: endings in one language, as "dropped|language|ending".
        dropped: final letters of names that some language drops before an ending.
        patterns: endings that hold in every language after some names: (pattern of the end of the name, endings).
    """

    keys: frozenset[str]
    dropped: tuple[str, ...]
    patterns: tuple[tuple[str, frozenset[str]], ...]


@functools.cache
def _endings() -> _Endings:
    """Load the inflectional endings of names from endings.toml, once."""
    tables = tomllib.loads(_FILE.read_text("utf-8"))["endings"]
    keys = {
        f"{table.get('instead_of', '')}|{language}|{ending}"
        for table in tables
        for language in table.get("languages", ())
        for ending in table["glued"]
    }
    patterns = tuple((table["behind"], frozenset(table["glued"])) for table in tables if "behind" in table)
    return _Endings(frozenset(keys), tuple(dict.fromkeys(table["instead_of"] for table in tables if "instead_of" in table)), patterns)


def stems(spelling: str, replacement: str) -> Iterator[tuple[str, str, str]]:
    """Yield the stems of a name whose final letters some language drops before an ending: Russian "Москва" becomes "Москвой".

    Each is given as the dropped letters, the stem of the spelling, and the stem of its replacement.

    Only where variant and canonical spelling end alike: otherwise the ending that the corrected name would take is unknown.
    """
    for dropped in _endings().dropped:
        if spelling.endswith(dropped) and replacement.endswith(dropped) and len(spelling) - len(dropped) >= MIN_LETTERS:
            yield dropped, spelling.removesuffix(dropped), replacement.removesuffix(dropped)


def is_inflected() -> pl.Expr:
    """Return an expression that tells whether the letters after a name match are an inflectional ending of it.

    Reads the columns `original`, `following`, `rank`, `dropped`, `inflects` and `language`. A name in its own case takes an ending in lower
    case; a name in capitals takes either.
    """
    endings = _endings()
    ending = pl.col("following").str.extract(r"^([\p{L}\p{M}\p{N}_]*)", 1)
    lower = ending.str.to_lowercase()
    key = pl.concat_str(pl.col("dropped"), pl.lit("|"), pl.col("language").fill_null(""), pl.lit("|"), lower)
    is_listed = key.is_in(sorted(endings.keys))
    for pattern, glued in endings.patterns:
        is_listed |= (pl.col("dropped") == "") & lower.is_in(sorted(glued)) & pl.col("original").str.contains(rf"(?i:{pattern})$")
    has_fitting_case = (lower == ending) | ((pl.col("rank") == 1) & (ending.str.to_uppercase() == ending))
    return pl.col("inflects") & (pl.col("original").str.len_chars() >= MIN_LETTERS) & has_fitting_case & is_listed
