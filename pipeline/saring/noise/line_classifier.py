"""Line classifier: gradient-boosted trees over the context features of a line score it as noise, evaluated with numpy alone.

It judges the lines that no rule deletes. The weights are `weights.json` beside this module, with their provenance; `bench/train_lines.py`
trains them.
"""

from __future__ import annotations

import functools
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from saring.core.errors import ConfigError
from saring.noise import own_text, site_lines
from saring.noise.context_features import context_features

if TYPE_CHECKING:
    import numpy.typing as npt

    from saring.config import Noise

    Float32Array = npt.NDArray[np.float32]

__all__ = [
    "CLASSIFIER_RULE",
    "KINDS",
    "WEIGHTS",
    "Classifier",
    "Trees",
    "classifier_of",
    "classify_lines",
    "load_trees",
    "score_lines",
    "weights_digest",
]

#: The classifier's rule id in the ledger, and the kinds of its deletions: lines outside the page's best run of prose, and lines inside it.
CLASSIFIER_RULE = "classifier"
KINDS = ("boilerplate", "inset")

#: The file of weights that ships with saring.
WEIGHTS = Path(__file__).with_name("weights.json")

#: Splits per tree, at most: the comparisons of one tree fit into a byte, which indexes a table of its outputs.
SPLITS = 7
#: Lines scored at a time, so that their features stay in the processor's cache while all trees read them (a judgement, not measured).
_LINES_PER_CHUNK = 16_384

#: In a document of at most this many lines, lines of prose are never deleted: they may be all of its text.
_SHORT_DOCUMENT = 3
#: A line stays if its probability of being text is at least this share of the document's highest: where no line passes, the best ones stay.
#: Chosen with `bench/noise.py` on development pages: 0.5 raised the mean share of snippets judged right by 0.1 to 0.5 points over 0.8 or
#: no such limit; 0.6 lost most of that again.
_NEAR_BEST = 0.5


@dataclass(frozen=True, kw_only=True, slots=True)
class Trees:
    """Weights of the boosted trees as arrays: a line's score is the logistic function of the sum of all trees' outputs.

    Attributes:
        feature_names: the names of the features, in the order of the indices in `feature`.
        feature, threshold: shape (trees, `SPLITS`): for each split the index of its feature, and the value that a line must exceed to go to
            the high side.
        outputs: shape (trees, 2 ** `SPLITS`): each tree's output by the byte of splits that a line exceeds (bit 6 is the first split).
    """

    feature_names: tuple[str, ...]
    feature: npt.NDArray[np.intp]
    threshold: Float32Array
    outputs: Float32Array


@dataclass(frozen=True, kw_only=True, slots=True)
class Classifier:
    """A line classifier ready for use: boosted trees, two thresholds between which it abstains, and the kinds of lines it may delete.

    Attributes:
        trees: the weights.
        drop_at: a line with at least this score is deleted.
        keep_at: a line below this score is kept; one between the two thresholds is kept and listed for review.
        kinds: those of `KINDS` that may be deleted.
    """

    trees: Trees
    drop_at: float
    keep_at: float
    kinds: tuple[str, ...] = KINDS


def classifier_of(settings: Noise) -> Classifier | None:
    """Build the line classifier from the `[noise]` settings of corpus.toml; None where they switch it off."""
    kinds = tuple(kind for kind in KINDS if kind not in settings.keep)
    if CLASSIFIER_RULE in settings.off or not kinds:
        return None
    file = Path(settings.weights) if settings.weights else WEIGHTS
    return Classifier(trees=load_trees(file), drop_at=settings.drop_at, keep_at=settings.keep_at, kinds=kinds)


@functools.cache
def load_trees(file: Path = WEIGHTS) -> Trees:
    """Read the classifier's weights from a JSON file, once per process.

    Raises:
        ConfigError: the file is missing or does not hold weights of this version.
    """
    try:
        return _parse_trees(json.loads(_read_weights(file)))
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise _weights_error(file, f"something else ({type(error).__name__}: {error})") from error


