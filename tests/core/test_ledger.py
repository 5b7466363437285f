"""pipeline/saring/core/ledger.py: the laws of the ledger, for any texts and any valid edits over several steps and fields."""

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
# Few letters make changes meet, the others are two, three and four bytes long, or combine with the one before.
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
    """Texts before and after, and the ledger between them."""

    before: pl.DataFrame
    after: pl.DataFrame
    ledger: pl.DataFrame


def _frame(rows: list[tuple[str, str, str]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"id": pl.String, "text": pl.String, "title": pl.String}, orient="row")


@st.composite
def _changes(draw: st.DrawFn, content: str) -> list[Change]:
    """Cut a string at an even number of places; what lies between the first and second, third and fourth… is replaced."""
    cuts = sorted(draw(st.lists(st.integers(0, len(content)), max_size=6)))
    return [Change(start, end, content[start:end], draw(_CONTENT), rule="r") for start, end in zip(cuts[::2], cuts[1::2], strict=False)]


def _changed(content: str, changes: list[Change]) -> str:
    """Replace from the last change to the first, so that no offset moves: the plainest way to do it."""
    for change in reversed(changes):
        content = content[: change.start] + change.replacement + content[change.end :]
    return content


@st.composite
def histories(draw: st.DrawFn, steps: tuple[str, ...] = STEPS) -> History:
    """Some texts, with edits of these steps, each found in what the step before left."""
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
def test_apply_makes_the_changes_and_undo_takes_them_back(history: History) -> None:
    """undo(apply(texts)) == texts, over all steps and fields, character for character."""
    applied = edits.apply(history.before, history.ledger)

    assert applied.equals(history.after)
    assert edits.undo(applied, history.ledger).equals(history.before)


@settings(deadline=None)
@given(histories(("noise",)), st.data())
def test_a_ledger_without_some_of_its_edits_is_one(history: History, data: st.DataObject) -> None:
    """Counted from 0 without gaps, in the order of the text; it applies, and undoes."""
    rows = st.lists(st.sampled_from(range(history.ledger.height)), unique=True) if history.ledger.height else st.just([])
    exempted = history.ledger[data.draw(rows)]

    made = edits.without_exempted(history.ledger, exempted)

    assert made.height == history.ledger.height - exempted.height
    for _, group in made.sort("seq").group_by("id", "field"):
        assert group["seq"].to_list() == list(range(group.height))
        assert group["start"].is_sorted()
    applied = edits.apply(history.before, made)
    assert edits.undo(applied, made).equals(history.before)
    assert edits.without_exempted(history.ledger, history.ledger.clear()).equals(history.ledger)


@settings(deadline=None)
@given(histories(), st.integers(0, 99))
def test_the_order_of_rows_does_not_matter(history: History, seed: int) -> None:
    """A ledger that was shuffled, or read back in another order, is the same ledger."""
    shuffled = history.ledger.sample(fraction=1.0, shuffle=True, seed=seed)

    assert edits.apply(history.before, shuffled).equals(history.after)
    assert edits.undo(history.after, shuffled).equals(history.before)


@settings(deadline=None)
@given(histories())
def test_composed_changes_do_at_once_what_the_steps_do_in_turn(history: History) -> None:
    """Changes of the first text, sorted and apart, that quote it and give the last one."""
    for (id_, field), steps in edits.changes_of(history.ledger).items():
        first = history.before.filter(pl.col("id") == id_)[field].item()
        last = history.after.filter(pl.col("id") == id_)[field].item()

        composed = edits.compose(steps)

        assert _changed(first, composed) == last
        assert all(first[change.start : change.end] == change.original for change in composed)
        assert all(one.end <= two.start for one, two in itertools.pairwise(composed))


@settings(deadline=None)
@given(histories(), st.sampled_from(STEPS))
def test_composed_changes_are_a_ledger_themselves(history: History, step: str) -> None:
    """Written down as one step, they apply and undo like any other."""
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
    """Seen from the other side and back, an edit is itself; seen once, it takes the new text to the old."""
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


