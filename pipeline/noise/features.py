"""What a line looks like, as columns. Each feature that a rule may bound is named in `pipeline.rules.FEATURES`."""

from __future__ import annotations

import functools
import operator
from typing import TYPE_CHECKING

import polars as pl

from pipeline.noise.characters import count
from pipeline.rules import words

if TYPE_CHECKING:
    from pipeline.rules import Rule

__all__ = ["EDGE", "describe", "key", "within"]

#: What stands around a label and says nothing about it: "Share:", "» Menu", "[Ads]".
EDGE = (
    " \t\N{NO-BREAK SPACE}\N{ZERO WIDTH SPACE}\N{ZERO WIDTH NO-BREAK SPACE}"  # white space, seen or not
    ":|\N{FULLWIDTH COLON}"  # what introduces
    "•·*#-–—_=~…"  # bullets and rules
    "><»«→\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}"  # arrows
    "[](){}"
)

_STOPS = ".!?…।۔።。\N{FULLWIDTH EXCLAMATION MARK}\N{FULLWIDTH QUESTION MARK}\N{ARABIC QUESTION MARK}"
_CLOSERS = "'\"\N{RIGHT SINGLE QUOTATION MARK}”»\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}」』)\N{FULLWIDTH RIGHT PARENTHESIS}"

#: A sentence ends here.
_SENTENCE_END = rf"[{_STOPS}][{_CLOSERS}\]]*$"
_SPACELESS = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Khmer}\p{Lao}\p{Myanmar}]"

#: A line with a sentence end is prose from this many words, or characters in scripts without spaces; any line this long is.
_PROSE_WORDS, _PROSE_SPACELESS, _PROSE_CHARACTERS = 8, 20, 240


def describe(lines: pl.DataFrame) -> pl.DataFrame:
    """Add features to lines.

    Args:
        lines: as `pipeline.lines.split` gives them, all lines of each text.

    Returns:
        The lines with `row` (unique), `text` (without white space around it), `key` (see `key`), `blank`, `prose` and a column for each
        name in `pipeline.rules.FEATURES`. Features count non-blank lines only; those of blank lines mean nothing.
    """
    text = pl.col("text")
    shown = lines.with_row_index("row").with_columns(pl.col("line").str.strip_chars().alias("text"))
    counts = count(shown["text"])
    small = text.str.count_matches(rf"\s(?:{'|'.join(words('small'))})(?-u:\b)")
    return (
        shown.lazy()
        .with_columns(
            (text == "").alias("blank"),
            key(text).alias("key"),
            text.str.len_chars().cast(pl.Int32).alias("characters"),
            *(pl.Series(name, values) for name, values in counts._asdict().items()),
            text.str.contains(_SENTENCE_END).cast(pl.Int8).alias("sentence_end"),
            # Three bytes a character: only a line with as many more bytes than characters can hold enough of them to count.
            pl.when(text.str.len_bytes() - text.str.len_chars() >= 2 * _PROSE_SPACELESS)
            .then(text)
            .str.count_matches(_SPACELESS)
            .fill_null(0)
            .alias("spaceless"),
        )
        .with_columns(
            (pl.col("capitals") / (pl.col("starts") - small).clip(1)).cast(pl.Float32).alias("title_case"),
            (
                (pl.col("sentence_end") == 1) & ((pl.col("words") >= _PROSE_WORDS) | (pl.col("spaceless") >= _PROSE_SPACELESS))
                | (pl.col("characters") >= _PROSE_CHARACTERS)
            ).alias("prose"),
        )
        .collect()
        .pipe(_with_neighbours)
    )


def _with_neighbours(lines: pl.DataFrame) -> pl.DataFrame:
    """Add what the nearest non-blank lines say: windows over the non-blank lines of each text."""
    numbered = pl.int_range(pl.len(), dtype=pl.Int32)
    solid = (
        lines.lazy()
        .filter(~pl.col("blank"))
        .select(
            "row",
            pl.col("prose").shift(1).over("id").fill_null(value=False).cast(pl.Int8).alias("prose_before"),
            pl.col("prose").shift(-1).over("id").fill_null(value=False).cast(pl.Int8).alias("prose_after"),
            (pl.col("prose").cast(pl.Int32).cum_sum() - pl.col("prose")).over("id").alias("prose_above"),
            (pl.col("prose").cast(pl.Int32).cum_sum(reverse=True) - pl.col("prose")).over("id").alias("prose_below"),
            numbered.over("id").alias("from_start"),
            (pl.len().over("id").cast(pl.Int32) - 1 - numbered.over("id")).alias("from_end"),
        )
    )
    return lines.lazy().join(solid, on="row", how="left", maintain_order="left").collect()


def key(text: pl.Expr) -> pl.Expr:
    """Return what literals are compared with: lower case, without the punctuation around it, white space as single spaces."""
    # Most lines have single spaces already, and a pattern that finds nothing costs a fifth of one that replaces each of them.
    return text.str.to_lowercase().str.strip_chars(EDGE).str.replace_all(r"\s{2,}|[\s--\x20]", " ")


def within(rule: Rule) -> pl.Expr:
    """Return whether a line's features lie within the rule's bounds, and whether it holds one of the strings that the rule needs."""
    tests = [pl.lit(value=True)]
    if rule.needs:
        tests.append(pl.col("text").str.contains_any(list(rule.needs), ascii_case_insensitive=True))
    for name, bounds in rule.features:
        tests += [pl.col(name) >= bounds.low] if bounds.low is not None else []
        tests += [pl.col(name) <= bounds.high] if bounds.high is not None else []
    return functools.reduce(operator.and_, tests)