def weights_digest(file: Path) -> str:
    """Return the SHA-256 hash of a file of classifier weights, as part of cache keys.

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
    hint = "Make weights with bench/train_lines.py, or leave [noise] weights out."
    return ConfigError(file=str(file), path="", expected="weights of the line classifier", found=content, hint=hint)


def _parse_trees(weights: dict[str, Any]) -> Trees:
    """Turn weights as read from JSON into arrays, with each tree's outputs tabulated by which of its splits a line exceeds.

    QuickScorer (Lucchese et al., SIGIR 2015): a split that a line exceeds rules out the leaves on its low side, which the bit mask `low`
    lists; the first leaf that remains is the tree's output. A tree of two splits with leaves A, B, C whose `low` is [0b001, 0b010] (split 0
    has A on its low side, split 1 has B) gives A where no split is exceeded or only split 1, B for split 0 alone, C for both.
    """
    trees = weights["trees"]
    feature = np.zeros((len(trees), SPLITS), dtype=np.intp)
    # A tree with fewer splits is filled up with splits that no line exceeds.
    threshold = np.full((len(trees), SPLITS), np.inf, dtype=np.float32)
    outputs = np.zeros((len(trees), 1 << SPLITS), dtype=np.float32)
    exceeded = (np.arange(1 << SPLITS)[:, None] >> np.arange(SPLITS)[::-1]) & 1
    for index, tree in enumerate(trees):
        splits = len(tree["feature"])
        feature[index, :splits], threshold[index, :splits] = tree["feature"], tree["threshold"]
        excluded_leaves = np.bitwise_or.reduce(exceeded[:, :splits] * np.array(tree["low"], dtype=np.int64), axis=1)
        judged = ((excluded_leaves[:, None] >> np.arange(len(tree["leaf"]))) & 1) == 0
        outputs[index] = np.array(tree["leaf"], dtype=np.float32)[judged.argmax(axis=1)]
    return Trees(feature_names=tuple(weights["measures"]), feature=feature, threshold=threshold, outputs=outputs)


def score_lines(trees: Trees, features: dict[str, Float32Array], rows: npt.NDArray[np.intp]) -> Float32Array:
    """Score lines with the boosted trees: the probability that each is noise, from 0 to 1, rounded to three digits.

    For each tree, the comparisons of its splits are packed into one byte per line. With one feature that is 0.2 and 0.9 for two lines, and
    splits at 0.5 and at 0.8, the bytes are 0b00 and 0b11 (shifted left by the five unused splits); `outputs.take` then adds the tree's
    output to the score of each line.

    Args:
        trees: the weights.
        features: features by name, as `context_features` returns them.
        rows: the rows of the lines to score.
    """
    scores = np.zeros(len(rows), dtype=np.float32)
    for begin in range(0, len(rows), _LINES_PER_CHUNK):
        chunk = rows[begin : begin + _LINES_PER_CHUNK]
        table = [features[name].take(chunk) for name in trees.feature_names]
        pattern, exceeds = np.empty(len(chunk), dtype=np.uint8), np.empty(len(chunk), dtype=bool)
        total = np.zeros(len(chunk), dtype=np.float32)
        for feature, threshold, outputs in zip(trees.feature.tolist(), trees.threshold, trees.outputs, strict=True):
            pattern[:] = 0
            for index, bound in zip(feature, threshold, strict=True):
                np.add(pattern, pattern, out=pattern)
                np.add(pattern, np.greater(table[index], bound, out=exceeds).view(np.uint8), out=pattern)
            total += outputs.take(pattern)
        # Rounded, because the last bits of an exponential depend on the processor, and published scores must not.
        scores[begin : begin + _LINES_PER_CHUNK] = np.round(1 / (1 + np.exp(-total)), 3)
    return scores


def classify_lines(
    lines: pl.DataFrame, rule_deletions: pl.DataFrame, classifier: Classifier, listed: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Score every line that no rule deletes, and decide which to delete.

    Args:
        lines: as `line_features.line_features` returns them.
        rule_deletions: column `row` of the lines that rules delete.
        classifier: weights and thresholds.
        listed: column `row` of the lines that the site prints on several pages, as `site_lines.listed_rows` returns them.

    Returns:
        Columns `row`, `score` (of being noise), `kind`, `drop` (whether the line is deleted) and `site` (whether the score from the page
        alone is below `drop_at`, so that a deletion is due to the site-line table).
    """
    is_deleted, features = context_features(lines, rule_deletions)
    judged = np.flatnonzero(~is_deleted)
    page_scores = scores = score_lines(classifier.trees, features, judged)
    inside = features["in_run"].take(judged) == 1
    if listed is not None:
        is_listed = np.zeros(lines.height, dtype=np.bool_)
        is_listed[listed["row"].to_numpy()] = True
        scores = site_lines.raise_scores(page_scores, is_listed[judged], np.expm1(features["words"].take(judged)), inside)

    # The highest probability of being text in each document, repeated for its lines: with documents [0, 0, 1] and scores [0.9, 0.4, 0.7],
    # the documents begin at `first` = [0, 2] and `best` is [0.6, 0.6, 0.3].
    document = lines["document"].to_numpy()[judged]
    first = np.flatnonzero(np.diff(document, prepend=np.uint32(0xFFFFFFFF)))
    best = (1 - np.minimum.reduceat(scores, first)).repeat(np.diff(first, append=len(judged))) if len(judged) else scores
    few = lines["from_start"].to_numpy() + lines["from_end"].to_numpy() + 1 <= _SHORT_DOCUMENT
    is_kept = (lines["prose"].to_numpy() & few)[judged] | (1 - scores >= np.float32(_NEAR_BEST) * best)
    kind_is_deletable = np.array([kind in classifier.kinds for kind in KINDS])[inside.astype(np.intp)]
    drops = np.zeros(lines.height, dtype=np.bool_)
    drops[judged] = (scores >= np.float32(classifier.drop_at)) & ~is_kept & kind_is_deletable
    drops &= ~own_text.protected_from_classifier(lines, is_deleted, drops)
    return pl.DataFrame(
        {
            "row": judged,
            "score": scores,
            "kind": pl.Series(KINDS).gather(inside.astype(np.uint32)),
            "drop": drops[judged],
            "site": page_scores < np.float32(classifier.drop_at),
        },
        schema_overrides={"row": pl.UInt32},
    )
