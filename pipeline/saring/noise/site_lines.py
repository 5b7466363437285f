"""Lines of the site: what a site prints on several of its pages, as evidence beside what a page itself says of a line.

    pages -> saring.noise.site_line_counts   a table of the lines that stand on three pages of a site or more, copies of a page counted once
    page + table -> weigh           the page's own score of such a line, raised

The page comes first: a paragraph that a site repeats because its articles follow each other up scores as prose and stays; a newsletter box
that looks like prose goes. `bench/README.md` has what it gains.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from saring.core.errors import ConfigError
from saring.noise.line_features import line_key

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    Array = npt.NDArray[np.float32]

__all__ = [
    "LONGEST",
    "RULE",
    "TABLE",
    "line_hash",
    "listed_rows",
    "load_site_lines",
    "pages_with_site",
    "raise_scores",
    "site_lines_on_pages",
]

#: What the ledger calls a cut that the page's own score alone would not have made.
RULE = "site-line"

#: The table: `site` (the host of the address without `www.`, else the site as stated, in lower case), `line` (as `features.key` spells it)
#: and on how many `pages` of the site it stands, copies of a page counted once.
TABLE = pl.Schema({"site": pl.String, "line": pl.String, "pages": pl.UInt32})

#: Longer lines are never noise as a whole by a rule either (`noise.whole`).
LONGEST = 400
#: What a place in the table multiplies the odds by. Tried on development pages of 27 sites with two pages each, counting lines that both have, in
#: two flattenings: of 88 that the page alone scores 0.15 to 0.55, 86% are noise, of those on one page only, 17%: the odds are 31 times as
#: high. 7 to 20 give the same F1 within 0.0003; 7 leaves room for what a page is sure of. The exceptions were headings: of 11 short lines
#: inside a run 10 are the articles' own. For long prose there (5 lines, all noise) caution alone speaks.
_RAISED, _RAISED_PROSE = 7.0, 3.0
_HEADING, _PROSE = 8, 25


def load_site_lines(file: Path) -> pl.DataFrame:
    """Read a table: Parquet, as a release holds it, or JSON Lines of `site` and `line`.

    Raises:
        ConfigError: it cannot be read, or holds something else.
    """
    try:
        found = pl.read_ndjson(file) if file.suffix in (".jsonl", ".ndjson") else pl.read_parquet(file)
        table = found.select(pl.col("site").cast(pl.String).str.to_lowercase(), line_key(pl.col("line").cast(pl.String)).alias("line"))
        return table.filter(pl.col("line").str.len_chars() <= LONGEST)
    except (OSError, pl.exceptions.PolarsError) as error:
        reason = str(error).split("\n", 1)[0][:200]
        hint = "Name the table of lines of a release, or JSON Lines with these two fields."
        expected = "a table of site and line, as Parquet or JSON Lines"
        raise ConfigError(file=str(file), path="", expected=expected, found=f"something else ({reason})", hint=hint) from error


def site_lines_on_pages(lines: pl.LazyFrame | pl.DataFrame, table: pl.DataFrame) -> pl.LazyFrame:
    """Return which lines of a table stand on which page: all that the judgement of a page takes from the table.

    Args:
        lines: rows of `site_line_counts.line_occurrences`.
        table: columns `site` and `line`, as `tally.survey` gives them.

    Returns:
        The rows that the table lists, in any order.
    """
    return lines.lazy().join(table.lazy().select(line_hash()), on="place", how="semi")


def listed_rows(lines: pl.DataFrame, texts: pl.DataFrame, table: pl.DataFrame) -> pl.DataFrame:
    """Return the `row` of each line that the table lists for the site of its text.

    Args:
        lines: as `features.describe` gives them.
        texts: as for `site_line_counts.line_occurrences`.
        table: columns `site` and `line`.
    """
    sites = pages_with_site(texts).select("id", "site").join(table.select("site").unique(), on="site", how="semi")
    if sites.is_empty():
        return pl.DataFrame(schema={"row": pl.UInt32})
    known = lines.lazy().select("row", "id", "key_hash").join(sites.lazy(), on="id")
    return (
        known.join(table.lazy().select("site", pl.col("line").hash().alias("key_hash")), on=["site", "key_hash"], how="semi")
        .select("row")
        .collect()
    )


def raise_scores(scores: Array, listed: npt.NDArray[np.bool_], length: Array, inside: npt.NDArray[np.bool_]) -> Array:
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


def line_hash() -> pl.Expr:
    """Return the hash (`line_hash`) of a line and its site; the same in one version of Polars, on any machine."""
    return pl.struct("site", "line").hash().alias("place")


def pages_with_site(texts: pl.DataFrame) -> pl.DataFrame:
    """Return the texts that belong to a site: `id`, `text`, `url`, `site`."""
    known = [pl.col(name) if name in texts.columns else pl.lit(None, dtype=pl.String).alias(name) for name in ("url", "site")]
    # The address before the stated name: pages of one site spell its name in several ways.
    host = pl.col("url").str.extract(r"^[a-zA-Z][a-zA-Z0-9+.-]*://(?:[^/?#@]*@)?(?:www\.)?([^/:?#]+)", 1)
    stated = pl.col("site").str.strip_chars()
    named = pl.coalesce(host, pl.when(stated != "").then(stated)).str.to_lowercase()
    return texts.select("id", "text", *known).with_columns(named.alias("site")).drop_nulls("site")
