"""How alike two spellings are: romanised, by sound, and by how many letters have to change.

All of it is for comparing; no text is changed. The tables stand in `pipeline/saring/rules/names/grammar/letters.toml`.
"""

from __future__ import annotations

import functools
import tomllib
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from saring.config import rules

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["describe_forms", "edit_distance", "form_similarity"]

_FILE = rules.FOLDER / "names" / "grammar" / "letters.toml"

#: Letters of a spelling that are compared: longer ones differ early or not at all.
MOST_LETTERS = 32


@functools.cache
def _table(name: str) -> tuple[list[str], list[str]]:
    # The longest first: replace_many takes the first that fits.
    pairs = sorted(tomllib.loads(_FILE.read_text("utf-8"))[name].items(), key=lambda pair: (-len(pair[0]), pair[0]))
    return [old for old, _ in pairs], [new for _, new in pairs]


def describe_forms(forms: pl.DataFrame) -> pl.DataFrame:
    """Add `romanised` (Latin letters, lower case, without marks or spaces), `sound` and `skeleton` (its consonants) to a column `form`.

    Scripts other than Latin, Cyrillic and Greek stay as they are: their spellings are compared only among themselves.
    """
    # Composed letters first, for й is not и; then what is left of the others without its marks, for ό is ο.
    composed = pl.col("form").str.to_lowercase().str.normalize("NFC").str.replace_many(*_table("romanised"), leftmost=True)
    bare = composed.str.normalize("NFD").str.replace_all(r"[^\p{L}]+", "")
    romanised = bare.str.replace_many(*_table("romanised"), leftmost=True)
    # A final e is silent in French and English, and machine translation adds it: DuRove. Doubled letters are one sound.
    sound = pl.col("romanised").str.replace_many(*_table("sounds"), leftmost=True).str.replace(r"e$", "")
    doubled = [letter * 2 for letter in "abdefgiklmnoprstu"]
    single = sound.str.replace_many(doubled, [pair[0] for pair in doubled])
    return (
        forms.with_columns(romanised.alias("romanised"))
        .with_columns(single.alias("sound"))
        .with_columns((pl.col("sound").str.slice(0, 1) + pl.col("sound").str.slice(1).str.replace_all("[aeiou]+", "")).alias("skeleton"))
    )


def form_similarity(pairs: pl.DataFrame) -> pl.DataFrame:
    """Add `spelling` and `sounding`: the shares of letters that stay, from 0 to 1, and `like`, their mean.

    Args:
        pairs: columns `romanised_a`, `romanised_b`, `sound_a` and `sound_b`.
    """
    shares = [
        pl.Series(name, _share(pairs[f"{column}_a"], pairs[f"{column}_b"]), dtype=pl.Float64)
        for name, column in (("spelling", "romanised"), ("sounding", "sound"))
    ]
    return pairs.with_columns(shares).with_columns(pl.mean_horizontal("spelling", "sounding").alias("like"))


def _share(a: pl.Series, b: pl.Series) -> NDArray[np.float64]:
    longest = np.maximum(a.str.len_chars().to_numpy(), b.str.len_chars().to_numpy()).clip(1, MOST_LETTERS)
    found: NDArray[np.float64] = 1.0 - np.minimum(edit_distance(a, b), longest) / longest
    return found


def edit_distance(a: pl.Series, b: pl.Series) -> NDArray[np.int64]:
    """Return for each pair of strings how many letters have to be put, dropped or changed (Levenshtein, 1965).

    All pairs at once: the table of Wagner and Fischer (1974) with a pair in each row of its cells. 1,000,000 pairs of names take 2 s.
    """
    left, right = _codes(a), _codes(b)
    lengths = a.str.len_chars().to_numpy().clip(0, MOST_LETTERS), b.str.len_chars().to_numpy().clip(0, MOST_LETTERS)
    rows = np.arange(len(a))
    table = np.tile(np.arange(right.shape[1] + 1, dtype=np.int64), (len(a), 1))
    found = np.where(lengths[0] == 0, lengths[1], 0).astype(np.int64)
    for i in range(left.shape[1]):
        last, table = table, np.empty_like(table)
        table[:, 0] = i + 1
        for j in range(right.shape[1]):
            changed = last[:, j] + (left[:, i] != right[:, j])
            table[:, j + 1] = np.minimum(changed, np.minimum(last[:, j + 1], table[:, j]) + 1)
        done = lengths[0] == i + 1
        found[done] = table[rows[done], lengths[1][done]]
    return found


def _codes(strings: pl.Series) -> NDArray[np.uint32]:
    """Return code points, a row a string, 0 behind its end."""
    cut = strings.str.slice(0, MOST_LETTERS)
    width = max(map(len, cut), default=0)
    if not width:
        return np.zeros((len(strings), 0), dtype=np.uint32)
    return np.array(cut.to_list(), dtype=f"<U{width}").view(np.uint32).reshape(len(strings), width)
