"""Extract pages from scrapes: main text and metadata (title, authors, publication date, site, URL).

Extraction changes the medium, so it is the one step without a ledger: the parts of HTML that it leaves out (markup, menus) are not text
yet. From flat text it removes nothing but the headline, which becomes the title. Cleaning one document never looks at another: every page
is parsed by itself, and no cache of the libraries carries a decision from one page to the next.
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

#: The metadata that is extracted from HTML where the scrape does not declare it, in columns `extracted_...`; null for flat text.
EXTRACTED_METADATA = {name: DECLARED_METADATA[name] for name in ("url", "title", "site", "authors", "created", "created_offset")}


def extract(
    scrapes: pl.DataFrame, announce: Callable[[str | None], None] = no_watch, *, text_format: str = "text"
) -> tuple[pl.DataFrame, pl.DataFrame]:
    r"""Extract the main text and metadata of scrapes: returns pages, and rejections of the scrapes that hold no text.

    Paragraphs, headings, list items and table rows of HTML become lines, separated by one "\n"; in Markdown they keep their form. Flat text is
    the same in both formats, and keeps its blank lines.
    Metadata that a scrape declares wins over what the page itself says.

    Args:
        scrapes: columns of `tables.SCRAPE`.
        announce: called with the id of each page before its markup is parsed, and with None after the last.
        text_format: of the text of HTML pages, `text` or `markdown` (`[extract] format`).

    Returns:
        `tables.PAGE`, then `tables.REJECTION` with the reasons "no-body" (there is no text) and "extract-failed" (the markup could not be
        parsed). Both in the order of the scrapes; every scrape is in one of them.
    """
    is_html = pl.col("media_type") == "text/html"
    flat = scrapes.filter(~is_html.fill_null(value=False)).select(
        "id",
        pl.col("content").alias("text"),
        *(pl.lit(None, dtype).alias(f"extracted_{name}") for name, dtype in EXTRACTED_METADATA.items()),
        pl.lit(None, pl.Float32).alias("dropped_share"),
        pl.lit(None, pl.String).alias("message"),
    )
    bodies = pl.concat([flat, html.extract_bodies(scrapes.filter(is_html), EXTRACTED_METADATA, announce, text_format=text_format)])
    pages = (
        scrapes.join(bodies, on="id", how="left", maintain_order="left")
        .with_columns(flat_text.normalise_text(pl.col("text")).alias("text"))
        .with_columns(_resolved_metadata())
        .pipe(headline.lift_headlines, text_format=text_format)
    )
    # A page with nothing but a title is rejected: there is no text to publish.
    is_page = pl.col("text").fill_null("").str.contains(r"\S") & pl.col("message").is_null()
    with_text = pages.filter(is_page).with_columns(pl.col("text").str.len_chars().alias("extracted"))
    return with_text.select(_cast(PAGE)), _rejections(pages.filter(~is_page))


def _resolved_metadata() -> list[pl.Expr]:
    """Return expressions for the metadata columns of pages, declared values before extracted ones, and `is_title_declared`."""
    lacks_date = pl.col("created").is_null()
    declared = {name: pl.col(name) for name in EXTRACTED_METADATA}
    # An empty list of authors declares nothing; a time and its offset belong together.
    declared["authors"] = pl.when(pl.col("authors").list.len() > 0).then("authors")
    declared["title"] = flat_text.single_line(pl.col("title"))
    extracted = {name: pl.col(f"extracted_{name}") for name in EXTRACTED_METADATA}
    extracted["title"] = flat_text.single_line(pl.col("extracted_title"))
    # Where a page does not name its site, trafilatura returns an address.
    extracted["site"] = flat_text.single_line(pl.col("extracted_site")).str.replace(r"^https?://(?:www\.)?", "").str.strip_chars_end("/")
    extracted["created_offset"] = pl.when(lacks_date).then("extracted_created_offset")
    return [
        declared["title"].is_not_null().alias("is_title_declared"),
        *(pl.coalesce(declared[name], extracted[name]).alias(name) for name in EXTRACTED_METADATA),
    ]


def _rejections(pages: pl.DataFrame) -> pl.DataFrame:
    """Return pages without text as rows of `tables.REJECTION`."""
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
    """Return expressions that select the columns of a table schema, cast to its types."""
    return [pl.col(name).cast(dtype) for name, dtype in schema.items()]
