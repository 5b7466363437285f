"""Site-line counts: on how many pages of its site each line stands, counted in full or updated for added and removed pages.

    pages -> line_occurrences   one row per distinct line of each page
          -> count_lines        counts of the lines that stand on several pages
             update_counts      ... from the previous counts, when few pages were added or removed
          -> lines_of_sites     the table that raises scores (`site_lines`), and that a release publishes

`find_site_lines` counts in full and selects in one call.
"""

from __future__ import annotations

import polars as pl

from saring.core.lines import split_lines
from saring.noise.line_features import line_key
from saring.noise.site_lines import LONGEST_SITE_LINE, SITE_LINES_SCHEMA, line_hash, pages_with_site

__all__ = ["LINE_COUNTS", "LINE_OCCURRENCES", "count_lines", "find_site_lines", "line_occurrences", "lines_of_sites", "update_counts"]

#: Columns of the MinHash signature of a page's long lines: copies of a page share most of its three values.
_SIGNATURE = ("signature_0", "signature_1", "signature_2")
#: What identifies a page: the hash of its URL, and its signature.
_PAGE_KEYS = ("address", *_SIGNATURE)
#: Schema of line occurrences: one row per distinct line of a page. `place` is `site_lines.line_hash`; the columns of `_PAGE_KEYS` are the
#: same in all rows of a page.
LINE_OCCURRENCES = pl.Schema(
    {"id": pl.String, "site": pl.String, "line": pl.String, "place": pl.UInt64} | dict.fromkeys(_PAGE_KEYS, pl.UInt64())
)

#: Schema of line counts: how many distinct addresses a line stands on, and how many distinct values of each column of the signature.
LINE_COUNTS = pl.Schema({"place": pl.UInt64, "site": pl.String, "line": pl.String} | dict.fromkeys(_PAGE_KEYS, pl.UInt32()))

#: Lines from this length on make up a page's signature; the labels of a site's template are shorter. A judgement.
_LONG_LINE = 80

#: Rows counted at a time. Measured on 21 million rows of 160,000 pages: 0.4 GB and 4.9 s with 5 million, 0.6 GB and 3.7 s with 10 million,
#: 1.1 GB and 4.3 s all at once.
_ROWS_AT_A_TIME = 10_000_000


def line_occurrences(pages: pl.DataFrame) -> pl.DataFrame:
    """Return the distinct lines of a batch of pages with the hashes that identify line, site and page, ready to be counted.

    Args:
        pages: columns `id` and `text`, after repair and before noise removal, and `url` and `site`, of which either may be missing. A page
            without both belongs to no site and gives no rows.

    Returns:
        Columns of `LINE_OCCURRENCES`, a row for each distinct line of a page that is not blank and at most 400 characters long.
    """
    sites = pages_with_site(pages)
    lines = (
        split_lines(sites)
        .select("id", line_key(pl.col("line").str.strip_chars()).alias("line"))
        .filter(pl.col("line") != "")
        .unique(maintain_order=True)
    )
    long_lines = lines.filter(pl.col("line").str.len_chars() >= _LONG_LINE)
    # MinHash (Broder 1997) over long lines: copies of a page that differ in a paragraph share most minima; pages of one template hardly
    # any.
    minhashes = long_lines.group_by("id").agg(pl.col("line").hash(seed).min().alias(name) for seed, name in enumerate(_SIGNATURE))
    full_hash = lines.group_by("id", maintain_order=True).agg(pl.col("line").str.join("\n").hash().alias("full_hash"))
    page_keys = (
        sites.select("id", "site", pl.coalesce("url", "id").hash().alias("address"))
        .join(full_hash, on="id", how="left", maintain_order="left")
        .join(minhashes, on="id", how="left", maintain_order="left")
        .with_columns(pl.coalesce(name, "full_hash") for name in _SIGNATURE)
    )
    short = lines.filter(pl.col("line").str.len_chars() <= LONGEST_SITE_LINE).join(page_keys, on="id", maintain_order="left")
    return short.with_columns(line_hash()).select(LINE_OCCURRENCES.names())


def find_site_lines(lines: pl.LazyFrame | pl.DataFrame, min_pages: int = 3) -> pl.DataFrame:
    """Build the site-line table (`site_lines.SITE_LINES_SCHEMA`): the lines that stand on at least `min_pages` pages of their site."""
    return lines_of_sites(count_lines(lines, min_pages), min_pages)


def lines_of_sites(counts: pl.DataFrame, min_pages: int) -> pl.DataFrame:
    """Select the lines that stand on at least `min_pages` pages of their site, from line counts.

    Copies of a page count once: those at one address (its revisions), and those whose long lines are mostly the same, which share most
    of the three values of their MinHash signature. The number of pages of a line is the number of distinct addresses, or the median of the
    numbers of distinct values in the signature's three columns, whichever is less: a line on 5 addresses with 2, 3 and 3 distinct values
    counts 3 pages.

    Args:
        counts: columns of `LINE_COUNTS`.
        min_pages: the least number of pages.

    Returns:
        Columns of `site_lines.SITE_LINES_SCHEMA`, sorted by site and line.
    """
    pages = pl.min_horizontal("address", pl.concat_list(*_SIGNATURE).list.median()).cast(pl.UInt32).alias("pages")
    return counts.select("site", "line", pages).filter(pl.col("pages") >= min_pages).select(SITE_LINES_SCHEMA.names()).sort("site", "line")


