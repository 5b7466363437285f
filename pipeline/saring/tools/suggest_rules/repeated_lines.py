"""Lines that a site repeats: on three pages or more, or because they are the titles of its other pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from saring.noise.line_features import line_key

if TYPE_CHECKING:
    from polars._typing import PolarsDataType

__all__ = ["CANDIDATE", "PAGES", "related_headlines", "repeated_lines"]

#: Fewer pages than this share a line by chance.
PAGES = 3

#: How many places are shown of each candidate, and how much of the lines around.
_CONTEXTS, _WIDTH = 3, 80

#: A title of one or two words is no title to know a page by.
_TITLE = 3

#: What may be noise: `what` it is (`line`, `headline`, `prefix`, `suffix`, `inline`), in which `group` of pages and on which `site`, on how
#: many `pages`, at how many `places`, and `contexts`, each with the string between ⟦ and ⟧.
CANDIDATE: dict[str, PolarsDataType] = {
    "what": pl.String(),
    "group": pl.String(),
    "site": pl.String(),
    "text": pl.String(),
    "pages": pl.UInt32(),
    "places": pl.UInt32(),
    "contexts": pl.List(pl.String()),
}


def repeated_lines(solid: pl.DataFrame) -> pl.DataFrame:
    """Return lines that stand on three pages of a group or more.

    Args:
        solid: as `features.describe` gives them, with `group`, `page` and `site`.

    Returns:
        Columns of `CANDIDATE`.
    """
    return _counted(_placed(solid).filter(pl.col("key") != ""), "line", PAGES)


def related_headlines(solid: pl.DataFrame, pages: pl.DataFrame) -> pl.DataFrame:
    """Return lines that are the title of another page of the group.

    Args:
        solid: as for `unused_messages`.
        pages: columns `group`, `page` and `title`.
    """
    titles = (
        pages.select("group", pl.col("page").alias("titled"), line_key(pl.col("title")).alias("key"))
        .drop_nulls("key")
        .filter(pl.col("key").str.count_matches(r"\S+") >= _TITLE)
    )
    found = _placed(solid).join(titles, on=["group", "key"]).filter(pl.col("page") != pl.col("titled"))
    own = solid.select("group", "page").join(titles, left_on=["group", "page"], right_on=["group", "titled"]).unique()
    return _counted(found.join(own, on=["group", "page", "key"], how="anti").unique("row", maintain_order=True), "headline", 1)


def _placed(solid: pl.DataFrame) -> pl.DataFrame:
    above = pl.col("text").shift(1).over("id").str.tail(_WIDTH)
    below = pl.col("text").shift(-1).over("id").str.head(_WIDTH)
    return solid.select(
        "row",
        "group",
        "page",
        "site",
        "key",
        "text",
        (pl.format("{}\n", above).fill_null("") + pl.format("⟦{}⟧", "text") + pl.format("\n{}", below).fill_null("")).alias("context"),
    ).filter(~pl.col("context").str.replace(r"⟦[^⟦⟧]*⟧", "").str.contains_any(["⟦", "⟧"]))


def _counted(found: pl.DataFrame, what: str, least: int) -> pl.DataFrame:
    return (
        found.group_by("group", "key", maintain_order=True)
        .agg(
            pl.lit(what).alias("what"),
            pl.col("site").drop_nulls().first(),
            pl.col("text").first(),
            pl.col("page").n_unique().alias("pages"),
            pl.len().alias("places"),
            pl.col("context").unique(maintain_order=True).head(_CONTEXTS).alias("contexts"),
        )
        .filter(pl.col("pages") >= least)
        .select(pl.col(name).cast(dtype) for name, dtype in CANDIDATE.items())
    )
