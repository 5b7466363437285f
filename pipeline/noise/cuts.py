"""Noisy lines and parts of lines as edits, with the white space around them made whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["edits"]

_SPANS = ("id", "field", "start", "end", "original", "replacement", "kind", "rule", "score")
_SPAN = {"rule": pl.UInt32, "start": pl.Int32, "end": pl.Int32, "original": pl.String, "score": pl.Float32}


def edits(lines: pl.DataFrame, noisy: pl.DataFrame, glued: pl.DataFrame, names: Sequence[tuple[str, str]]) -> pl.DataFrame:
    """Return what `pipeline.edits.ledger` needs.

    Args:
        lines: all lines of the texts, as `features.describe` gives them.
        noisy: columns `row`, `rule`, `score` (or null): lines that go as a whole.
        glued: columns `row`, `rule`, `from`, `to`, `original`: parts that go.
        names: the name and the kind of what `rule` is an index into.
    """
    columns = {"rule": range(len(names)), "name": [name for name, _ in names], "kind": [kind for _, kind in names]}
    named = pl.DataFrame(columns, schema={"rule": pl.UInt32, "name": pl.String, "kind": pl.String})
    return (
        pl.concat([_of_lines(lines, noisy), _of_parts(lines, glued)])
        .join(named, on="rule")
        .with_columns(pl.lit("text").alias("field"), pl.lit("").alias("replacement"), pl.col("name").alias("rule"))
        .select(_SPANS)
    )


def _of_parts(lines: pl.DataFrame, glued: pl.DataFrame) -> pl.DataFrame:
    return (
        glued.join(lines.select("row", "id", pl.col("start").alias("line_start")), on="row")
        .with_columns((pl.col("line_start") + pl.col("from")).alias("start"), (pl.col("line_start") + pl.col("to")).alias("end"))
        .select("id", "rule", "start", "end", "original", pl.lit(None, dtype=pl.Float32).alias("score"))
    )


def _of_lines(lines: pl.DataFrame, noisy: pl.DataFrame) -> pl.DataFrame:
    """Return one edit a noisy line; blank lines that would be left over go with it.

    A run of noisy lines has a gap (line breaks and blank lines) above and one below; the wider one stays, so that what stood apart still
    does. A run that begins the text takes the gap below with it, one that ends the text the gap above.
    """
    if noisy.is_empty():
        return pl.DataFrame(schema={"id": lines.schema["id"], **_SPAN})
    solid = _with_gaps(lines).join(noisy, on="row", how="left", maintain_order="left")
    cut = solid["rule"].is_not_null().to_numpy()
    begins, ends = solid["from_start"].to_numpy() == 0, solid["from_end"].to_numpy() == 0
    width = solid["gap"].str.len_chars().to_numpy().astype(np.int64)

    # The first and the last line of the run that each noisy line is in; a run does not cross into another text.
    here = np.arange(len(cut))
    opens = cut & (begins | ~np.append(False, cut[:-1]))
    closes = cut & (ends | ~np.append(cut[1:], False))
    first = np.maximum.accumulate(np.where(opens, here, 0))
    last = np.minimum.accumulate(np.where(closes, here, len(cut) - 1)[::-1])[::-1]
    # `rises`: each line of the run goes with the gap above it instead of the one below.
    rises = ~begins[first] & (ends[last] | (width[last] > width[first - 1]))

    return (
        solid.with_columns(
            pl.Series("rises", rises), pl.Series("begins", begins), pl.Series("ends", ends), pl.col("gap").shift().alias("above")
        )
        .filter(pl.Series(cut))
        .with_columns(
            pl.when("rises").then("above").when("begins").then("lead").otherwise(pl.lit("")).alias("head"),
            pl.when(~pl.col("rises") | pl.col("ends")).then("gap").otherwise(pl.lit("")).alias("tail"),
        )
        .select(
            "id",
            "rule",
            (pl.col("start") - pl.col("head").str.len_chars().cast(pl.Int32)).alias("start"),
            pl.concat_str("head", "line", "tail").alias("original"),
            "score",
        )
        .with_columns((pl.col("start") + pl.col("original").str.len_chars().cast(pl.Int32)).alias("end"))
        .select("id", *_SPAN)
    )


def _with_gaps(lines: pl.DataFrame) -> pl.DataFrame:
    """Return the lines that are not blank, each with the `gap` below it and, where it is the first, the `lead` above it."""
    blank = lines["blank"].to_numpy()
    text = np.cumsum(lines["number"].to_numpy() == 0)
    solid = lines.filter(~pl.Series(blank)).with_row_index("solid")
    # A blank line belongs to the line above it; at the start of a text, to the one below.
    owner = (np.cumsum(~blank) - 1)[blank]
    owned = np.append(text[~blank], -1)[owner] == text[blank]
    empty = lines.select("line").filter(pl.Series(blank)).with_columns(pl.Series("solid", owner + ~owned, dtype=pl.UInt32))
    below = _joined(empty.filter(pl.Series(owned)), "below")
    lead = _joined(empty.filter(pl.Series(~owned)), "lead")
    final = pl.col("from_end") == 0
    broken = pl.when(final).then(pl.concat_str(pl.lit("\n"), "below")).otherwise(pl.concat_str(pl.lit("\n"), "below", pl.lit("\n")))
    return (
        solid.join(below, on="solid", how="left", maintain_order="left")
        .join(lead, on="solid", how="left", maintain_order="left")
        .with_columns(
            broken.fill_null(pl.when(final).then(pl.lit("")).otherwise(pl.lit("\n"))).alias("gap"),
            pl.when(pl.col("from_start") == 0).then(pl.col("lead") + "\n").fill_null("").alias("lead"),
        )
    )


def _joined(empty: pl.DataFrame, name: str) -> pl.DataFrame:
    return empty.group_by("solid", maintain_order=True).agg(pl.col("line").str.join("\n").alias(name))