def count_lines(lines: pl.LazyFrame | pl.DataFrame, min_pages: int) -> pl.DataFrame:
    """Count on how many pages each frequent line stands, where frequent means at least `min_pages` occurrences.

    Args:
        lines: rows of `line_occurrences`, of all pages together; a scan of files keeps memory below 1 GB, however many there are.
        min_pages: the least number of occurrences.

    Returns:
        Columns of `LINE_COUNTS`, in any order.
    """
    rows = lines.lazy()
    shares = 1 + int(rows.select(pl.len()).collect(engine="streaming").item()) // _ROWS_AT_A_TIME
    counts = [pl.DataFrame(schema=LINE_COUNTS)]
    for share in range(shares):
        # Counted by hash: reading the lines themselves took twice as long.
        share_rows = rows.filter(pl.col("place") % shares == share)
        frequent = share_rows.group_by("place").len().filter(pl.col("len") >= min_pages).select("place").collect(engine="streaming")
        counts.append(_count_distinct_pages(share_rows, frequent, share_rows))
    return pl.concat(counts)


def update_counts(counts: pl.DataFrame, lines: pl.LazyFrame, added: pl.DataFrame, removed: pl.DataFrame, min_pages: int) -> pl.DataFrame:
    """Update line counts for added and removed pages; takes a quarter of the time of `count_lines` when they are few.

    Args:
        counts: counts of the previous pages, from `count_lines` or from this function.
        lines: rows of `line_occurrences`, of all current pages.
        added: rows of the pages that were added.
        removed: rows of the pages that were removed.
        min_pages: as in `count_lines`.

    Returns:
        Columns of `LINE_COUNTS`, in any order: the result of `count_lines`, and perhaps lines that have become rarer than `min_pages`.
    """
    for name in _PAGE_KEYS:
        changes = _count_changes(lines, added, removed, name)
        counts = (
            counts.join(changes, on="place", how="left", maintain_order="left")
            .with_columns((pl.col(name).cast(pl.Int64) + pl.col("change").fill_null(0)).cast(pl.UInt32))
            .drop("change")
        )
    uncounted = added.select("place").unique().join(counts, on="place", how="anti")
    frequent = (
        lines.select("place").join(uncounted.lazy(), on="place", how="semi").group_by("place").len().filter(pl.col("len") >= min_pages)
    )
    # A line that has become frequent stands on an added page, so its text is read from those: reading all lines took as long as all else.
    newly_frequent = _count_distinct_pages(lines, frequent.select("place").collect(engine="streaming"), added.lazy())
    return pl.concat([counts.filter(pl.col("address") > 0), newly_frequent])


def _count_changes(lines: pl.LazyFrame, added: pl.DataFrame, removed: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return by how much each line's number of distinct pages changes, as identified by one key: columns `place` (line hash) and `change`.

    An added page adds a value if no remaining page has it; a removed page removes a value if no remaining page has it.

    Args:
        lines: rows of `line_occurrences`, of all current pages.
        added: rows of the pages that were added.
        removed: rows of the pages that were removed.
        name: the column that identifies a page: `address`, or a column of its MinHash signature.
    """
    pair = ["place", name]
    added_rows = added.select(pair).group_by(pair).len("come")
    affected = pl.concat([added_rows.select(pair), removed.select(pair)]).unique()
    current = lines.select(pair).join(affected.lazy(), on=pair, how="semi").group_by(pair).len("now").collect(engine="streaming")
    remaining = current.join(added_rows, on=pair, how="left").filter(pl.col("now") > pl.col("come").fill_null(0))
    more, less = added_rows.select(pair), removed.select(pair).unique()
    signed_changes = [
        table.join(remaining, on=pair, how="anti").select("place", pl.lit(sign).alias("change")) for table, sign in ((more, 1), (less, -1))
    ]
    return pl.concat(signed_changes).group_by("place").agg(pl.col("change").cast(pl.Int64).sum())


def _count_distinct_pages(lines: pl.LazyFrame, frequent: pl.DataFrame, text_source: pl.LazyFrame) -> pl.DataFrame:
    """Count the distinct pages of some lines: distinct addresses, and distinct values of each column of the MinHash signature.

    Args:
        lines: rows of `line_occurrences`.
        frequent: the lines to count, as a column `place` (line hash).
        text_source: rows of `line_occurrences` from which the texts of these lines are read; it may hold other lines too.
    """
    if frequent.is_empty():
        return pl.DataFrame(schema=LINE_COUNTS)
    counts = (
        lines.join(frequent.lazy(), on="place", how="semi")
        .group_by("place")
        .agg(pl.col(*_PAGE_KEYS).n_unique())
        .collect(engine="streaming")
    )
    line_texts = text_source.select("place", "site", "line").join(frequent.lazy(), on="place", how="semi").unique("place")
    return (
        line_texts.collect(engine="streaming")
        .join(counts, on="place")
        .select(pl.col(name).cast(kind) for name, kind in LINE_COUNTS.items())
    )
