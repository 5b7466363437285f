"""Find lines that a site repeats on three pages or more, and lines that are titles of its other pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from saring.noise.line_features import line_key

if TYPE_CHECKING:
    from polars._typing import PolarsDataType

__all__ = ["CANDIDATE", "MIN_PAGES", "related_headlines", "repeated_lines"]

#: Fewer pages than this may share a line by chance. A judgement, as are the constants below.
MIN_PAGES = 3

#: How many contexts of each candidate are kept, and how many characters of the lines before and after.
_MAX_CONTEXTS, _WIDTH = 3, 80

#: A shorter title does not identify a page.
_MIN_TITLE_WORDS = 3

#: The columns of a table of candidates for noise rules: a string `text` of one type (`what`: `line`, `headline`, `prefix`, `suffix` or
#: `inline`), the `group` of pages and the `site` in which it occurs, the number of `pages` and of occurrences (`places`), and some
#: `contexts`, each with the string between ⟦ and ⟧.
CANDIDATE: dict[str, PolarsDataType] = {
    "candidate_type": pl.String(),
    "group": pl.String(),
    "site": pl.String(),
    "text": pl.String(),
    "pages": pl.UInt32(),
    "places": pl.UInt32(),
    "contexts": pl.List(pl.String()),
}


def repeated_lines(lines: pl.DataFrame) -> pl.DataFrame:
    """Return lines that occur on three or more pages of a group, as candidates for rules.

    Args:
        lines: lines as `line_features` describes them, with the columns `group`, `page` and `site` of their pages.

    Returns:
        Columns of `CANDIDATE`.
    """
    return _candidates(_with_context(lines).filter(pl.col("key") != ""), "line", MIN_PAGES)


def related_headlines(lines: pl.DataFrame, pages: pl.DataFrame) -> pl.DataFrame:
    """Return lines that are the title of another page of the group, as candidates for rules; not those that are a title of their own page.

    Args:
        lines: as for `repeated_lines`.
        pages: columns `group`, `page` and `title`.

    Returns:
        Columns of `CANDIDATE`.
    """
    titles = (
        pages.select("group", pl.col("page").alias("titled_page"), line_key(pl.col("title")).alias("key"))
        .drop_nulls("key")
        .filter(pl.col("key").str.count_matches(r"\S+") >= _MIN_TITLE_WORDS)
    )
    headlines = _with_context(lines).join(titles, on=["group", "key"]).filter(pl.col("page") != pl.col("titled_page"))
    own_titles = lines.select("group", "page").join(titles, left_on=["group", "page"], right_on=["group", "titled_page"]).unique()
    headlines = headlines.join(own_titles, on=["group", "page", "key"], how="anti").unique("row", maintain_order=True)
    return _candidates(headlines, "headline", 1)


def _with_context(lines: pl.DataFrame) -> pl.DataFrame:
    """Return lines with the column `context`: the line between ⟦ and ⟧, the end of the line before it and the start of the line after it.

    For the lines "Kota", "IKLAN" and "Desa" of a page, the context of "IKLAN" is "Kota", "⟦IKLAN⟧" and "Desa" joined by line breaks. Lines
    with such brackets in their context are dropped.
    """
    before = pl.col("text").shift(1).over("id").str.tail(_WIDTH)
    after = pl.col("text").shift(-1).over("id").str.head(_WIDTH)
    return lines.select(
        "row",
        "group",
        "page",
        "site",
        "key",
        "text",
        (pl.format("{}\n", before).fill_null("") + pl.format("⟦{}⟧", "text") + pl.format("\n{}", after).fill_null("")).alias("context"),
    ).filter(~pl.col("context").str.replace(r"⟦[^⟦⟧]*⟧", "").str.contains_any(["⟦", "⟧"]))


def _candidates(lines: pl.DataFrame, candidate_type: str, min_pages: int) -> pl.DataFrame:
    """Group equal lines of a group of pages, and return those on enough pages as rows of `CANDIDATE`."""
    return (
        lines.group_by("group", "key", maintain_order=True)
        .agg(
            pl.lit(candidate_type).alias("candidate_type"),
            pl.col("site").drop_nulls().first(),
            pl.col("text").first(),
            pl.col("page").n_unique().alias("pages"),
            pl.len().alias("places"),
            pl.col("context").unique(maintain_order=True).head(_MAX_CONTEXTS).alias("contexts"),
        )
        .filter(pl.col("pages") >= min_pages)
        .select(pl.col(name).cast(dtype) for name, dtype in CANDIDATE.items())
    )
