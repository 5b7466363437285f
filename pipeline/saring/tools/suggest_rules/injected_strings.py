"""Strings that pages of a site share at unrelated places inside sentences: a brand glued on by a dash, an invitation between two sentences."""

from __future__ import annotations

import polars as pl

from saring.tools.suggest_rules.repeated_lines import CANDIDATE, PAGES

__all__ = ["glued_strings", "injected_strings"]

#: A string is injected where what stands around it differs: at so many places with different neighbours, on so many pages. A sentence that
#: is repeated with its dash has one neighbour however often it comes.
_PLACES, _GLUED_PAGES = 3, 2

#: Sentences this long are quotations or copies, not invitations; and shorter ones ("Ya.", "He agreed.") come by themselves.
_SENTENCE = (15, 160)

_CONTEXTS, _WIDTH = 3, 60

#: A brand, its dash and a word or two are no sentence.
_WORDS = 4

_DASH = r"[-–—|]{1,2}"
_OPEN = "[\"“«„‘'(]?"
_START = r"[\p{Lu}\d][^\n.!?…|–—]{1,58}?"


def glued_strings(solid: pl.DataFrame) -> pl.DataFrame:
    """Return strings that a dash glues before or behind sentences.

    Args:
        solid: as `features.describe` gives them, with `group`, `page` and `site`.

    Returns:
        Columns of `repeated.CANDIDATE`; `text` is without its dash.
    """
    before = rf"(?:^|[.!?…][\"”’»)]?\s)(?P<string>{_START})(?P<dash>\s{_DASH}\s)(?P<after>{_OPEN}\s?\p{{Lu}}.{{0,{_WIDTH}}})"
    behind = rf"(?P<before>[^.!?…]{{0,{_WIDTH}}}[.!?…][\"”’»)]?)(?P<dash>\s{_DASH}\s?)(?P<string>{_START})[.]?$"
    long = solid.filter(pl.col("words") >= _WORDS)
    return pl.concat(
        [
            _shared(_matched(long, before, "after"), "prefix", pl.format("⟦{}{}⟧{}", "string", "dash", "beside")),
            _shared(_matched(long, behind, "before"), "suffix", pl.format("{}⟦{}{}⟧", "beside", "dash", "string")),
        ]
    )


def injected_strings(solid: pl.DataFrame) -> pl.DataFrame:
    """Return sentences and brackets in the middle of longer lines that three pages or more share, with different neighbours.

    Args:
        solid: as for `glued_strings`.
    """
    sentences = (
        solid.filter("prose")
        .with_columns(pl.col("text").str.replace_all(r"([.!?…][\"”’»)]?)\s+", "$1\n").str.split("\n").alias("string"))
        .filter(pl.col("string").list.len() > 1)
        .explode("string")
        .with_columns(pl.col("string").shift(1).over("row").alias("above"), pl.col("string").shift(-1).over("row").alias("below"))
        .filter(pl.col("string").str.len_chars().is_between(*_SENTENCE))
    )
    brackets = (
        solid.filter("prose")
        .with_columns(pl.col("text").str.extract_all(r"[^\n()\[\]]{1,60}[\(\[][^()\[\]]{12,120}[\)\]][^\n()\[\]]{1,60}").alias("match"))
        .explode("match")
        .drop_nulls("match")
        .with_columns(pl.col("match").str.extract_groups(r"^([^\n()\[\]]*)([\(\[].*[\)\]])(.*)$").alias("parts"))
        .with_columns(pl.col("parts").struct.rename_fields(["above", "string", "below"]))
        .unnest("parts")
    )
    found = pl.concat([frame.select("group", "page", "site", "string", "above", "below") for frame in (sentences, brackets)])
    above, below = pl.col("above").fill_null("").str.tail(_WIDTH), pl.col("below").fill_null("").str.head(_WIDTH)
    found = found.with_columns(
        pl.when(pl.col("string").str.contains(r"^[\(\[]")).then(pl.lit("")).otherwise(pl.lit(" ")).alias("space"),
        pl.concat_str(above, pl.lit("\u241f"), below).alias("beside"),
    ).with_columns(pl.format("{}{}⟦{}⟧{}{}", above, "space", "string", "space", below).str.strip_chars().alias("context"))
    return _shared(found, "inline", pl.col("context"), PAGES)


def _matched(lines: pl.DataFrame, pattern: str, beside: str) -> pl.DataFrame:
    """Return what a pattern's groups hold, a row a line: the first match."""
    return (
        lines.filter(pl.col("text").str.contains(pattern))
        .with_columns(pl.col("text").str.extract_groups(pattern).alias("groups"))
        .select("group", "page", "site", pl.col("groups").struct.unnest())
        .rename({beside: "beside"})
    )


def _shared(found: pl.DataFrame, what: str, context: pl.Expr, pages: int = _GLUED_PAGES) -> pl.DataFrame:
    """Keep the strings that stand at unrelated places of enough pages.

    Neighbours of each kind count by their first or last words: a headline that is quoted with its brand has the same ones everywhere.
    """
    return (
        found.with_columns(context.alias("context"))
        .filter(~pl.col("context").str.replace(r"⟦[^⟦⟧]*⟧", "").str.contains_any(["⟦", "⟧"]))
        .group_by("group", "string", maintain_order=True)
        .agg(
            pl.lit(what).alias("what"),
            pl.col("site").drop_nulls().first(),
            pl.col("page").n_unique().alias("pages"),
            pl.len().alias("places"),
            pl.col("beside").n_unique().alias("neighbours"),
            pl.col("context").unique(maintain_order=True).head(_CONTEXTS).alias("contexts"),
        )
        .filter((pl.col("pages") >= pages) & (pl.col("neighbours") >= _PLACES))
        .rename({"string": "text"})
        .select(pl.col(name).cast(dtype) for name, dtype in CANDIDATE.items())
    )
