"""Find strings that pages of a site share in unrelated contexts: a brand glued on by a dash, an invitation between sentences."""

from __future__ import annotations

import polars as pl

from saring.tools.suggest_rules.repeated_lines import CANDIDATE, MIN_PAGES

__all__ = ["glued_strings", "injected_strings"]

#: A string is injected if the text around it differs: the least number of different neighbours, and of pages for strings glued by a dash. A
#: sentence that is repeated with its dash has one neighbour, however often it occurs. Judgements, as are the constants below.
_MIN_NEIGHBOURS, _MIN_GLUED_PAGES = 3, 2

#: The least and the greatest length of an injected sentence: longer ones are quotations or copies, shorter ones ("Ya.", "He agreed.")
#: repeat by chance.
_SENTENCE_LENGTHS = (15, 160)

#: How many contexts of each candidate are kept, and how many characters before and after the string.
_MAX_CONTEXTS, _WIDTH = 3, 60

#: A line with fewer words is no sentence with a string glued to it.
_MIN_WORDS = 4

_DASH = r"[-–—|]{1,2}"
_OPENING_QUOTE = "[\"“«„‘'(]?"
_GLUED = r"[\p{Lu}\d][^\n.!?…|–—]{1,58}?"


def glued_strings(lines: pl.DataFrame) -> pl.DataFrame:
    """Return strings that are glued to the beginning or end of sentences by a dash, as candidates for rules.

    Args:
        lines: lines as `line_features` describes them, with the columns `group`, `page` and `site` of their pages.

    Returns:
        Columns of `CANDIDATE`; `text` is without its dash.
    """
    prefix = rf"(?:^|[.!?…][\"”’»)]?\s)(?P<string>{_GLUED})(?P<dash>\s{_DASH}\s)(?P<after>{_OPENING_QUOTE}\s?\p{{Lu}}.{{0,{_WIDTH}}})"
    suffix = rf"(?P<before>[^.!?…]{{0,{_WIDTH}}}[.!?…][\"”’»)]?)(?P<dash>\s{_DASH}\s?)(?P<string>{_GLUED})[.]?$"
    long_lines = lines.filter(pl.col("words") >= _MIN_WORDS)
    return pl.concat(
        [
            _candidates(_first_matches(long_lines, prefix, "after"), "prefix", pl.format("⟦{}{}⟧{}", "string", "dash", "neighbour")),
            _candidates(_first_matches(long_lines, suffix, "before"), "suffix", pl.format("{}⟦{}{}⟧", "neighbour", "dash", "string")),
        ]
    )


def injected_strings(lines: pl.DataFrame) -> pl.DataFrame:
    """Return sentences and bracketed remarks that three or more pages share with different neighbours, as candidates for rules.

    Args:
        lines: as for `glued_strings`.

    Returns:
        Columns of `CANDIDATE`.
    """
    # The line "Harga turun. Daftar di sini. Gudang penuh." gives three sentences as `string`; for the second, `above` is the first and
    # `below` the third. The line "Harga (daftar di sini) turun hari ini" gives the bracket, with the text around it as `above` and `below`.
    sentences = (
        lines.filter("prose")
        .with_columns(pl.col("text").str.replace_all(r"([.!?…][\"”’»)]?)\s+", "$1\n").str.split("\n").alias("string"))
        .filter(pl.col("string").list.len() > 1)
        .explode("string")
        .with_columns(pl.col("string").shift(1).over("row").alias("above"), pl.col("string").shift(-1).over("row").alias("below"))
        .filter(pl.col("string").str.len_chars().is_between(*_SENTENCE_LENGTHS))
    )
    brackets = (
        lines.filter("prose")
        .with_columns(pl.col("text").str.extract_all(r"[^\n()\[\]]{1,60}[\(\[][^()\[\]]{12,120}[\)\]][^\n()\[\]]{1,60}").alias("match"))
        .explode("match")
        .drop_nulls("match")
        .with_columns(pl.col("match").str.extract_groups(r"^([^\n()\[\]]*)([\(\[].*[\)\]])(.*)$").alias("parts"))
        .with_columns(pl.col("parts").struct.rename_fields(["above", "string", "below"]))
        .unnest("parts")
    )
    strings = pl.concat([frame.select("group", "page", "site", "string", "above", "below") for frame in (sentences, brackets)])
    above, below = pl.col("above").fill_null("").str.tail(_WIDTH), pl.col("below").fill_null("").str.head(_WIDTH)
    strings = strings.with_columns(
        pl.when(pl.col("string").str.contains(r"^[\(\[]")).then(pl.lit("")).otherwise(pl.lit(" ")).alias("space"),
        pl.concat_str(above, pl.lit("\u241f"), below).alias("neighbour"),
    ).with_columns(pl.format("{}{}⟦{}⟧{}{}", above, "space", "string", "space", below).str.strip_chars().alias("context"))
    return _candidates(strings, "inline", pl.col("context"), MIN_PAGES)


def _first_matches(lines: pl.DataFrame, pattern: str, neighbour: str) -> pl.DataFrame:
    """Return the capture groups of the first match of a pattern in each line; the group named by `neighbour` becomes that column."""
    return (
        lines.filter(pl.col("text").str.contains(pattern))
        .with_columns(pl.col("text").str.extract_groups(pattern).alias("groups"))
        .select("group", "page", "site", pl.col("groups").struct.unnest())
        .rename({neighbour: "neighbour"})
    )


def _candidates(strings: pl.DataFrame, candidate_type: str, context: pl.Expr, min_pages: int = _MIN_GLUED_PAGES) -> pl.DataFrame:
    """Group equal strings of a group of pages, and return those with enough pages and different neighbours as rows of `CANDIDATE`.

    Neighbours are compared by the words next to the string: a headline that is quoted with its brand has the same ones everywhere.

    Args:
        strings: columns `group`, `page`, `site`, `string` and `neighbour` (the text beside the string), a row for each occurrence.
        candidate_type: `prefix`, `suffix` or `inline`.
        context: the text around each occurrence, with the string between ⟦ and ⟧.
        min_pages: the least number of pages.
    """
    return (
        strings.with_columns(context.alias("context"))
        .filter(~pl.col("context").str.replace(r"⟦[^⟦⟧]*⟧", "").str.contains_any(["⟦", "⟧"]))
        .group_by("group", "string", maintain_order=True)
        .agg(
            pl.lit(candidate_type).alias("candidate_type"),
            pl.col("site").drop_nulls().first(),
            pl.col("page").n_unique().alias("pages"),
            pl.len().alias("places"),
            pl.col("neighbour").n_unique().alias("neighbours"),
            pl.col("context").unique(maintain_order=True).head(_MAX_CONTEXTS).alias("contexts"),
        )
        .filter((pl.col("pages") >= min_pages) & (pl.col("neighbours") >= _MIN_NEIGHBOURS))
        .rename({"string": "text"})
        .select(pl.col(name).cast(dtype) for name, dtype in CANDIDATE.items())
    )
