"""What a cut says about its page: a date line is when it was written, a dateline's agency is its site."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saring.config.rules import Rule

__all__ = ["fill_captures"]


def fill_captures(pages: pl.DataFrame, edits: pl.DataFrame, rules: Sequence[Rule]) -> pl.DataFrame:
    """Fill fields of pages that are still null from the cuts of rules that capture them.

    A function of the ledger: for each page and field, the first cut that can be read fills the field.

    Args:
        pages: columns of `tables.PAGE`.
        edits: the ledger of the noise step.
        rules: the rules that made it.
    """
    for rule in rules:
        if rule.capture:
            cut = edits.filter(pl.col("rule") == rule.id).sort("id", "seq").select("id", _value(rule).alias("value")).drop_nulls()
            if not cut.is_empty():
                pages = (_with_created if rule.capture == "created" else _with_site)(pages, cut)
    return pages


def _value(rule: Rule) -> pl.Expr:
    cut = pl.col("original").str.strip_chars()
    return cut if rule.value is None else cut.str.extract(("" if rule.exact else "(?i)") + rule.value, 0)


def _with_site(pages: pl.DataFrame, cut: pl.DataFrame) -> pl.DataFrame:
    first = cut.group_by("id", maintain_order=True).agg(pl.col("value").first())
    return (
        pages.join(first, on="id", how="left", maintain_order="left")
        .with_columns(pl.coalesce("site", pl.col("value").str.to_lowercase()).alias("site"))
        .drop("value")
    )


def _with_created(pages: pl.DataFrame, cut: pl.DataFrame) -> pl.DataFrame:
    from saring.core.dates import parse_dates  # noqa: PLC0415 - heavy, and not needed by most batches

    wanted = cut.join(pages.filter(pl.col("created").is_null()), on="id", how="semi")
    if wanted.is_empty():
        return pages
    moments = parse_dates(wanted["value"]).rename({"created": "found", "created_offset": "found_offset"})
    first = wanted.hstack(moments).drop_nulls("found").group_by("id", maintain_order=True).agg(pl.col("found", "found_offset").first())
    fresh = pl.col("created").is_null() & pl.col("found").is_not_null()
    return (
        pages.join(first, on="id", how="left", maintain_order="left")
        .with_columns(
            pl.coalesce("created", "found").alias("created"),
            pl.when(fresh).then("found_offset").otherwise("created_offset").alias("created_offset"),
        )
        .drop("found", "found_offset")
    )
