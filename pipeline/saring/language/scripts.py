"""Scripts of texts: count the letters of each script, and determine the main script of a text (ISO 15924)."""

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["count_letters", "main_scripts", "usual_scripts"]

#: Script codes of ISO 15924 -> Unicode script names as used in Rust's regular expressions.
_SCRIPTS = {
    "Latn": "Latin",
    "Cyrl": "Cyrillic",
    "Arab": "Arabic",
    "Hani": "Han",
    "Kana": r"Katakana}\p{Hiragana",
    "Hang": "Hangul",
    "Thai": "Thai",
    "Grek": "Greek",
    "Hebr": "Hebrew",
    "Deva": "Devanagari",
    "Beng": "Bengali",
    "Guru": "Gurmukhi",
    "Gujr": "Gujarati",
    "Orya": "Oriya",
    "Taml": "Tamil",
    "Telu": "Telugu",
    "Knda": "Kannada",
    "Mlym": "Malayalam",
    "Sinh": "Sinhala",
    "Mymr": "Myanmar",
    "Khmr": "Khmer",
    "Laoo": "Lao",
    "Tibt": "Tibetan",
    "Geor": "Georgian",
    "Armn": "Armenian",
    "Ethi": "Ethiopic",
    "Java": "Javanese",
    "Bali": "Balinese",
    "Sund": "Sundanese",
}
#: Samples whose letters are counted at a time, few enough for their code points to stay in the processor's cache: half the time of counting a
#: full batch at once; `python bench/steps.py FOLDER`, row language, shows it.
_SAMPLES_AT_ONCE = 32
#: Marks a code point in `_script_table` whose script has not been looked up yet.
_NOT_LOOKED_UP = 255


def count_letters(samples: pl.Series) -> npt.NDArray[np.int64]:
    """Count the letters of each script in each text sample.

    Each code point is looked up in a table: to match a regular expression for each script took a quarter of the time of language identification.

    Returns:
        An array with a row for each script of `_SCRIPTS` and a column for each sample.
    """
    counts = np.zeros((len(_SCRIPTS) + 1, len(samples)), dtype=np.int64)
    for low in range(0, len(samples), _SAMPLES_AT_ONCE):
        batch = samples[low : low + _SAMPLES_AT_ONCE]
        # For the samples "aб" and "вг!", scripts (1 Latin, 2 Cyrillic, 0 none) are [1, 2, 2, 2, 0] and ends are [2, 5].
        # For script 2, so_far is [0, 0, 1, 2, 3, 3]: [1, 3] letters up to the ends, so [1, 2] in each sample.
        scripts = _script_numbers(np.frombuffer(batch.str.join("").item().encode("utf-32-le"), np.uint32).astype(np.intp))
        ends = np.cumsum(batch.str.len_chars().to_numpy())
        for number in np.flatnonzero(np.bincount(scripts)):
            so_far = np.append(0, np.cumsum(scripts == number, dtype=np.int32))
            counts[number, low : low + len(batch)] = np.diff(so_far[ends], prepend=0)
    return counts[1:]


def _script_numbers(points: npt.NDArray[np.intp]) -> npt.NDArray[np.uint8]:
    """Return the script of each code point, as its position in `_SCRIPTS` counted from 1; 0 for other scripts and for non-letters.

    Scripts are looked up by a Polars regular expression, once per code point and process.
    """
    table = _script_table()
    scripts: npt.NDArray[np.uint8] = table.take(points)
    if (new := np.unique(points[scripts == _NOT_LOOKED_UP])).size:
        characters = pl.Series([chr(point) for point in new], dtype=pl.String)
        table[new] = 0
        for number, name in enumerate(_SCRIPTS.values(), start=1):
            table[new[characters.str.contains(rf"[\p{{{name}}}]").to_numpy()]] = number
        scripts = table.take(points)
    return scripts


@cache
def _script_table() -> npt.NDArray[np.uint8]:
    """Return the table of scripts by code point that `_script_numbers` fills in place."""
    return np.full(sys.maxunicode + 1, _NOT_LOOKED_UP, dtype=np.uint8)


def main_scripts(letters: npt.NDArray[np.int64]) -> pl.Series:
    """Return the ISO 15924 code of the most frequent script of each text; the first in `_SCRIPTS` wins a tie.

    Japanese and Korean mix scripts: if a text has more than a tenth as many kana (or Hangul) as Han characters, both count as "Jpan" (or "Kore").

    Args:
        letters: the counts of `count_letters`.
    """
    rows = {code: row for row, code in enumerate(_SCRIPTS)}
    counts = letters.copy()
    # Han [10, 10] with kana [2, 1] becomes Han [0, 10] and kana [12, 1]: Japanese, then Han.
    han = letters[rows["Hani"]]
    for code in ("Kana", "Hang"):
        native = letters[rows[code]]
        counts[rows[code]] = np.where(native * 10 > han, native + han, native)
        counts[rows["Hani"]][native * 10 > han] = 0
    codes = pl.Series([{"Kana": "Jpan", "Hang": "Kore"}.get(code, code) for code in _SCRIPTS] + ["Zyyy"])
    return codes.gather(np.where(counts.any(axis=0), counts.argmax(axis=0), len(_SCRIPTS)))


@cache
def usual_scripts(code: str) -> frozenset[str]:
    """Return the scripts (ISO 15924) in which a language is usually written, according to CLDR's likely subtags."""
    from babel.core import get_global  # noqa: PLC0415 - imported where it is used

    likely = get_global("likely_subtags")
    tags = [tag for key, tag in likely.items() if key == code or key.startswith(f"{code}_")]
    scripts = {part for tag in tags for part in tag.split("_") if len(part) == len("Latn")}
    return frozenset({"Hani" if script in ("Hans", "Hant", "Hanb") else script for script in scripts})
