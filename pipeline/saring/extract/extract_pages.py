"""Scrape -> page: the text of a page and what the page says about itself.

Extraction changes the medium, so it is the one step before the ledger: what it leaves out of HTML (markup, menus) is not text yet.
From flat text it takes nothing but the headline, which becomes the title. Cleaning one document never looks at another: every page is
parsed by itself, and no cache of the libraries carries a decision from one to the next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from saring.compute.time_limit import no_watch
from saring.core.tables import DECLARED_METADATA, PAGE, REJECTION
from saring.extract import flat_text, headline, html

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["extract"]

#: What extraction can find in a page, and where it is empty in flat text.
FOUND = {name: DECLARED_METADATA[name] for name in ("url", "title", "site", "authors", "created", "created_offset")}


def extract(scrapes: pl.DataFrame, begin: Callable[[str | None], None] = no_watch) -> tuple[pl.DataFrame, pl.DataFrame]:
    r"""Return the pages in these scrapes, and those scrapes that hold no text.

    Paragraphs, headings, list items and table rows of HTML become lines, separated by one "\n"; flat text keeps its own blank lines.
    What a scrape states about itself wins over what is found in it.

    Args:
        scrapes: columns of `tables.SCRAPE`.
        begin: is told the id of each page before its markup is taken apart, and None after the last.

    Returns:
        `tables.PAGE`, then `tables.REJECTION` with the reasons "no-body" (nothing to read) and "extract-failed" (the markup could not
        be taken apart). Both in the order of the scrapes; every scrape is in one of them.
    """
    is_html = pl.col("media_type") == "text/html"
    flat = scrapes.filter(~is_html.fill_null(value=False)).select(
        "id",
        pl.col("content").alias("text"),
        *(pl.lit(None, dtype).alias(f"found_{name}") for name, dtype in FOUND.items()),
        pl.lit(None, pl.Float32).alias("dropped_share"),
        pl.lit(None, pl.String).alias("message"),
    )
    bodies = pl.concat([flat, html.extract_bodies(scrapes.filter(is_html), FOUND, begin)])
    pages = (
        scrapes.join(bodies, on="id", how="left", maintain_order="left")
        .with_columns(flat_text.normalise_text(pl.col("text")).alias("text"))
        .with_columns(_resolved())
        .pipe(headline.lift_headlines)
    )
    # A page of nothing but a title is none: there is no text to publish.
    is_page = pl.col("text").fill_null("").str.contains(r"\S") & pl.col("message").is_null()
    kept = pages.filter(is_page).with_columns(pl.col("text").str.len_chars().alias("extracted"))
    return kept.select(_cast(PAGE)), _rejections(pages.filter(~is_page))


def _resolved() -> list[pl.Expr]:
    """Return what holds of each page: what its scrape states, else what was found in it."""
    moment = pl.col("created").is_null()
    stated = {name: pl.col(name) for name in FOUND}
    # A list of no authors states nothing; a time and its offset belong together.
    stated["authors"] = pl.when(pl.col("authors").list.len() > 0).then("authors")
    stated["title"] = flat_text.single_line(pl.col("title"))
    found = {name: pl.col(f"found_{name}") for name in FOUND}
    found["title"] = flat_text.single_line(pl.col("found_title"))
    # Where a page does not name its site, trafilatura gives an address.
    found["site"] = flat_text.single_line(pl.col("found_site")).str.replace(r"^https?://(?:www\.)?", "").str.strip_chars_end("/")
    found["created_offset"] = pl.when(moment).then("found_created_offset")
    return [
        stated["title"].is_not_null().alias("is_title_stated"),
        *(pl.coalesce(stated[name], found[name]).alias(name) for name in FOUND),
    ]


def _rejections(pages: pl.DataFrame) -> pl.DataFrame:
    return pages.select(
        "source",
        "id",
        pl.lit("extract").alias("step"),
        pl.when(pl.col("message").is_null()).then(pl.lit("no-body")).otherwise(pl.lit("extract-failed")).alias("reason"),
        pl.col("message").fill_null("there is no text in it. Look at the scrape: it may be an empty page, a login wall or a script."),
        "sha256",
        pl.col("content").str.len_bytes().alias("bytes"),
    ).select(_cast(REJECTION))


def _cast(schema: pl.Schema) -> list[pl.Expr]:
    return [pl.col(name).cast(dtype) for name, dtype in schema.items()]
