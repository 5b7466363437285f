"""All documents together: which scrapes are revisions and copies, which documents say the same, which of them are kept.

The first step that looks at more than one document; everything before it can be cached by document. It is told what is known of all
documents, and asks for texts where it has to look at them: those of the newest scrapes, for their overlaps, and those of pages with
revisions. Every other column stays where it is.
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

__all__ = ["Related", "relate_corpus"]


class Related(NamedTuple):
    """What the corpus decides.

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
    known: pl.DataFrame, texts: Callable[[pl.DataFrame], Iterator[pl.DataFrame]], config: Config, executor: Executor = SERIAL
) -> Related:
    """Relate all cleaned documents to each other.

    Args:
        known: id (working), source, added, scrape_sha256, language, language_script, characters, and edits (how many) of each document,
            and columns `read.declared.DECLARED`; more columns are handed on to `texts`.
        texts: yields rows of `known` with a column `text` more, in any order and some at a time, one frame at least.
        config: its thresholds, splits, and memory.
        executor: as for `overlap.find`.
    """
    verdicts = revisions.resolve_revisions(known.select("id", "source", "added", "addressed", "declared", sha256="scrape_sha256"))
    published = verdicts.drop_nulls("published").select("id", "published")
    public = known.drop("source", "added", "scrape_sha256", "addressed").join(published, on="id", maintain_order="left")
    newest = verdicts.filter(pl.col("verdict") == "newest").select("id")
    found = overlaps.find_overlaps(_read(public, newest, texts), config.overlap, config.build.memory, executor)
    revised = verdicts.filter(pl.col("verdict") == "revision").select("newest")
    pages = verdicts.drop_nulls("published").join(revised, on="newest", how="semi").select("id")
    links = revisions.replace_by_revisions(found, revisions.revision_links(pl.concat(_read(public, pages, texts)), verdicts))
    counted = public.select(pl.col("published").alias("id"), "characters", "language", "declared", "edits")
    roles = overlaps.assign_roles(counted.drop("edits"), links, counted.select("id", "edits"), config)
    return Related(published, roles, links, _copies(known, verdicts))


def _read(public: pl.DataFrame, ids: pl.DataFrame, texts: Callable[[pl.DataFrame], Iterator[pl.DataFrame]]) -> Iterator[pl.DataFrame]:
    """Yield the texts of some documents by their published ids, with their language."""
    asked = public.join(ids, on="id", how="semi", maintain_order="left")
    for found in texts(asked):
        yield found.select(pl.col("published").alias("id"), "text", "language", "language_script")


def _copies(known: pl.DataFrame, verdicts: pl.DataFrame) -> pl.DataFrame:
    """Return a rejection for each scrape that repeats another byte for byte."""
    return (
        known.join(verdicts.filter(pl.col("verdict") == "copy").select("id", "copy_of"), on="id")
        .with_columns(
            pl.lit("overlap").alias("step"),
            pl.lit("copy").alias("reason"),
            pl.format("byte for byte the same scrape as {}, which is published", "copy_of").alias("message"),
            pl.col("scrape_sha256").alias("sha256"),
            pl.lit(None, dtype=pl.Int64).alias("bytes"),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in REJECTION.items())
    )
