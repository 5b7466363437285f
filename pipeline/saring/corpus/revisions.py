"""The scrapes of one page at several times: which is the newest, which are older, which are copies.

A scrape's working id is `<head>.<tail>`; the head comes from its URL (or, where there is none, from its bytes), so all scrapes of a page
share it. The published id of the newest is the head alone: it stays when a page is scraped again.
"""

from __future__ import annotations

import polars as pl

from saring.core import tables
from saring.dedup import verification

__all__ = ["RESOLVED", "replace_by_revisions", "resolve_revisions", "revision_links"]

#: What `resolve_revisions` returns.
RESOLVED = pl.Schema(
    {"id": pl.String, "published": pl.String, "newest": pl.String, "verdict": pl.String, "copy_of": pl.String},
)


#: The order of scrapes with the same bytes, the one that stands for them first. Two records never share a source; should a reader break that,
#: the smaller id counts as the first.
_BEST, _DESCENDING = ("sha256", "declared", "source", "id"), [False, True, False, False]


def resolve_revisions(scrapes: pl.DataFrame) -> pl.DataFrame:
    """Return what becomes of each scrape.

    Of one head, scrapes with the same bytes are copies of the one that declares most about itself, of several the first by source, which is
    as new as the newest of them. A scrape without a URL is a copy of one with the same bytes and a URL. Of the others, the newest is the one with the
    greatest `added` (one without counts as oldest), and among several the one with the greatest source; it is published under the head,
    the others under the head and the first 8 digits of their SHA-256 (all 64 where two older ones of a page share the first 8).

    Args:
        scrapes: id (working id; no two the same), source, sha256, added, addressed (whether it has a URL), declared (how much it declares).
            In any order.

    Returns:
        Columns of `RESOLVED`, sorted by id: `published` (null for a copy); `newest`, the published id of the page's newest (its own for
        the newest); `verdict`: `newest`, `revision` or `copy`; `copy_of`, the source of the scrape that a copy is one of.
    """
    every = scrapes.select("id", "source", "sha256", "added", "addressed", "declared", head=pl.col("id").str.extract(r"^([^.]*)", 1))
    nameless = _nameless(every)
    headed = every.join(nameless, on="id", how="anti", maintain_order="left")
    several = headed["head"].is_duplicated()
    # Most pages were scraped once: sorting and grouping those too took twice as long.
    alone = headed.filter(~several).select(
        "id", published="head", newest="head", verdict=pl.lit("newest"), copy_of=pl.lit(None, dtype=pl.String)
    )
    return pl.concat([alone, _told_apart(headed.filter(several)), nameless]).sort("id")


def _nameless(headed: pl.DataFrame) -> pl.DataFrame:
    """Return what becomes of scrapes without a URL whose bytes stand under one: copies of the scrape that declares most."""
    bare = headed.filter(~pl.col("addressed"))
    same = headed.filter("addressed").join(bare, on="sha256", how="semi")
    first = same.sort(*_BEST, descending=_DESCENDING).unique("sha256", keep="first", maintain_order=True)
    return bare.join(first.select("sha256", newest="head", copy_of="source"), on="sha256").select(
        "id", pl.lit(None, dtype=pl.String).alias("published"), "newest", pl.lit("copy").alias("verdict"), "copy_of"
    )


def _told_apart(headed: pl.DataFrame) -> pl.DataFrame:
    ordered = headed.with_columns(
        # A page that went back to what it was, fetched again, is as new as its last fetch.
        added=pl.col("added").max().over("head", "sha256"),
    )
    ordered = ordered.sort("head", *_BEST, descending=[False, *_DESCENDING]).with_columns(
        first=pl.col("source").first().over("head", "sha256"),
        copy=pl.int_range(pl.len()).over("head", "sha256") > 0,
    )
    apart = ordered.filter(~pl.col("copy")).sort("head", "added", "source", descending=[False, True, True], nulls_last=True)
    short = pl.col("sha256").str.head(8)
    tail = pl.when(pl.len().over("head", short) > 1).then("sha256").otherwise(short)
    named = apart.with_columns(newest=pl.int_range(pl.len()).over("head") == 0, tail=tail).select(
        "id",
        pl.when("newest").then("head").otherwise(pl.concat_str("head", "tail", separator=".")).alias("published"),
        pl.when("newest").then(pl.lit("newest")).otherwise(pl.lit("revision")).alias("verdict"),
    )
    return (
        ordered.join(named, on="id", how="left")
        .with_columns(
            verdict=pl.col("verdict").fill_null("copy"),
            newest=pl.col("head"),
            copy_of=pl.when("copy").then("first"),
        )
        .select(RESOLVED.names())
    )


def revision_links(documents: pl.DataFrame, resolved: pl.DataFrame) -> pl.DataFrame:
    """Return a link of kind `revision` from the newest document of each page (a) to each older one (b).

    Measured like the others, whatever comes of it: two revisions of a page may have nothing in common. The score is the Jaccard
    similarity of their shingles.

    Args:
        documents: id (published) and text.
        resolved: as from `resolve_revisions`; rows whose documents are not there are left out.

    Returns:
        Columns of `tables.OVERLAP`, sorted by a and b.
    """
    numbered = documents.select("id", "text").sort("id").with_row_index("doc")
    places = numbered.select("id", "doc")
    pairs = (
        resolved.filter(pl.col("verdict") == "revision")
        .select("newest", "published")
        .join(places.rename({"doc": "a"}), left_on="newest", right_on="id")
        .join(places.rename({"doc": "b"}), left_on="published", right_on="id")
        .select("a", "b")
    )
    measured = verification.measure_pairs(numbered.select("doc", "text"), pairs).sort("a", "b")
    return measured.select(
        a=numbered["id"].gather(measured["a"]),
        b=numbered["id"].gather(measured["b"]),
        kind=pl.lit("revision"),
        score="jaccard",
        coverage_a="coverage_a",
        coverage_b="coverage_b",
        passages="passages",
    ).cast(tables.OVERLAP)


def replace_by_revisions(found: pl.DataFrame, revised: pl.DataFrame) -> pl.DataFrame:
    """Return both kinds of links, sorted by a and b; where a pair is among both, the revision stays.

    Args:
        found: as from `overlap.find`.
        revised: as from `revision_links`.
    """
    pair = [pl.min_horizontal("a", "b").alias("one"), pl.max_horizontal("a", "b").alias("other")]
    others = found.with_columns(pair).join(revised.select(pair), on=["one", "other"], how="anti").drop("one", "other")
    return pl.concat([others, revised]).sort("a", "b")
