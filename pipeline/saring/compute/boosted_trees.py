"""Gradient-boosted trees evaluated with numpy alone: small models, trained by scripts in bench/, kept as JSON files of a few hundred kB."""

from __future__ import annotations

import functools
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from saring.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy.typing as npt

    Float32Array = npt.NDArray[np.float32]

__all__ = [
    "SPLITS",
    "Trees",
    "class_probabilities",
    "load_classes",
    "load_passes",
    "load_trees",
    "parse_trees",
    "probabilities",
    "weights_digest",
]

#: Splits per tree, at most: the comparisons of one tree fit into a byte, which indexes a table of its outputs.
SPLITS = 7
#: Rows scored at a time, so that their features stay in the processor's cache while all trees read them (a judgement, not measured).
_ROWS_PER_CHUNK = 16_384


@dataclass(frozen=True, kw_only=True, slots=True)
class Trees:
    """Weights of boosted trees as arrays: the raw score of a row is the sum of the outputs of all trees.

    Attributes:
        feature_names: the names of the features, in the order of the indices in `feature`.
        feature, threshold: shape (trees, `SPLITS`): for each split the index of its feature, and the value that a row must exceed to go to
            the high side.
        outputs: shape (trees, 2 ** `SPLITS`): each tree's output by the byte of splits that a row exceeds (bit 6 is the first split).
    """

    feature_names: tuple[str, ...]
    feature: npt.NDArray[np.intp]
    threshold: Float32Array
    outputs: Float32Array


@functools.cache
def load_trees(file: Path) -> Trees:
    """Read the weights of one model from a JSON file, once per process.

    Raises:
        ConfigError: the file is missing or does not hold weights of this version.
    """
    try:
        return parse_trees(json.loads(_read_weights(file)))
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise _weights_error(file, f"something else ({type(error).__name__}: {error})") from error


@functools.cache
def load_classes(file: Path) -> dict[str, Trees]:
    """Read the weights of a model with several classes from a JSON file, once per process: the trees of each class by its name.

    Raises:
        ConfigError: the file is missing or does not hold weights of this version.
    """
    try:
        weights = json.loads(_read_weights(file))
        return {name: parse_trees({"measures": weights["measures"], "trees": trees}) for name, trees in weights["classes"].items()}
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise _weights_error(file, f"something else ({type(error).__name__}: {error})") from error


@functools.cache
def load_passes(file: Path) -> tuple[Trees, ...]:
    """Read the weights of a model of several passes from a JSON file, once per process: each pass has features and trees of its own.

    Raises:
        ConfigError: the file is missing or does not hold weights of this version.
    """
    try:
        return tuple(parse_trees(weights) for weights in json.loads(_read_weights(file))["passes"])
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise _weights_error(file, f"something else ({type(error).__name__}: {error})") from error


def weights_digest(file: Path) -> str:
    """Return the SHA-256 hash of a file of weights, as part of cache keys.

    Raises:
        ConfigError: the file cannot be read.
    """
    return hashlib.sha256(_read_weights(file)).hexdigest()


