"""One batch, from scrapes to documents: the whole path of a page on one screen.

Cleaning a document never looks at another, so the result is a function of the scrapes, the rules, the code and the table of lines that sites
repeat, and can be cached.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from pipeline import edits, extract, language, names, noise, repair
from pipeline.records import CLEANED, REJECTION

if TYPE_CHECKING:
    from pipeline.config import Config, Keep

__all__ = ["Cleaned", "clean"]


class Cleaned(NamedTuple):
    """What became of a batch: every scrape is a document or a rejection, every change is in the ledger."""

    documents: pl.DataFrame
    edits: pl.DataFrame
    rejections: pl.DataFrame


def clean(scrapes: pl.DataFrame, config: Config, site_lines: pl.DataFrame | None = None) -> Cleaned:
    """Clean one batch.

    Args:
        scrapes: columns of `records.SCRAPE`; ids without repeats.
        config: its rules, names, exceptions and languages.
        site_lines: as for `noise.find`; None where `config` does not want any.

    Returns:
        Documents with the columns of `records.CLEANED`, the ledger of their edits, and rejections.
    """
    pages, rejections = extract.extract(scrapes)

    repaired = _spared(repair.find(pages), config.keeps)
    pages = edits.apply(pages, repaired)

    listed = site_lines if config.noise.site_lines else None
    # Before language: labels of widgets, often English, mislead the identifier.
    cut = _spared(noise.find(pages, config.rules, noise.classifier_of(config.noise), listed), config.keeps)
    pages = noise.fill(edits.apply(pages, cut), cut, config.rules)

    # Before names: a variant may count in one language only.
    identified = language.identify(pages.select("id", "text", "title", "language"), config.dataset.languages)
    pages = pages.drop("language").join(identified, on="id", how="left", maintain_order="left")

    named = _spared(names.find(pages, config.names), config.keeps)
    pages = names.correct_authors(edits.apply(pages, named), config.names)

    left = pages.filter(pl.col("text").str.contains(r"\S"))
    ledger = pl.concat([repaired, cut, named]).join(left.select("id"), on="id", how="semi", maintain_order="left")
    gone = _gone(pages.join(left.select("id"), on="id", how="anti"), scrapes)
    return Cleaned(_documents(left, cut, scrapes), ledger, pl.concat([rejections, gone]))


def _spared(found: pl.DataFrame, keeps: tuple[Keep, ...]) -> pl.DataFrame:
    """Drop the edits that an exception in corpus.toml forbids. A published id is the working id up to its tail or all of it."""
    for keep in keeps:
        pinned = pl.col("id").str.starts_with(keep.id) & (pl.col("rule") == keep.rule)
        found = found.filter(~(pinned & pl.col("original").str.contains(keep.keep, literal=True)))
    return found


def _gone(pages: pl.DataFrame, scrapes: pl.DataFrame) -> pl.DataFrame:
    """Return rejections for pages that were noise from end to end."""
    return (
        pages.join(scrapes.select("id", "sha256", pl.col("content").str.len_bytes().cast(pl.Int64).alias("bytes")), on="id")
        .with_columns(
            pl.lit("noise").alias("step"),
            pl.lit("nothing-left").alias("reason"),
            pl.format(
                "all {} characters of the page are noise; `saring explain` on the scrape shows which rules say so", "extracted"
            ).alias("message"),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in REJECTION.items())
    )


def _documents(pages: pl.DataFrame, cut: pl.DataFrame, scrapes: pl.DataFrame) -> pl.DataFrame:
    removed = cut.filter(pl.col("field") == "text").group_by("id").agg((pl.col("end") - pl.col("start")).sum().alias("removed"))
    return (
        pages.join(removed, on="id", how="left", maintain_order="left")
        .join(scrapes.select("id", pl.col("sha256").alias("scrape_sha256")), on="id", how="left", maintain_order="left")
        .with_columns(
            _sha256(pages["text"]),
            pl.col("text").str.len_chars().cast(pl.Int64).alias("characters"),
            pl.col("text").str.count_matches(r"[\p{L}\p{N}][\p{L}\p{N}\p{M}]*").cast(pl.Int64).alias("words"),
            (pl.col("removed").fill_null(0) / pl.col("extracted").clip(1)).alias("removed_share"),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in CLEANED.items())
    )


def _sha256(texts: pl.Series) -> pl.Series:
    # Polars has no SHA-256: a call a document, 1.5 GB/s.
    return pl.Series("sha256", [hashlib.sha256(text.encode()).hexdigest() for text in texts], dtype=pl.String)
