"""The edit ledger: apply, undo, invert and compose edits of texts. The only code that changes a text.

Each step of the pipeline *finds* edits; `apply` makes them, `undo` reverts them, `compose` merges those of several steps. An edit quotes the
text it replaces, so applying it to another text is an error, never a guess. Property tests verify the round trip:

    undo(apply(texts, edits), edits) == texts

Offsets count code points. Slicing with Polars would scan each text once per edit, so the edits of a step are applied to arrays of UTF-8 bytes
(`saring.core.bulk_edits`). Speed: `python bench/steps.py FOLDER`, row apply.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from saring.core.bulk_edits import apply_bulk
from saring.core.errors import LedgerError
from saring.core.tables import EDIT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["STEPS", "Change", "apply", "changes_of", "compose", "invert", "number_edits", "undo", "without_exempted"]

#: The steps that edit texts, in the order in which they run.
STEPS = ("repair", "noise", "names")

#: The columns that identify one string at one step.
_STRING_KEY = ("step", "field", "id")
#: The columns of the ledger that applying it needs.
_APPLIED_COLUMNS = ("step", "id", "field", "seq", "start", "end", "original", "replacement", "rule", "kind")


class Change(NamedTuple):
    """One edit of one string: `text[start:end]` equals `original` and is replaced by `replacement`.

    Attributes:
        start: offset of the first replaced code point.
        end: offset after the last replaced code point.
        original: the text that is replaced.
        replacement: the new text; empty deletes.
        rule: the rule that made the edit; several are joined by " + ".
        kind: the kind of edit, as in the ledger.
    """

    start: int
    end: int
    original: str
    replacement: str
    rule: str = ""
    kind: str = ""


def number_edits(step: str, spans: pl.DataFrame) -> pl.DataFrame:
    """Turn the edits that one step found into its part of the ledger: add the columns `step` and `seq`, sort the rows by position.

    Args:
        step: one of `STEPS`.
        spans: columns id, field, start, end, original, replacement, kind, rule, score in any order, rows in any order.

    Returns:
        Columns of `tables.EDIT`; `seq` counts the edits of each document and field from 0.
    """
    return (
        spans.sort("id", "field", "start", "end", maintain_order=True)
        .with_columns(pl.lit(step).alias("step"), pl.int_range(pl.len()).over("id", "field").alias("seq"))
        .select(pl.col(name).cast(dtype) for name, dtype in EDIT.items())
    )


def without_exempted(edits: pl.DataFrame, exempted: pl.DataFrame) -> pl.DataFrame:
    """Remove edits that corpus.toml exempts from a ledger, and renumber the others: `seq` counts from 0 without gaps.

    Offsets refer to the text that a step received, so those of the step's remaining edits stay valid. Later steps received another text, so
    their edits must be found again.

    Args:
        edits: columns of `tables.EDIT`.
        exempted: the edits to remove, by the columns step, id, field and seq; other columns are ignored.
    """
    return (
        edits.join(exempted.select(*_STRING_KEY, "seq"), on=[*_STRING_KEY, "seq"], how="anti", maintain_order="left")
        .with_columns((pl.col("seq").rank("ordinal").over(_STRING_KEY) - 1).cast(EDIT["seq"]).alias("seq"))
        .select(edits.columns)
    )


def apply(texts: pl.DataFrame, edits: pl.DataFrame) -> pl.DataFrame:
    """Apply a ledger to a table of texts, one step after the other, and return the edited table.

    Args:
        texts: a column `id` without repeats, and a string column for each `field` of the edits.
        edits: columns of `tables.EDIT`; rows in any order.

    Raises:
        LedgerError: an edit names an unknown document, field or step, overlaps another edit, or quotes text that differs.
    """
    for step in _steps_of(edits):
        texts = _apply_step(texts, edits.filter(pl.col("step") == step))
    return texts


def undo(texts: pl.DataFrame, edits: pl.DataFrame) -> pl.DataFrame:
    """Undo a ledger on a table of edited texts, last step first, and return the table of original texts.

    Args:
        texts: the table that `apply` returned.
        edits: the same ledger.

    Raises:
        LedgerError: the texts are not those that this ledger produces, or the ledger itself is invalid (see `apply`).
    """
    for step in reversed(_steps_of(edits)):
        texts = _apply_step(texts, invert(edits.filter(pl.col("step") == step)))
    return texts


def invert(edits: pl.DataFrame) -> pl.DataFrame:
    """Return the inverse of one step's edits: applied to the edited text, they restore the original.

    Each `original` and `replacement` change places, and each offset moves by how much the edits before it lengthened the string: deleting 2
    code points at 0:2 and replacing 1 by 3 at 5:6 inverts to an insertion at 0:0 and a replacement at 3:6.
    """
    growth = pl.col("replacement").str.len_chars().cast(pl.Int32) - (pl.col("end") - pl.col("start"))
    return (
        edits.sort(*_STRING_KEY, "seq")
        .with_columns((pl.col("start") + (growth.cum_sum() - growth).over(_STRING_KEY)).cast(pl.Int32).alias("start"))
        .with_columns(
            (pl.col("start") + pl.col("replacement").str.len_chars().cast(pl.Int32)).alias("end"),
            pl.col("replacement").alias("original"),
            pl.col("original").alias("replacement"),
        )
    )


def changes_of(edits: pl.DataFrame) -> dict[tuple[str, str], list[list[Change]]]:
    """Group a ledger by string: for each (id, field), one list of changes per step, in the order of `STEPS`."""
    changes: dict[tuple[str, str], list[list[Change]]] = {}
    for step in _steps_of(edits):
        rows = edits.filter(pl.col("step") == step).sort("id", "field", "seq")
        columns = rows.select("id", "field", "start", "end", "original", "replacement", "rule", "kind").iter_rows()
        for key, group in itertools.groupby(columns, key=lambda row: row[:2]):
            changes.setdefault(key, []).append([Change(*row[2:]) for row in group])
    return changes


def compose(steps: Sequence[Sequence[Change]]) -> list[Change]:
    """Merge the changes that several steps made to one string into changes of the string that the first step received.

    If a later change overlaps the replacement of an earlier one, the two become one change that names both rules.

    >>> compose([[Change(0, 2, "aa", "bc", "first")], [Change(1, 2, "c", "", "second")]])
    [Change(start=0, end=2, original='aa', replacement='b', rule='first + second', kind='')]
    """
    composed: list[Change] = []
    for step in steps:
        composed = list(_join(composed, step))
    return composed


def splice(text: str, changes: Iterable[Change], *, where: str) -> str:
    """Apply the changes of one step to one string, in plain Python.

    Args:
        text: the string.
        changes: sorted by position.
        where: the document and field, for error messages.

    Raises:
        LedgerError: a change overlaps the one before it, or its `original` differs from the text.
    """
    parts: list[str] = []
    done = 0
    for start, end, original, replacement, rule, _ in changes:
        if start < done or end < start:
            msg = f"{where}: the edit by {rule!r} at {start}:{end} overlaps the edit before it, which ends at {done}. Build again."
            raise LedgerError(msg)
        if text[start:end] != original or end > len(text):
            actual = text[start:end][:80]
            msg = f"{where}: the edit by {rule!r} expects {original[:80]!r} at {start}:{end}, found {actual!r}. Its ledger is of another text."
            raise LedgerError(msg)
        parts += (text[done:start], replacement)
        done = end
    parts.append(text[done:])
    return "".join(parts)


def _steps_of(edits: pl.DataFrame) -> list[str]:
    """Return the steps that a ledger contains, in the order of `STEPS`.

    Raises:
        LedgerError: the ledger has an unknown step.
    """
    present = set(edits["step"].unique())
    if unknown := present - set(STEPS):
        msg = f"the ledger has the step {min(unknown)!r}; expected one of {', '.join(STEPS)}. Was it written by a newer version of saring?"
        raise LedgerError(msg)
    return [step for step in STEPS if step in present]


def _apply_step(texts: pl.DataFrame, edits: pl.DataFrame) -> pl.DataFrame:
    """Apply the edits of one step to a table of texts (see `apply`); raise `LedgerError` for an edit that does not match its text."""
    text_rows = texts.select("id").with_row_index("text_row")
    located = edits.select(*_APPLIED_COLUMNS).join(text_rows, on="id", how="left", maintain_order="left")
    for field in sorted(edits["field"].unique()):
        if field not in texts.columns:
            columns = ", ".join(texts.columns)
            msg = f"the ledger edits the field {field!r}; the texts have {columns}. Was it written by a newer version of saring?"
            raise LedgerError(msg)
        field_edits = located.filter(pl.col("field") == field).drop_nulls("text_row").sort("text_row", "seq", maintain_order=True)
        rows = field_edits["text_row"].unique(maintain_order=True)
        before = texts[field].gather(rows).fill_null("")
        after = apply_bulk(before, field_edits.with_columns((pl.col("text_row").rle_id()).alias("row")))
        if after is None:
            # An edit is wrong. The loop takes ten times as long, but its error says which.
            after = _apply_in_loop(before, texts["id"].gather(rows), field_edits, field)
        texts = texts.with_columns(texts[field].scatter(rows, after))
    if located["text_row"].has_nulls():
        id_, field = located.filter(pl.col("text_row").is_null()).select("id", "field").sort("id", "field").row(0)
        msg = f"the ledger edits the {field} of document {id_}, which is not among the texts. Ledger and texts are from different builds."
        raise LedgerError(msg)
    return texts


def _apply_in_loop(strings: pl.Series, ids: pl.Series, edits: pl.DataFrame, field: str) -> pl.Series:
    """Apply the edits of one step and field to strings one by one, to raise a `LedgerError` that names the wrong edit."""
    changes = changes_of(edits)
    edited = [splice(text, changes[id_, field][0], where=f"document {id_}, {field}") for text, id_ in zip(strings, ids, strict=True)]
    return pl.Series(edited, dtype=pl.String)


class _LocatedChange(NamedTuple):
    """A change made by the first or second of two successive steps, with its span in the string between these steps.

    Attributes:
        start: start offset in that string, of the first step's `replacement` or the second step's `original`.
        end: end offset there, exclusive.
        is_second: whether the second step made the change.
        change: the change, whose offsets refer to the input of its own step.
    """

    start: int
    end: int
    is_second: bool
    change: Change


def _join(first: Sequence[Change], second: Sequence[Change]) -> Iterator[Change]:
    """Compose the changes that two successive steps made to one string: from x to y (`first`) and y to z (`second`); yield those from x to z.

    Both are sorted by position, and so is the result. Only changes that share characters of y are merged; adjacent changes stay separate.
    """
    located, shift = [_LocatedChange(change.start, change.end, is_second=True, change=change) for change in second], 0
    for change in first:
        start = change.start + shift
        shift += len(change.replacement) - (change.end - change.start)
        located.append(_LocatedChange(start, start + len(change.replacement), is_second=False, change=change))
    # At the same offset, a deletion by the first step comes before a change by the second.
    located.sort(key=lambda item: (item.start, item.end, item.is_second))
    growth = 0  # length of y minus length of x up to the group's start
    for group in _overlapping(located):
        start = group[0].start - growth
        growth += sum(len(item.change.replacement) - (item.change.end - item.change.start) for item in group if not item.is_second)
        end = max(item.end for item in group) - growth
        if len(group) == 1:
            yield group[0].change._replace(start=start, end=end)
            continue
        yield _merge(group, start, end)


def _overlapping(located: Sequence[_LocatedChange]) -> Iterator[list[_LocatedChange]]:
    """Group changes of two steps, sorted by position, whose spans in the string between the steps overlap; yield each group."""
    group: list[_LocatedChange] = []
    group_end = 0
    for item in located:
        if group and item.start < group_end:
            group.append(item)
        else:
            if group:
                yield group
            group = [item]
            group_end = item.end
        group_end = max(group_end, item.end)
    if group:
        yield group


def _merge(group: Sequence[_LocatedChange], start: int, end: int) -> Change:
    """Merge overlapping changes of two successive steps into one change.

    The string y between the steps is rebuilt from what the changes quote of it: first replacements and second originals.

    Args:
        group: changes of either step whose spans in y overlap.
        start: start of the merged change in the first step's input.
        end: its end there, exclusive.
    """
    low, high = group[0].start, max(item.end for item in group)
    characters = [""] * (high - low)  # of y, each of which some change quotes
    for item in group:
        quoted = item.change.original if item.is_second else item.change.replacement
        characters[item.start - low : item.end - low] = quoted
    y = "".join(characters)

    def outer_text(*, after: bool) -> str:
        """Return one side of the change that merges the group: the text after the second step if `after`, else the text before the first."""
        swaps = [
            Change(p.start - low, p.end - low, y[p.start - low : p.end - low], p.change.replacement if after else p.change.original)
            for p in group
            if p.is_second is after
        ]
        return splice(y, swaps, where="compose")

    rules = dict.fromkeys(rule for item in group for rule in item.change.rule.split(" + "))
    kind = next(item.change.kind for item in reversed(group) if item.is_second)
    return Change(start, end, outer_text(after=False), outer_text(after=True), " + ".join(rules), kind)
