"""Lift headlines: the first line of a text leaves it where it repeats the title, or is the heading of a Markdown file.

Such a line is removed from the text only when it is `title`, so no word is lost. Headlines of flat pages, which nothing marks, are found in
the noise step (`saring.noise.head_lines`), which deletes them through the ledger.
"""

from __future__ import annotations

import polars as pl

__all__ = ["lift_headlines"]

_MARKDOWN = r"(?i)\.(?:md|markdown)(?:\.gz|\.zst)?(?:#\d+)?$"
#: " - Site", " | Site" and the like at the end of a title.
_SITE_SUFFIX = r"\s+[-–—|·•»:]\s+[^\n]{1,60}$"


def lift_headlines(pages: pl.DataFrame) -> pl.DataFrame:
    """Move the first line of each text to `title` where it is that title again, or the heading of a Markdown file.

    Lines and titles are compared without case, punctuation and the site's name; a title that was extracted from markup then takes the form
    of the line.

    Args:
        pages: columns text, title, site, source, media_type, is_title_declared; others are kept.
    """
    parts = (
        pages.with_columns(pl.col("text").str.splitn("\n", 2).struct.rename_fields(["first", "rest"]).alias("lines"))
        .unnest("lines")
        .with_columns(
            pl.col("rest").fill_null("").str.strip_chars_start("\n").alias("body"),
            pl.when(pl.col("source").str.contains(_MARKDOWN)).then(pl.col("first").str.extract(r"^#\s+(.*?)[\s#]*$")).alias("heading"),
        )
        .with_row_index("row")
    )
    with_body = parts.filter(pl.col("body") != "")
    repeated = with_body.filter(pl.col("title").is_not_null()).filter(_repeats_title(pl.coalesce("heading", "first")))
    headed = with_body.filter(pl.col("title").is_null() & pl.col("heading").is_not_null() & (pl.col("media_type") != "text/html"))
    is_lifted = pl.col("row").is_in(pl.concat([repeated["row"], headed["row"]]).implode())
    headline = pl.coalesce("heading", pl.col("first").str.strip_chars())
    # In a step of its own: an expression that several columns are made from is computed for each of them.
    return (
        parts.with_columns(is_lifted.alias("is_lifted"))
        .with_columns(
            pl.when(pl.col("is_lifted") & ~pl.col("is_title_declared")).then(headline).otherwise("title").alias("title"),
            pl.when("is_lifted").then("body").otherwise("text").alias("text"),
        )
        .drop("row", "first", "rest", "body", "heading", "is_lifted")
    )


def _repeats_title(line: pl.Expr) -> pl.Expr:
    """Return a mask of the lines that repeat their page's title, compared without case, punctuation and a site name at the end."""
    title, site = pl.col("title"), pl.col("site").fill_null("")
    # The line may lose its suffix only where that is the site's name, which is kept in `site`: a subtitle would be lost.
    suffix = line.str.extract(f"({_SITE_SUFFIX})").fill_null("")
    bare = pl.when(_title_key(suffix) == _title_key(site)).then(line.str.replace(_SITE_SUFFIX, "")).otherwise(line)
    bare_title = title.str.replace(_SITE_SUFFIX, "")
    return (_title_key(bare) != "") & ((_title_key(bare) == _title_key(title)) | (_title_key(bare) == _title_key(bare_title)))


def _title_key(text: pl.Expr) -> pl.Expr:
    """Return the comparison key of a title: its letters and digits in lower case, single spaces between words."""
    return text.str.to_lowercase().str.replace_all(r"[^\p{L}\p{M}\p{N}]+", " ").str.strip_chars()
