"""Lines that are noise as a whole, and the blocks below marker lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from saring.noise import own_text
from saring.noise.line_features import OF_TEXT, find_needed_strings, line_key, within_bounds
from saring.noise.patterns import contains, drop_unless

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from saring.config.rules import Rule
    from saring.noise.rule_scopes import ScopeFilter

    Rows = npt.NDArray[np.uint32]

__all__ = ["find_noisy_lines"]

#: Longer lines are never noise as a whole: a page's own sentence was in each one looked at, and they cost the most to match.
_LONGEST = 400

_LOOKED_AT = ("text", "key", "bare", "folded", *OF_TEXT)
_MATCHES = {"row": pl.UInt32, "rule": pl.UInt32}
_SPELLED = {"spelling": pl.UInt32, "rule": pl.UInt32}

_SIDES = ("above", "below", "around")
#: No rule.
_NONE = np.uint32(0xFFFFFFFF)


def find_noisy_lines(lines: pl.DataFrame, rules: Sequence[Rule], allowed: ScopeFilter, *, protect: bool = True) -> pl.DataFrame:
    """Return the rows of the lines that are noise as a whole.

    Args:
        lines: as `features.describe` gives them.
        rules: all rules; those of scope `line` and `block` are used.
        allowed: drops matches of rules that are not for the document.
        protect: whether lines that are the page's own text (`noise.own`) stay.

    Returns:
        Columns `row` and `rule` (index into `rules`), one row a line: the first rule by its place that cuts it.
    """
    indexed = [(index, rule) for index, rule in enumerate(rules) if rule.scope in ("line", "block")]
    short = lines.select("row", "spelling", *_LOOKED_AT).filter(pl.col("characters") <= _LONGEST)
    distinct = short.select("spelling", *_LOOKED_AT).unique("spelling")
    spelled = _spared(pl.concat([_by_literal(distinct, indexed), _by_pattern(distinct, indexed)]), distinct, indexed)
    placed = short.select("row", "spelling").join(spelled, on="spelling")
    bounded = _bounded(placed["row"].to_numpy(), placed["rule"].to_numpy(), lines, indexed)
    matches = allowed.only(bounded.with_columns(lines["id"].gather(bounded["row"]))).select("row", "rule")
    matches = own_text.unprotected_matches(lines, matches, rules) if protect else matches

    sure = pl.concat(
        [_first(matches, [i for i, rule in indexed if rule.scope == "line" and not rule.beside]), _blocks(lines, matches, rules)]
    )
    sure = sure.group_by("row").agg(pl.col("rule").min())
    return pl.concat([sure, _beside(lines, sure, matches, indexed)])


def _by_literal(distinct: pl.DataFrame, rules: Sequence[tuple[int, Rule]]) -> pl.DataFrame:
    """Join whole lines with all literals at once: one hash table, however many literals there are."""
    folded = [(index, text) for index, rule in rules if not rule.exact for text in rule.literals]
    exact = [(index, text) for index, rule in rules if rule.exact for text in rule.literals]
    columns = {"rule": pl.UInt32, "key": pl.String}
    table = pl.DataFrame(folded, schema=columns, orient="row").with_columns(line_key(pl.col("key"))).unique(maintain_order=True)
    cased = pl.DataFrame(exact, schema=columns, orient="row").rename({"key": "text"})
    return pl.concat([distinct.join(table, on="key").select(*_SPELLED), distinct.join(cased, on="text").select(*_SPELLED)])


def _by_pattern(distinct: pl.DataFrame, rules: Sequence[tuple[int, Rule]]) -> pl.DataFrame:
    """Match patterns, and features alone, on each spelling once: the menu of a site stands on all its pages.

    Each rule first drops the lines that its needed strings and its bounds rule out: Polars computes both sides of an `&`, so one query for
    all rules ran every pattern on every line and took 1.5 times as long. Where no line is left the pattern is not even compiled.
    """
    found = [(0, np.zeros(0, dtype=np.uint32))]
    held = find_needed_strings(distinct["folded"], rules)
    for index, rule in rules:
        if rule.pattern or not rule.literals:
            left = within_bounds(rule, distinct, held[index], OF_TEXT)
            if rule.pattern and len(left):
                left = left[contains(distinct["bare"].gather(left), f"{'' if rule.exact else '(?i)'}^(?:{rule.pattern})$").to_numpy()]
            found.append((index, left))
    return _listed("spelling", distinct["spelling"].to_numpy(), found)


def _spared(spelled: pl.DataFrame, distinct: pl.DataFrame, rules: Sequence[tuple[int, Rule]]) -> pl.DataFrame:
    """Drop the matches that their rule's `unless` leaves alone."""
    bound = [(index, rule) for index, rule in rules if rule.unless]
    of_bound = pl.col("rule").is_in([index for index, _ in bound])
    texts = spelled.filter(of_bound).join(distinct.select("spelling", "text"), on="spelling")
    kept = [drop_unless(texts.filter(pl.col("rule") == index), "text", rule) for index, rule in bound] if texts.height else [texts]
    return pl.concat([spelled.filter(~of_bound), *(rows.select(*_SPELLED) for rows in kept)])


