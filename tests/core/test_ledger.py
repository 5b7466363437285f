"""Tests of pipeline/saring/core/ledger.py: property tests of apply, undo and compose over several steps and fields, and error messages."""

from __future__ import annotations

import itertools
from typing import NamedTuple

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saring.core import ledger as edits
from saring.core.errors import LedgerError
from saring.core.ledger import STEPS, Change
from saring.core.tables import EDIT, empty_table

_FIELDS = ("text", "title")
# A small alphabet makes changes overlap often; its other characters take two, three and four bytes in UTF-8, or combine with the one before.
_CONTENT = st.text("ab\né\u0301語😀", max_size=12)
_SPANS = {
    "id": pl.String,
    "field": pl.String,
    "start": pl.Int64,
    "end": pl.Int64,
    "original": pl.String,
    "replacement": pl.String,
    "kind": pl.String,
    "rule": pl.String,
    "score": pl.Float64,
}


class History(NamedTuple):
    """A table of texts before and after several steps, and the ledger of the edits in between."""

    before: pl.DataFrame
    after: pl.DataFrame
    ledger: pl.DataFrame


def _frame(rows: list[tuple[str, str, str]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"id": pl.String, "text": pl.String, "title": pl.String}, orient="row")


@st.composite
def _changes(draw: st.DrawFn, content: str) -> list[Change]:
    """Draw valid changes of a string: random sorted bounds, of which each second span is replaced."""
    cuts = sorted(draw(st.lists(st.integers(0, len(content)), max_size=6)))
    return [Change(start, end, content[start:end], draw(_CONTENT), rule="r") for start, end in zip(cuts[::2], cuts[1::2], strict=False)]


def _changed(content: str, changes: list[Change]) -> str:
    """Apply changes to a string from last to first, so that no offset moves: the simplest reference implementation."""
    for change in reversed(changes):
        content = content[: change.start] + change.replacement + content[change.end :]
    return content


@st.composite
def histories(draw: st.DrawFn, steps: tuple[str, ...] = STEPS) -> History:
    """Draw a table of texts and a ledger in which each of these steps edits the output of the step before."""
    rows = [[f"d{number}", draw(_CONTENT), draw(_CONTENT)] for number in range(draw(st.integers(0, 3)))]
    before = _frame([(row[0], row[1], row[2]) for row in rows])
    ledgers = [empty_table(EDIT)]
    for step in steps:
        spans = []
        for row in rows:
            for column, field in enumerate(_FIELDS, start=1):
                changes = draw(_changes(row[column]))
                row[column] = _changed(row[column], changes)
                spans += [(row[0], field, *change[:4], "k", f"{step}-rule", None) for change in changes]
        ledgers.append(edits.number_edits(step, pl.DataFrame(spans, schema=_SPANS, orient="row")))
    return History(before, _frame([(row[0], row[1], row[2]) for row in rows]), pl.concat(ledgers))


@settings(deadline=None)
@given(histories())
def test_apply_makes_the_changes_and_undo_reverts_them(history: History) -> None:
    """Undoing an applied ledger restores the texts of all fields, character for character."""
    applied = edits.apply(history.before, history.ledger)

    assert applied.equals(history.after)
    assert edits.undo(applied, history.ledger).equals(history.before)


@settings(deadline=None)
@given(histories(("noise",)), st.data())
def test_a_ledger_without_exempted_edits_is_valid(history: History, data: st.DataObject) -> None:
    """Its edits are numbered from 0 without gaps, by position; it can be applied and undone."""
    rows = st.lists(st.sampled_from(range(history.ledger.height)), unique=True) if history.ledger.height else st.just([])
    exempted = history.ledger[data.draw(rows)]

    remaining = edits.without_exempted(history.ledger, exempted)

    assert remaining.height == history.ledger.height - exempted.height
    for _, group in remaining.sort("seq").group_by("id", "field"):
        assert group["seq"].to_list() == list(range(group.height))
        assert group["start"].is_sorted()
    applied = edits.apply(history.before, remaining)
    assert edits.undo(applied, remaining).equals(history.before)
    assert edits.without_exempted(history.ledger, history.ledger.clear()).equals(history.ledger)


@settings(deadline=None)
@given(histories(), st.integers(0, 99))
def test_the_order_of_rows_does_not_matter(history: History, seed: int) -> None:
    """A ledger with its rows shuffled applies and undoes like the original."""
    shuffled = history.ledger.sample(fraction=1.0, shuffle=True, seed=seed)

    assert edits.apply(history.before, shuffled).equals(history.after)
    assert edits.undo(history.after, shuffled).equals(history.before)


@settings(deadline=None)
@given(histories())
def test_composed_changes_equal_the_steps_in_sequence(history: History) -> None:
    """Composed changes are sorted, do not overlap, quote the first text and produce the last one."""
    for (id_, field), steps in edits.changes_of(history.ledger).items():
        first = history.before.filter(pl.col("id") == id_)[field].item()
        last = history.after.filter(pl.col("id") == id_)[field].item()

        composed = edits.compose(steps)

        assert _changed(first, composed) == last
        assert all(first[change.start : change.end] == change.original for change in composed)
        assert all(before.end <= after.start for before, after in itertools.pairwise(composed))


@settings(deadline=None)
@given(histories(), st.sampled_from(STEPS))
def test_composed_changes_are_a_ledger_themselves(history: History, step: str) -> None:
    """Composed changes, recorded as the edits of one step, can be applied and undone."""
    spans = [
        (id_, field, change.start, change.end, change.original, change.replacement, change.kind, change.rule, None)
        for (id_, field), steps in edits.changes_of(history.ledger).items()
        for change in edits.compose(steps)
    ]
    ledger = edits.number_edits(step, pl.DataFrame(spans, schema=_SPANS, orient="row"))

    assert edits.apply(history.before, ledger).equals(history.after)
    assert edits.undo(history.after, ledger).equals(history.before)


