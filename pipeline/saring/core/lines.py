"""Texts as a table of lines, so that steps look at lines without walking them."""

from __future__ import annotations

import polars as pl

__all__ = ["split_lines"]


def split_lines(texts: pl.DataFrame, field: str = "text") -> pl.DataFrame:
    r"""Return one row a line.

    Args:
        texts: columns `id` and `field`; a null is a text without lines.
        field: the column to split at "\n".

    Returns:
        Columns `id`, `number` (from 0), `start` (code points from the start of the text) and `line` (without its line break), in the
        order of the texts.
    """
    return (
        texts.lazy()
        .select("id", pl.col(field).str.split("\n").alias("line"))
        .with_columns(pl.int_ranges(pl.col("line").list.len()).alias("number"))
        .explode("line", "number")
        .drop_nulls("line")
        .with_columns((pl.col("line").str.len_chars().cast(pl.Int32) + 1).alias("width"))
        .with_columns((pl.col("width").cum_sum().over("id") - pl.col("width")).alias("start"))
        .select("id", "number", "start", "line")
        .collect()
    )
