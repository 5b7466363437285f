"""Headline, byline and date line of flat pages: found together, deleted from the text through the ledger, and kept as the page's fields.

A web page flattened to lines has its headline above the body, the byline and the date beside it. Boosted trees score the candidates
(`head_candidates`) for each of the three: first for the headline, then, with the distance from it, for the byline and the date. Where no
candidate reaches its threshold, the field stays null. The thresholds and the weights are in `head_weights.json`; `bench/train_head_lines.py`
trains them, `bench/head_lines.py` scores the result.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from saring.compute import boosted_trees
from saring.config.rules import HEAD_RULES
from saring.core.tables import TIME
from saring.noise import head_candidates
from saring.noise.author_names import author_line
from saring.noise.head_agreement import title_key
from saring.noise.head_dates import dates_of_lines, is_english

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from saring.config import Noise
    from saring.noise.head_candidates import Candidates

    Flags = npt.NDArray[np.bool_]
    Features = npt.NDArray[np.float32]
    Rows = npt.NDArray[np.int64]

__all__ = [
    "WEIGHTS",
    "HeadModels",
    "best_per_page",
    "fill_head_fields",
    "find_head_lines",
    "head_models_of",
    "head_rules_on",
    "headline_features",
]

#: The file of weights.
WEIGHTS = Path(__file__).with_name("head_weights.json")

#: " - Site", " | Site" and the like at the end of a title.
_SITE_SUFFIX = r"\s+[-–—|·•»:]\s+[^\n]{1,60}$"
#: Scores below their threshold are set to 0: what reaches this is above it.
_LEAST = 0.001
#: The best candidate for the headline stays in the text, if it is not taken for it, from this score on. A judgement.
_DOUBTFUL = 0.15
#: The share of a headline's longer words that its lead retells, where it ends like a sentence. A judgement.
_RETOLD = 0.5
#: Factor on the scores of lines that a rule deletes: of those that would be the headline by their score alone, a third are captions and the
#: like (development pages of sites that the models have not seen).
_DELETED = 0.6
#: A line with a date is no headline below this length (the logarithm of its words and one more). A judgement.
_DATE_LENGTH = 2.0
#: A distance in lines for pages without a headline. A judgement, as in `head_candidates`.
_NO_HEADLINE = 80.0
#: The least score of a name without a word such as "By" beside another that is the byline. A judgement.
_BARE_NEIGHBOUR = 0.75
#: Bylines of several lines, one for each author, stand at most so many lines apart. A judgement.
_BYLINE_GAP = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class HeadModels:
    """The trees that score candidates, their thresholds, and the rules that may delete.

    Attributes:
        trees: for `headline`, `byline` and `date`.
        thresholds: the least scores, as `bench/train_head_lines.py` explains them.
        rules: those of `HEAD_RULES` that are switched on.
    """

    trees: Mapping[str, boosted_trees.Trees]
    thresholds: Mapping[str, float]
    rules: frozenset[str]


def head_rules_on(settings: Noise) -> frozenset[str]:
    """Return the rules of `HEAD_RULES` that the `[noise]` settings of corpus.toml leave on."""
    return frozenset(rule for rule, kind in HEAD_RULES.items() if rule not in settings.off and kind not in settings.keep)


def head_models_of(settings: Noise) -> HeadModels | None:
    """Return the models as the `[noise]` settings of corpus.toml allow them; None where they switch all three off."""
    rules = head_rules_on(settings)
    return HeadModels(trees=boosted_trees.load_classes(WEIGHTS), thresholds=_thresholds(WEIGHTS), rules=rules) if rules else None


@functools.cache
def _thresholds(file: Path) -> dict[str, float]:
    """Read the thresholds beside the weights."""
    thresholds: dict[str, float] = json.loads(file.read_bytes())["thresholds"]
    return thresholds


def find_head_lines(
    lines: pl.DataFrame, texts: pl.DataFrame, rule_deletions: pl.DataFrame, listed: pl.DataFrame | None, models: HeadModels
) -> pl.DataFrame:
    """Find the lines of headline, byline and date of flat pages.

    Args:
        lines: as `line_features.line_features` returns them.
        texts: columns `id` and `text`; optional columns `url`, `source` and `title`. Where a column `dropped_share` has a value, the page
            was extracted from markup and is not searched.
        rule_deletions: column `row` of the lines that rules delete.
        listed: column `row` of the lines that the site prints on several pages; such a line is no headline.
        models: trees and thresholds.

    Returns:
        Columns `row`, `rule` (of `HEAD_RULES`) and `score`, a row for each line at most. The rule is null where a line may be the headline
        of a page on which none is sure: it stays in the text.
    """
    pages = _flat_pages(texts)
    candidates = head_candidates.find_candidates(lines, pages, _mask(lines, rule_deletions), _mask(lines, listed)) if pages.height else None
    if candidates is None:
        return pl.DataFrame(schema={"row": pl.UInt32, "rule": pl.String, "score": pl.Float32})
    headlines, headline_scores = _headlines(candidates, pages, models)
    features = candidates.features | headline_features(candidates, headlines)
    dates = _scores(models.trees["date"], features, candidates.table["created"].is_not_null())
    bylines = _scores(models.trees["byline"], features, candidates.table["names"].list.len() > 0)
    is_date = best_per_page(candidates, dates, models.thresholds["date"])
    is_labelled = candidates.table["is_labelled"].to_numpy()
    threshold = np.where(is_labelled, models.thresholds["byline_labelled"], models.thresholds["byline"])
    is_byline = _beside_best(candidates, np.where(bylines >= threshold, bylines, 0))
    rule = np.select(
        [headlines, is_byline & is_date, is_byline, is_date], ["page-headline", "page-byline-date", "page-byline", "page-date"], ""
    )
    score = np.select([headlines, is_byline], [headline_scores, bylines], dates)
    table = pl.DataFrame({"row": candidates.table["row"], "rule": rule, "score": score.astype(np.float32)})
    doubtful = pl.Series(_doubtful_headlines(candidates, headlines, headline_scores) & (rule == ""))
    return table.with_columns(pl.when(doubtful).then(None).otherwise("rule").alias("rule")).filter(
        pl.col("rule").is_in(sorted(models.rules)) | pl.col("rule").is_null()
    )


def _doubtful_headlines(candidates: Candidates, headlines: Flags, scores: Features) -> Flags:
    """Return a mask of the best candidates of the pages without a headline: each may be it, so that it must not be lost as noise."""
    document = candidates.table["document"]
    has_none = ~document.is_in(document.filter(pl.Series(headlines)).unique().implode()).to_numpy()
    return best_per_page(candidates, np.where(has_none, scores, 0), _DOUBTFUL)


def _scores(trees: boosted_trees.Trees, features: Mapping[str, Features], chosen: pl.Series) -> Features:
    """Score the chosen candidates; the others have the score 0."""
    rows = chosen.arg_true().to_numpy().astype(np.intp)
    scores = np.zeros(len(chosen), dtype=np.float32)
    scores[rows] = boosted_trees.probabilities(trees, features, rows)
    return scores


def _flat_pages(texts: pl.DataFrame) -> pl.DataFrame:
    """Return the flat pages with columns `id`, `text`, `url`, `source`, `title`, `added`."""
    optional: dict[str, pl.DataType | type[pl.DataType]] = {"url": pl.String, "source": pl.String, "title": pl.String, "added": TIME}
    columns = [pl.col(name) if name in texts.columns else pl.lit(None, dtype=dtype).alias(name) for name, dtype in optional.items()]
    flat = texts.filter(pl.col("dropped_share").is_null()) if "dropped_share" in texts.columns else texts
    return flat.select("id", "text", *columns)


def _mask(lines: pl.DataFrame, rows: pl.DataFrame | None) -> Flags:
    """Return a mask over all lines that is true for the rows of a table."""
    mask = np.zeros(lines.height, dtype=np.bool_)
    if rows is not None:
        mask[rows["row"].to_numpy()] = True
    return mask


def _headlines(candidates: Candidates, pages: pl.DataFrame, models: HeadModels) -> tuple[Flags, Features]:
    """Return a mask of the headlines among candidates, with the lines above that repeat them, and the scores of all candidates.

    Where a page declares its title, its headline is the line that repeats it; otherwise the best candidate.
    """
    # The three models share a list of features; that of the headline splits on none that refer to it.
    features = candidates.features | headline_features(candidates, np.zeros(candidates.table.height, dtype=np.bool_))
    scores = boosted_trees.probabilities(models.trees["headline"], features, np.arange(candidates.table.height))
    # A sentence is a headline only if the lead retells it: otherwise it is the first sentence of a text without a headline.
    is_sentence = (features["ends"] == 1) & (features["is_question"] == 0) & (features["retold"] < _RETOLD)
    is_other = (
        (features["is_prose"] == 1) | (features["has_letters"] == 0) | (features["has_address"] == 1) | (features["starts_mark"] == 1)
    )
    # "Sumber: Kabar Laut", "By Ada Flint", a date line.
    is_other |= features["ends_colon"] == 1
    is_other |= ((features["starts_others"] == 1) & (features["has_colon"] == 1)) | (features["is_labelled"] == 1)
    is_other |= (features["has_date"] == 1) & (features["length"] <= _DATE_LENGTH)
    scores = np.where(features["is_deleted"] == 1, scores * np.float32(_DELETED), scores)
    scores = np.where(is_sentence | is_other | (features["is_listed"] == 1), 0, scores).astype(np.float32)
    table = candidates.table.select("id", "document", "row", "text", "key").join(
        pages.select("id", "title"), on="id", how="left", maintain_order="left"
    )
    title = pl.col("title")
    repeats = (pl.col("key") != "") & (
        (pl.col("key") == title_key(title)) | (pl.col("key") == title_key(title.str.replace(_SITE_SUFFIX, "")))
    )
    is_title = table.select(repeats.fill_null(value=False))["key"].to_numpy()
    is_untitled = table["title"].is_null().to_numpy()
    threshold = np.where(features["has_slug"] == 1, models.thresholds["headline"], models.thresholds["headline_alone"])
    # A date or "By" below a line speaks for it.
    is_confirmed = (features["date_below"] > 0) | (features["labelled_below"] > 0)
    threshold = np.where(is_confirmed, np.minimum(threshold, models.thresholds["headline_confirmed"]), threshold)
    best = best_per_page(candidates, np.where(is_untitled & (scores >= threshold), scores, 0), _LEAST)
    chosen = best | (is_title & (candidates.table["row"].to_numpy() <= candidates.run_first + 1))
    # The <title> line and the end of a breadcrumb repeat the headline above it.
    bare = title_key(pl.col("text").str.replace(_SITE_SUFFIX, ""))
    keyed = table.select("document", "row", "key", bare.alias("bare"), pl.Series("chosen", chosen))
    headline = keyed.filter("chosen").select("document", pl.col("key").alias("headline"), pl.col("row").alias("headline_row"))
    above = keyed.join(headline.unique("document", keep="last"), on="document", how="left", maintain_order="left").select(
        ((pl.col("key") == pl.col("headline")) | (pl.col("bare") == pl.col("headline"))) & (pl.col("row") < pl.col("headline_row"))
    )["key"]
    return chosen | above.fill_null(value=False).to_numpy(), scores


def headline_features(candidates: Candidates, headlines: Flags) -> dict[str, Features]:
    """Compute the features of candidates that refer to the headline of their page: the distance from the last line that is one.

    Args:
        candidates: the candidates.
        headlines: mask of those that are headlines.
    """
    rows = candidates.table["row"].to_numpy().astype(np.int64)
    last = (
        candidates.table.select("document", pl.when(pl.Series(headlines)).then("row").alias("row"))
        .select(pl.col("row").max().over("document").cast(pl.Float64))["row"]
        .fill_null(float("nan"))
        .to_numpy()
    )
    distance = np.where(np.isnan(last), _NO_HEADLINE, rows - last)
    return {
        "from_headline": (np.sign(distance) * np.log1p(np.abs(distance))).astype(np.float32),
        "below_headline": ((distance > 0) & (distance < _NO_HEADLINE) & (rows <= candidates.run_first)).astype(np.float32),
        "is_headline": headlines.astype(np.float32),
    }


def best_per_page(candidates: Candidates, scores: Features, threshold: float) -> Flags:
    """Return a mask of the candidate with the highest score of each page, the last of equals, where it reaches the threshold."""
    ranked = pl.DataFrame({"document": candidates.table["document"], "score": scores}).with_row_index("place")
    best = ranked.filter(pl.col("score") >= threshold).filter(pl.col("score") == pl.col("score").max().over("document"))
    mask = np.zeros(len(scores), dtype=np.bool_)
    mask[best.group_by("document").agg(pl.col("place").max())["place"].to_numpy()] = True
    return mask


def _beside_best(candidates: Candidates, scores: Features) -> Flags:
    """Return a mask of the best byline of each page and of the lines beside it that belong to it.

    These repeat its names, or name one more author each, like the best one without a word such as "By". Other bylines close by are of
    illustrators, reviewers and other pages.
    """
    best = best_per_page(candidates, scores, _LEAST)
    table = candidates.table.select("document", pl.col("row").cast(pl.Int64), "names", "is_labelled", pl.Series("score", scores))
    first = table.filter(pl.Series(best)).select(
        "document", pl.col("row").alias("best_row"), pl.col("names").alias("best_names"), pl.col("is_labelled").alias("best_labelled")
    )
    joined = table.join(first, on="document", how="left", maintain_order="left")
    is_near = (pl.col("row") - pl.col("best_row")).abs() <= _BYLINE_GAP
    repeats = (pl.col("names").list.len() > 0) & (pl.col("names").list.set_difference("best_names").list.len() == 0)
    is_bare = ~pl.col("is_labelled") & ~pl.col("best_labelled") & (pl.col("score") >= _BARE_NEIGHBOUR)
    beside = joined.select((is_near & (repeats | is_bare)).fill_null(value=False).alias("beside"))["beside"].to_numpy()
    joined_mask: Flags = best | beside
    return joined_mask


def fill_head_fields(pages: pl.DataFrame, edits: pl.DataFrame) -> pl.DataFrame:
    """Fill the null fields `title`, `authors`, `created` and `created_offset` of pages from their deleted head lines.

    Args:
        pages: columns of `tables.PAGE`, after the deletions.
        edits: the ledger of the noise step; a line that an exception keeps is not in it, and fills nothing.
    """
    head = edits.filter(pl.col("rule").is_in(sorted(HEAD_RULES)) & (pl.col("field") == "text")).sort("id", "seq")
    if head.is_empty():
        return pages
    values = head.select("id", "rule", pl.col("original").str.strip_chars().alias("line"))
    titles = (
        values.filter(pl.col("rule") == "page-headline").group_by("id", maintain_order=True).agg(pl.col("line").last().alias("headline"))
    )
    bylines = values.filter(pl.col("rule").is_in(["page-byline", "page-byline-date"]))
    # One call per deleted byline.
    names = bylines.select("id", pl.Series("names", [list(author_line(line).names) for line in bylines["line"]], dtype=pl.List(pl.String)))
    authors = names.explode("names").drop_nulls().group_by("id", maintain_order=True).agg(pl.col("names").unique(maintain_order=True))
    dated = values.filter(pl.col("rule").is_in(["page-date", "page-byline-date"]))
    dates = _dates(dated, pages)
    is_filled = pl.col("created").is_null() & pl.col("dated").is_not_null()
    columns = pages.columns
    return (
        pages.join(titles, on="id", how="left", maintain_order="left")
        .join(authors, on="id", how="left", maintain_order="left")
        .join(dates, on="id", how="left", maintain_order="left")
        .with_columns(
            pl.coalesce("title", "headline").alias("title"),
            pl.coalesce("authors", "names").alias("authors"),
            pl.coalesce("created", "dated").alias("created"),
            pl.when(is_filled).then("dated_offset").otherwise("created_offset").alias("created_offset"),
        )
        .select(columns)
    )


def _dates(dated: pl.DataFrame, pages: pl.DataFrame) -> pl.DataFrame:
    """Return the dates of deleted lines, one per page, as columns `id`, `dated`, `dated_offset`."""
    english = pages.select("id", "url", "source", "added", is_english())
    own = dated.join(english, on="id", how="left", maintain_order="left")
    dates = dates_of_lines(own["line"], own)
    return (
        own.select("id", dates["created"].alias("dated"), dates["created_offset"].alias("dated_offset"))
        .drop_nulls("dated")
        .unique("id", keep="first", maintain_order=True)
    )
