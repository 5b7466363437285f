"""Dates of the head lines of flat pages: what a date line says, with the help of the page's language, its address and when it was fetched."""

from __future__ import annotations

import polars as pl

from saring.core.dates import parse_dates
from saring.core.relative_dates import relative_dates

__all__ = ["address_date", "dates_of_lines", "is_english"]

_URL_DATE = r"(?:^|[/_.-])((?:19|20)\d\d)[/_-]?(0?[1-9]|1[0-2])[/_-]?(0?[1-9]|[12]\d|3[01])(?:[/_.-]|$)"
_NUMERIC_DATE = r"\d{1,2}[/-]\d{1,2}[/-]\d{4}"
#: An English text has one of these words in so many characters; other languages borrow them more rarely. A judgement.
_ENGLISH, _ENGLISH_SPAN = r"(?i)(?-u:\b)(?:the|and|with)(?-u:\b)", 400


def is_english() -> pl.Expr:
    """Return whether pages are English, by their column `text`."""
    return (pl.col("text").str.count_matches(_ENGLISH) * _ENGLISH_SPAN >= pl.col("text").str.len_chars()).alias("english")


def address_date() -> pl.Expr:
    """Return the date in a page's URL or file name, as a column `address_date`; null without one."""
    parts = pl.coalesce("url", "source").str.extract_groups(_URL_DATE)
    return pl.date(*(parts.struct.field(str(group)).cast(pl.Int32) for group in (1, 2, 3))).alias("address_date")


def dates_of_lines(lines: pl.Series, pages: pl.DataFrame) -> pl.DataFrame:
    """Return the dates of lines, as columns `created` and `created_offset`.

    Numbers alone, such as 05/03/2024, are read day first, but on English pages, where London and New York differ: there the date in the
    page's address decides. "3 hours ago" counts from the time at which the page was fetched, where that is known.

    Args:
        lines: the lines.
        pages: for each line, columns `english` (as `is_english` tells of its page), `url`, `source` and `added` of its page.
    """
    english = pages["english"]
    undecided = parse_dates(lines.set(~english, None))
    day_first = parse_dates(lines.set(english, None), ["und"])
    dates = pl.DataFrame({name: undecided[name].fill_null(day_first[name]) for name in undecided.columns})
    open_lines = dates["created"].is_null() & lines.str.contains(_NUMERIC_DATE)
    if open_lines.any():
        expected = pages.select(address_date())["address_date"]
        for languages in (["en-US"], ["und"]):
            guess = parse_dates(lines.set(~open_lines, None), languages)
            near = (guess["created"].dt.date() - expected).dt.total_days().abs() <= 1
            fills = near.fill_null(value=False) & dates["created"].is_null()
            dates = dates.with_columns(pl.when(fills).then(guess[name]).otherwise(name).alias(name) for name in dates.columns)
    relative = relative_dates(lines, pages["added"])
    return dates.with_columns(pl.col("created").fill_null(relative))
