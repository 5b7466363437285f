"""What a build says of itself when it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from pipeline.copies import near

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["by_rule", "rejected_share", "removals", "summary"]


def summary(reports: dict[str, dict[str, Any]]) -> list[str]:
    """Return the sentences that tell a person what happened, from what the steps returned."""
    from pipeline.show import safe  # noqa: PLC0415 - it imports this module

    read, extracted, cleaned = (reports[name] for name in ("read_scrapes", "extract_pages", "clean_pages"))
    related, released = (reports[name] for name in ("relate_documents", "write_release"))
    alarms = [
        f"{source}: {share:.0%} of the text was removed, where {usual:.0%} is usual: `saring explain` shows the cuts of a document"
        for source, share, usual in related["alarms"]
    ]
    pages, worst = related["dropped"]
    named = "; ".join(f"{safe(source)} ({share:.0%})" for source, share in worst)
    dropped = [f"{pages:,} pages of which extraction left out most of what a reader sees: {named}; look whether their text is there"]
    known = extracted["pages"] - extracted["extracted"] or cleaned["documents"] - cleaned["cleaned"]
    counts = f"{released['added']:,} added, {released['edited']:,} edited, {released['removed']:,} removed"
    return [
        f"{read['scrapes']:,} scrapes read ({read['bytes'] / 1e6:,.1f} MB), {related['rejections']:,} rejected",
        f"{extracted['extracted']:,} pages extracted, {cleaned['cleaned']:,} cleaned{'; the others were already' if known else ''}",
        f"{related['documents']:,} documents, {related['kept']:,} kept, {related['overlaps']:,} overlaps",
        *alarms,
        *(dropped if pages else ()),
        *(f"schema: {line}" for line in released.get("schema", ())),
        f"v{released['version']}: {counts}" if released["changed"] else f"v{released['version']} stands: nothing new",
    ]


def rejected_share(reports: dict[str, dict[str, Any]]) -> float:
    """Return the share of all scrapes that became a rejection, copies and what was taken down aside: they are no loss."""
    read, related = reports["read_scrapes"], reports["relate_documents"]
    lost = related["rejections"] - related["copies"] - related["taken"]
    return float(lost / max(read["scrapes"] + read["rejected"], 1))


def by_rule(ledger: pl.LazyFrame, *more: pl.Expr) -> pl.DataFrame:
    """Return what was changed by step, kind and rule, the most frequent first: number of edits, characters cut, and `more` of each group."""
    grown = pl.col("replacement").str.len_chars().cast(pl.Int64) - pl.col("original").str.len_chars()
    return (
        ledger.group_by("step", "kind", "rule")
        .agg(pl.len().alias("edits"), (-grown).sum().alias("characters"), *more)
        .sort("edits", "rule", descending=[True, False])
        .collect()
    )


def removals(tables: Path) -> pl.DataFrame:
    """Return what the steps of a build changed, by rule, each with an example."""
    example = pl.col("original").sort_by("id", "seq").first().str.strip_chars().str.slice(0, 60).alias("example")
    return by_rule(pl.scan_parquet(near(tables) / "edits.parquet"), example)
