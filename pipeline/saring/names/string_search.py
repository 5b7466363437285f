"""Where strings stand in parts of lines, counted in code points: one pass of an Aho-Corasick automaton, and no walk back."""

from __future__ import annotations

import polars as pl

__all__ = ["BEHIND", "find_strings"]

#: How many bytes behind a place are looked at.
BEHIND = 32


def find_strings(parts: pl.DataFrame, patterns: list[str]) -> pl.DataFrame:
    """Return every place where a pattern stands, overlapping ones too, with the characters around it.

    Args:
        parts: columns `id`, `start` and `part`, as from `protect.outside`; more columns are kept.
        patterns: strings, compared as they are.

    Returns:
        A row a place: `id`, `start` (code points from the start of the text), `original`, `lead` (at most two characters before it), the
        characters `before` and `after` it, `behind` (what follows, at most `BEHIND` bytes), and what else the parts have.

    The search gives offsets in bytes. To count code points up to each from the start of the part would be quadratic in a long line with
    many names; so each match counts only from the match before it, and a running sum does the rest.
    """
    found = (
        parts.with_row_index("part_row")
        .with_columns(
            pl.col("part").str.find_many(patterns, overlapping=True).alias("at"),
            pl.col("part").str.extract_many(patterns, overlapping=True).alias("original"),
        )
        .explode("at", "original")
        .drop_nulls("at")
        .sort("part_row", "at", maintain_order=True)
        .with_columns(pl.col("part").cast(pl.Binary).alias("bytes"), pl.col("at").cast(pl.Int64))
        .with_columns(
            pl.col("at").shift(fill_value=0).over("part_row").alias("counted"),
            (pl.col("at") + pl.col("original").str.len_bytes()).alias("to"),
        )
    )
    since = pl.col("bytes").bin.slice(pl.col("counted"), pl.col("at") - pl.col("counted")).cast(pl.String)
    return (
        found.with_columns(
            since.str.len_chars().cast(pl.Int32).alias("since"),
            _character_before(pl.col("bytes"), pl.col("at")).alias("before"),
            _character_at(pl.col("bytes"), pl.col("to")).alias("after"),
            _string_at(pl.col("bytes"), pl.col("to")).alias("behind"),
        )
        .with_columns(_character_before(pl.col("bytes"), pl.col("at") - pl.col("before").str.len_bytes()).alias("second"))
        .select(
            "id",
            *(name for name in parts.columns if name not in ("id", "start", "part")),
            (pl.col("start") + pl.col("since").cum_sum().over("part_row")).alias("start"),
            "original",
            (pl.col("second") + pl.col("before")).alias("lead"),
            "before",
            "after",
            "behind",
        )
    )


def _character_at(text: pl.Expr, offset: pl.Expr) -> pl.Expr:
    """Return the character that begins at this byte of UTF-8, "" at the end."""
    lead = text.bin.slice(offset, 1)
    width = pl.when(lead < b"\x80").then(1).when(lead < b"\xe0").then(2).when(lead < b"\xf0").then(3).otherwise(4)
    return text.bin.slice(offset, width).cast(pl.String)


def _character_before(text: pl.Expr, offset: pl.Expr) -> pl.Expr:
    """Return the character that ends before this byte of UTF-8, "" at the start."""
    back = pl.when(_leads(text, offset - 1)).then(1).when(_leads(text, offset - 2)).then(2).when(_leads(text, offset - 3)).then(3)
    width = pl.min_horizontal(back.otherwise(4), offset)
    return text.bin.slice(offset - width, width).cast(pl.String)


def _string_at(text: pl.Expr, offset: pl.Expr) -> pl.Expr:
    """Return what begins at this byte of UTF-8, as long as an inflection can be."""
    # One of four neighbouring cuts is between two characters.
    cut = (pl.when(_leads(text, offset + BEHIND - less)).then(BEHIND - less) for less in range(4))
    return text.bin.slice(offset, pl.coalesce(cut)).cast(pl.String)


def _leads(text: pl.Expr, offset: pl.Expr) -> pl.Expr:
    """Return whether the byte here begins a character: it is not one of UTF-8's continuation bytes, 80 to BF."""
    byte = text.bin.slice(pl.max_horizontal(offset, 0), 1)
    return (byte < b"\x80") | (byte >= b"\xc0")
