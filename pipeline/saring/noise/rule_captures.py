"""Fill page metadata from deleted lines: a date line gives the publication date, a dateline's agency gives the site."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saring.config.rules import Rule

__all__ = ["fill_captures"]


def fill_captures(pages: pl.DataFrame, edits: pl.DataFrame, rules: Sequence[Rule]) -> pl.DataFrame:
    """Fill the null fields `created` and `site` of pages from deletions, where the `capture` of their rule names the field.

    For each page and field, the first deletion that can be parsed fills the field.

    Args:
        pages: columns of `tables.PAGE`.
        edits: the ledger of the noise step.
        rules: the rules that made these edits.
    """
    for rule in rules:
        if rule.capture:
            captured = (
                edits.filter(pl.col("rule") == rule.id).sort("id", "seq").select("id", _captured_value(rule).alias("value")).drop_nulls()
            )
            if not captured.is_empty():
                pages = (_fill_created if rule.capture == "created" else _fill_site)(pages, captured)
    return pages


def _captured_value(rule: Rule) -> pl.Expr:
    """Return the captured part of a deleted string: what the rule's `value` pattern matches, or all of it."""
    # Without the marks that Markdown puts before a heading or a quotation.
    captured = pl.col("original").str.strip_chars().str.replace(r"^(?:(?:>|#{1,6}) )+", "")
    return captured if rule.value is None else captured.str.extract(("" if rule.exact else "(?i)") + rule.value, 0)


def _fill_site(pages: pl.DataFrame, captured: pl.DataFrame) -> pl.DataFrame:
    """Fill `site` where it is null with the first captured value (columns `id` and `value`) of each page, in lower case."""
    first = captured.group_by("id", maintain_order=True).agg(pl.col("value").first())
    return (
        pages.join(first, on="id", how="left", maintain_order="left")
        .with_columns(pl.coalesce("site", pl.col("value").str.to_lowercase()).alias("site"))
        .drop("value")
    )


def _fill_created(pages: pl.DataFrame, captured: pl.DataFrame) -> pl.DataFrame:
    """Fill `created` and `created_offset` where they are null with the first captured value of each page that parses as a date."""
    from saring.core.dates import parse_dates  # noqa: PLC0415 - heavy, and not needed by most batches

    undated = captured.join(pages.filter(pl.col("created").is_null()), on="id", how="semi")
    if undated.is_empty():
        return pages
    dates = parse_dates(undated["value"]).rename({"created": "parsed", "created_offset": "parsed_offset"})
    first = undated.hstack(dates).drop_nulls("parsed").group_by("id", maintain_order=True).agg(pl.col("parsed", "parsed_offset").first())
    is_filled = pl.col("created").is_null() & pl.col("parsed").is_not_null()
    return (
        pages.join(first, on="id", how="left", maintain_order="left")
        .with_columns(
            pl.coalesce("created", "parsed").alias("created"),
            pl.when(is_filled).then("parsed_offset").otherwise("created_offset").alias("created_offset"),
        )
        .drop("parsed", "parsed_offset")
    )
