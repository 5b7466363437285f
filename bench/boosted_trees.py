"""Trees of LightGBM as `saring.compute.boosted_trees` reads them, and their files; training is deterministic."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from saring.compute.boosted_trees import SPLITS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

__all__ = ["PARAMETERS", "fit", "write"]

#: Parameters of LightGBM: small trees, with as many splits as `boosted_trees` evaluates, and the same result on each run.
PARAMETERS = {
    "objective": "binary",
    "num_leaves": SPLITS + 1,
    "learning_rate": 0.1,
    "min_data_in_leaf": 60,
    "feature_fraction": 0.4,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "max_bin": 127,
    "seed": 1,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbose": -1,
}


def fit(
    features: npt.NDArray[np.float32],
    labels: npt.NDArray[np.float64],
    weights: npt.NDArray[np.float64],
    rounds: int,
    parameters: Mapping[str, Any] = PARAMETERS,
) -> list[dict[str, list[float]]]:
    """Train boosted trees and return them as `boosted_trees.parse_trees` reads them; for several classes, class after class in each round.

    Args:
        features: shape (rows, features).
        labels: of each row: 0 or 1, or the number of its class.
        weights: of each row.
        rounds: of boosting: trees for each class.
        parameters: of LightGBM.
    """
    import lightgbm  # type: ignore[import-not-found]  # noqa: PLC0415 - not a dependency of the project

    model = lightgbm.train(dict(parameters), lightgbm.Dataset(features, labels, weight=weights), rounds).dump_model()
    return [_tree(info["tree_structure"]) for info in model["tree_info"]]


def _tree(root: dict[str, Any]) -> dict[str, list[float]]:
    """Convert a LightGBM tree to its splits, each with the leaves on its low side as a bit mask, and its leaf values from low to high."""
    tree: dict[str, list[float]] = {"feature": [], "threshold": [], "low": [], "leaf": []}

    def visit(node: dict[str, Any]) -> None:
        if "split_feature" not in node:
            tree["leaf"].append(round(float(node["leaf_value"]), 5))
            return
        place, begin = len(tree["low"]), len(tree["leaf"])
        tree["feature"].append(node["split_feature"])
        # Features are float32, so the greatest float32 that is not above the bound splits them in the same way.
        bound = np.float32(node["threshold"])
        tree["threshold"].append(float(bound if float(bound) <= node["threshold"] else np.nextafter(bound, np.float32(-np.inf))))
        tree["low"].append(0)
        visit(node["left_child"])
        tree["low"][place] = sum(1 << leaf for leaf in range(begin, len(tree["leaf"])))
        visit(node["right_child"])

    visit(root)
    return tree


def write(weights: Mapping[str, Any], file: Path) -> None:
    """Write weights as JSON, one tree per line: of one model under `trees`, of several classes under `classes`, of passes under `passes`."""
    head = json.dumps({key: value for key, value in weights.items() if key not in ("trees", "classes", "passes")}, indent=1)
    if "trees" in weights:
        body = f' "trees": {_lines(weights["trees"])}'
    elif "passes" in weights:
        passes = [f'{{"measures": {json.dumps(part["measures"])},\n "trees": {_lines(part["trees"])}}}' for part in weights["passes"]]
        body = ' "passes": [\n' + ",\n".join(passes) + "\n ]"
    else:
        body = (
            ' "classes": {\n' + ",\n".join(f"  {json.dumps(name)}: {_lines(trees)}" for name, trees in weights["classes"].items()) + "\n }"
        )
    file.write_text(f"{head.removesuffix('}').rstrip()},\n{body}\n}}\n", encoding="utf-8")


def _lines(trees: Sequence[Mapping[str, Sequence[float]]]) -> str:
    """Return trees as a JSON list with a line for each."""
    return (
        "[\n"
        + ",\n".join(json.dumps({key: [_short(value) for value in values] for key, values in tree.items()}) for tree in trees)
        + "\n ]"
    )


def _short(value: float) -> float:
    """Return the shortest decimal number that reads back as the same float32."""
    return value if isinstance(value, int) else float(str(np.float32(value)))
