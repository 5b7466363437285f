"""On how many pages of its site each line stands: counted over all pages, or over those that are new and gone alone.

pages -> lines_of               a row for each line of each page
      -> counted                the lines on several pages, with all that is counted of them
         recounted              ... from the counts before, when few pages came and went
      -> listed                 the table that `saring.noise.site_lines` weighs with, and that a release publishes
"""

from __future__ import annotations

import polars as pl

from saring.core.lines import split_lines
from saring.noise.line_features import line_key
from saring.noise.site_lines import LONGEST, TABLE, line_hash, pages_with_site

__all__ = ["COUNTS", "LINES", "count_lines", "find_site_lines", "line_occurrences", "lines_of_sites", "update_counts"]

#: What a survey needs of a page: a row for each distinct line; `line_hash` is the hash of its site and itself, `address` and the sketches say which
#: page it is, the same in every row.
_SKETCHES = ("sketch_0", "sketch_1", "sketch_2")
_PAGE = ("address", *_SKETCHES)
LINES = pl.Schema({"id": pl.String, "site": pl.String, "line": pl.String, "place": pl.UInt64} | dict.fromkeys(_PAGE, pl.UInt64()))

#: What is counted of a line: how many different addresses hold it, and how many different sketches of each kind.
COUNTS = pl.Schema({"place": pl.UInt64, "site": pl.String, "line": pl.String} | dict.fromkeys(_PAGE, pl.UInt32()))

#: A line this long tells a page from others; the labels of a template are shorter.
_TELLING = 80

#: Rows that are counted at a time. Measured on 21 million, 160,000 pages: 0.4 GB and 4.9 s at 5 million, 0.6 GB and 3.7 s at 10 million, 1.1 GB
#: and 4.3 s at once.
_COUNTED = 10_000_000


def line_occurrences(pages: pl.DataFrame) -> pl.DataFrame:
    """Return what a survey needs of a batch of pages.

    Args:
        pages: columns `id` and `text`, after repair and before cuts, and `url` and `site`, of which either may be missing. A page without both
            belongs to no site and gives no rows.

    Returns:
        Columns of `LINES`, a row for each distinct line of a page that is not blank and at most 400 characters long.
    """
    sites = pages_with_site(pages)
    lines = (
        split_lines(sites)
        .select("id", line_key(pl.col("line").str.strip_chars()).alias("line"))
        .filter(pl.col("line") != "")
        .unique(maintain_order=True)
    )
    told = lines.filter(pl.col("line").str.len_chars() >= _TELLING)
    # MinHash (Broder 1997): copies of a page that differ in a paragraph share most of their least hashes; pages of one template hardly any.
    least = told.group_by("id").agg(pl.col("line").hash(seed).min().alias(name) for seed, name in enumerate(_SKETCHES))
    whole = lines.group_by("id", maintain_order=True).agg(pl.col("line").str.join("\n").hash().alias("whole"))
    known = (
        sites.select("id", "site", pl.coalesce("url", "id").hash().alias("address"))
        .join(whole, on="id", how="left", maintain_order="left")
        .join(least, on="id", how="left", maintain_order="left")
        .with_columns(pl.coalesce(name, "whole") for name in _SKETCHES)
    )
    short = lines.filter(pl.col("line").str.len_chars() <= LONGEST).join(known, on="id", maintain_order="left")
    return short.with_columns(line_hash()).select(LINES.names())


def find_site_lines(lines: pl.LazyFrame | pl.DataFrame, least: int = 3) -> pl.DataFrame:
    """Return the lines that stand on several pages of their site: `parse_languages` of `count_lines`. Arguments are theirs."""
    return lines_of_sites(count_lines(lines, least), least)


def lines_of_sites(counts: pl.DataFrame, least: int) -> pl.DataFrame:
    """Return the lines that stand on several pages of their site.

    Copies of a page count once: those at one address (its revisions), and those whose long lines are mostly the same. A line's pages are
    the addresses that hold it, or the median over three sketches of the different sketches that do, whichever is less.

    Args:
        counts: columns of `COUNTS`.
        least: the least number of pages.

    Returns:
        Columns of `TABLE`, by site and line.
    """
    pages = pl.min_horizontal("address", pl.concat_list(*_SKETCHES).list.median()).cast(pl.UInt32).alias("pages")
    return counts.select("site", "line", pages).filter(pl.col("pages") >= least).select(TABLE.names()).sort("site", "line")


