"""Protect the page's own text from rules and line classifier, where the neighbours of a line show that it belongs to the text.

The protections hold for all rules of a kind, and those for series for the classifier too, so that no rule has to repeat them:

    a line of a series              headwords above definitions, dates above entries (`line_series`), terms in alphabetical order
    a cross-reference               "See also: ..." to headwords of the same page
    reported speech                 "..., the mayor said" is no notice of the site to its reader
    dates in the text               of birth and death, at the head of a letter, in an invitation that begins above them
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

#: Kinds of rules that delete what the site says to its reader: such lines contain no reported speech.
_ADDRESSING = ("ad", "comment", "copyright", "login", "share")
_DATED = ("byline", "dateline")

#: A definition on one line: "term: definition", "term – definition", "term = definition".
_TERM = r"^[*•·\s]*([^:=–—]{1,30}?)\s?(?:[:=]|\s[–—-])\s+(\S)"
#: The least number of definitions in alphabetical order that are a glossary; the lower one if all begin with a lower-case letter.
#: Judgements.
_TERMS, _SHORT_TERMS = 4, 3
#: The most words of a headword that a cross-reference may name.
_REFERENCE = 3

#: Lines with a date of death (a cross) and with a date of birth (a star).
_CROSS = r"^[*•\s]*[†✝✞‡]"
_STAR = r"^[*⋆★✶]\s*[\p{L}\d]"

#: Salutations of letters: a capitalised line of up to five words that ends with a comma, up to three that end with an exclamation mark, or
#: a colon behind a word such as "Dear".
_GREETING = (
    r"^\p{Lu}[^\s,:]*(?:\s[^\s,:]+){0,4}\s?[,،，]$|^\p{Lu}\S*(?:\s\S+){0,2}\s?!$"
    r"|^(?i:dear|my dear|cher|chère|chers|liebe[rs]?|sehr geehrte[rs]?|querid[oa]s?|estimad[oa]s?|prezad[oa]s?|car[oa]s?|kepada|yth)\b.{0,40}:$"
)
#: Lines that are part of a sentence across lines: in lower case, or with a comma at the end (`_RUNS_ON`), or of at least `_RUNNING_WORDS`
#: words with less than the share `_RUNNING_CAPITALS` capitalised. From `_RUNNING_LINES` of them above a date, an invitation has begun; a
#: single one may be the name of a site, a menu, or the headline right above the date.
_RUNS_ON = r"^\p{Ll}[\p{Ll} ,'’]*$|,$"
_RUNNING_WORDS, _RUNNING_CAPITALS, _RUNNING_LINES = 8, 0.5, 2
#: Prepositions that stand on a line of their own above a byline: not part of a sentence across lines.
_WRITER = r"^(?:by|from|in|oleh|dari|di|par|de|von|aus|por|em|en|door|da|от|автор)$"
#: Offsets of the lines around a date that are inspected to tell whether it is part of the text.
_DATE_CONTEXT = (-6, -5, -4, -3, -2, -1, 1, 2)

#: The share of a series that the classifier must keep by itself for the series to be protected: it recognises a list of teasers by its
#: context. A judgement.
_KEPT_SHARE = 0.5


def unprotected_matches(lines: pl.DataFrame, matches: pl.DataFrame, rules: Sequence[Rule]) -> pl.DataFrame:
    """Drop the matches of line rules on lines that their neighbours show to be the page's own text.

    Args:
        lines: as `line_features.line_features` returns them.
        matches: columns `row` and `rule` (index into the rules).
        rules: all rules.
    """
    if matches.is_empty():
        return matches
    kinds = pl.Series([rule.kind for rule in rules], dtype=pl.String)
    row, kind = matches["row"].to_numpy(), kinds.gather(matches["rule"])
    doomed = np.zeros(lines.height, dtype=np.bool_)
    doomed[row] = True
    is_deleted = specific_matches(lines, matches, rules)
    glossary = line_series.glossary_lines(
        lines, line_series.series_entries(lines, is_deleted, sentences=False), doomed
    ) | _sorted_definitions(lines, doomed, is_deleted)
    is_dated, is_addressing = kind.is_in(_DATED).to_numpy(), kind.is_in(_ADDRESSING).to_numpy()
    dated, addressing, related = (
        _distinct_rows(lines, row[chosen]) for chosen in (is_dated, is_addressing, (kind == "related").to_numpy())
    )
    is_date = line_series.diary_lines(lines, line_series.series_entries(lines, is_deleted), doomed) | _dates_in_text(
        lines, dated, is_deleted
    )
    protected = (
        glossary[row]
        | _cross_references(lines, related)[row]
        | (is_dated & is_date[row])
        | (is_addressing & _reported_speech(lines, addressing)[row])
    )
    return matches.filter(~protected)


def protected_from_classifier(lines: pl.DataFrame, is_deleted: Flags, doomed: Flags) -> Flags:
    """Return a mask of the lines that the classifier must not delete: all lines of a glossary or diary that contains one of its deletions.

    Args:
        lines: as `line_features.line_features` returns them.
        is_deleted: mask of the lines that a rule deletes.
        doomed: mask of the lines that the classifier would delete.
    """
    if not doomed.any():
        return doomed
    entries = line_series.series_entries(lines, is_deleted)
    # A deletion in the text of an entry puts its head in question: with heads at rows 0 and 3, a deletion of row 4 adds row 3.
    heads = np.maximum.accumulate(np.where(~entries.is_entry | entries.first, np.arange(lines.height), 0))
    is_sought = doomed.copy()
    is_sought[heads[doomed]] = True
    return line_series.glossary_lines(lines, entries, is_sought, _KEPT_SHARE) | line_series.diary_lines(
        lines, entries, is_sought, _KEPT_SHARE
    )


def specific_matches(lines: pl.DataFrame, matches: pl.DataFrame, rules: Sequence[Rule]) -> Flags:
    """Return a mask of the lines that a rule matches for their words, rather than only for being short and beside other noise."""
    unspecific_rules = [index for index, rule in enumerate(rules) if rule.beside and not (rule.literals or rule.needs)]
    is_deleted = np.zeros(lines.height, dtype=np.bool_)
    is_deleted[matches.filter(~pl.col("rule").is_in(unspecific_rules))["row"].to_numpy()] = True
    return is_deleted


def _distinct_rows(lines: pl.DataFrame, rows: npt.NDArray[np.uint32]) -> pl.DataFrame:
    """Return the columns `row`, `document` and `text` of these rows of the line table, each row once."""
    return lines.select("row", "document", "text")[np.unique(rows)]


def _row_mask(lines: pl.DataFrame, rows: Sequence[int] | pl.Series) -> Flags:
    """Return a mask over all lines that is true for these rows."""
    flags = np.zeros(lines.height, dtype=np.bool_)
    flags[np.asarray(rows, dtype=np.int64)] = True
    return flags


def _reported_speech(lines: pl.DataFrame, matched: pl.DataFrame) -> Flags:
    """Return a mask of the matched lines with reported speech: a verb of saying behind a comma or a quotation, as in newspapers."""
    verbs = "|".join(word_list("saying"))
    pattern = rf"(?i)(?:[,،，]|[”\"»“’'])\s*,?\s+(?:[\p{{L}}'’-]+\s+){{0,2}}?(?:{verbs})(?:$|[\s,.:;!?])"
    return _row_mask(lines, matched.filter(pl.col("text").str.contains(pattern))["row"])


def _cross_references(lines: pl.DataFrame, matched: pl.DataFrame) -> Flags:
    """Return a mask of the matched lines that are cross-references: behind the label's colon, all items are headwords of the same page."""
    items = (
        matched.select("row", "document", pl.col("text").str.extract(r"^[^:：]{2,30}[:：]\s*(.+?)[.\s]*$").alias("item"))
        .drop_nulls()
        .with_columns(pl.col("item").str.to_lowercase().str.split(",").list.eval(pl.element().str.split(";").explode()))
        .explode("item")
        .with_columns(pl.col("item").str.strip_chars())
        .filter((pl.col("item").str.count_matches(r"\S+") <= _REFERENCE).all().over("row"))
    )
    if items.is_empty():
        return _row_mask(lines, [])
    surrounding = lines.join(items.select("document").unique(), on="document", how="semi")
    below = pl.col("sentence_end").shift(-1).over("document") == 1
    term = pl.coalesce(pl.col("text").str.extract(_TERM), pl.when((pl.col("words") <= _REFERENCE) & below).then(pl.col("text")))
    heads = surrounding.select("document", term.str.to_lowercase().alias("item")).drop_nulls().unique()
    references = items.join(heads.with_columns(pl.lit(value=True).alias("known")), on=["document", "item"], how="left")
    return _row_mask(lines, references.group_by("row").agg(pl.col("known").is_not_null().all()).filter("known")["row"])


