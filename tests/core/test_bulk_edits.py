"""Tests of pipeline/saring/core/bulk_edits.py."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from saring.core.bulk_edits import apply_bulk
from saring.core.errors import LedgerError
from saring.core.ledger import Change, splice

TEXT = st.text(st.sampled_from("ab é中😀\n"), max_size=12)
SCHEMA = {"row": pl.UInt32, "start": pl.Int32, "end": pl.Int32, "original": pl.String, "replacement": pl.String}


@st.composite
def changed(draw: st.DrawFn) -> tuple[str, list[Change]]:
    """Draw a text and changes of it, few of which quote or stand wrong."""
    text = draw(TEXT)
    bounds = sorted(draw(st.lists(st.integers(0, len(text)), max_size=6)))
    changes = [Change(start, end, text[start:end], draw(TEXT)) for start, end in zip(bounds[::2], bounds[1::2], strict=False)]
    if changes and draw(st.integers(0, 5)) == 0:
        place = draw(st.integers(0, len(changes) - 1))
        shift = draw(st.integers(-3, 3))
        wrong = changes[place]._replace(
            original=draw(TEXT), start=changes[place].start + shift, end=changes[place].end + draw(st.integers(-3, 3))
        )
        changes[place] = wrong
    return text, changes


@given(drawn=st.lists(changed(), max_size=8), together=st.integers(1, 40))
def test_walk(drawn: list[tuple[str, list[Change]]], together: int) -> None:
    """Arrays give what walking each text gives, and nothing where that finds an edit that is wrong."""
    strings = pl.Series([text for text, _ in drawn], dtype=pl.String)
    rows = [(row, *change[:4]) for row, (_, changes) in enumerate(drawn) for change in changes]
    made = apply_bulk(strings, pl.DataFrame(rows, schema=SCHEMA, orient="row"), together)
    try:
        expected = [splice(text, changes, where="") for text, changes in drawn]
    except LedgerError:
        assert made is None
        return
    assert made is not None
    assert made.to_list() == expected
