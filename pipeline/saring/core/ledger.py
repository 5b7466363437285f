"""The ledger: the only code that changes a text.

A step *finds* edits; `apply` makes them, `undo` takes them back, `compose` joins several steps into one. An edit quotes what it
replaces, so one that does not match the text it is applied to is an error, never a guess. The law, held by property tests:

    undo(apply(texts, edits), edits) == texts

Offsets count code points. Polars would walk each text once per edit to find them, so the edits of a step are made in arrays of bytes
(`saring.core.bulk_edits`); `bench/README.md` has the speed.
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

#: The steps that change texts, in the order in which they do.
STEPS = ("repair", "noise", "names")

_KEYS = ("step", "field", "id")
_SPAN = ("step", "id", "field", "seq", "start", "end", "original", "replacement", "rule", "kind")


class Change(NamedTuple):
    """One replacement in one string: `text[start:end]` is `original` and becomes `replacement`."""

    start: int
    end: int
    original: str
    replacement: str
    rule: str = ""
    kind: str = ""


def number_edits(step: str, spans: pl.DataFrame) -> pl.DataFrame:
    """Return the ledger of one step from what the step found.

    Args:
        step: one of `STEPS`.
        spans: columns id, field, start, end, original, replacement, kind, rule, score in any order, rows in any order.
    """
    return (
        spans.sort("id", "field", "start", "end", maintain_order=True)
        .with_columns(pl.lit(step).alias("step"), pl.int_range(pl.len()).over("id", "field").alias("seq"))
        .select(pl.col(name).cast(dtype) for name, dtype in EDIT.items())
    )


def without_exempted(edits: pl.DataFrame, exempted: pl.DataFrame) -> pl.DataFrame:
    """Return a ledger without some of its edits; those that stay are counted from 0 again.

    Offsets refer to the text that a step received, so the others stand where they stood. What later steps saw is another text without these
    edits: their edits have to be looked for again.

    Args:
        edits: columns of `tables.EDIT`.
        exempted: those that are not made: columns step, id, field and seq, and whatever else.
    """
    return (
        edits.join(exempted.select(*_KEYS, "seq"), on=[*_KEYS, "seq"], how="anti", maintain_order="left")
        .with_columns((pl.col("seq").rank("ordinal").over(_KEYS) - 1).cast(EDIT["seq"]).alias("seq"))
        .select(edits.columns)
    )


def apply(texts: pl.DataFrame, edits: pl.DataFrame) -> pl.DataFrame:
    """Make all edits, step after step.

    Args:
        texts: a column `id` without repeats, and a string column for each `field` in the edits.
        edits: columns of `tables.EDIT`; documents and steps in any order.

    Raises:
        LedgerError: an edit names an unknown document, field or step, overlaps another, or quotes what is not there.
    """
    for step in _steps_of(edits):
        texts = _apply_step(texts, edits.filter(pl.col("step") == step))
    return texts


def undo(texts: pl.DataFrame, edits: pl.DataFrame) -> pl.DataFrame:
    """Take all edits back, last step first. Arguments and errors are those of `apply`."""
    for step in reversed(_steps_of(edits)):
        texts = _apply_step(texts, invert(edits.filter(pl.col("step") == step)))
    return texts


def invert(edits: pl.DataFrame) -> pl.DataFrame:
    """Return the edits of one step as they look from the other side: applied to the new text they give the old one."""
    grown = pl.col("replacement").str.len_chars().cast(pl.Int32) - (pl.col("end") - pl.col("start"))
    return (
        edits.sort(*_KEYS, "seq")
        .with_columns((pl.col("start") + (grown.cum_sum() - grown).over(_KEYS)).cast(pl.Int32).alias("start"))
        .with_columns(
            (pl.col("start") + pl.col("replacement").str.len_chars().cast(pl.Int32)).alias("end"),
            pl.col("replacement").alias("original"),
            pl.col("original").alias("replacement"),
        )
    )


def changes_of(edits: pl.DataFrame) -> dict[tuple[str, str], list[list[Change]]]:
    """Return for each (id, field) its changes: a list for each step, in the order of `STEPS`."""
    found: dict[tuple[str, str], list[list[Change]]] = {}
    for step in _steps_of(edits):
        rows = edits.filter(pl.col("step") == step).sort("id", "field", "seq")
        columns = rows.select("id", "field", "start", "end", "original", "replacement", "rule", "kind").iter_rows()
        for key, group in itertools.groupby(columns, key=lambda row: row[:2]):
            found.setdefault(key, []).append([Change(*row[2:]) for row in group])
    return found


def compose(steps: Sequence[Sequence[Change]]) -> list[Change]:
    """Join the changes of several steps to one string into changes of the first step's string.

    Where a later change touches text that an earlier one made, both become one change that names both rules.

    >>> compose([[Change(0, 2, "aa", "b")], [Change(1, 2, "c", "")]])
    [Change(start=0, end=2, original='aa', replacement='b', rule='', kind=''), Change(start=2, end=3, original='c', replacement='', rule='', kind='')]
    """
    composed: list[Change] = []
    for step in steps:
        composed = list(_join(composed, step))
    return composed


def splice(text: str, changes: Iterable[Change], *, where: str) -> str:
    """Make the changes of one step to one string.

    Raises:
        LedgerError: a change overlaps the one before it or quotes what is not there.
    """
    parts: list[str] = []
    done = 0
    for start, end, original, replacement, rule, _ in changes:
        if start < done or end < start:
            msg = f"{where}: the edit {rule!r} at {start}:{end} overlaps the one before it, which ends at {done}. Find it again."
            raise LedgerError(msg)
        if text[start:end] != original or end > len(text):
            found = text[start:end][:80]
            msg = f"{where}: the edit {rule!r} expects {original[:80]!r} at {start}:{end}, found {found!r}. It belongs to another text."
            raise LedgerError(msg)
        parts += (text[done:start], replacement)
        done = end
    parts.append(text[done:])
    return "".join(parts)


def _steps_of(edits: pl.DataFrame) -> list[str]:
    present = set(edits["step"].unique())
    if unknown := present - set(STEPS):
        msg = f"the ledger names the step {min(unknown)!r}; expected one of {', '.join(STEPS)}. Was it written by a newer version?"
        raise LedgerError(msg)
    return [step for step in STEPS if step in present]


def _apply_step(texts: pl.DataFrame, edits: pl.DataFrame) -> pl.DataFrame:
    known = texts.select("id").with_row_index("place")
    placed = edits.select(*_SPAN).join(known, on="id", how="left", maintain_order="left")
    for field in sorted(edits["field"].unique()):
        if field not in texts.columns:
            msg = f"the ledger edits the field {field!r}; the texts have {', '.join(texts.columns)}. Was it written by a newer version?"
            raise LedgerError(msg)
        wanted = placed.filter(pl.col("field") == field).drop_nulls("place").sort("place", "seq", maintain_order=True)
        places = wanted["place"].unique(maintain_order=True)
        old = texts[field].gather(places).fill_null("")
        # The loop says where an edit is wrong; it takes ten times as long.
        new = apply_bulk(old, wanted.with_columns((pl.col("place").rle_id()).alias("row")))
        if new is None:
            new = _walked(old, texts["id"].gather(places), wanted, field)
        texts = texts.with_columns(texts[field].scatter(places, new))
    if placed["place"].has_nulls():
        id_, field = placed.filter(pl.col("place").is_null()).select("id", "field").sort("id", "field").row(0)
        msg = f"the ledger edits the {field} of document {id_}, which is not among the texts. Ledger and texts are of different builds."
        raise LedgerError(msg)
    return texts


def _walked(strings: pl.Series, ids: pl.Series, edits: pl.DataFrame, field: str) -> pl.Series:
    changes = changes_of(edits)
    made = [splice(text, changes[id_, field][0], where=f"document {id_}, {field}") for text, id_ in zip(strings, ids, strict=True)]
    return pl.Series(made, dtype=pl.String)


class _Placed(NamedTuple):
    """A change, and where it stands in the string between the two steps that are joined."""

    start: int
    end: int
    late: bool
    change: Change


def _join(early: Sequence[Change], late: Sequence[Change]) -> Iterator[Change]:
    """Yield the changes x -> z from those of x -> y (`early`) and y -> z (`late`), all sorted.

    Only changes that share characters of y are merged; those that merely touch stay apart.
    """
    placed, shift = [_Placed(change.start, change.end, late=True, change=change) for change in late], 0
    for change in early:
        start = change.start + shift
        shift += len(change.replacement) - (change.end - change.start)
        placed.append(_Placed(start, start + len(change.replacement), late=False, change=change))
    # At one place: what the early step deleted comes before what the late step changes there.
    placed.sort(key=lambda place: (place.start, place.end, place.late))
    moved = 0  # by how much y is ahead of x at the group's start
    for group in _touching(placed):
        firsts = [place for place in group if not place.late]
        start = group[0].start - moved
        moved += sum(len(p.change.replacement) - (p.change.end - p.change.start) for p in firsts)
        end = max(place.end for place in group) - moved
        if len(group) == 1:
            yield group[0].change._replace(start=start, end=end)
            continue
        yield _merge(group, start, end)


def _touching(placed: Sequence[_Placed]) -> Iterator[list[_Placed]]:
    """Group changes whose places in y share characters."""
    group: list[_Placed] = []
    reach = 0
    for place in placed:
        if group and place.start < reach:
            group.append(place)
        else:
            if group:
                yield group
            group = [place]
            reach = place.end
        reach = max(reach, place.end)
    if group:
        yield group


def _merge(group: Sequence[_Placed], start: int, end: int) -> Change:
    """Return one change for several that share characters: its two sides are rebuilt from what they quote of y."""
    low, high = group[0].start, max(place.end for place in group)
    middle = [""] * (high - low)  # y, which the early replacements and the late originals cover together
    for place in group:
        quoted = place.change.original if place.late else place.change.replacement
        middle[place.start - low : place.end - low] = quoted
    y = "".join(middle)

    def side(*, late: bool) -> str:
        swap = [
            Change(p.start - low, p.end - low, y[p.start - low : p.end - low], p.change.replacement if late else p.change.original)
            for p in group
            if p.late is late
        ]
        return splice(y, swap, where="compose")

    rules = dict.fromkeys(rule for place in group for rule in place.change.rule.split(" + "))
    kind = next(place.change.kind for place in reversed(group) if place.late)
    return Change(start, end, side(late=False), side(late=True), " + ".join(rules), kind)
