"""Statistics of a release for its card: counts and examples of documents, edits, overlaps and rejections.

All counts are integers, because sums of floats depend on the order in which threads add them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from saring.core.ledger import STEPS

if TYPE_CHECKING:
    from saring.release.validation import Tables

__all__ = ["SHOWN", "Statistics", "gather_statistics"]

#: Maximum number of rows of a table in the card. A judgement.
SHOWN = 20

_EXAMPLE = 120  # characters of an edit that its example shows


class Statistics(NamedTuple):
    """Statistics of the tables of a release, one frame per section of the card.

    Attributes:
        languages: language, kept, duplicates, characters, words (of the kept documents); most documents first.
        sites: site, kept, duplicates; most documents first.
        dates: first, last, undated: range of the publication dates of the kept documents, and how many have none; one row.
        edits: step, kind, edits, documents, characters (of the originals), and original and replacement of the most frequent edit of the
            kind; in the order of the steps.
        names: original, replacement, edits; most edits first.
        overlaps: kind, pairs, passages.
        rejections: step, reason, inputs, bytes, message (an example).
    """

    languages: pl.DataFrame
    sites: pl.DataFrame
    dates: pl.DataFrame
    edits: pl.DataFrame
    names: pl.DataFrame
    overlaps: pl.DataFrame
    rejections: pl.DataFrame


def gather_statistics(tables: Tables) -> Statistics:
    """Compute the statistics of the tables of a release."""
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
        _edit_kinds(edits),
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


def _edit_kinds(edits: pl.LazyFrame) -> pl.LazyFrame:
    """Count the edits of each step and kind, each with its most frequent edit as an example.

    Four edits of step `noise` and kind `ad` in documents 1 and 2, of which three delete "Ads" and one deletes "Buy now", give

        step   kind  edits  documents  characters  original  replacement
        noise  ad    4      2          16          Ads

    Of equally frequent edits the one with the smallest original is shown, so that the example does not depend on the order of the rows.
    """
    kinds = ["step", "kind"]
    counts = edits.group_by(kinds).agg(
        pl.len().alias("edits"),
        pl.col("id").hash().n_unique().alias("documents"),
        pl.col("original").str.len_chars().cast(pl.Int64).sum().alias("characters"),
    )
    # Frequencies are counted by hash, because most edits are unique: texts are only read for the most frequent edits.
    shortened = edits.select(*kinds, pl.col("original", "replacement").str.slice(0, _EXAMPLE))
    hashed = shortened.with_columns(pl.struct(pl.all()).hash().alias("key"))
    frequencies = hashed.select("key", *kinds).group_by("key").agg(pl.len(), pl.col(kinds).first()).collect(engine="streaming")
    top_keys = frequencies.filter(pl.col("len") == pl.col("len").max().over(kinds)).select("key").lazy()
    candidates = hashed.join(top_keys, on="key", how="semi")
    smallest = candidates.group_by(kinds).agg(pl.col("original").min())
    tied = candidates.join(smallest, on=[*kinds, "original"], how="semi", nulls_equal=True).group_by(kinds)
    examples = tied.agg(pl.col("original").first(), pl.col("replacement").min())
    order = pl.col("step").replace_strict({step: number for number, step in enumerate(STEPS)}, default=len(STEPS), return_dtype=pl.UInt8)
    return counts.join(examples, on=kinds, nulls_equal=True).sort(order, "kind")
