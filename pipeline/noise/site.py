"""Lines of the site: what a site prints on several of its pages, as evidence beside what a page itself says of a line.

    pages -> lines_of -> survey     a table of the lines that stand on three pages of a site or more, copies of a page counted once
    page + table      -> weigh      the page's own score of such a line, raised

The page comes first: a paragraph that a site repeats because its articles follow each other up scores as prose and stays; a newsletter box
that looks like prose goes. `bench/README.md` has what it gains.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pipeline.errors import ConfigError
from pipeline.lines import split
from pipeline.noise.features import key

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    Array = npt.NDArray[np.float32]

__all__ = ["LINES", "RULE", "TABLE", "lines_of", "load", "occurring", "rows_of", "survey", "weigh"]

#: What the ledger calls a cut that the page's own score alone would not have made.
RULE = "site-line"

#: The table: `site` (the host of the address without `www.`, else the site as stated, in lower case), `line` (as `features.key` spells it)
#: and on how many `pages` of the site it stands, copies of a page counted once.
TABLE = pl.Schema({"site": pl.String, "line": pl.String, "pages": pl.UInt32})

#: What a survey needs of a page: a row for each distinct line; `place` is the hash of its site and itself, `address` and the sketches say which
#: page it is, the same in every row.
_SKETCHES = ("sketch_0", "sketch_1", "sketch_2")
LINES = pl.Schema(
    {"id": pl.String, "site": pl.String, "line": pl.String, "place": pl.UInt64, "address": pl.UInt64}
    | dict.fromkeys(_SKETCHES, pl.UInt64())
)

#: Longer lines are never noise as a whole by a rule either (`noise.whole`).
_LONGEST = 400
#: A line this long tells a page from others; the labels of a template are shorter.
_TELLING = 80

#: Rows that are counted at a time. Measured on 21 million, 160,000 pages: 0.4 GB and 4.9 s at 5 million, 0.6 GB and 3.7 s at 10 million, 1.1 GB
#: and 4.3 s at once.
_COUNTED = 10_000_000

#: What a place in the table multiplies the odds by. Tried on development pages of 27 sites with two pages each, counting lines that both have, in
#: two flattenings: of 88 that the page alone scores 0.15 to 0.55, 86% are noise, of those on one page only, 17%: the odds are 31 times as
#: high. 7 to 20 give the same F1 within 0.0003; 7 leaves room for what a page is sure of. The exceptions were headings: of 11 short lines
#: inside a run 10 are the articles' own. For long prose there (5 lines, all noise) caution alone speaks.
_RAISED, _RAISED_PROSE = 7.0, 3.0
_HEADING, _PROSE = 8, 25


def lines_of(pages: pl.DataFrame) -> pl.DataFrame:
    """Return what a survey needs of a batch of pages.

    Args:
        pages: columns `id` and `text`, after repair and before cuts, and `url` and `site`, of which either may be missing. A page without both
            belongs to no site and gives no rows.

    Returns:
        Columns of `LINES`, a row for each distinct line of a page that is not blank and at most 400 characters long.
    """
    placed = _placed(pages)
    lines = (
        split(placed)
        .select("id", key(pl.col("line").str.strip_chars()).alias("line"))
        .filter(pl.col("line") != "")
        .unique(maintain_order=True)
    )
    told = lines.filter(pl.col("line").str.len_chars() >= _TELLING)
    # MinHash (Broder 1997): copies of a page that differ in a paragraph share most of their least hashes; pages of one template hardly any.
    least = told.group_by("id").agg(pl.col("line").hash(seed).min().alias(name) for seed, name in enumerate(_SKETCHES))
    whole = lines.group_by("id", maintain_order=True).agg(pl.col("line").str.join("\n").hash().alias("whole"))
    known = (
        placed.select("id", "site", pl.coalesce("url", "id").hash().alias("address"))
        .join(whole, on="id", how="left", maintain_order="left")
        .join(least, on="id", how="left", maintain_order="left")
        .with_columns(pl.coalesce(name, "whole") for name in _SKETCHES)
    )
    short = lines.filter(pl.col("line").str.len_chars() <= _LONGEST).join(known, on="id", maintain_order="left")
    return short.with_columns(_place()).select(LINES.names())


def survey(parts: pl.LazyFrame | pl.DataFrame, least: int = 3) -> pl.DataFrame:
    """Return the lines that stand on several pages of their site.

    Copies of a page count once: those at one address (its revisions), and those whose long lines are mostly the same. A line's pages are
    the addresses that hold it, or the median over three sketches of the different sketches that do, whichever is less.

    Args:
        parts: rows of `lines_of`, of all pages together; a scan of files keeps memory below 1 GB, however many there are.
        least: the least number of pages.

    Returns:
        Columns of `TABLE`, by site and line.
    """
    rows = parts.lazy()
    shares = 1 + int(rows.select(pl.len()).collect(engine="streaming").item()) // _COUNTED
    pages = pl.min_horizontal("address", pl.concat_list(*_SKETCHES).list.median())
    found = [pl.DataFrame(schema=TABLE)]
    for share in range(shares):
        # Only numbers are counted: reading the lines themselves took twice as long.
        some = rows.filter(pl.col("place") % shares == share)
        often = some.group_by("place").len().filter(pl.col("len") >= least).select("place").collect(engine="streaming")
        counts = (
            some.join(often.lazy(), on="place", how="semi")
            .group_by("place")
            .agg(pl.col("address", *_SKETCHES).n_unique())
            .select("place", pages.cast(pl.UInt32).alias("pages"))
            .filter(pl.col("pages") >= least)
            .collect(engine="streaming")
        )
        spelled = some.select("place", "site", "line").join(counts.lazy().select("place"), on="place", how="semi").unique("place")
        found.append(spelled.collect(engine="streaming").join(counts, on="place").select(TABLE.names()))
    return pl.concat(found).sort("site", "line")


def load(file: Path) -> pl.DataFrame:
    """Read a table: Parquet, as a release holds it, or JSON Lines of `site` and `line`.

    Raises:
        ConfigError: it cannot be read, or holds something else.
    """
    try:
        found = pl.read_ndjson(file) if file.suffix in (".jsonl", ".ndjson") else pl.read_parquet(file)
        table = found.select(pl.col("site").cast(pl.String).str.to_lowercase(), key(pl.col("line").cast(pl.String)).alias("line"))
        return table.filter(pl.col("line").str.len_chars() <= _LONGEST)
    except (OSError, pl.exceptions.PolarsError) as error:
        reason = str(error).split("\n", 1)[0][:200]
        hint = "Name the table of lines of a release, or JSON Lines with these two fields."
        expected = "a table of site and line, as Parquet or JSON Lines"
        raise ConfigError(file=str(file), path="", expected=expected, found=f"something else ({reason})", hint=hint) from error


def occurring(lines: pl.LazyFrame | pl.DataFrame, table: pl.DataFrame) -> pl.LazyFrame:
    """Return which lines of a table stand on which page: all that the judgement of a page takes from the table.

    Args:
        lines: rows of `lines_of`.
        table: columns `site` and `line`, as `survey` gives them.

    Returns:
        The rows that the table lists, in any order.
    """
    return lines.lazy().join(table.lazy().select(_place()), on="place", how="semi")


def rows_of(lines: pl.DataFrame, texts: pl.DataFrame, table: pl.DataFrame) -> pl.DataFrame:
    """Return the `row` of each line that the table lists for the site of its text.

    Args:
        lines: as `features.describe` gives them.
        texts: as for `lines_of`.
        table: columns `site` and `line`.
    """
    listed = lines.lazy().select("row", "id", pl.col("key").alias("line"))
    placed = _placed(texts).lazy().select("id", "site")
    return listed.join(placed, on="id").join(table.lazy(), on=["site", "line"], how="semi").select("row").collect()


def weigh(scores: Array, listed: npt.NDArray[np.bool_], length: Array, inside: npt.NDArray[np.bool_]) -> Array:
    """Return the scores with those of listed lines raised.

    A place in the table multiplies the odds by 7; by 3 for a line of 25 words or more inside the page's best run of prose, where articles
    quote each other; not at all for one of less than 8 there, where a site's articles have headings in common.

    Args:
        scores: how sure the page alone is that each line is noise.
        listed: whether the table lists the line.
        length: in words.
        inside: whether it stands in the page's best run of prose.
    """
    factor = np.where(inside & (length < _HEADING), 1.0, np.where(inside & (length >= _PROSE), _RAISED_PROSE, _RAISED))
    odds = np.where(listed, factor, 1.0) * scores
    raised: Array = np.where(listed, np.round(odds / (odds + 1 - scores), 3), scores).astype(np.float32)
    return raised


def _place() -> pl.Expr:
    """Return the hash of a line and its site; the same in one version of Polars, on any machine."""
    return pl.struct("site", "line").hash().alias("place")


def _placed(texts: pl.DataFrame) -> pl.DataFrame:
    """Return the texts that belong to a site: `id`, `text`, `url`, `site`."""
    known = [pl.col(name) if name in texts.columns else pl.lit(None, dtype=pl.String).alias(name) for name in ("url", "site")]
    # The address before the stated name: pages of one site spell its name in several ways.
    host = pl.col("url").str.extract(r"^[a-zA-Z][a-zA-Z0-9+.-]*://(?:[^/?#@]*@)?(?:www\.)?([^/:?#]+)", 1)
    stated = pl.col("site").str.strip_chars()
    named = pl.coalesce(host, pl.when(stated != "").then(stated)).str.to_lowercase()
    return texts.select("id", "text", *known).with_columns(named.alias("site")).drop_nulls("site")