@settings(deadline=None)
@given(histories(("noise",)))
def test_invert_twice_is_no_change(history: History) -> None:
    """Inverted twice, edits are unchanged; inverted once, they turn the edited text into the original."""
    order = ["id", "field", "seq"]
    inverted = edits.invert(history.ledger)

    assert edits.invert(inverted).sort(order).equals(history.ledger.sort(order))
    assert edits.apply(history.after, inverted).equals(history.before)


@settings(deadline=None)
@given(histories())
def test_a_ledger_has_its_columns_and_counts_by_position(history: History) -> None:
    """`seq` counts from 0 within a step, document and field, in the order of `start`."""
    assert history.ledger.schema == EDIT
    for _, group in history.ledger.group_by("step", "id", "field"):
        ordered = group.sort("start", "end", maintain_order=True)
        assert ordered["seq"].to_list() == list(range(len(group)))


def test_compose_names_both_rules_of_overlapping_changes() -> None:
    """A composed change names all rules that contributed to it, by position; adjacent changes are not merged."""
    early = [Change(0, 3, "abc", "xyz", "one", "k1"), Change(3, 4, "d", "", "two", "k2")]
    late = [Change(2, 4, "ze", "-", "three", "k3")]

    assert edits.compose([early, late]) == [Change(0, 5, "abcde", "xy-", "one + three + two", "k3")]
    assert edits.compose([[Change(0, 1, "a", "b", "one", "k")], [Change(1, 2, "c", "", "two", "k")]]) == [
        Change(0, 1, "a", "b", "one", "k"),
        Change(1, 2, "c", "", "two", "k"),
    ]
    assert edits.compose([]) == []


def _edit(**changed: object) -> pl.DataFrame:
    """Return a ledger of one edit that is valid for `_TEXTS`, with the given columns replaced."""
    row = {"id": "a", "step": "noise", "seq": 0, "field": "text", "start": 5, "end": 9, "original": "noir", "replacement": "", "rule": "r"}
    return pl.DataFrame([row | changed], schema=EDIT)


_TEXTS = _frame([("a", "café noir", "Titre"), ("b", "", "")])
_WRONG = {
    "it quotes something else": (
        _edit(original="noix"),
        "document a, text: the edit by 'r' expects 'noix' at 5:9, found 'noir'. Its ledger is of another text.",
    ),
    "it reaches past the end": (
        _edit(end=10),
        "document a, text: the edit by 'r' expects 'noir' at 5:10, found 'noir'. Its ledger is of another text.",
    ),
    "it ends before it starts": (
        _edit(start=9, end=5),
        "document a, text: the edit by 'r' at 9:5 overlaps the edit before it, which ends at 0. Build again.",
    ),
    "it starts before the text": (
        _edit(start=-4, end=9),
        "document a, text: the edit by 'r' at -4:9 overlaps the edit before it, which ends at 0. Build again.",
    ),
    "it overlaps another": (
        pl.concat([_edit(), _edit(seq=1, start=8, end=9, original="r", rule="s")]),
        "document a, text: the edit by 's' at 8:9 overlaps the edit before it, which ends at 9. Build again.",
    ),
    "its document is unknown": (
        _edit(id="c"),
        "the ledger edits the text of document c, which is not among the texts. Ledger and texts are from different builds.",
    ),
    "its step is unknown": (
        _edit(step="polish"),
        "the ledger has the step 'polish'; expected one of repair, noise, names. Was it written by a newer version of saring?",
    ),
    "its field is unknown": (
        _edit(field="lead"),
        "the ledger edits the field 'lead'; the texts have id, text, title. Was it written by a newer version of saring?",
    ),
}


@pytest.mark.parametrize("reason", _WRONG)
def test_a_wrong_edit_is_an_error_and_changes_nothing(reason: str) -> None:
    """An invalid edit raises an error that says which edit and why; no text is changed, not even by the valid edits beside it."""
    wrong, message = _WRONG[reason]
    valid = _edit(field="title", start=0, end=5, original="Titre", replacement="T", rule="t")
    texts = _TEXTS.clone()

    with pytest.raises(LedgerError) as raised:
        edits.apply(texts, pl.concat([valid, wrong]))

    assert str(raised.value) == message
    assert texts.equals(_TEXTS)
    assert raised.value.exit_code == 1


def test_undo_refuses_texts_of_another_ledger() -> None:
    """Undo expects each replacement in the text and raises an error if it is not there."""
    with pytest.raises(LedgerError, match=r"^document a, text: the edit by 'r' expects 'vert' at 5:9, found 'noir'\."):
        edits.undo(_TEXTS, _edit(replacement="vert"))


def test_no_edits_change_nothing() -> None:
    """An empty ledger changes nothing, also for an empty table and for null texts."""
    for texts in (_TEXTS, _TEXTS.clear(), _TEXTS.with_columns(pl.lit(None, pl.String).alias("title"))):
        assert edits.apply(texts, empty_table(EDIT)).equals(texts)
        assert edits.undo(texts, empty_table(EDIT)).equals(texts)


def test_other_columns_and_the_order_of_texts_stay() -> None:
    """Columns that the ledger does not edit, and the order of rows and columns, are preserved."""
    texts = _TEXTS.reverse().with_columns(pl.Series("row", [7, 8]), pl.Series("language", ["fr", None]))

    applied = edits.apply(texts, _edit())

    assert applied.drop("text").equals(texts.drop("text"))
    assert applied["text"].to_list() == ["", "café "]
    assert applied.columns == texts.columns