def _read_weights(file: Path) -> bytes:
    """Read the bytes of a weights file, or raise `ConfigError`."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise _weights_error(file, f"a file that cannot be read ({error.strerror})") from error


def _weights_error(file: Path, content: str) -> ConfigError:
    """Build the error for a file without usable weights; `content` says what was found instead."""
    hint = "Make weights with the scripts bench/train_*.py, or leave [noise] weights out."
    return ConfigError(file=str(file), path="", expected="weights of boosted trees", found=content, hint=hint)


def parse_trees(weights: Mapping[str, Any]) -> Trees:
    """Turn weights as read from JSON into arrays, with each tree's outputs tabulated by which of its splits a row exceeds.

    QuickScorer (Lucchese et al., SIGIR 2015): a split that a row exceeds rules out the leaves on its low side, which the bit mask `low`
    lists; the first leaf that remains is the tree's output. A tree of two splits with leaves A, B, C whose `low` is [0b001, 0b010] (split 0
    has A on its low side, split 1 has B) gives A where no split is exceeded or only split 1, B for split 0 alone, C for both.
    """
    trees = weights["trees"]
    feature = np.zeros((len(trees), SPLITS), dtype=np.intp)
    # A tree with fewer splits is filled up with splits that no row exceeds.
    threshold = np.full((len(trees), SPLITS), np.inf, dtype=np.float32)
    outputs = np.zeros((len(trees), 1 << SPLITS), dtype=np.float32)
    exceeded = (np.arange(1 << SPLITS)[:, None] >> np.arange(SPLITS)[::-1]) & 1
    for index, tree in enumerate(trees):
        splits = len(tree["feature"])
        feature[index, :splits], threshold[index, :splits] = tree["feature"], tree["threshold"]
        excluded_leaves = np.bitwise_or.reduce(exceeded[:, :splits] * np.array(tree["low"], dtype=np.int64), axis=1)
        remaining = ((excluded_leaves[:, None] >> np.arange(len(tree["leaf"]))) & 1) == 0
        outputs[index] = np.array(tree["leaf"], dtype=np.float32)[remaining.argmax(axis=1)]
    return Trees(feature_names=tuple(weights["measures"]), feature=feature, threshold=threshold, outputs=outputs)


def probabilities(trees: Trees, features: Mapping[str, Float32Array], rows: npt.NDArray[np.intp]) -> Float32Array:
    """Return the probability of the positive class for each of some rows, from 0 to 1, rounded to three digits.

    Args:
        trees: the weights.
        features: features by name, one entry per row.
        rows: the rows to score.
    """
    scores = 1 / (1 + np.exp(-_sums(trees, features, rows)))
    # Rounded, because the last bits of an exponential depend on the processor, and published scores must not.
    rounded: Float32Array = np.round(scores, 3)
    return rounded


def class_probabilities(classes: Mapping[str, Trees], features: Mapping[str, Float32Array], rows: npt.NDArray[np.intp]) -> Float32Array:
    """Return the probability of each class for each of some rows, rounded to three digits: shape (rows, classes).

    Args:
        classes: the trees of each class.
        features: features by name, one entry per row.
        rows: the rows to score.
    """
    sums = np.stack([_sums(trees, features, rows) for trees in classes.values()], axis=1)
    powers = np.exp(sums - sums.max(axis=1, keepdims=True, initial=-np.inf))
    rounded: Float32Array = np.round(powers / powers.sum(axis=1, keepdims=True), 3)
    return rounded


def _sums(trees: Trees, features: Mapping[str, Float32Array], rows: npt.NDArray[np.intp]) -> Float32Array:
    """Return the raw scores of some rows: the sum of the outputs of all trees.

    For each tree, the comparisons of its splits are packed into one byte per row. With one feature that is 0.2 and 0.9 for two rows, and
    splits at 0.5 and at 0.8, the bytes are 0b00 and 0b11 (shifted left by the five unused splits); `outputs.take` then adds the tree's
    output to the score of each row.
    """
    scores = np.zeros(len(rows), dtype=np.float32)
    for begin in range(0, len(rows), _ROWS_PER_CHUNK):
        chunk = rows[begin : begin + _ROWS_PER_CHUNK]
        table = [features[name].take(chunk) for name in trees.feature_names]
        pattern, exceeds = np.empty(len(chunk), dtype=np.uint8), np.empty(len(chunk), dtype=bool)
        total = np.zeros(len(chunk), dtype=np.float32)
        for feature, threshold, outputs in zip(trees.feature.tolist(), trees.threshold, trees.outputs, strict=True):
            pattern[:] = 0
            for index, bound in zip(feature, threshold, strict=True):
                np.add(pattern, pattern, out=pattern)
                np.add(pattern, np.greater(table[index], bound, out=exceeds).view(np.uint8), out=pattern)
            total += outputs.take(pattern)
        scores[begin : begin + _ROWS_PER_CHUNK] = total
    return scores
