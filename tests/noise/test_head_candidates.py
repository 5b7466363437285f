"""pipeline/saring/noise/head_candidates.py: candidates of headline, byline and date, and their features."""

from __future__ import annotations

import numpy as np
import polars as pl

from saring.core import lines
from saring.core.tables import TIME
from saring.noise import head_candidates, line_features

TEXT = """Home
Harbour > News
Harbour board keeps the old crane
Miriam Castell
14 March 2021
The harbour board voted on Tuesday to keep the old crane on the north quay of the town for another year.
A surveyor told the board that the crane could lift twelve tonnes again if its brakes were renewed soon."""


def found(text: str = TEXT, **columns: str) -> head_candidates.Candidates:
    """Return the candidates of one page."""
    row = {"id": "a", "text": text, "url": None, "source": "", "added": None} | columns
    pages = pl.DataFrame([row], schema_overrides={"added": TIME, "url": pl.String})
    table = line_features.line_features(lines.split_lines(pages))
    nothing = np.zeros(table.height, dtype=np.bool_)
    candidates = head_candidates.find_candidates(table, pages, nothing, nothing)
    assert candidates
    return candidates


def test_lines_above_the_body_are_candidates() -> None:
    """The short lines of a page are candidates, with the names and the date that they hold."""
    candidates = found()

    assert candidates.table["text"].to_list() == TEXT.split("\n")
    assert candidates.table["names"].to_list()[3] == ["Miriam Castell"]
    assert candidates.table["created"].drop_nulls().dt.date().cast(pl.String).to_list() == ["2021-03-14"]
    assert candidates.run_first.tolist() == [5] * 7
    assert {values.dtype for values in candidates.features.values()} == {np.dtype(np.float32)}
    assert {len(values) for values in candidates.features.values()} == {7}


def test_the_address_decides_between_day_and_month() -> None:
    """Numbers alone are not read on an English page, but where the date in its URL agrees with one reading."""
    text = TEXT.replace("14 March 2021", "04/03/2021")

    assert found(text).table["created"].null_count() == 7
    for day, expected in (("2021/04/03", "2021-04-03"), ("2021/03/04", "2021-03-04")):
        dated = found(text, url=f"https://a.example/{day}/crane-stays-here").table["created"].drop_nulls()
        assert dated.dt.date().cast(pl.String).to_list() == [expected]


def test_a_page_without_prose_has_no_candidates() -> None:
    """Without a run of prose, nothing tells what is above the body."""
    pages = pl.DataFrame(
        {"id": ["a"], "text": ["one\ntwo"], "url": [None], "source": [""], "added": [None]}, schema_overrides={"added": TIME}
    )
    table = line_features.line_features(lines.split_lines(pages))
    nothing = np.zeros(table.height, dtype=np.bool_)

    assert head_candidates.find_candidates(table, pages, nothing, nothing) is None
