"""The numbers and examples that the card tells. Whole numbers only: sums of floats depend on the order of the workers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from saring.core.ledger import STEPS

if TYPE_CHECKING:
    from saring.release.validation import Tables

__all__ = ["SHOWN", "Statistics", "gather_statistics"]

#: How many rows of a table a card shows at most.
SHOWN = 20

_EXAMPLE = 120  # characters of an example that are looked at


class Statistics(NamedTuple):
    """What is in a release.

    Attributes:
        languages: language, kept, duplicates, characters, words (of the kept); most first.
        sites: site, kept, duplicates; most first.
        dates: first, last, undated: when the kept were written, as far as they say; one row.
        edits: step, kind, edits, documents, characters (of the originals), original, replacement: the most frequent one of the kind; in the
            order of the steps.
        names: original, replacement, edits; most first.
        overlaps: kind, pairs, passages.
        rejections: step, reason, inputs, bytes, message: one of them.
    """

    languages: pl.DataFrame
    sites: pl.DataFrame
    dates: pl.DataFrame
    edits: pl.DataFrame
    names: pl.DataFrame
    overlaps: pl.DataFrame
    rejections: pl.DataFrame


def gather_statistics(tables: Tables) -> Statistics:
    """Count what is in the tables of a release."""
    documents, edits, overlaps, rejections = tables
    kept = pl.col("role") == "kept"
    roles = (kept.sum().alias("kept"), (~kept).sum().alias("duplicates"))
    sizes = (pl.col(name).filter(kept).sum() for name in ("characters", "words"))
    queries = (
        documents.group_by("language").agg(*roles, *sizes).sort("kept", "duplicates", "language", descending=[True, True, False]),
        documents.group_by("site").agg(*roles).sort("kept", "duplicates", "site", descending=[True, True, False], nulls_last=True),
        documents.filter(kept).select(
            pl.col("created").min().alias("first"), pl.col("created").max().alias("last"), pl.col("created").null_count().alias("undated")
        ),
        _edits(edits),
        edits.filter(pl.col("step") == "names")
        .group_by("original", "replacement")
        .agg(pl.len().alias("edits"))
        .sort("edits", "original", "replacement", descending=[True, False, False]),
        overlaps.group_by("kind").agg(pl.len().alias("pairs"), pl.col("passages").list.len().sum().cast(pl.Int64)).sort("kind"),
        rejections.group_by("step", "reason")
        .agg(pl.len().alias("inputs"), pl.col("bytes").sum(), pl.col("message").min())
        .sort("step", "reason"),
    )
    return Statistics(*pl.collect_all(queries, engine="streaming"))


def _edits(edits: pl.LazyFrame) -> pl.LazyFrame:
    """Return the edits by kind, each with the one that was made most often."""
    kinds = ["step", "kind"]
    counts = edits.group_by(kinds).agg(
        pl.len().alias("edits"),
        pl.col("id").hash().n_unique().alias("documents"),
        pl.col("original").str.len_chars().cast(pl.Int64).sum().alias("characters"),
    )
    # Counted by hash, since few are made twice: their texts are looked at only where they are among the most frequent.
    said = edits.select(*kinds, pl.col("original", "replacement").str.slice(0, _EXAMPLE))
    said = said.with_columns(pl.struct(pl.all()).hash().alias("key"))
    times = said.select("key", *kinds).group_by("key").agg(pl.len(), pl.col(kinds).first()).collect(engine="streaming")
    often = times.filter(pl.col("len") == pl.col("len").max().over(kinds)).select("key").lazy()
    likely = said.join(often, on="key", how="semi")
    first = likely.group_by(kinds).agg(pl.col("original").min())
    examples = likely.join(first, on=[*kinds, "original"], how="semi", nulls_equal=True).group_by(kinds)
    told = examples.agg(pl.col("original").first(), pl.col("replacement").min())
    order = pl.col("step").replace_strict({step: number for number, step in enumerate(STEPS)}, default=len(STEPS), return_dtype=pl.UInt8)
    return counts.join(told, on=kinds, nulls_equal=True).sort(order, "kind")
