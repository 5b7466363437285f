"""Tests of pipeline/saring/core/bulk_edits.py: the vectorised application of edits equals the loop over each string."""

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
def edited_texts(draw: st.DrawFn) -> tuple[str, list[Change]]:
    """Draw a text and changes of it; one in six lists has a change with a wrong quote or wrong offsets."""
    text = draw(TEXT)
    bounds = sorted(draw(st.lists(st.integers(0, len(text)), max_size=6)))
    changes = [Change(start, end, text[start:end], draw(TEXT)) for start, end in zip(bounds[::2], bounds[1::2], strict=False)]
    if changes and draw(st.integers(0, 5)) == 0:
        index = draw(st.integers(0, len(changes) - 1))
        shift = draw(st.integers(-3, 3))
        wrong = changes[index]._replace(
            original=draw(TEXT), start=changes[index].start + shift, end=changes[index].end + draw(st.integers(-3, 3))
        )
        changes[index] = wrong
    return text, changes


@given(drawn=st.lists(edited_texts(), max_size=8), block_bytes=st.integers(1, 40))
def test_bulk_application_equals_the_loop(drawn: list[tuple[str, list[Change]]], block_bytes: int) -> None:
    """`apply_bulk` returns the strings that `splice` returns, and None exactly if `splice` raises an error."""
    strings = pl.Series([text for text, _ in drawn], dtype=pl.String)
    rows = [(row, *change[:4]) for row, (_, changes) in enumerate(drawn) for change in changes]
    result = apply_bulk(strings, pl.DataFrame(rows, schema=SCHEMA, orient="row"), block_bytes)
    try:
        expected = [splice(text, changes, where="") for text, changes in drawn]
    except LedgerError:
        assert result is None
        return
    assert result is not None
    assert result.to_list() == expected
