"""Corpus step of a build: revisions and copies of scrapes, overlaps between documents, kept documents and splits.

The first step that needs all documents together; everything before it can be cached by document. It takes the metadata of all documents, and
reads texts on demand: those of the newest scrapes, for their overlaps, and those of pages with revisions. Other columns are not loaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from saring.compute.pool import SERIAL
from saring.core.tables import REJECTION
from saring.corpus import overlaps, revisions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from saring.compute.pool import Executor
    from saring.config import Config

__all__ = ["RelatedCorpus", "relate_corpus"]


class RelatedCorpus(NamedTuple):
    """Published ids, roles and overlaps of all documents, and rejections of copied scrapes.

    Attributes:
        published: id (working) and published, of all documents but copies.
        roles: columns of `tables.ROLE`, by published id.
        overlaps: columns of `tables.OVERLAP`, by published ids, sorted by a and b.
        rejections: columns of `tables.REJECTION`: the copies.
    """

    published: pl.DataFrame
    roles: pl.DataFrame
    overlaps: pl.DataFrame
    rejections: pl.DataFrame


def relate_corpus(
    documents: pl.DataFrame, texts: Callable[[pl.DataFrame], Iterator[pl.DataFrame]], config: Config, executor: Executor = SERIAL
) -> RelatedCorpus:
    """Find revisions, duplicates and translations among all cleaned documents, and choose the kept ones and the splits.

    Args:
        documents: id (working), source, added, scrape_sha256, language, language_script, characters, and edits (how many) of each document,
            and columns `read.declared.DECLARED`; more columns are passed on to `texts`.
        texts: takes rows of `documents` and yields them with a column `text` more, in any order, in batches; at least one frame.
        config: its thresholds, splits, and memory.
        executor: as for `overlaps.find_overlaps`.
    """
    verdicts = revisions.resolve_revisions(documents.select("id", "source", "added", "addressed", "declared", sha256="scrape_sha256"))
    published = verdicts.drop_nulls("published").select("id", "published")
    public = documents.drop("source", "added", "scrape_sha256", "addressed").join(published, on="id", maintain_order="left")
    newest = verdicts.filter(pl.col("verdict") == "newest").select("id")
    found_pairs = overlaps.find_overlaps(_texts_by_published_id(public, newest, texts), config.overlap, config.build.memory, executor)
    revised = verdicts.filter(pl.col("verdict") == "revision").select("newest")
    revised_pages = verdicts.drop_nulls("published").join(revised, on="newest", how="semi").select("id")
    revision_texts = pl.concat(_texts_by_published_id(public, revised_pages, texts))
    overlap_pairs = revisions.replace_by_revisions(found_pairs, revisions.revision_pairs(revision_texts, verdicts))
    counts = public.select(pl.col("published").alias("id"), "characters", "language", "declared", "edits")
    roles = overlaps.assign_roles(counts.drop("edits"), overlap_pairs, counts.select("id", "edits"), config)
    return RelatedCorpus(published, roles, overlap_pairs, _copy_rejections(documents, verdicts))


def _texts_by_published_id(
    public: pl.DataFrame, ids: pl.DataFrame, texts: Callable[[pl.DataFrame], Iterator[pl.DataFrame]]
) -> Iterator[pl.DataFrame]:
    """Yield the texts of selected documents in batches: columns id (published), text, language, language_script."""
    selected = public.join(ids, on="id", how="semi", maintain_order="left")
    for batch in texts(selected):
        yield batch.select(pl.col("published").alias("id"), "text", "language", "language_script")


def _copy_rejections(documents: pl.DataFrame, verdicts: pl.DataFrame) -> pl.DataFrame:
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
