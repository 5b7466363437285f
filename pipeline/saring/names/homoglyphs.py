"""Homoglyphs: letters of two scripts that look alike. "Durоv" with a Cyrillic о is read as Durov.

A word in two scripts is rare, and a regex for two adjacent letters of different scripts finds it at over 200 MB/s; only lines with such a
word are searched again as if they were written in one script. A word wholly in one script is never read otherwise: "Рора" is not "Popa".
"""

from __future__ import annotations

import functools
import tomllib
import unicodedata

import polars as pl

from saring.config import rules

__all__ = ["MIXED_SCRIPTS", "single_script_readings"]

# Code points, not classes such as \p{Greek}: three ranges make a small automaton.
_LATIN = r"A-Za-z\x{00C0}-\x{024F}"
_GREEK_CYRILLIC = r"\x{0370}-\x{052F}"

#: A regex for two adjacent letters of different scripts, one Latin and one Greek or Cyrillic.
MIXED_SCRIPTS = rf"[{_LATIN}][{_GREEK_CYRILLIC}]|[{_GREEK_CYRILLIC}][{_LATIN}]"

_FILE = rules.FOLDER / "names" / "grammar" / "homoglyphs.toml"


@functools.cache
def _homoglyph_tables() -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    """Load the homoglyph table of each target script, Latin first: letters of other scripts, and their look-alikes in the target script."""
    pairs: dict[str, list[tuple[str, str]]] = {"Latn": []}
    for script, table in tomllib.loads(_FILE.read_text("utf-8")).items():
        look_alikes = [(unicodedata.lookup(name), latin) for latin, names in table.items() for name in names]
        pairs["Latn"] += look_alikes
        pairs[script] = [*{latin: letter for letter, latin in look_alikes}.items()]
    return tuple((tuple(old for old, _ in table), tuple(new for _, new in table)) for table in pairs.values())


def single_script_readings(parts: pl.DataFrame) -> pl.DataFrame:
    """Return the parts of lines that hold a word in two scripts, each rewritten with the look-alikes of one script, once for each script.

    Args:
        parts: columns `id`, `start` and `part`, as from `unprotected_parts`.

    Returns:
        The same columns, and `raw`, the part as it is, with as many code points as the rewritten `part`. A string found in `part` counts
        only where `raw` mixes scripts in that place; the caller has to check that.
    """
    mixed = parts.filter(pl.col("part").str.contains(MIXED_SCRIPTS)).with_columns(pl.col("part").alias("raw"))
    return pl.concat([mixed.with_columns(pl.col("part").str.replace_many(list(old), list(new))) for old, new in _homoglyph_tables()])
