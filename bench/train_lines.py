"""Train the line classifier with LightGBM on labelled development pages, and write its weights as JSON.

    python bench/train_lines.py DATA [--out pipeline/saring/noise/weights.json]

Needs, besides the project and its `dev` extra: lightgbm 4. DATA is the folder that `bench/labelled.py` reads. Deterministic: the same data,
code and rules give the same file. Train again when rule packs or features change, since the features include what rules delete around a
line.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from bench import boosted_trees, labelled
from saring.config import default_config
from saring.core import lines
from saring.noise import line_features, line_rules, rule_scopes
from saring.noise.context_features import context_features
from saring.noise.line_classifier import WEIGHTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

__all__ = ["FOLDS", "Samples", "fit", "fold_of", "main", "samples"]

FOLDS = 5

_ROUNDS = 300

#: Factors on sample weights: of a noisy line between two lines of the body, and of lines of a body that is a page by itself (nothing to
#: delete). Judgements.
_INSIDE, _CLEAN = 3.5, 1.5
#: The first and the last line of the body with at least this many words mark where the body begins and ends.
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
    """Training samples: features, label, weight and fold of each line, as arrays of one entry per line.

    Attributes:
        names: names of the features.
        features: feature values, shape (lines, features).
        noise: whether the line is noise.
        inside: whether it stands between two lines of its page's body.
        by_rule: whether a rule deletes it; such lines are never judged.
        weight: sample weight; 0 for lines that are not trained on.
        page: index into the pages.
        fold: which of the `FOLDS` its site is in.
    """

    names: list[str]
    features: npt.NDArray[np.float32]
    noise: npt.NDArray[np.bool_]
    inside: npt.NDArray[np.bool_]
    by_rule: npt.NDArray[np.bool_]
    weight: npt.NDArray[np.float64]
    page: npt.NDArray[np.intp]
    fold: npt.NDArray[np.intp]


def fold_of(site: str) -> int:
    """Return the cross-validation fold of a site, from its hash, so that all its pages of all sets are in one fold."""
    return int(hashlib.sha256(site.encode()).hexdigest(), 16) % FOLDS


def samples(pages: Sequence[labelled.Page]) -> Samples:
    """Compute features, labels and weights for all lines of these pages, with the code of the noise step."""
    rules = default_config().rules
    texts = pl.DataFrame({"id": [f"{number:09d}" for number in range(len(pages))], "text": [page.text for page in pages]})
    described = line_features.line_features(lines.split_lines(texts))
    noisy = line_rules.find_noisy_lines(described, rules, rule_scopes.ScopeFilter(texts, described, rules))
    by_rule, features = context_features(described, noisy)
    page = described["id"].cast(pl.Int64).to_numpy().astype(np.intp)
    labels = np.array([pages[index].labels[number] for index, number in zip(page, described["number"], strict=True)])
    known, noise = ~np.isnan(labels) & ~by_rule, ~(labels >= 0.5)  # noqa: PLR2004 - half of its words
    words = described["words"].to_numpy().astype(np.float64)
    first, last = described["from_start"].to_numpy() == 0, described["from_end"].to_numpy() == 0
    inside = _inside(~noise & (words >= _BODY_WORDS), np.flatnonzero(first), np.flatnonzero(last) + 1)
    trust = np.array([page.trust * (_CLEAN if page.flattening.startswith("gold") else 1) for page in pages])
    weight = np.sqrt(np.maximum(words, 1)) * np.where(inside & noise, _INSIDE, 1) * trust[page] * known
    # A page of a thousand lines counts more than one of ten, but not a hundred times more.
    weight /= np.sqrt(np.maximum(np.bincount(page, weight, len(pages)), 1e-9))[page]
    fold = np.array([fold_of(page.site) for page in pages])
    return Samples(list(features), np.stack(list(features.values()), axis=1), noise, inside, by_rule, weight, page, fold[page])


def _inside(body: npt.NDArray[np.bool_], begins: npt.NDArray[np.intp], ends: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
    """Return a mask of the lines from the first to the last body line of each page, whose lines are from `begins` to `ends`."""
    inside = np.zeros(len(body), dtype=bool)
    for begin, end in zip(begins, ends, strict=True):
        places = np.flatnonzero(body[begin:end])
        if len(places):
            inside[begin + places[0] : begin + places[-1] + 1] = True
    return inside


def fit(training: Samples, chosen: npt.NDArray[np.bool_]) -> dict[str, Any]:
    """Train boosted trees on the chosen lines; return weights as `boosted_trees.load_trees` reads them."""
    chosen = chosen & (training.weight > 0)
    labels, weights = training.noise[chosen].astype(float), training.weight[chosen]
    trees = boosted_trees.fit(training.features[chosen], labels, weights, _ROUNDS)
    return {"provenance": _PROVENANCE, "measures": training.names, "trees": trees}


def main() -> None:
    """Parse arguments, train on all pages, write the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    arguments = parser.parse_args()
    training = samples([page for name in labelled.SETS for page in labelled.pages_of(arguments.data, name)])
    print(f"{len(training.noise)} lines, {len(training.names)} features, {training.noise[training.weight > 0].mean():.2f} of them noise")
    boosted_trees.write(fit(training, np.ones(len(training.noise), dtype=bool)), arguments.out)
    print(f"{arguments.out}: {arguments.out.stat().st_size / 1e3:.0f} kB. bench/noise.py scores such weights on sites they have not seen.")


if __name__ == "__main__":
    main()
