"""Boosted trees evaluate as defined, alone and as classes, and files that hold none are reported by name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saring.compute.boosted_trees import class_probabilities, load_classes, load_passes, load_trees, parse_trees, probabilities
from saring.core.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

NUMBERS = st.floats(-2, 2, width=32)
#: The first leaf where a is at most 0, else the second or third by b.
TREE = {"feature": [0, 1], "threshold": [0.0, 1.0], "low": [0b001, 0b010], "leaf": [-2.0, 0.0, 3.0]}
NO_TREE: dict[str, list[float]] = {"feature": [], "threshold": [], "low": [], "leaf": [0.5]}


def features_of(a: float, b: float) -> dict[str, np.ndarray]:
    """Return a row with two features."""
    return {"a": np.array([a], dtype=np.float32), "b": np.array([b], dtype=np.float32)}


def output_of(a: float, b: float) -> float:
    """Return the output of `TREE`."""
    return -2.0 if a <= 0 else 0.0 if b <= 1 else 3.0


@given(NUMBERS, NUMBERS)
def test_a_tree_evaluates_its_splits(a: float, b: float) -> None:
    """The leaf that the splits lead to decides the probability, which is rounded to three digits."""
    trees = parse_trees({"measures": ["a", "b"], "trees": [TREE, NO_TREE]})

    probability = probabilities(trees, features_of(a, b), np.array([0]))[0]

    assert probability == pytest.approx(round(1 / (1 + np.exp(-output_of(a, b) - 0.5)), 3), abs=1e-6)


@given(NUMBERS, NUMBERS)
def test_classes_share_one(a: float, b: float) -> None:
    """The probabilities of two classes are those of their trees' outputs beside each other."""
    classes = {name: parse_trees({"measures": ["a", "b"], "trees": [tree]}) for name, tree in (("one", TREE), ("two", NO_TREE))}

    one, two = class_probabilities(classes, features_of(a, b), np.array([0]))[0]

    assert one == pytest.approx(1 / (1 + np.exp(0.5 - output_of(a, b))), abs=6e-4)
    assert one + two == pytest.approx(1, abs=2e-3)


def test_no_rows_have_no_probabilities() -> None:
    """Without rows there is nothing to score."""
    trees, rows = parse_trees({"measures": ["a"], "trees": [NO_TREE]}), np.zeros(0, dtype=np.intp)

    assert probabilities(trees, {"a": np.zeros(0, dtype=np.float32)}, rows).shape == (0,)
    assert class_probabilities({"one": trees}, {"a": np.zeros(0, dtype=np.float32)}, rows).shape == (0, 1)


def test_files_are_read_back(tmp_path: Path) -> None:
    """A file holds the trees of one model, of several classes, or of passes with features of their own."""
    one, several, passes = tmp_path / "one.json", tmp_path / "several.json", tmp_path / "passes.json"
    one.write_text(json.dumps({"measures": ["a", "b"], "trees": [TREE]}), encoding="utf-8")
    several.write_text(json.dumps({"measures": ["a", "b"], "classes": {"x": [TREE], "y": [NO_TREE]}}), encoding="utf-8")

    passes.write_text(
        json.dumps({"passes": [{"measures": ["a", "b"], "trees": [TREE]}, {"measures": ["c"], "trees": []}]}), encoding="utf-8"
    )

    assert [trees.feature_names for trees in load_passes(passes)] == [("a", "b"), ("c",)]
    assert load_trees(one).feature_names == ("a", "b")
    assert list(load_classes(several)) == ["x", "y"]


@pytest.mark.parametrize(
    "content", [None, "{", "{}", '{"measures": [], "trees": [{"feature": [0]}], "classes": {"x": [{"feature": [0]}]}, "passes": [{}]}']
)
def test_invalid_weights_are_reported(content: str | None, tmp_path: Path) -> None:
    """A missing or invalid weights file is reported by name, with a hint."""
    file = tmp_path / "own.json"
    if content is not None:
        file.write_text(content, encoding="utf-8")

    for load in (load_trees, load_classes, load_passes):
        with pytest.raises(ConfigError, match=r"own\.json: expected weights of boosted trees, found .* Make weights with"):
            load(file)