def test_compose_names_both_rules_where_two_changes_meet() -> None:
    """Who asks why a passage changed gets every rule that had a part in it, by place; changes that merely touch stay apart."""
    early = [Change(0, 3, "abc", "xyz", "one", "k1"), Change(3, 4, "d", "", "two", "k2")]
    late = [Change(2, 4, "ze", "-", "three", "k3")]

    assert edits.compose([early, late]) == [Change(0, 5, "abcde", "xy-", "one + three + two", "k3")]
    assert edits.compose([[Change(0, 1, "a", "b", "one", "k")], [Change(1, 2, "c", "", "two", "k")]]) == [
        Change(0, 1, "a", "b", "one", "k"),
        Change(1, 2, "c", "", "two", "k"),
    ]
    assert edits.compose([]) == []


def _edit(**changed: object) -> pl.DataFrame:
    """Return a ledger of one edit that fits `_TEXTS`, with some of its values changed."""
    row = {"id": "a", "step": "noise", "seq": 0, "field": "text", "start": 5, "end": 9, "original": "noir", "replacement": "", "rule": "r"}
    return pl.DataFrame([row | changed], schema=EDIT)


_TEXTS = _frame([("a", "café noir", "Titre"), ("b", "", "")])
_WRONG = {
    "it quotes something else": (
        _edit(original="noix"),
        "document a, text: the edit 'r' expects 'noix' at 5:9, found 'noir'. It belongs to another text.",
    ),
    "it reaches past the end": (
        _edit(end=10),
        "document a, text: the edit 'r' expects 'noir' at 5:10, found 'noir'. It belongs to another text.",
    ),
    "it ends before it starts": (
        _edit(start=9, end=5),
        "document a, text: the edit 'r' at 9:5 overlaps the one before it, which ends at 0. Find it again.",
    ),
    "it starts before the text": (
        _edit(start=-4, end=9),
        "document a, text: the edit 'r' at -4:9 overlaps the one before it, which ends at 0. Find it again.",
    ),
    "it overlaps another": (
        pl.concat([_edit(), _edit(seq=1, start=8, end=9, original="r", rule="s")]),
        "document a, text: the edit 's' at 8:9 overlaps the one before it, which ends at 9. Find it again.",
    ),
    "its document is unknown": (
        _edit(id="c"),
        "the ledger edits the text of document c, which is not among the texts. Ledger and texts are of different builds.",
    ),
    "its step is unknown": (
        _edit(step="polish"),
        "the ledger names the step 'polish'; expected one of repair, noise, names. Was it written by a newer version?",
    ),
    "its field is unknown": (
        _edit(field="lead"),
        "the ledger edits the field 'lead'; the texts have id, text, title. Was it written by a newer version?",
    ),
}


@pytest.mark.parametrize("reason", _WRONG)
def test_a_wrong_edit_is_an_error_and_changes_nothing(reason: str) -> None:
    """No guess, no half: the error says which edit and why, and the texts are what they were, also those of right edits beside it."""
    wrong, says = _WRONG[reason]
    right = _edit(field="title", start=0, end=5, original="Titre", replacement="T", rule="t")
    texts = _TEXTS.clone()

    with pytest.raises(LedgerError) as raised:
        edits.apply(texts, pl.concat([right, wrong]))

    assert str(raised.value) == says
    assert texts.equals(_TEXTS)
    assert raised.value.exit_code == 1


def test_undo_refuses_texts_that_the_ledger_did_not_make() -> None:
    """The other way round it quotes what it put there."""
    with pytest.raises(LedgerError, match=r"^document a, text: the edit 'r' expects 'vert' at 5:9, found 'noir'\."):
        edits.undo(_TEXTS, _edit(replacement="vert"))


def test_no_edits_change_nothing() -> None:
    """Also where there are no texts, and where a text is missing."""
    for texts in (_TEXTS, _TEXTS.clear(), _TEXTS.with_columns(pl.lit(None, pl.String).alias("title"))):
        assert edits.apply(texts, empty_table(EDIT)).equals(texts)
        assert edits.undo(texts, empty_table(EDIT)).equals(texts)


def test_other_columns_and_the_order_of_texts_stay() -> None:
    """Whatever else a frame carries, whatever it is called."""
    texts = _TEXTS.reverse().with_columns(pl.Series("row", [7, 8]), pl.Series("language", ["fr", None]))

    applied = edits.apply(texts, _edit())

    assert applied.drop("text").equals(texts.drop("text"))
    assert applied["text"].to_list() == ["", "café "]
    assert applied.columns == texts.columns
