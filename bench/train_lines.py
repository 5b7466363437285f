"""Train the line classifier, print its figures on sites that it has not seen, and write its weights.

    python bench/train_lines.py DATA [--out pipeline/noise/weights.json]

Needs, besides the project and its `dev` extra: lightgbm 4. DATA is what `bench/labelled.py` reads. Deterministic: the same data, code and rules
give the same file. Train again when rule packs or measures change, since the trees look at what rules cut around a line.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl
from bench import labelled

from saring.config import default_config
from saring.core import lines
from saring.noise import line_features, line_rules, rule_scopes
from saring.noise.context_features import context_features
from saring.noise.line_classifier import SPLITS, WEIGHTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

__all__ = ["FOLDS", "Samples", "fit", "fold_of", "main", "samples", "write"]

FOLDS = 5

_PARAMETERS = {
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
_ROUNDS = 300

#: How much more a noisy line between two lines of the body counts, and a line of a body that stands as a page of its own.
_INSIDE, _CLEAN = 3.5, 1.5
#: A line of the body that is this long marks where the body begins and ends.
_BODY_WORDS = 8

_PROVENANCE = {
    "made_by": "bench/train_lines.py",
    "note": "Numbers learned from labelled pages; no text of theirs is contained.",
    "trained_on": [
        {"data": "scrapinghub/article-extraction-benchmark, half of its sites", "license": "MIT"},
        {"data": "adbar/trafilatura, half of the sites of its evaluation pages", "license": "Apache-2.0"},
        {"data": "mozilla/readability, half of the sites of its test pages", "license": "Apache-2.0"},
    ],
    "license": "Apache-2.0",
}


class Samples(NamedTuple):
    """Lines to learn from, in arrays of one entry a line.

    Attributes:
        names: of the measures.
        measures: a row a line.
        noise: whether the line is noise.
        inside: whether it stands between two lines of its page's body.
        cut: whether a rule cuts it; such lines are never judged.
        weight: how much it counts; 0 where it is not to be learned from.
        page: index into the pages.
        fold: which of `FOLDS` its site is in.
    """

    names: list[str]
    measures: npt.NDArray[np.float32]
    noise: npt.NDArray[np.bool_]
    inside: npt.NDArray[np.bool_]
    cut: npt.NDArray[np.bool_]
    weight: npt.NDArray[np.float64]
    page: npt.NDArray[np.intp]
    fold: npt.NDArray[np.intp]


def fold_of(site: str) -> int:
    """Return the fold of a site: all its pages, of whatever set, are in one."""
    return int(hashlib.sha256(site.encode()).hexdigest(), 16) % FOLDS


def samples(pages: Sequence[labelled.Page]) -> Samples:
    """Measure the lines of pages as the noise step does."""
    rules = default_config().rules
    texts = pl.DataFrame({"id": [f"{number:09d}" for number in range(len(pages))], "text": [page.text for page in pages]})
    described = line_features.line_features(lines.split_lines(texts))
    noisy = line_rules.find_noisy_lines(described, rules, rule_scopes.ScopeFilter(texts, described, rules))
    cut, found = context_features(described, noisy)
    page = described["id"].cast(pl.Int64).to_numpy().astype(np.intp)
    labels = np.array([pages[index].labels[number] for index, number in zip(page, described["number"], strict=True)])
    known, noise = ~np.isnan(labels) & ~cut, ~(labels >= 0.5)  # noqa: PLR2004 - half of its words
    words = described["words"].to_numpy().astype(np.float64)
    first, last = described["from_start"].to_numpy() == 0, described["from_end"].to_numpy() == 0
    inside = _inside(~noise & (words >= _BODY_WORDS), np.flatnonzero(first), np.flatnonzero(last) + 1)
    trust = np.array([page.trust * (_CLEAN if page.flattening.startswith("gold") else 1) for page in pages])
    weight = np.sqrt(np.maximum(words, 1)) * np.where(inside & noise, _INSIDE, 1) * trust[page] * known
    # A page of a thousand lines counts more than one of ten, but not a hundred times more.
    weight /= np.sqrt(np.maximum(np.bincount(page, weight, len(pages)), 1e-9))[page]
    fold = np.array([fold_of(page.site) for page in pages])
    return Samples(list(found), np.stack(list(found.values()), axis=1), noise, inside, cut, weight, page, fold[page])


def _inside(body: npt.NDArray[np.bool_], begins: npt.NDArray[np.intp], ends: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
    inside = np.zeros(len(body), dtype=bool)
    for begin, end in zip(begins, ends, strict=True):
        places = np.flatnonzero(body[begin:end])
        if len(places):
            inside[begin + places[0] : begin + places[-1] + 1] = True
    return inside


def fit(found: Samples, chosen: npt.NDArray[np.bool_]) -> dict[str, Any]:
    """Return weights, as `saring.noise.line_classifier.load` reads them, learned from the chosen lines."""
    import lightgbm  # type: ignore[import-not-found]  # noqa: PLC0415 - not a dependency of the project

    chosen = chosen & (found.weight > 0)
    data = lightgbm.Dataset(found.measures[chosen], found.noise[chosen].astype(float), weight=found.weight[chosen])
    model = lightgbm.train(_PARAMETERS, data, _ROUNDS).dump_model()
    return {
        "provenance": _PROVENANCE,
        "measures": found.names,
        "trees": [_tree(info["tree_structure"]) for info in model["tree_info"]],
    }


def _tree(root: dict[str, Any]) -> dict[str, list[float]]:
    """Return a tree as its splits, each with the leaves on its low side as bits, and its leaves from low to high."""
    tree: dict[str, list[float]] = {"feature": [], "threshold": [], "low": [], "leaf": []}

    def visit(node: dict[str, Any]) -> None:
        if "split_feature" not in node:
            tree["leaf"].append(round(float(node["leaf_value"]), 5))
            return
        place, begin = len(tree["low"]), len(tree["leaf"])
        tree["feature"].append(node["split_feature"])
        # Measures are single precision: the greatest single below the bound splits them alike.
        bound = np.float32(node["threshold"])
        tree["threshold"].append(float(bound if float(bound) <= node["threshold"] else np.nextafter(bound, np.float32(-np.inf))))
        tree["low"].append(0)
        visit(node["left_child"])
        tree["low"][place] = sum(1 << leaf for leaf in range(begin, len(tree["leaf"])))
        visit(node["right_child"])

    visit(root)
    return tree


def write(weights: dict[str, Any], file: Path) -> None:
    """Write weights as JSON, a tree a line."""
    trees = ",\n".join(json.dumps({key: [_short(value) for value in values] for key, values in tree.items()}) for tree in weights["trees"])
    head = json.dumps({key: value for key, value in weights.items() if key != "trees"}, indent=1)
    file.write_text(f'{head.removesuffix("}").rstrip()},\n "trees": [\n{trees}\n ]\n}}\n', encoding="utf-8")


def _short(value: float) -> float:
    """Return the shortest decimal that reads back as the same single."""
    return value if isinstance(value, int) else float(str(np.float32(value)))


def main() -> None:
    """Cross-validate by site, train on all, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    arguments = parser.parse_args()
    found = samples([page for name in labelled.SETS for page in labelled.pages_of(arguments.data, name)])
    print(f"{len(found.noise)} lines, {len(found.names)} measures, {found.noise[found.weight > 0].mean():.2f} of them noise")
    write(fit(found, np.ones(len(found.noise), dtype=bool)), arguments.out)
    print(f"{arguments.out}: {arguments.out.stat().st_size / 1e3:.0f} kB. bench/noise.py scores such weights on sites they have not seen.")


if __name__ == "__main__":
    main()
