"""Line rules: delete lines that match literals, patterns and feature bounds, blocks below such lines, and lines beside other deletions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from saring.noise import own_text
from saring.noise.line_features import TEXT_FEATURES, find_needed_strings, line_key, within_bounds
from saring.noise.patterns import contains, drop_unless

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from saring.config.rules import Rule
    from saring.noise.rule_scopes import ScopeFilter

    Rows = npt.NDArray[np.uint32]

__all__ = ["find_noisy_lines"]

#: Longer lines are never deleted by a rule: each one inspected contained a sentence of the page itself, and long lines cost the most to
#: match.
_LONGEST = 400

_MATCHED_COLUMNS = ("text", "key", "bare", "folded", *TEXT_FEATURES)
_MATCHES = {"row": pl.UInt32, "rule": pl.UInt32}
_TEXT_MATCHES = {"spelling": pl.UInt32, "rule": pl.UInt32}

_SIDES = ("above", "below", "around")
#: Marks a line that no rule matches, in arrays of rule indices.
_NO_RULE = np.uint32(0xFFFFFFFF)


def find_noisy_lines(lines: pl.DataFrame, rules: Sequence[Rule], scope_filter: ScopeFilter, *, protect: bool = True) -> pl.DataFrame:
    """Find the lines that line rules and block rules delete.

    Args:
        lines: as `line_features.line_features` returns them.
        rules: all rules; those of scope `line` and `block` are used.
        scope_filter: drops matches of rules that are bound to other languages or sites.
        protect: whether lines that are the page's own text (`own_text`) are kept.

    Returns:
        Columns `row` and `rule` (index into `rules`), one row per deleted line, with the first of the rules that delete it.
    """
    indexed = [(index, rule) for index, rule in enumerate(rules) if rule.scope in ("line", "block")]
    short = lines.select("row", "spelling", *_MATCHED_COLUMNS).filter(pl.col("characters") <= _LONGEST)
    distinct = short.select("spelling", *_MATCHED_COLUMNS).unique("spelling")
    text_matches = _drop_exceptions(pl.concat([_match_literals(distinct, indexed), _match_patterns(distinct, indexed)]), distinct, indexed)
    row_matches = short.select("row", "spelling").join(text_matches, on="spelling")
    bounded_matches = _drop_out_of_bounds(row_matches["row"].to_numpy(), row_matches["rule"].to_numpy(), lines, indexed)
    matches = scope_filter.filter_matches(bounded_matches.with_columns(lines["id"].gather(bounded_matches["row"]))).select("row", "rule")
    matches = own_text.unprotected_matches(lines, matches, rules) if protect else matches

    certain = pl.concat(
        [
            _first_rule_per_row(matches, [i for i, rule in indexed if rule.scope == "line" and not rule.beside]),
            _block_rows(lines, matches, rules),
        ]
    )
    certain = certain.group_by("row").agg(pl.col("rule").min())
    return pl.concat([certain, _rows_beside_noise(lines, certain, matches, indexed)])


def _match_literals(distinct: pl.DataFrame, rules: Sequence[tuple[int, Rule]]) -> pl.DataFrame:
    """Match distinct lines against the literals of all rules in one hash join: columns `spelling` (id of the text) and `rule`."""
    folded_literals = [(index, text) for index, rule in rules if not rule.exact for text in rule.literals]
    exact_literals = [(index, text) for index, rule in rules if rule.exact for text in rule.literals]
    columns = {"rule": pl.UInt32, "key": pl.String}
    table = pl.DataFrame(folded_literals, schema=columns, orient="row").with_columns(line_key(pl.col("key"))).unique(maintain_order=True)
    exact_table = pl.DataFrame(exact_literals, schema=columns, orient="row").rename({"key": "text"})
    return pl.concat([distinct.join(table, on="key").select(*_TEXT_MATCHES), distinct.join(exact_table, on="text").select(*_TEXT_MATCHES)])


def _match_patterns(distinct: pl.DataFrame, rules: Sequence[tuple[int, Rule]]) -> pl.DataFrame:
    """Match distinct lines against the patterns of rules, and against the bounds of rules that have neither pattern nor literals.

    Each rule first drops the lines without its required strings or outside its bounds. Polars computes both sides of an `&`, so one query
    for all rules ran every pattern on every line and took 1.5 times as long. Where no line remains the pattern is not even compiled.

    Returns:
        Columns `spelling` (id of the line's text) and `rule` (index).
    """
    matches_by_rule = [(0, np.zeros(0, dtype=np.uint32))]
    with_needed_strings = find_needed_strings(distinct["folded"], rules)
    for index, rule in rules:
        if rule.pattern or not rule.literals:
            candidates = within_bounds(rule, distinct, with_needed_strings[index], TEXT_FEATURES)
            if rule.pattern and len(candidates):
                candidates = candidates[
                    contains(distinct["bare"].gather(candidates), f"{'' if rule.exact else '(?i)'}^(?:{rule.pattern})$").to_numpy()
                ]
            matches_by_rule.append((index, candidates))
    return _match_table("spelling", distinct["spelling"].to_numpy(), matches_by_rule)


def _drop_exceptions(text_matches: pl.DataFrame, distinct: pl.DataFrame, rules: Sequence[tuple[int, Rule]]) -> pl.DataFrame:
    """Drop the matches of distinct lines that the `unless` pattern of their rule excepts."""
    excepting_rules = [(index, rule) for index, rule in rules if rule.unless]
    has_exceptions = pl.col("rule").is_in([index for index, _ in excepting_rules])
    texts = text_matches.filter(has_exceptions).join(distinct.select("spelling", "text"), on="spelling")
    kept = (
        [drop_unless(texts.filter(pl.col("rule") == index), "text", rule) for index, rule in excepting_rules] if texts.height else [texts]
    )
    return pl.concat([text_matches.filter(~has_exceptions), *(rows.select(*_TEXT_MATCHES) for rows in kept)])


def _match_table(name: str, values: Rows, matches_by_rule: Sequence[tuple[int, Rows]]) -> pl.DataFrame:
    """Build a table of matches from index arrays per rule: column `name` has `values` at those indices, column `rule` the rule's index.

    With the name "row", the values [7, 8, 9] and the matches [(2, [0, 1]), (5, [2])], `row` is [7, 8, 9] and `rule` is [2, 2, 5].
    """
    indices = np.concatenate([indices for _, indices in matches_by_rule])
    rule = np.repeat([index for index, _ in matches_by_rule], [len(indices) for _, indices in matches_by_rule])
    return pl.DataFrame({name: values[indices], "rule": rule}, schema_overrides={"rule": pl.UInt32})


def _drop_out_of_bounds(rows: Rows, rule: Rows, lines: pl.DataFrame, rules: Sequence[tuple[int, Rule]]) -> pl.DataFrame:
    """Drop matches of lines whose features, positions included, are outside the rule's bounds.

    Only now, after matching distinct texts, since a position belongs to a row and not to a text.

    With `rows` [4, 0, 2] and `rule` [1, 0, 1], the stable sort gives rows [0, 4, 2] and rules [0, 1, 1]; `searchsorted` then cuts out the
    rows of rule 1 as [4, 2].

    Args:
        rows: the row of the matched line, one entry per match.
        rule: the index of the matching rule, one entry per match.
        lines: the lines with their features.
        rules: the rules that were matched, each with its index.

    Returns:
        Columns of `_MATCHES`: the remaining matches, rule by rule.
    """
    order = np.argsort(rule.astype(np.uint16), kind="stable")
    rows, rule = rows[order], rule[order]
    matches_by_rule = [(0, rows[:0])]
    for index, bounded_rule in rules:  # literals were matched without regard to any bound
        begin, end = np.searchsorted(rule, [index, index + 1])
        matches_by_rule.append((index, within_bounds(bounded_rule, lines, rows[begin:end])))
    return _match_table("row", np.arange(lines.height, dtype=np.uint32), matches_by_rule)


def _first_rule_per_row(matches: pl.DataFrame, rules: Sequence[int]) -> pl.DataFrame:
    """Filter matches to those of some rules (given by index), and of these to one per row: that of the rule with the lowest index."""
    return matches.filter(pl.col("rule").is_in(rules)).group_by("row").agg(pl.col("rule").min())


def _block_rows(lines: pl.DataFrame, matches: pl.DataFrame, rules: Sequence[Rule]) -> pl.DataFrame:
    """Return the rows of blocks: from a line that a block rule matches to the next line of prose, the next blank line, or the text's end.

    Lines are divided into segments that begin with what ends a block; within a segment, all lines from the first marker on are in the
    block. For markers at rows [1, 4] and segments that begin at rows [0, 3], `marker` is [-1, 1, 1, 1, 4, 4] and the segment starts are [0,
    0, 0, 3, 3, 3], so that rows 1, 2, 4 and 5 are inside. Above the first line of prose a marker is a menu link, and a block down to that
    line would include the headline: there the marker is deleted alone.
    """
    row, begins = np.arange(lines.height), lines["from_start"].to_numpy() == 0
    ends = {
        "prose": lines["prose"].to_numpy(),
        "blank": np.diff(lines["number"].to_numpy(), prepend=0) > 1,
        "end": np.zeros(lines.height, dtype=np.bool_),
    }
    blocks = [pl.DataFrame(schema=_MATCHES)]
    for until, ends_block in ends.items():
        markers = _first_rule_per_row(matches, [i for i, rule in enumerate(rules) if rule.scope == "block" and rule.until == until])
        if not markers.is_empty():
            rule = np.full(lines.height, _NO_RULE)
            rule[markers["row"].to_numpy()] = markers["rule"].to_numpy()
            is_marker = rule != _NO_RULE
            marker = np.maximum.accumulate(np.where(is_marker, row, -1))
            inside = marker >= np.maximum.accumulate(np.where(begins | ends_block, row, 0))
            if until == "prose":
                inside &= is_marker | (lines["prose_above"].to_numpy() > 0)
            blocks.append(pl.DataFrame({"row": row[inside], "rule": rule[marker[inside]]}, schema=_MATCHES))
    return pl.concat(blocks)


def _rows_beside_noise(
    lines: pl.DataFrame, certain: pl.DataFrame, matches: pl.DataFrame, rules: Sequence[tuple[int, Rule]]
) -> pl.DataFrame:
    """Return the matches of rules with `beside` whose line does adjoin noise, directly or through other such matches.

    Args:
        lines: the lines with their features.
        certain: column `row` of the lines that other rules delete.
        matches: columns `row` and `rule` (index), matches of all rules.
        rules: the rules with their indices. `beside` is the side of a line on which there has to be noise: `above`, `below` or `around`
            (either).

    Returns:
        Columns `row` and `rule`.
    """
    candidates = matches.join(certain, on="row", how="anti")
    matches_by_side = {
        side: _first_rule_per_row(candidates, [i for i, rule in rules if rule.scope == "line" and rule.beside == side]) for side in _SIDES
    }
    rule_by_side = {side: np.full(lines.height, _NO_RULE) for side in _SIDES}
    for side, first_rules in matches_by_side.items():
        rule_by_side[side][first_rules["row"].to_numpy()] = first_rules["rule"].to_numpy()
    is_certain = np.zeros(lines.height, dtype=np.bool_)
    is_certain[certain["row"].to_numpy()] = True

    # Runs of lines within a document that are certain or candidates. Prefix sums count the certain lines of a run up to each of its lines:
    # in a run with certain = [0, 1, 0], `before` is [0, 0, 1, 1], so the first line has certain noise below it and the third above it.
    noisy = is_certain | np.any([rule != _NO_RULE for rule in rule_by_side.values()], axis=0)
    starts = np.flatnonzero((lines["from_start"].to_numpy() == 0) | np.diff(noisy, prepend=False))
    width = np.diff(np.append(starts, lines.height))
    before = np.concatenate(([0], np.cumsum(is_certain)))
    first, last = before[starts].repeat(width), before[starts + width].repeat(width)
    reached = {"above": before[:-1] < last, "below": before[1:] > first, "around": last > first}
    rule = np.min([np.where(reached[side], rule_by_side[side], _NO_RULE) for side in _SIDES], axis=0)
    return pl.DataFrame({"row": np.arange(lines.height), "rule": rule}, schema=_MATCHES).filter(pl.col("rule") != _NO_RULE)