def count_lines(lines: pl.LazyFrame | pl.DataFrame, least: int) -> pl.DataFrame:
    """Count the lines that stand in several rows, of which only those can be on several pages.

    Args:
        lines: rows of `line_occurrences`, of all pages together; a scan of files keeps memory below 1 GB, however many there are.
        least: the least number of rows.

    Returns:
        Columns of `COUNTS`, in any order.
    """
    rows = lines.lazy()
    shares = 1 + int(rows.select(pl.len()).collect(engine="streaming").item()) // _COUNTED
    found = [pl.DataFrame(schema=COUNTS)]
    for share in range(shares):
        # Only numbers are counted: reading the lines themselves took twice as long.
        some = rows.filter(pl.col("place") % shares == share)
        often = some.group_by("place").len().filter(pl.col("len") >= least).select("place").collect(engine="streaming")
        found.append(_counted(some, often, some))
    return pl.concat(found)


def update_counts(counts: pl.DataFrame, lines: pl.LazyFrame, fresh: pl.DataFrame, gone: pl.DataFrame, least: int) -> pl.DataFrame:
    """Count anew where pages came or went: a quarter of the time of `count_lines` when they are few.

    Args:
        counts: what `count_lines`, or this, gave for the pages before.
        lines: rows of `line_occurrences`, of all pages that there are now.
        fresh: those of the pages that are new.
        gone: those of the pages that are no more.
        least: as in `count_lines`.

    Returns:
        Columns of `COUNTS`, in any order: what `count_lines` gives, and perhaps lines that stand in fewer rows by now.
    """
    for name in _PAGE:
        moved = _moved(lines, fresh, gone, name)
        counts = (
            counts.join(moved, on="place", how="left", maintain_order="left")
            .with_columns((pl.col(name).cast(pl.Int64) + pl.col("moved").fill_null(0)).cast(pl.UInt32))
            .drop("moved")
        )
    other = fresh.select("place").unique().join(counts, on="place", how="anti")
    often = lines.select("place").join(other.lazy(), on="place", how="semi").group_by("place").len().filter(pl.col("len") >= least)
    # They are spelled on the new pages: reading all lines for it took as long as all the rest.
    more = _counted(lines, often.select("place").collect(engine="streaming"), fresh.lazy())
    return pl.concat([counts.filter(pl.col("address") > 0), more])


def _moved(lines: pl.LazyFrame, fresh: pl.DataFrame, gone: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return by how much the different values of a column become more or fewer: `line_hash` and `moved`, where they do.

    A page that is new adds a value that no page has which stays, and one that is gone takes such a value along.
    """
    pair = ["place", name]
    come = fresh.select(pair).group_by(pair).len("come")
    asked = pl.concat([come.select(pair), gone.select(pair)]).unique()
    now = lines.select(pair).join(asked.lazy(), on=pair, how="semi").group_by(pair).len("now").collect(engine="streaming")
    stay = now.join(come, on=pair, how="left").filter(pl.col("now") > pl.col("come").fill_null(0))
    more, less = come.select(pair), gone.select(pair).unique()
    signed = [table.join(stay, on=pair, how="anti").select("place", pl.lit(sign).alias("moved")) for table, sign in ((more, 1), (less, -1))]
    return pl.concat(signed).group_by("place").agg(pl.col("moved").cast(pl.Int64).sum())


def _counted(lines: pl.LazyFrame, often: pl.DataFrame, spelling: pl.LazyFrame) -> pl.DataFrame:
    """Return the counts of some places; `spelling` has their lines, and perhaps others."""
    if often.is_empty():
        return pl.DataFrame(schema=COUNTS)
    counts = lines.join(often.lazy(), on="place", how="semi").group_by("place").agg(pl.col(*_PAGE).n_unique()).collect(engine="streaming")
    spelled = spelling.select("place", "site", "line").join(often.lazy(), on="place", how="semi").unique("place")
    return spelled.collect(engine="streaming").join(counts, on="place").select(pl.col(name).cast(kind) for name, kind in COUNTS.items())