def _sorted_definitions(lines: pl.DataFrame, doomed: Flags, is_deleted: Flags) -> Flags:
    """Return a mask of the lines in alphabetical lists of one-line definitions ("term: definition"), as glossaries have them.

    Args:
        lines: as `line_features.line_features` returns them.
        doomed: mask of the lines that rules would delete; only documents with a definition among these are searched.
        is_deleted: mask of the lines that rules delete for their words; a list must have two other lines.
    """
    protected = np.zeros(lines.height, dtype=np.bool_)
    candidates = lines.filter(pl.Series(doomed) & pl.col("text").str.contains(_TERM))
    if candidates.is_empty():
        return protected
    surrounding = lines.select("document", "row", "text").join(candidates.select("document").unique(), on="document", how="semi")
    terms = surrounding.with_columns(pl.col("text").str.extract_groups(_TERM).struct.rename_fields(["term", "begins"]).alias("parts"))
    terms = terms.unnest("parts").filter(pl.col("term").is_not_null()).with_columns(pl.col("term").str.to_lowercase())
    # Consecutive lines in ascending order are a run.
    is_next_term = (pl.col("row") == pl.col("row").shift(1) + 1) & (pl.col("term") > pl.col("term").shift(1))
    is_next_term &= pl.col("document") == pl.col("document").shift(1)
    terms = terms.with_columns(
        (~is_next_term).fill_null(value=True).cum_sum().alias("run"), pl.Series("cut", is_deleted[terms["row"].to_numpy()])
    )
    all_lower = pl.col("begins").str.contains(r"^\p{Ll}").all()
    size, kept_lines = pl.len(), (~pl.col("cut")).sum()
    is_list = (kept_lines > 1) & ((size >= _TERMS) | ((size >= _SHORT_TERMS) & all_lower))
    protected[terms.filter(is_list.over("run"))["row"].to_numpy()] = True
    return protected


