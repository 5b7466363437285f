"""Revisions of a page: which of its scrapes is the newest, which are older revisions, and which are copies of another scrape.

A scrape's working id is `<head>.<tail>`; the head is computed from its URL (or, where there is none, from its bytes), so all scrapes of a
page share it. The published id of the newest is the head alone: it stays the same when a page is scraped again.
"""

from __future__ import annotations

import polars as pl

from saring.core import tables
from saring.dedup import verification

__all__ = ["SCRAPE_VERDICTS", "replace_by_revisions", "resolve_revisions", "revision_pairs"]

#: Columns of the result of `resolve_revisions`.
SCRAPE_VERDICTS = pl.Schema(
    {"id": pl.String, "published": pl.String, "newest": pl.String, "verdict": pl.String, "copy_of": pl.String},
)


#: The order of scrapes with the same bytes, the preferred one first. Two records never share a source; should a reader break that, the smaller
#: id comes first.
_PREFERENCE, _DESCENDING = ("sha256", "declared", "source", "id"), [False, True, False, False]


def resolve_revisions(scrapes: pl.DataFrame) -> pl.DataFrame:
    """Decide for each scrape whether it is the newest of its page, an older revision or a copy, and give its published id.

    Scrapes are of one page if their ids have the same head, the part before the dot. Of one page, scrapes with the same bytes are copies of the one that declares most metadata, of several the first by source, which
    counts as new as the newest of them. A scrape without a URL is a copy of one with the same bytes and a URL. Of the remaining ones, the
    newest is the one with the greatest `added` (one without counts as oldest), and among several the one with the greatest source; it is
    published under the head, the older ones under the head and the first 8 digits of their SHA-256 (all 64 where two older ones of a page
    share the first 8).

    Args:
        scrapes: id (working id; no two the same), source, sha256, added, addressed (whether it has a URL), declared (how many metadata
            fields it declares). In any order.

    Returns:
        Columns of `SCRAPE_VERDICTS`, sorted by id: `published` (null for a copy); `newest`, the published id of the page's newest scrape
        (its own for the newest); `verdict`: `newest`, `revision` or `copy`; `copy_of`, the source of the scrape that a copy repeats.
    """
    # Example: scrapes p.1 (bytes x, Monday), p.2 (x, Tuesday), p.3 (y, Sunday), n.4 (y, without a URL). p.1 and p.2 are equal: the first by
    # source is published as p, the newest, as new as Tuesday, the other is a copy; p.3 is a revision, published as p.<hash of y>; n.4 is a
    # copy of p.3.
    columns = scrapes.select("id", "source", "sha256", "added", "addressed", "declared", head=pl.col("id").str.extract(r"^([^.]*)", 1))
    without_url = _copies_without_url(columns)
    by_page = columns.join(without_url, on="id", how="anti", maintain_order="left")
    repeated = by_page["head"].is_duplicated()
    # Most pages were scraped once: sorting and grouping those too took twice as long.
    scraped_once = by_page.filter(~repeated).select(
        "id", published="head", newest="head", verdict=pl.lit("newest"), copy_of=pl.lit(None, dtype=pl.String)
    )
    return pl.concat([scraped_once, _resolve_pages(by_page.filter(repeated)), without_url]).sort("id")


def _copies_without_url(scrapes: pl.DataFrame) -> pl.DataFrame:
    """Return verdicts on scrapes without a URL whose bytes were scraped from one too: copies of the scrape that declares most."""
    without_url = scrapes.filter(~pl.col("addressed"))
    same_bytes = scrapes.filter("addressed").join(without_url, on="sha256", how="semi")
    first = same_bytes.sort(*_PREFERENCE, descending=_DESCENDING).unique("sha256", keep="first", maintain_order=True)
    return without_url.join(first.select("sha256", newest="head", copy_of="source"), on="sha256").select(
        "id", pl.lit(None, dtype=pl.String).alias("published"), "newest", pl.lit("copy").alias("verdict"), "copy_of"
    )


def _resolve_pages(scrapes: pl.DataFrame) -> pl.DataFrame:
    """Return verdicts on the scrapes of pages that were scraped several times."""
    dated = scrapes.with_columns(
        # A page that went back to an earlier state is as new as the last scrape of that state.
        added=pl.col("added").max().over("head", "sha256"),
    )
    ordered = dated.sort("head", *_PREFERENCE, descending=[False, *_DESCENDING]).with_columns(
        first=pl.col("source").first().over("head", "sha256"),
        copy=pl.int_range(pl.len()).over("head", "sha256") > 0,
    )
    originals = ordered.filter(~pl.col("copy")).sort("head", "added", "source", descending=[False, True, True], nulls_last=True)
    short_hash = pl.col("sha256").str.head(8)
    tail = pl.when(pl.len().over("head", short_hash) > 1).then("sha256").otherwise(short_hash)
    named = originals.with_columns(newest=pl.int_range(pl.len()).over("head") == 0, tail=tail).select(
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
        .select(SCRAPE_VERDICTS.names())
    )


def revision_pairs(documents: pl.DataFrame, verdicts: pl.DataFrame) -> pl.DataFrame:
    """Return an overlap of kind `revision` from the newest document of each page (a) to each older one (b).

    Measured like duplicate pairs, but without thresholds: two revisions of a page may have nothing in common. The score is the Jaccard
    similarity of their shingles.

    Args:
        documents: id (published) and text.
        verdicts: result of `resolve_revisions`; rows whose documents are missing are left out.

    Returns:
        Columns of `tables.OVERLAP`, sorted by a and b.
    """
    numbered = documents.select("id", "text").sort("id").with_row_index("doc")
    numbers = numbered.select("id", "doc")
    pairs = (
        verdicts.filter(pl.col("verdict") == "revision")
        .select("newest", "published")
        .join(numbers.rename({"doc": "a"}), left_on="newest", right_on="id")
        .join(numbers.rename({"doc": "b"}), left_on="published", right_on="id")
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


def replace_by_revisions(overlap_pairs: pl.DataFrame, revision_pairs: pl.DataFrame) -> pl.DataFrame:
    """Return the union of overlaps and revision pairs, sorted by a and b; of a pair that is in both, the revision.

    Args:
        overlap_pairs: result of `overlaps.find_overlaps`.
        revision_pairs: result of `revision_pairs`.
    """
    pair = [pl.min_horizontal("a", "b").alias("first"), pl.max_horizontal("a", "b").alias("second")]
    others = overlap_pairs.with_columns(pair).join(revision_pairs.select(pair), on=["first", "second"], how="anti")
    return pl.concat([others.drop("first", "second"), revision_pairs]).sort("a", "b")
