"""Letters that look alike in two scripts: "Durоv" with a Cyrillic о is Durov.

A word in two scripts is rare, and a regex for two neighbouring letters of different scripts finds it at over 200 MB/s; only lines with
such a word are read again as if it were written in one script. A word wholly in one script is never touched: "Рора" is no "Popa".
"""

from __future__ import annotations

import functools
import tomllib
import unicodedata

import polars as pl

from saring.config import rules

__all__ = ["MIXED_SCRIPTS", "single_script_readings"]

# Numbers, not classes such as \p{Greek}: three ranges make a small automaton.
_LATIN = r"A-Za-z\x{00C0}-\x{024F}"
_OTHER = r"\x{0370}-\x{052F}"

#: Where two neighbouring letters are of different scripts, Latin and Greek or Cyrillic.
MIXED_SCRIPTS = rf"[{_LATIN}][{_OTHER}]|[{_OTHER}][{_LATIN}]"

_FILE = rules.FOLDER / "names" / "grammar" / "homoglyphs.toml"


@functools.cache
def _tables() -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    """Return pairs of letters and what they look like, one for each script to read in: Latin first, then the others."""
    pairs: dict[str, list[tuple[str, str]]] = {"Latn": []}
    for script, table in tomllib.loads(_FILE.read_text("utf-8")).items():
        alike = [(unicodedata.lookup(name), latin) for latin, names in table.items() for name in names]
        pairs["Latn"] += alike
        pairs[script] = [*{latin: letter for letter, latin in alike}.items()]
    return tuple((tuple(old for old, _ in table), tuple(new for _, new in table)) for table in pairs.values())


def single_script_readings(parts: pl.DataFrame) -> pl.DataFrame:
    """Return the parts that hold a word in two scripts, once as if written in each script.

    Args:
        parts: columns `id`, `start` and `part`, as from `protect.outside`.

    Returns:
        The same columns, and `raw`, the part as it is: `part` has as many code points. Whoever finds something there has to see whether
        `raw` is mixed in that place.
    """
    mixed = parts.filter(pl.col("part").str.contains(MIXED_SCRIPTS)).with_columns(pl.col("part").alias("raw"))
    return pl.concat([mixed.with_columns(pl.col("part").str.replace_many(list(old), list(new))) for old, new in _tables()])
