"""Noisy lines and parts of lines as edits, with the white space around them made whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.rules import Rule

__all__ = ["edits"]

_SPANS = ("id", "field", "start", "end", "original", "replacement", "kind", "rule", "score")


def edits(lines: pl.DataFrame, noisy: pl.DataFrame, glued: pl.DataFrame, rules: Sequence[Rule]) -> pl.DataFrame:
    """Return what `pipeline.edits.ledger` needs.

    Args:
        lines: all lines of the texts, as `features.describe` gives them.
        noisy: columns `row` and `rule`: lines that go as a whole.
        glued: columns `row`, `rule`, `from`, `to`, `original`: parts that go.
        rules: what `rule` is an index into.
    """
    named = pl.DataFrame({"rule": range(len(rules)), "name": [r.id for r in rules], "kind": [r.kind for r in rules]}).cast(
        {"rule": pl.UInt32}
    )
    return (
        pl.concat([_of_lines(lines, noisy), _of_parts(lines, glued)])
        .join(named, on="rule")
        .with_columns(
            pl.lit("text").alias("field"),
            pl.lit("").alias("replacement"),
            pl.lit(None, dtype=pl.Float32).alias("score"),
            pl.col("name").alias("rule"),
        )
        .select(_SPANS)
    )


def _of_parts(lines: pl.DataFrame, glued: pl.DataFrame) -> pl.DataFrame:
    return (
        glued.join(lines.select("row", "id", pl.col("start").alias("line_start")), on="row")
        .with_columns((pl.col("line_start") + pl.col("from")).alias("start"), (pl.col("line_start") + pl.col("to")).alias("end"))
        .select("id", "rule", "start", "end", "original")
    )


def _of_lines(lines: pl.DataFrame, noisy: pl.DataFrame) -> pl.DataFrame:
    """Return one edit a noisy line; blank lines that would be left over go with it.

    A run of noisy lines has a gap (line breaks and blank lines) above and one below; the wider one stays, so that what stood apart still
    does. A run that begins the text takes the gap below with it, one that ends the text the gap above.
    """
    touched = lines.lazy().join(noisy.lazy(), on="row", how="semi").select("id").unique()
    gap_above, gap_below = pl.col("gap").shift(1).over("id"), pl.col("gap")
    run = ["id", "run"]
    return (
        _with_gaps(lines.lazy().join(touched, on="id", how="semi"))
        .join(noisy.lazy(), on="row", how="left", maintain_order="left")
        .with_columns(gap_above.alias("above"), pl.col("rule").is_not_null().rle_id().over("id").alias("run"))
        .with_columns(
            pl.col("above").first().over(run).alias("run_above"),
            gap_below.last().over(run).alias("run_below"),
            (pl.col("from_start").first().over(run) == 0).alias("begins"),
            (pl.col("from_end").last().over(run) == 0).alias("ends"),
        )
        .drop_nulls("rule")
        .with_columns(
            # `rises`: each line goes with the gap above it instead of the one below.
            (~pl.col("begins") & (pl.col("ends") | (pl.col("run_below").str.len_chars() > pl.col("run_above").str.len_chars()))).alias(
                "rises"
            ),
            pl.when(pl.col("from_start") == 0).then("lead").otherwise(pl.lit("")).alias("lead"),
        )
        .with_columns(
            pl.when("rises").then("above").otherwise("lead").alias("head"),
            pl.when(~pl.col("rises") | (pl.col("from_end") == 0)).then("gap").otherwise(pl.lit("")).alias("tail"),
        )
        .with_columns(
            (pl.col("start") - pl.col("head").str.len_chars().cast(pl.Int32)).alias("start"),
            pl.concat_str("head", "line", "tail").alias("original"),
        )
        .with_columns((pl.col("start") + pl.col("original").str.len_chars().cast(pl.Int32)).alias("end"))
        .select("id", "rule", "start", "end", "original")
        .collect()
    )


def _with_gaps(lines: pl.LazyFrame) -> pl.LazyFrame:
    """Return the lines that are not blank, each with the `gap` below it and, of its text, the `lead`: what stands above its first line."""
    return (
        lines.with_columns((~pl.col("blank")).cum_sum().over("id").alias("group"), (pl.len().over("id") - 1).alias("final"))
        .with_columns(
            (pl.col("line") + pl.when(pl.col("number") < pl.col("final")).then(pl.lit("\n")).otherwise(pl.lit(""))).alias("broken")
        )
        .with_columns(pl.when(pl.col("group") == 0).then("broken").str.join("").over("id").alias("lead"))
        .filter(pl.col("group") > 0)
        .with_columns(pl.when("blank").then("broken").str.join("").over("id", "group").alias("gap"))
        .filter(~pl.col("blank"))
        # The gap begins with the line break of the line itself.
        .with_columns((pl.col("broken").str.slice(pl.col("line").str.len_chars()) + pl.col("gap")).alias("gap"))
    )
