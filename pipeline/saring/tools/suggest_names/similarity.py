"""Similarity of two spellings: edit distance of their romanised letters and of their sounds.

Romanised forms are for comparison only; no text is changed. The tables are in `pipeline/saring/rules/names/grammar/letters.toml`.
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

#: How many letters of a spelling are compared: longer ones differ early or not at all. A judgement.
MAX_LETTERS = 32


@functools.cache
def _table(name: str) -> tuple[list[str], list[str]]:
    """Return a table of letter replacements (romanisation or sounds) from letters.toml as old and new strings, the longest first."""
    # replace_many takes the first pattern that matches.
    pairs = sorted(tomllib.loads(_FILE.read_text("utf-8"))[name].items(), key=lambda pair: (-len(pair[0]), pair[0]))
    return [old for old, _ in pairs], [new for _, new in pairs]


def describe_forms(forms: pl.DataFrame) -> pl.DataFrame:
    """Add comparison forms to a column `form`: `romanised` (Latin lower case, no marks), `sound` and `skeleton` (its consonants).

    >>> describe_forms(pl.DataFrame({"form": ["DuRove", "Дуров"]})).rows()
    [('DuRove', 'durove', 'durof', 'drf'), ('Дуров', 'durov', 'durof', 'drf')]

    Scripts other than Latin, Cyrillic and Greek stay as they are: their spellings are compared only among themselves.
    """
    # Composed letters are replaced first, since й is not и; then those without their marks, since ό is ο.
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
    """Add the similarity of pairs, from 0 to 1: `spelling` and `sounding`, the shares of equal letters and sounds, and `like`, their mean.

    Args:
        pairs: columns `romanised_a`, `romanised_b`, `sound_a` and `sound_b`.
    """
    shares = [
        pl.Series(name, _equal_share(pairs[f"{column}_a"], pairs[f"{column}_b"]), dtype=pl.Float64)
        for name, column in (("spelling", "romanised"), ("sounding", "sound"))
    ]
    return pairs.with_columns(shares).with_columns(pl.mean_horizontal("spelling", "sounding").alias("like"))


def _equal_share(a: pl.Series, b: pl.Series) -> NDArray[np.float64]:
    """Return the share of equal letters of each pair of strings: 1 minus their edit distance over the length of the longer one."""
    longest = np.maximum(a.str.len_chars().to_numpy(), b.str.len_chars().to_numpy()).clip(1, MAX_LETTERS)
    shares: NDArray[np.float64] = 1.0 - np.minimum(edit_distance(a, b), longest) / longest
    return shares


def edit_distance(a: pl.Series, b: pl.Series) -> NDArray[np.int64]:
    """Return the Levenshtein distance of each pair of strings: letters to insert, delete or substitute (Levenshtein, 1965).

    >>> edit_distance(pl.Series(["durov", "durov"]), pl.Series(["dourov", "merkel"])).tolist()
    [1, 5]

    All pairs at once: each cell of the table of Wagner and Fischer (1974) is an array with one number for each pair. 1,000,000 pairs of
    names take 2 s.
    """
    # Row i of the table: table[pair, j] is the distance of the first i letters of a to the first j of b. For "ab" and "b": row 0 is [0, 1],
    # row 1 ("a") is [1, 1], row 2 ("ab") is [2, 1], so the distance is 1. Each pair takes its result in the row of its own length.
    letters_a, letters_b = _code_points(a), _code_points(b)
    lengths = a.str.len_chars().to_numpy().clip(0, MAX_LETTERS), b.str.len_chars().to_numpy().clip(0, MAX_LETTERS)
    rows = np.arange(len(a))
    table = np.tile(np.arange(letters_b.shape[1] + 1, dtype=np.int64), (len(a), 1))
    distances = np.where(lengths[0] == 0, lengths[1], 0).astype(np.int64)
    for i in range(letters_a.shape[1]):
        previous, table = table, np.empty_like(table)
        table[:, 0] = i + 1
        for j in range(letters_b.shape[1]):
            substituted = previous[:, j] + (letters_a[:, i] != letters_b[:, j])
            table[:, j + 1] = np.minimum(substituted, np.minimum(previous[:, j + 1], table[:, j]) + 1)
        is_last_row = lengths[0] == i + 1
        distances[is_last_row] = table[rows[is_last_row], lengths[1][is_last_row]]
    return distances


def _code_points(strings: pl.Series) -> NDArray[np.uint32]:
    """Return the code points of strings as a matrix: one row for each string, padded with 0."""
    shortened = strings.str.slice(0, MAX_LETTERS)
    width = max(map(len, shortened), default=0)
    if not width:
        return np.zeros((len(strings), 0), dtype=np.uint32)
    return np.array(shortened.to_list(), dtype=f"<U{width}").view(np.uint32).reshape(len(strings), width)
