"""Lines that rules match, or the classifier doubts, and that are the page's own text all the same.

What a line says is not enough to cut it where its neighbours say that it belongs to the text. These protections hold for all rules of a kind
and for the classifier, so that no rule has to know them:

    a line of a series              headwords above definitions, dates above entries (`series`), terms in alphabetical order
    a reference                     to headwords of the same page
    reported speech                 what somebody is said to have said is no notice of the site
    dates that are text             of a life, of a letter, of an invitation that has begun above them
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from saring.config.rules import word_list
from saring.noise import line_series

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from saring.config.rules import Rule

    Flags = npt.NDArray[np.bool_]

__all__ = ["protected_from_classifier", "unprotected_matches"]

#: Kinds of rules that cut what the site says to its reader: nobody else speaks in it.
_ADDRESSING = ("ad", "comment", "copyright", "login", "share")
_DATED = ("byline", "dateline")

#: "term: definition", "term – definition", "term = definition".
_TERM = r"^[*•·\s]*([^:=–—]{1,30}?)\s?(?:[:=]|\s[–—-])\s+(\S)"
_TERMS, _SHORT_TERMS = 4, 3
#: References that may be headwords have few words each.
_REFERENCE = 3

#: A life begins with a star and ends with a cross.
_CROSS = r"^[*•\s]*[†✝✞‡]"
_STAR = r"^[*⋆★✶]\s*[\p{L}\d]"

#: A short line that ends with a comma greets; a shorter one with an exclamation mark; with a colon where it begins as greetings do.
_GREETING = (
    r"^\p{Lu}[^\s,:]*(?:\s[^\s,:]+){0,4}\s?[,،，]$|^\p{Lu}\S*(?:\s\S+){0,2}\s?!$"
    r"|^(?i:dear|my dear|cher|chère|chers|liebe[rs]?|sehr geehrte[rs]?|querid[oa]s?|estimad[oa]s?|prezad[oa]s?|car[oa]s?|kepada|yth)\b.{0,40}:$"
)
#: Lines that go on from the one above them, or to the one below: in small letters, with a comma at the end, or long and small. Where two
#: stand above a date, an invitation has begun; one may be the name of a site, a menu or the headline right above the date.
_RUNS_ON = r"^\p{Ll}[\p{Ll} ,'’]*$|,$"
_RUNNING_WORDS, _RUNNING_CAPITALS, _RUNNING_LINES = 8, 0.5, 2
#: What stands alone above the name of a writer is none of them.
_WRITER = r"^(?:by|from|in|oleh|dari|di|par|de|von|aus|por|em|en|door|da|от|автор)$"
#: The lines around a date that say what it is.
_AROUND = (-6, -5, -4, -3, -2, -1, 1, 2)


#: The classifier sees a list of teasers as a whole: it must leave this share of a series by itself.
_KEPT = 0.5


def unprotected_matches(lines: pl.DataFrame, matches: pl.DataFrame, rules: Sequence[Rule]) -> pl.DataFrame:
    """Return the matches of rules that are no protected lines.

    Args:
        lines: as `features.describe` gives them.
        matches: columns `row` and `rule` (index into the rules).
        rules: all rules.
    """
    if matches.is_empty():
        return matches
    kinds = pl.Series([rule.kind for rule in rules], dtype=pl.String)
    row, kind = matches["row"].to_numpy(), kinds.gather(matches["rule"])
    wanted = np.zeros(lines.height, dtype=np.bool_)
    wanted[row] = True
    cut = specific_matches(lines, matches, rules)
    glossary = line_series.glossary_lines(lines, line_series.series_entries(lines, cut, sentences=False), wanted) | _terms(
        lines, wanted, cut
    )
    is_dated, is_addressing = kind.is_in(_DATED).to_numpy(), kind.is_in(_ADDRESSING).to_numpy()
    dated, addressing, related = (_rows_of(lines, row[chosen]) for chosen in (is_dated, is_addressing, (kind == "related").to_numpy()))
    is_date = line_series.diary_lines(lines, line_series.series_entries(lines, cut), wanted) | _dates_of_text(lines, dated, cut)
    own = glossary[row] | _references(lines, related)[row] | (is_dated & is_date[row]) | (is_addressing & _reported(lines, addressing)[row])
    return matches.filter(~own)


def protected_from_classifier(lines: pl.DataFrame, cut: Flags, wanted: Flags) -> Flags:
    """Return the lines that the classifier must leave: those of a series that holds one of the wanted lines.

    Args:
        lines: as `features.describe` gives them.
        cut: lines that a rule cuts.
        wanted: lines that the classifier would cut.
    """
    if not wanted.any():
        return wanted
    found = line_series.series_entries(lines, cut)
    # A line of an entry is judged with its head.
    heads = np.maximum.accumulate(np.where(~found.follows | found.first, np.arange(lines.height), 0))
    sought = wanted.copy()
    sought[heads[wanted]] = True
    return line_series.glossary_lines(lines, found, sought, _KEPT) | line_series.diary_lines(lines, found, sought, _KEPT)


def specific_matches(lines: pl.DataFrame, matches: pl.DataFrame, rules: Sequence[Rule]) -> Flags:
    """Return the lines that a rule matches for what they say: not just because they are short and stand among widgets."""
    vague = [index for index, rule in enumerate(rules) if rule.beside and not (rule.literals or rule.needs)]
    cut = np.zeros(lines.height, dtype=np.bool_)
    cut[matches.filter(~pl.col("rule").is_in(vague))["row"].to_numpy()] = True
    return cut


def _rows_of(lines: pl.DataFrame, rows: npt.NDArray[np.uint32]) -> pl.DataFrame:
    return lines.select("row", "document", "text")[np.unique(rows)]


def _flags(lines: pl.DataFrame, rows: Sequence[int] | pl.Series) -> Flags:
    flags = np.zeros(lines.height, dtype=np.bool_)
    flags[np.asarray(rows, dtype=np.int64)] = True
    return flags


def _reported(lines: pl.DataFrame, matched: pl.DataFrame) -> Flags:
    """Return the matched lines in which somebody speaks: a verb of saying behind a comma or a quotation, as newspapers write it."""
    verbs = "|".join(word_list("saying"))
    pattern = rf"(?i)(?:[,،，]|[”\"»“’'])\s*,?\s+(?:[\p{{L}}'’-]+\s+){{0,2}}?(?:{verbs})(?:$|[\s,.:;!?])"
    return _flags(lines, matched.filter(pl.col("text").str.contains(pattern))["row"])


def _references(lines: pl.DataFrame, matched: pl.DataFrame) -> Flags:
    """Return the matched lines whose label is followed by nothing but headwords of the same page."""
    items = (
        matched.select("row", "document", pl.col("text").str.extract(r"^[^:：]{2,30}[:：]\s*(.+?)[.\s]*$").alias("item"))
        .drop_nulls()
        .with_columns(pl.col("item").str.to_lowercase().str.split(",").list.eval(pl.element().str.split(";").explode()))
        .explode("item")
        .with_columns(pl.col("item").str.strip_chars())
        .filter((pl.col("item").str.count_matches(r"\S+") <= _REFERENCE).all().over("row"))
    )
    if items.is_empty():
        return _flags(lines, [])
    around = lines.join(items.select("document").unique(), on="document", how="semi")
    below = pl.col("sentence_end").shift(-1).over("document") == 1
    term = pl.coalesce(pl.col("text").str.extract(_TERM), pl.when((pl.col("words") <= _REFERENCE) & below).then(pl.col("text")))
    heads = around.select("document", term.str.to_lowercase().alias("item")).drop_nulls().unique()
    known = items.join(heads.with_columns(pl.lit(value=True).alias("known")), on=["document", "item"], how="left")
    return _flags(lines, known.group_by("row").agg(pl.col("known").is_not_null().all()).filter("known")["row"])


def _terms(lines: pl.DataFrame, wanted: Flags, cut: Flags) -> Flags:
    """Return the wanted lines that define a term, among lines that define others, in alphabetical order."""
    own = np.zeros(lines.height, dtype=np.bool_)
    candidates = lines.filter(pl.Series(wanted) & pl.col("text").str.contains(_TERM))
    if candidates.is_empty():
        return own
    around = lines.select("document", "row", "text").join(candidates.select("document").unique(), on="document", how="semi")
    terms = around.with_columns(pl.col("text").str.extract_groups(_TERM).struct.rename_fields(["term", "begins"]).alias("parts"))
    terms = terms.unnest("parts").filter(pl.col("term").is_not_null()).with_columns(pl.col("term").str.to_lowercase())
    # Lines right below each other, in ascending order, are a run.
    goes_on = (pl.col("row") == pl.col("row").shift(1) + 1) & (pl.col("term") > pl.col("term").shift(1))
    goes_on &= pl.col("document") == pl.col("document").shift(1)
    terms = terms.with_columns((~goes_on).fill_null(value=True).cum_sum().alias("run"), pl.Series("cut", cut[terms["row"].to_numpy()]))
    small = pl.col("begins").str.contains(r"^\p{Ll}").all()
    size, others = pl.len(), (~pl.col("cut")).sum()
    is_list = (others > 1) & ((size >= _TERMS) | ((size >= _SHORT_TERMS) & small))
    own[terms.filter(is_list.over("run"))["row"].to_numpy()] = True
    return own


def _dates_of_text(lines: pl.DataFrame, matched: pl.DataFrame, cut: Flags) -> Flags:
    """Return the matched dates that are text: of a life, above the greeting of a letter, or where an invitation has begun."""
    matched = matched.filter(pl.col("text").str.contains(r"\d"))
    # Above the first sentence: below it, what stands under a date may be somebody's comment.
    is_head = lines["prose_above"].gather(matched["row"]) == 0
    near = (
        matched.with_columns(is_head.alias("head"))
        .select("document", "head", pl.col("text").alias("date"), pl.col("row").cast(pl.Int64), pl.lit(_AROUND).alias("offset"))
        .explode("offset")
        .with_columns((pl.col("row") + pl.col("offset")).alias("other"))
        .filter(pl.col("other").is_between(0, lines.height - 1))
    )
    other = near["other"].to_numpy()
    around = lines.select("text", "words", "title_case", pl.col("document").alias("of"))[other].with_columns(pl.Series("cut", cut[other]))
    near = pl.concat([near, around], how="horizontal").filter(pl.col("document") == pl.col("of"))
    date, text, offset = pl.col("date"), pl.col("text"), pl.col("offset")
    of_life = date.str.contains(_CROSS) | (date.str.contains(_STAR) & text.str.contains(_CROSS) & offset.is_between(-2, 2))
    greets = (offset == 1) & text.str.contains(_GREETING)
    is_running = (offset < -1) & (pl.col("words") >= _RUNNING_WORDS) & (pl.col("title_case") < _RUNNING_CAPITALS)
    runs_on = (offset < 0) & ((text.str.contains(_RUNS_ON) & ~text.str.contains(_WRITER)) | is_running)
    free = pl.col("head") & ~pl.col("cut")
    is_text = of_life.any() | (free & greets).any() | ((free & runs_on).sum() >= _RUNNING_LINES)
    return _flags(lines, near.group_by("row").agg(is_text.alias("own")).filter("own")["row"])
