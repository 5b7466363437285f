"""Site lines: lines that a site prints on several of its pages, as additional evidence for the line classifier.

    pages          -> site_line_counts.find_site_lines   table of the lines that stand on three or more pages of a site
    scores + table -> raise_scores                       noise scores, raised for the lines in the table

The page's own score counts more: a paragraph that a site repeats in follow-up articles scores low as prose, and stays; a newsletter box
that looks like prose is deleted. `bench/README.md` has the gain.
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
    "LONGEST_SITE_LINE",
    "SITE_LINES_SCHEMA",
    "SITE_LINE_RULE",
    "line_hash",
    "listed_rows",
    "load_site_lines",
    "pages_with_site",
    "raise_scores",
    "site_lines_on_pages",
]

#: The rule id in the ledger of deletions that the page's own score would not have made without the site-line table.
SITE_LINE_RULE = "site-line"

#: Schema of the site-line table: `site` (the host of the URL without `www.`, else the declared site, in lower case), `line` (normalised by
#: `line_key`) and the number of `pages` of the site that it stands on, copies of a page counted once.
SITE_LINES_SCHEMA = pl.Schema({"site": pl.String, "line": pl.String, "pages": pl.UInt32})

#: Longer lines are not listed; line rules do not delete them either (`line_rules`).
LONGEST_SITE_LINE = 400
#: Factors on the odds of a listed line being noise: in general, and for long prose inside the best run. Chosen on tests/quality/sets/site.toml
#: alone, since two passes score such lines lower than one did: with 7 and 3 its F1 is 0.286, with 25 and 10 0.772 at a precision of 1.0, with
#: 30 and 12 0.887 at 0.933. `bench/noise.py --site-pages` has not been run with them; of 88 lines on two pages of a site that the earlier
#: classifier scored 0.15 to 0.55, 86% were noise, of those on one page only, 17%: the odds were 31 times as high.
_ODDS_FACTOR, _ODDS_FACTOR_PROSE = 25.0, 10.0
#: Words below which a listed line inside the best run is a heading and gains nothing (of 11 such lines, 10 were the articles' own), and
#: from which it is long prose (5 lines, all noise, so that the lower factor for them is caution, not measured).
_HEADING_WORDS, _PROSE_WORDS = 8, 25


def load_site_lines(file: Path) -> pl.DataFrame:
    """Read a site-line table from Parquet, as part of a release, or from JSON Lines with `site` and `line`.

    Raises:
        ConfigError: the file cannot be read, or holds something else.
    """
    try:
        stored = pl.read_ndjson(file) if file.suffix in (".jsonl", ".ndjson") else pl.read_parquet(file)
        table = stored.select(pl.col("site").cast(pl.String).str.to_lowercase(), line_key(pl.col("line").cast(pl.String)).alias("line"))
        return table.filter(pl.col("line").str.len_chars() <= LONGEST_SITE_LINE)
    except (OSError, pl.exceptions.PolarsError) as error:
        reason = str(error).split("\n", 1)[0][:200]
        hint = "Name the table of lines of a release, or JSON Lines with these two fields."
        expected = "a table of site and line, as Parquet or JSON Lines"
        raise ConfigError(file=str(file), path="", expected=expected, found=f"something else ({reason})", hint=hint) from error


def site_lines_on_pages(lines: pl.LazyFrame | pl.DataFrame, table: pl.DataFrame) -> pl.LazyFrame:
    """Return the line occurrences that a site-line table lists.

    Nothing else in that table affects how these pages are cleaned, so the result can stand for the table in their cache keys.

    Args:
        lines: rows of `site_line_counts.line_occurrences`.
        table: columns `site` and `line`, as `site_line_counts.find_site_lines` returns them.

    Returns:
        The rows of `lines` that the table lists, in any order.
    """
    return lines.lazy().join(table.lazy().select(line_hash()), on="place", how="semi")


def listed_rows(lines: pl.DataFrame, texts: pl.DataFrame, table: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of the lines that a site-line table lists for the site of their text, as a column `row`.

    Args:
        lines: as `line_features.line_features` returns them.
        texts: as for `site_line_counts.line_occurrences`.
        table: columns `site` and `line`.
    """
    sites = pages_with_site(texts).select("id", "site").join(table.select("site").unique(), on="site", how="semi")
    if sites.is_empty():
        return pl.DataFrame(schema={"row": pl.UInt32})
    site_rows = lines.lazy().select("row", "id", "key_hash").join(sites.lazy(), on="id")
    return (
        site_rows.join(table.lazy().select("site", pl.col("line").hash().alias("key_hash")), on=["site", "key_hash"], how="semi")
        .select("row")
        .collect()
    )


def raise_scores(scores: Array, listed: npt.NDArray[np.bool_], length: Array, inside: npt.NDArray[np.bool_]) -> Array:
    """Raise the noise scores of lines that the site-line table lists, by a factor on their odds.

    The factor is 25; 10 for lines of 25 words or more inside the page's best run of prose, where articles quote each other; 1 for lines of
    less than 8 words there, where a site's articles have headings in common. A listed line of 12 words scored 0.1 has odds of 0.111: raised
    to 2.78, its score is 2.78 / 3.78 = 0.735.

    Args:
        scores: the classifier's score of each line from the page alone.
        listed: whether the table lists the line.
        length: the length of the line in words.
        inside: whether the line stands in the page's best run of prose.
    """
    factor = np.where(
        inside & (length < _HEADING_WORDS), 1.0, np.where(inside & (length >= _PROSE_WORDS), _ODDS_FACTOR_PROSE, _ODDS_FACTOR)
    )
    odds = np.where(listed, factor, 1.0) * scores
    raised: Array = np.where(listed, np.round(odds / (odds + 1 - scores), 3), scores).astype(np.float32)
    return raised


def line_hash() -> pl.Expr:
    """Hash a line together with its site, as the column `place`; stable across machines within one version of Polars."""
    return pl.struct("site", "line").hash().alias("place")


def pages_with_site(texts: pl.DataFrame) -> pl.DataFrame:
    """Return the texts whose site is known, from their URL or else as declared, as columns `id`, `text`, `url`, `site`."""
    columns = [pl.col(name) if name in texts.columns else pl.lit(None, dtype=pl.String).alias(name) for name in ("url", "site")]
    # The host of the URL before the declared name, since pages of one site spell its name in several ways.
    host = pl.col("url").str.extract(r"^[a-zA-Z][a-zA-Z0-9+.-]*://(?:[^/?#@]*@)?(?:www\.)?([^/:?#]+)", 1)
    declared = pl.col("site").str.strip_chars()
    site_name = pl.coalesce(host, pl.when(declared != "").then(declared)).str.to_lowercase()
    return texts.select("id", "text", *columns).with_columns(site_name.alias("site")).drop_nulls("site")
