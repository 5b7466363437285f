"""Span rules: find noise at the start, at the end or in the middle of a line whose rest is kept (scopes `prefix`, `suffix`, `inline`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from saring.config.rules import FEATURES
from saring.noise.line_features import find_needed_strings, within_bounds
from saring.noise.patterns import contains, drop_unless

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saring.config.rules import Rule
    from saring.noise.rule_scopes import ScopeFilter

__all__ = ["anchored_patterns", "find_noisy_spans"]

#: Marks around a match: two of the noncharacters that Unicode reserves for internal use. Lines that contain one are not searched.
_OPEN, _CLOSE = "\ufdd0", "\ufdd1"

#: The named group that narrows a deletion to a part of the match.
_CUT = "(?P<cut>"

_SPAN_COLUMNS = {"row": pl.UInt32, "rule": pl.UInt32, "from": pl.Int32, "to": pl.Int32, "original": pl.String}


def find_noisy_spans(lines: pl.DataFrame, noisy_rows: pl.Series, rules: Sequence[Rule], scope_filter: ScopeFilter) -> pl.DataFrame:
    """Find the spans of lines that span rules delete.

    Args:
        lines: as `line_features.line_features` returns them.
        noisy_rows: the rows of the lines that are deleted in full.
        rules: all rules; those of scope `prefix`, `suffix` and `inline` are used.
        scope_filter: drops matches of rules that are bound to other languages or sites.

    Returns:
        Columns `row`, `rule` (index into `rules`), `from`, `to` (code points from the start of the line) and `original`. Spans of one line
        do not overlap: of two that would, the longer one stays, then the one further left.
    """
    indexed = [(index, rule) for index, rule in enumerate(rules) if rule.scope in ("prefix", "suffix", "inline")]
    is_kept = np.ones(lines.height, dtype=np.bool_)
    is_kept[noisy_rows.to_numpy()] = False
    kept_lines = lines.select("row", "id", "line", "text", "folded", *FEATURES).filter(pl.Series(is_kept))
    kept_lines = kept_lines.filter(~pl.col("line").str.contains_any([_OPEN, _CLOSE]))
    with_needed_strings = find_needed_strings(kept_lines["folded"], indexed)
    spans = [pl.DataFrame(schema=_SPAN_COLUMNS)]
    for index, rule in indexed:
        indices = within_bounds(rule, kept_lines, with_needed_strings[index])
        for pattern in anchored_patterns(rule) if len(indices) else ():
            matched_lines = kept_lines[indices[contains(kept_lines["text"].gather(indices), pattern).to_numpy()]]
            if not matched_lines.is_empty():
                matched_lines = scope_filter.filter_matches(matched_lines.with_columns(pl.lit(index, dtype=pl.UInt32).alias("rule")))
                spans.append(drop_unless(_locate_matches(matched_lines, pattern), "original", rule))
    return _drop_overlapping_spans(pl.concat(spans))


def anchored_patterns(rule: Rule) -> list[str]:
    """Return the regular expressions of a span rule, anchored at the start or the end of the line as its scope requires.

    A prefix or inline match without a group `cut` includes the white space behind it, so that one space remains where there were two.
    """
    case = "" if rule.exact else "(?i)"
    sources = [pl.escape_regex(text) for text in rule.literals] + ([rule.pattern] if rule.pattern else [])
    shapes = {"prefix": "{case}^(?:{source}){tail}", "suffix": "{case}(?:{source})$", "inline": "{case}(?:{source}){tail}"}
    return [shapes[rule.scope].format(case=case, source=source, tail="" if _CUT in source else r"\s*") for source in sources]


def _locate_matches(matched_lines: pl.DataFrame, pattern: str) -> pl.DataFrame:
    """Locate the matches of a pattern in lines: replace each match by itself between two marks, split at the marks, and measure the pieces.

    "He (ad) said" becomes "He <(ad) >said", with pieces of widths [3, 5, 4]: every second piece is a match, here from 3 to 8.

    A pattern with a group `cut` has its match narrowed to that group. It must match nothing outside its groups `before`, `cut` and `after`:
    if it does, the marked line without its marks differs from the line, and the line is skipped.
    """
    groups = _CUT in pattern
    marks = f"${{before}}{_OPEN}${{cut}}{_CLOSE}${{after}}" if groups else f"{_OPEN}${{0}}{_CLOSE}"
    return (
        matched_lines.lazy()
        .select("row", "rule", "text", _indent(), pl.col("text").str.replace_all(pattern, marks).alias("marked"))
        .filter(pl.col("marked").str.replace_all(f"[{_OPEN}{_CLOSE}]", "") == pl.col("text"))
        .select("row", "rule", "indent", pl.col("marked").str.replace_all(_CLOSE, _OPEN).str.split(_OPEN).alias("original"))
        .with_columns(pl.int_ranges(pl.col("original").list.len()).alias("piece"))
        .explode("original", "piece")
        .with_columns(pl.col("original").str.len_chars().cast(pl.Int32).alias("width"))
        .with_columns((pl.col("indent") + pl.col("width").cum_sum().over("row")).alias("to"))
        .with_columns((pl.col("to") - pl.col("width")).alias("from"))
        .filter((pl.col("piece") % 2 == 1) & (pl.col("width") > 0))
        .select(*_SPAN_COLUMNS)
        .collect()
    )


def _indent() -> pl.Expr:
    """Return an expression for the number of white space characters before the line's text."""
    stripped = pl.col("line").str.strip_chars_start().str.len_chars()
    return (pl.col("line").str.len_chars() - stripped).cast(pl.Int32).alias("indent")


def _drop_overlapping_spans(spans: pl.DataFrame) -> pl.DataFrame:
    """Drop spans that overlap a longer span, or one of the same length further left.

    Each pass drops the spans beaten by a neighbour, until none is; a line has few spans, and fewer that overlap, so passes are few.
    """
    spans = spans.unique(["row", "from", "to"], keep="first", maintain_order=True).sort("row", "from", "to", maintain_order=True)
    width = pl.col("to") - pl.col("from")
    while True:
        before, after = pl.col("to").shift(1).over("row"), pl.col("from").shift(-1).over("row")
        is_beaten = ((before > pl.col("from")) & (width.shift(1).over("row") >= width)) | (
            (after < pl.col("to")) & (width.shift(-1).over("row") > width)
        )
        kept = spans.filter(~is_beaten.fill_null(value=False))
        if kept.height == spans.height:
            return kept
        spans = kept
