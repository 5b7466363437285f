"""pipeline/saring/noise/head_form.py: place and form of candidates."""

from __future__ import annotations

import numpy as np
import polars as pl

from saring.core import lines
from saring.core.tables import TIME
from saring.noise import head_candidates, line_features
from saring.noise.head_form import any_of

TEXT = """Menu
The old crane stays: a report
By Miriam Castell
Published 14 March 2021, 10:05
The harbour board voted on Tuesday to keep the old crane on the north quay of the town for another year.
A surveyor told the board that the crane could lift twelve tonnes again if its brakes were renewed soon."""


def test_features_tell_place_and_form() -> None:
    """Distances from the body, marks, words of date lines and what stands beside a line."""
    page = {"id": "a", "text": TEXT, "url": None, "source": "", "added": None}
    pages = pl.DataFrame([page], schema_overrides={"added": TIME, "url": pl.String})
    table = line_features.line_features(lines.split_lines(pages))
    nothing = np.zeros(table.height, dtype=np.bool_)
    candidates = head_candidates.find_candidates(table, pages, nothing, nothing)
    assert candidates
    features = candidates.features

    assert features["to_prose"].tolist()[:4] == [4, 3, 2, 1]
    assert features["in_run"].tolist() == [0, 0, 0, 0, 1, 1]
    assert features["has_colon"][1] == 1
    assert features["has_published"].tolist()[:4] == [0, 0, 0, 1]
    assert features["has_clock"][3] == 1
    assert features["is_labelled"][2] == 1
    assert features["words_beside_names"][2] == 1
    assert features["names_just_below"].tolist()[:3] == [0, 1, 0]
    assert features["date_below"].tolist()[:3] == [1, 1, 1]
    assert features["labelled_just_above"][3] == 1


def test_any_of_prefers_the_longest() -> None:
    """A pattern of words matches the longest of them first."""
    assert any_of(("a", "a b")) == "a b|a"
