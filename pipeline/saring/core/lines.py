"""Split a table of texts into a table of lines, so that steps process lines as columns."""

from __future__ import annotations

import polars as pl

__all__ = ["split_lines"]


def split_lines(texts: pl.DataFrame, field: str = "text") -> pl.DataFrame:
    r"""Split each text of a table at "\n" and return a table with one row per line.

    Args:
        texts: columns `id` and `field`; a null has no lines, an empty string has one empty line.
        field: the column to split.

    Returns:
        Columns `id`, `number` (of the line, from 0), `start` (offset of the line in the text, in code points) and `line` (without its line
        break), in the order of the texts.

    >>> split_lines(pl.DataFrame({"id": ["a", "b"], "text": ["é\nxy", None]})).rows()
    [('a', 0, 0, 'é'), ('a', 1, 2, 'xy')]
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