def _listed(name: str, values: Rows, found: Sequence[tuple[int, Rows]]) -> pl.DataFrame:
    """Return what stands at the places that were found for each rule, in a column of this name, beside the rule's index."""
    places = np.concatenate([places for _, places in found])
    rule = np.repeat([index for index, _ in found], [len(places) for _, places in found])
    return pl.DataFrame({name: values[places], "rule": rule}, schema_overrides={"rule": pl.UInt32})


def _bounded(rows: Rows, rule: Rows, lines: pl.DataFrame, rules: Sequence[tuple[int, Rule]]) -> pl.DataFrame:
    """Drop the matches of lines whose features are not within the rule's bounds: where a line stands is known of rows, not of spellings.

    Returns:
        Columns of `_MATCHES`: the matches that are left, rule by rule.
    """
    order = np.argsort(rule.astype(np.uint16), kind="stable")
    rows, rule = rows[order], rule[order]
    found = [(0, rows[:0])]
    for index, of in rules:  # literals were looked for without regard to any bound
        begin, end = np.searchsorted(rule, [index, index + 1])
        found.append((index, within_bounds(of, lines, rows[begin:end])))
    return _listed("row", np.arange(lines.height, dtype=np.uint32), found)


def _first(matches: pl.DataFrame, rules: Sequence[int]) -> pl.DataFrame:
    return matches.filter(pl.col("rule").is_in(rules)).group_by("row").agg(pl.col("rule").min())


def _blocks(lines: pl.DataFrame, matches: pl.DataFrame, rules: Sequence[Rule]) -> pl.DataFrame:
    """Return the lines from each marker line to where its block ends.

    A block ends before the next line of prose, before a blank line, or with the text. Lines are put in segments that begin with what
    ends a block; in each segment all lines from the first marker on are in the block. Above the first line of prose a marker is a link of
    the menu, and a block that ran on to that line would take the headline: the marker goes alone.
    """
    here, begins = np.arange(lines.height), lines["from_start"].to_numpy() == 0
    ends = {
        "prose": lines["prose"].to_numpy(),
        "blank": np.diff(lines["number"].to_numpy(), prepend=0) > 1,
        "end": np.zeros(lines.height, dtype=np.bool_),
    }
    found = [pl.DataFrame(schema=_MATCHES)]
    for until, ended in ends.items():
        markers = _first(matches, [i for i, rule in enumerate(rules) if rule.scope == "block" and rule.until == until])
        if not markers.is_empty():
            rule = np.full(lines.height, _NONE)
            rule[markers["row"].to_numpy()] = markers["rule"].to_numpy()
            is_marker = rule != _NONE
            marker = np.maximum.accumulate(np.where(is_marker, here, -1))
            inside = marker >= np.maximum.accumulate(np.where(begins | ended, here, 0))
            if until == "prose":
                inside &= is_marker | (lines["prose_above"].to_numpy() > 0)
            found.append(pl.DataFrame({"row": here[inside], "rule": rule[marker[inside]]}, schema=_MATCHES))
    return pl.concat(found)


def _beside(lines: pl.DataFrame, sure: pl.DataFrame, matches: pl.DataFrame, rules: Sequence[tuple[int, Rule]]) -> pl.DataFrame:
    """Return the lines that stand, at once or through other candidates, next to a line that is sure to be noise."""
    candidates = matches.join(sure, on="row", how="anti")
    found = {side: _first(candidates, [i for i, rule in rules if rule.scope == "line" and rule.beside == side]) for side in _SIDES}
    wanted = {side: np.full(lines.height, _NONE) for side in _SIDES}
    for side, cut in found.items():
        wanted[side][cut["row"].to_numpy()] = cut["rule"].to_numpy()
    is_sure = np.zeros(lines.height, dtype=np.bool_)
    is_sure[sure["row"].to_numpy()] = True

    # Runs of lines that are sure or candidates, within a text; running sums say how many of a run's lines up to each are sure.
    noisy = is_sure | np.any([rule != _NONE for rule in wanted.values()], axis=0)
    starts = np.flatnonzero((lines["from_start"].to_numpy() == 0) | np.diff(noisy, prepend=False))
    width = np.diff(np.append(starts, lines.height))
    before = np.concatenate(([0], np.cumsum(is_sure)))
    first, last = before[starts].repeat(width), before[starts + width].repeat(width)
    reached = {"above": before[:-1] < last, "below": before[1:] > first, "around": last > first}
    rule = np.min([np.where(reached[side], wanted[side], _NONE) for side in _SIDES], axis=0)
    return pl.DataFrame({"row": np.arange(lines.height), "rule": rule}, schema=_MATCHES).filter(pl.col("rule") != _NONE)
