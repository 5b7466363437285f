"""Find strings in parts of lines, with offsets in code points: one pass of an Aho-Corasick automaton, in time linear in the text."""

from __future__ import annotations

import polars as pl

__all__ = ["FOLLOWING_BYTES", "find_strings"]

#: How many bytes after a match are returned with it: more than an inflectional ending has. A judgement.
FOLLOWING_BYTES = 32


def find_strings(parts: pl.DataFrame, patterns: list[str]) -> pl.DataFrame:
    """Find every occurrence of the patterns in parts of lines, overlapping ones too, with the characters around it.

    >>> parts = pl.DataFrame({"id": ["a"], "start": [100], "part": ["é, Dé-nya"]})
    >>> find_strings(parts, ["Dé", "é"]).select("start", "original", "preceding", "before", "after", "following").rows()
    [(100, 'é', '', '', ',', ', Dé-nya'), (103, 'Dé', ', ', ' ', '-', '-nya'), (104, 'é', ' D', 'D', '-', '-nya')]

    Args:
        parts: columns `id`, `start` and `part`, as from `unprotected_parts`; further columns are kept.
        patterns: literal strings, compared as they are.

    Returns:
        A row for each occurrence: `id`, `start` (code points from the start of the text), `original`, `preceding` (at most two characters
        before it), the characters `before` and `after` it, `following` (at most 32 bytes after it, `FOLLOWING_BYTES`), and the further
        columns of the parts.

    The search gives offsets in bytes. Counting the code points up to each from the start of the part would be quadratic in a long line with
    many names; so each occurrence counts only from the one before it, and a running sum gives the offset.
    """
    # In the example: byte offsets 0, 4 and 5; code points since the occurrence before 0, 3 and 1; their running sum 0, 3 and 4.
    occurrences = (
        parts.with_row_index("part_row")
        .with_columns(
            pl.col("part").str.find_many(patterns, overlapping=True).alias("offset"),
            pl.col("part").str.extract_many(patterns, overlapping=True).alias("original"),
        )
        .explode("offset", "original")
        .drop_nulls("offset")
        .sort("part_row", "offset", maintain_order=True)
        .with_columns(pl.col("part").cast(pl.Binary).alias("bytes"), pl.col("offset").cast(pl.Int64))
        .with_columns(
            pl.col("offset").shift(fill_value=0).over("part_row").alias("previous_offset"),
            (pl.col("offset") + pl.col("original").str.len_bytes()).alias("stop"),
        )
    )
    since_previous = pl.col("bytes").bin.slice(pl.col("previous_offset"), pl.col("offset") - pl.col("previous_offset")).cast(pl.String)
    return (
        occurrences.with_columns(
            since_previous.str.len_chars().cast(pl.Int32).alias("since_previous"),
            _character_before(pl.col("bytes"), pl.col("offset")).alias("before"),
            _character_at(pl.col("bytes"), pl.col("stop")).alias("after"),
            _string_at(pl.col("bytes"), pl.col("stop")).alias("following"),
        )
        .with_columns(_character_before(pl.col("bytes"), pl.col("offset") - pl.col("before").str.len_bytes()).alias("second_before"))
        .select(
            "id",
            *(name for name in parts.columns if name not in ("id", "start", "part")),
            (pl.col("start") + pl.col("since_previous").cum_sum().over("part_row")).alias("start"),
            "original",
            (pl.col("second_before") + pl.col("before")).alias("preceding"),
            "before",
            "after",
            "following",
        )
    )


def _character_at(text: pl.Expr, offset: pl.Expr) -> pl.Expr:
    """Return the character that begins at a byte offset of UTF-8, "" at the end."""
    first = text.bin.slice(offset, 1)
    width = pl.when(first < b"\x80").then(1).when(first < b"\xe0").then(2).when(first < b"\xf0").then(3).otherwise(4)
    return text.bin.slice(offset, width).cast(pl.String)


def _character_before(text: pl.Expr, offset: pl.Expr) -> pl.Expr:
    """Return the character that ends before a byte offset of UTF-8, "" at the start."""
    starts = [_starts_character(text, offset - width) for width in (1, 2, 3)]
    width = pl.min_horizontal(pl.when(starts[0]).then(1).when(starts[1]).then(2).when(starts[2]).then(3).otherwise(4), offset)
    return text.bin.slice(offset - width, width).cast(pl.String)


def _string_at(text: pl.Expr, offset: pl.Expr) -> pl.Expr:
    """Return the string that begins at a byte offset of UTF-8, cut off after 32 bytes (`FOLLOWING_BYTES`)."""
    # A character has at most four bytes, so one of four adjacent byte offsets is between two characters.
    widths = range(FOLLOWING_BYTES, FOLLOWING_BYTES - 4, -1)
    width = pl.coalesce(pl.when(_starts_character(text, offset + width)).then(width) for width in widths)
    return text.bin.slice(offset, width).cast(pl.String)


def _starts_character(text: pl.Expr, offset: pl.Expr) -> pl.Expr:
    """Return whether the byte at an offset begins a character: it is not a continuation byte of UTF-8, 80 to BF."""
    byte = text.bin.slice(pl.max_horizontal(offset, 0), 1)
    return (byte < b"\x80") | (byte >= b"\xc0")
