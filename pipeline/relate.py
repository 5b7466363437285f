"""All documents together: which scrapes are revisions and copies, which documents say the same, which of them are kept.

The first step that looks at more than one document; everything before it can be cached by document.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from pipeline import overlap
from pipeline.overlap import revisions
from pipeline.records import DOCUMENT, EDIT, REJECTION

if TYPE_CHECKING:
    from pipeline.config import Config

__all__ = ["Related", "relate"]


class Related(NamedTuple):
    """The tables of a release, ids as published; `rejections` holds the copies alone."""

    documents: pl.DataFrame
    edits: pl.DataFrame
    overlaps: pl.DataFrame
    rejections: pl.DataFrame


def relate(documents: pl.DataFrame, edits: pl.DataFrame, config: Config) -> Related:
    """Relate all cleaned documents to each other.

    Args:
        documents: columns of `records.CLEANED`, working ids.
        edits: their ledger.
        config: its thresholds and splits.
    """
    verdicts = revisions.resolve(documents.select("id", "source", "added", pl.col("scrape_sha256").alias("sha256")))
    published = verdicts.drop_nulls("published").select("id", "published")
    public = _renamed(documents, published)
    ledger = _renamed(edits, published)
    newest = public.join(verdicts.filter(pl.col("verdict") == "newest").select(id="published"), on="id", how="semi")
    links = revisions.replace(overlap.find(newest, config.overlap), revisions.links(public, verdicts))
    roles = overlap.decide(public, links, ledger.group_by("id").agg(pl.len().alias("edits")), config)
    return Related(
        public.join(roles, on="id").select(pl.col(name).cast(dtype) for name, dtype in DOCUMENT.items()),
        ledger.select(EDIT.names()),
        links,
        _copies(documents, verdicts),
    )


def _renamed(rows: pl.DataFrame, published: pl.DataFrame) -> pl.DataFrame:
    """Give rows their published ids; rows of copies, which have none, go."""
    return rows.join(published, on="id", maintain_order="left").with_columns(pl.col("published").alias("id")).drop("published")


def _copies(documents: pl.DataFrame, verdicts: pl.DataFrame) -> pl.DataFrame:
    """Return a rejection for each scrape that repeats another byte for byte."""
    return (
        documents.join(verdicts.filter(pl.col("verdict") == "copy").select("id", "copy_of"), on="id")
        .with_columns(
            pl.lit("overlap").alias("step"),
            pl.lit("copy").alias("reason"),
            pl.format("byte for byte the same scrape as {}, which is published", "copy_of").alias("message"),
            pl.col("scrape_sha256").alias("sha256"),
            pl.lit(None, dtype=pl.Int64).alias("bytes"),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in REJECTION.items())
    )
