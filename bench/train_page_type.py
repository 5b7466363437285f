"""Train the page-type model with LightGBM on labelled development pages, and write its weights as JSON.

    python bench/train_page_type.py DATA [--out pipeline/saring/noise/page_type_weights.json]

Needs, besides the project and its `dev` extra: lightgbm 4. DATA is the folder that `bench/labelled.py` reads. Prints the cross-validated
confusion of types, by sites. `bench/train_lines.py` trains with the probabilities of this model: train the lines again after it.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bench import boosted_trees, labelled
from saring.compute.boosted_trees import class_probabilities, parse_trees
from saring.core.tables import PAGE_TYPES
from saring.noise.page_type import WEIGHTS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import numpy.typing as npt

    from bench.train_lines import Samples

    Float32Array = npt.NDArray[np.float32]

__all__ = ["TYPES", "fit", "main", "probabilities", "training_pages"]

#: The types that are trained; `other` is a page to which none of them is likely.
TYPES = tuple(name for name in PAGE_TYPES if name != "other")

_ROUNDS = 60
_PARAMETERS = {
    "objective": "multiclass",
    "num_class": len(TYPES),
    "learning_rate": 0.08,
    "min_data_in_leaf": 25,
    "feature_fraction": 0.3,
    "lambda_l2": 10.0,
    "max_bin": 63,
}
#: Variants of a page that are trained on, each with its weight. A body alone is a page of its type, too.
_VARIANTS = {
    "blocks": 1.0,
    "inscriptis": 1.0,
    "html": 0.5,
    "blocks_img": 0.5,
    "gold": 0.3,
    "caseless": 0.3,
    "spaceless": 0.3,
    "foreign": 0.3,
}
#: Weight of the sets that have articles only, so that not all doubtful pages are articles.
_ARTICLES_ONLY = 0.5

_PROVENANCE = {
    "made_by": "bench/train_page_type.py",
    "note": "Numbers learned from labelled pages; no text of theirs is contained.",
    "trained_on": [
        {"data": "WCXB by Murrough Foley, development part, less some sites", "license": "CC-BY-4.0"},
        {"data": "scrapinghub/article-extraction-benchmark, half of its sites", "license": "MIT"},
        {"data": "mozilla/readability, half of the sites of its test pages", "license": "Apache-2.0"},
        {"data": "flairNLP/fundus, half of its test pages by site", "license": "MIT"},
    ],
    "license": "Apache-2.0",
}


def training_pages(training: Samples) -> npt.NDArray[np.bool_]:
    """Return a mask of the pages whose type is known and which the model is trained on."""
    return np.array([page.type != "" and page.flattening in _VARIANTS and page.trust > 0 for page in training.pages])


def fit(training: Samples, columns: Mapping[str, Float32Array], folds: Collection[int]) -> dict[str, Any]:
    """Train on the pages of these folds; return weights as `boosted_trees.load_classes` reads them.

    Args:
        training: pages and folds.
        columns: features of all pages, as `page_type.page_features` computes them.
        folds: of the pages to train on.
    """
    chosen = np.flatnonzero(training_pages(training) & np.isin(training.page_fold, list(folds)))
    pages = [training.pages[index] for index in chosen.tolist()]
    labels = np.array([TYPES.index(page.type) for page in pages], dtype=np.float64)
    weights = np.array([_VARIANTS[page.flattening] * (1 if page.set == "wcxb" else _ARTICLES_ONLY) for page in pages])
    table = np.stack([values[chosen] for values in columns.values()], axis=1)
    # Each page twice, since a page may come without its URL.
    nameless = table.copy()
    nameless[:, [name.startswith("url_") for name in columns]] = -1
    parameters = boosted_trees.PARAMETERS | _PARAMETERS
    trees = boosted_trees.fit(np.concatenate([table, nameless]), np.tile(labels, 2), np.tile(weights, 2), _ROUNDS, parameters)
    classes = {name: trees[index :: len(TYPES)] for index, name in enumerate(TYPES)}
    return {"provenance": _PROVENANCE, "measures": list(columns), "classes": classes}


def probabilities(weights: Mapping[str, Any], columns: Mapping[str, Float32Array]) -> Float32Array:
    """Return the probabilities of the types of all pages, shape (pages, types), with the code of the noise step."""
    classes = {name: parse_trees({"measures": weights["measures"], "trees": trees}) for name, trees in weights["classes"].items()}
    return class_probabilities(classes, columns, np.arange(len(next(iter(columns.values())))))


def main() -> None:
    """Parse arguments, train on all pages, print the cross-validated confusion, write the weights."""
    from bench import train_lines  # noqa: PLC0415 - it imports this module

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    arguments = parser.parse_args()
    training = train_lines.samples([page for name in labelled.SETS for page in labelled.pages_of(arguments.data, name)])
    trainer = train_lines.Trainer(training)
    print_confusion(training, trainer.types)
    boosted_trees.write(trainer.fit_types(), arguments.out)
    print(f"{arguments.out}: {arguments.out.stat().st_size / 1e3:.0f} kB")


def print_confusion(training: Samples, guesses: Float32Array) -> None:
    """Print for each type of the flat pages how many of them are taken for which, each judged by a model that has not seen its site."""
    rows = [index for index, page in enumerate(training.pages) if page.flattening == "blocks" and page.type]
    labels, best = np.array([TYPES.index(training.pages[index].type) for index in rows]), guesses[rows].argmax(axis=1)
    print(f"{(labels == best).mean():.3f} of {len(rows)} pages right\n{'':14s}" + " ".join(f"{name[:7]:>7s}" for name in TYPES))
    for index, name in enumerate(TYPES):
        print(f"{name:14s}" + " ".join(f"{count:7d}" for count in np.bincount(best[labels == index], minlength=len(TYPES))))


if __name__ == "__main__":
    main()