def _dates_in_text(lines: pl.DataFrame, matched: pl.DataFrame, is_deleted: Flags) -> Flags:
    """Return a mask of the matched dates that are text: of birth or death, above the salutation of a letter, or inside an invitation."""
    matched = matched.filter(pl.col("text").str.contains(r"\d"))
    # Letters and invitations count above the first sentence only: below it, the lines under a date may be a reader's comment.
    is_head = lines["prose_above"].gather(matched["row"]) == 0
    neighbours = (
        matched.with_columns(is_head.alias("head"))
        .select("document", "head", pl.col("text").alias("date"), pl.col("row").cast(pl.Int64), pl.lit(_DATE_CONTEXT).alias("offset"))
        .explode("offset")
        .with_columns((pl.col("row") + pl.col("offset")).alias("neighbour_row"))
        .filter(pl.col("neighbour_row").is_between(0, lines.height - 1))
    )
    neighbour_rows = neighbours["neighbour_row"].to_numpy()
    surrounding = lines.select("text", "words", "title_case", pl.col("document").alias("of"))[neighbour_rows].with_columns(
        pl.Series("cut", is_deleted[neighbour_rows])
    )
    neighbours = pl.concat([neighbours, surrounding], how="horizontal").filter(pl.col("document") == pl.col("of"))
    date, text, offset = pl.col("date"), pl.col("text"), pl.col("offset")
    of_life = date.str.contains(_CROSS) | (date.str.contains(_STAR) & text.str.contains(_CROSS) & offset.is_between(-2, 2))
    greets = (offset == 1) & text.str.contains(_GREETING)
    is_running = (offset < -1) & (pl.col("words") >= _RUNNING_WORDS) & (pl.col("title_case") < _RUNNING_CAPITALS)
    runs_on = (offset < 0) & ((text.str.contains(_RUNS_ON) & ~text.str.contains(_WRITER)) | is_running)
    may_be_text = pl.col("head") & ~pl.col("cut")
    is_text = of_life.any() | (may_be_text & greets).any() | ((may_be_text & runs_on).sum() >= _RUNNING_LINES)
    return _row_mask(lines, neighbours.group_by("row").agg(is_text.alias("is_text")).filter("is_text")["row"])
