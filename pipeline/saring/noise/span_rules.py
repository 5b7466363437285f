"""Noise glued to the start, the end or the middle of a line that stays."""

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

#: Two code points that Unicode reserves for use inside a program: no text holds them.
_OPEN, _CLOSE = "\ufdd0", "\ufdd1"

_CUT = "(?P<cut>"

_PARTS = {"row": pl.UInt32, "rule": pl.UInt32, "from": pl.Int32, "to": pl.Int32, "original": pl.String}


def find_noisy_spans(lines: pl.DataFrame, noisy: pl.Series, rules: Sequence[Rule], allowed: ScopeFilter) -> pl.DataFrame:
    """Return the parts of lines that are noise.

    Args:
        lines: as `features.describe` gives them.
        noisy: the rows of those that are noise as a whole.
        rules: all rules; those of scope `prefix`, `suffix` and `inline` are used.
        allowed: drops matches of rules that are not for the document.

    Returns:
        Columns `row`, `rule` (index into `rules`), `from`, `to` (code points from the start of the line) and `original`; parts of one line
        do not overlap: the longest stays, then the leftmost.
    """
    indexed = [(index, rule) for index, rule in enumerate(rules) if rule.scope in ("prefix", "suffix", "inline")]
    stays = np.ones(lines.height, dtype=np.bool_)
    stays[noisy.to_numpy()] = False
    left = lines.select("row", "id", "line", "text", "folded", *FEATURES).filter(pl.Series(stays))
    left = left.filter(~pl.col("line").str.contains_any([_OPEN, _CLOSE]))
    held = find_needed_strings(left["folded"], indexed)
    found = [pl.DataFrame(schema=_PARTS)]
    for index, rule in indexed:
        places = within_bounds(rule, left, held[index])
        for pattern in anchored_patterns(rule) if len(places) else ():
            hit = left[places[contains(left["text"].gather(places), pattern).to_numpy()]]
            if not hit.is_empty():
                hit = allowed.only(hit.with_columns(pl.lit(index, dtype=pl.UInt32).alias("rule")))
                found.append(drop_unless(_marked(hit, pattern), "original", rule))
    return _longest(pl.concat(found))


def anchored_patterns(rule: Rule) -> list[str]:
    """Return the rule's patterns, anchored as its scope says.

    White space between the line's edge and a match goes with the match. An inline match without a group `cut` takes the white space
    after it along, so that one space is left where there were two.
    """
    case = "" if rule.exact else "(?i)"
    sources = [pl.escape_regex(text) for text in rule.literals] + ([rule.pattern] if rule.pattern else [])
    shapes = {"prefix": "{case}^(?:{source}){tail}", "suffix": "{case}(?:{source})$", "inline": "{case}(?:{source}){tail}"}
    return [shapes[rule.scope].format(case=case, source=source, tail="" if _CUT in source else r"\s*") for source in sources]


def _marked(hit: pl.DataFrame, pattern: str) -> pl.DataFrame:
    """Return where a pattern matches: the engine that matches also puts marks around each match, and the pieces are measured.

    A pattern with a group `cut` has its match narrowed to that group. Such a pattern must match nothing outside its groups `before`, `cut`
    and `after`: where it does, the marked line does not spell the line any more, and is left alone.
    """
    groups = _CUT in pattern
    marks = f"${{before}}{_OPEN}${{cut}}{_CLOSE}${{after}}" if groups else f"{_OPEN}${{0}}{_CLOSE}"
    return (
        hit.lazy()
        .select("row", "rule", "text", _indent(), pl.col("text").str.replace_all(pattern, marks).alias("marked"))
        .filter(pl.col("marked").str.replace_all(f"[{_OPEN}{_CLOSE}]", "") == pl.col("text"))
        .select("row", "rule", "indent", pl.col("marked").str.replace_all(_CLOSE, _OPEN).str.split(_OPEN).alias("original"))
        .with_columns(pl.int_ranges(pl.col("original").list.len()).alias("piece"))
        .explode("original", "piece")
        .with_columns(pl.col("original").str.len_chars().cast(pl.Int32).alias("width"))
        .with_columns((pl.col("indent") + pl.col("width").cum_sum().over("row")).alias("to"))
        .with_columns((pl.col("to") - pl.col("width")).alias("from"))
        .filter((pl.col("piece") % 2 == 1) & (pl.col("width") > 0))
        .select(*_PARTS)
        .collect()
    )


def _indent() -> pl.Expr:
    stripped = pl.col("line").str.strip_chars_start().str.len_chars()
    return (pl.col("line").str.len_chars() - stripped).cast(pl.Int32).alias("indent")


def _longest(found: pl.DataFrame) -> pl.DataFrame:
    """Drop parts that overlap a longer one, or one further left of the same length.

    Parts of a line are few, and those that overlap fewer: each pass drops what is beaten by its neighbour, until nothing is.
    """
    found = found.unique(["row", "from", "to"], keep="first", maintain_order=True).sort("row", "from", "to", maintain_order=True)
    width = pl.col("to") - pl.col("from")
    while True:
        before, after = pl.col("to").shift(1).over("row"), pl.col("from").shift(-1).over("row")
        beaten = ((before > pl.col("from")) & (width.shift(1).over("row") >= width)) | (
            (after < pl.col("to")) & (width.shift(-1).over("row") > width)
        )
        kept = found.filter(~beaten.fill_null(value=False))
        if kept.height == found.height:
            return kept
        found = kept
