"""Judge the lines that no rule foresees: boosted trees over what a line and its surroundings look like, applied with numpy alone.

The weights are `weights.json` beside this module, with where they come from; `bench/train_lines.py` makes them.
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

    Array = npt.NDArray[np.float32]

__all__ = [
    "KINDS",
    "RULE",
    "WEIGHTS",
    "Classifier",
    "Trees",
    "classifier_of",
    "classify_lines",
    "load_trees",
    "score_lines",
    "weights_digest",
]

#: What the ledger calls the classifier, and the kinds of what it cuts: around the page's text, and between its paragraphs.
RULE = "classifier"
KINDS = ("boilerplate", "inset")

#: The weights that come with saring.
WEIGHTS = Path(__file__).with_name("weights.json")

#: A tree asks this many questions at most: the answers of one fill a byte.
SPLITS = 7
#: Lines judged at a time: their measures stay in the processor's cache while all trees look at them.
_CHUNK = 16_384

#: A text of this few lines is judged by its lines alone, and those may be its only prose.
_FEW = 3
#: A line at least this good, measured by its text's best one, stays: where no line passes, the best ones do. Tried on development pages:
#: 0.5 raised the mean share of snippets judged right by 0.1 to 0.5 points over 0.8 or none; 0.6 lost most of that again.
_NEAR_BEST = 0.5


@dataclass(frozen=True, kw_only=True, slots=True)
class Trees:
    """Boosted trees. A line's score is the logistic of the sum of each tree's answer.

    Attributes:
        measures: the names of the measures that the trees look at.
        feature, threshold: for each tree and split, the measure that it looks at, and what a line exceeds to go to the high side.
        answers: for each tree, its answer to each pattern of splits that a line exceeds (bit 6 is the first split).
    """

    measures: tuple[str, ...]
    feature: npt.NDArray[np.intp]
    threshold: Array
    answers: Array


@dataclass(frozen=True, kw_only=True, slots=True)
class Classifier:
    """What `noise.find` needs to judge lines.

    Attributes:
        trees: the weights.
        drop_at: a line that is noise with at least this score goes.
        keep_at: one below this score stays; between the two, it stays and is reported.
        kinds: those of `KINDS` that go.
    """

    trees: Trees
    drop_at: float
    keep_at: float
    kinds: tuple[str, ...] = KINDS


def classifier_of(settings: Noise) -> Classifier | None:
    """Return the classifier that corpus.toml asks for; None where it is switched off."""
    kinds = tuple(kind for kind in KINDS if kind not in settings.keep)
    if RULE in settings.off or not kinds:
        return None
    file = Path(settings.weights) if settings.weights else WEIGHTS
    return Classifier(trees=load_trees(file), drop_at=settings.drop_at, keep_at=settings.keep_at, kinds=kinds)


@functools.cache
def load_trees(file: Path = WEIGHTS) -> Trees:
    """Read weights.

    Raises:
        ConfigError: the file is missing or does not hold weights of this version.
    """
    try:
        return _trees(json.loads(_read(file)))
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise _wrong(file, f"something else ({type(error).__name__}: {error})") from error


def weights_digest(file: Path) -> str:
    """Return the hash of a file of weights.

    Raises:
        ConfigError: it cannot be read.
    """
    return hashlib.sha256(_read(file)).hexdigest()


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise _wrong(file, f"nothing that can be read ({error.strerror})") from error


def _wrong(file: Path, found: str) -> ConfigError:
    hint = "Make weights with bench/train_lines.py, or leave [noise] weights out."
    return ConfigError(file=str(file), path="", expected="weights of the line classifier", found=found, hint=hint)


def _trees(found: dict[str, Any]) -> Trees:
    trees = found["trees"]
    feature = np.zeros((len(trees), SPLITS), dtype=np.intp)
    # A tree with fewer splits asks what no line exceeds.
    threshold = np.full((len(trees), SPLITS), np.inf, dtype=np.float32)
    answers = np.zeros((len(trees), 1 << SPLITS), dtype=np.float32)
    exceeded = (np.arange(1 << SPLITS)[:, None] >> np.arange(SPLITS)[::-1]) & 1
    for index, tree in enumerate(trees):
        splits = len(tree["feature"])
        feature[index, :splits], threshold[index, :splits] = tree["feature"], tree["threshold"]
        # A split that a line exceeds rules out the leaves on its low side; the first leaf that is left is the answer.
        # (QuickScorer: Lucchese et al., SIGIR 2015.)
        out = np.bitwise_or.reduce(exceeded[:, :splits] * np.array(tree["low"], dtype=np.int64), axis=1)
        left = ((out[:, None] >> np.arange(len(tree["leaf"]))) & 1) == 0
        answers[index] = np.array(tree["leaf"], dtype=np.float32)[left.argmax(axis=1)]
    return Trees(measures=tuple(found["measures"]), feature=feature, threshold=threshold, answers=answers)


def score_lines(trees: Trees, found: dict[str, Array], wanted: npt.NDArray[np.intp]) -> Array:
    """Return how sure the trees are that lines are noise, from 0 to 1.

    Args:
        trees: the weights.
        found: as `surroundings.survey` returns them.
        wanted: the places of the lines to judge.
    """
    scores = np.zeros(len(wanted), dtype=np.float32)
    for begin in range(0, len(wanted), _CHUNK):
        part = wanted[begin : begin + _CHUNK]
        table = [found[name].take(part) for name in trees.measures]
        pattern, exceeds = np.empty(len(part), dtype=np.uint8), np.empty(len(part), dtype=bool)
        total = np.zeros(len(part), dtype=np.float32)
        for feature, threshold, answers in zip(trees.feature.tolist(), trees.threshold, trees.answers, strict=True):
            pattern[:] = 0
            for index, bound in zip(feature, threshold, strict=True):
                np.add(pattern, pattern, out=pattern)
                np.add(pattern, np.greater(table[index], bound, out=exceeds).view(np.uint8), out=pattern)
            total += answers.take(pattern)
        # Rounded, because the last bits of an exponential depend on the processor; what is published must not.
        scores[begin : begin + _CHUNK] = np.round(1 / (1 + np.exp(-total)), 3)
    return scores


def classify_lines(lines: pl.DataFrame, noisy: pl.DataFrame, classifier: Classifier, listed: pl.DataFrame | None = None) -> pl.DataFrame:
    """Judge every line that no rule cuts.

    Args:
        lines: as `features.describe` gives them.
        noisy: `row` of the lines that a rule cuts.
        classifier: weights and thresholds.
        listed: `row` of the lines that the site prints on several pages, as `site.rows_of` gives them.

    Returns:
        Columns `row`, `score` (of being noise), `kind`, `drop` (whether the line goes) and `site` (whether it goes because it is listed).
    """
    cut, found = context_features(lines, noisy)
    left = np.flatnonzero(~cut)
    own = scores = score_lines(classifier.trees, found, left)
    inside = found["in_run"].take(left) == 1
    if listed is not None:
        known = np.zeros(lines.height, dtype=np.bool_)
        known[listed["row"].to_numpy()] = True
        scores = site_lines.raise_scores(own, known[left], np.expm1(found["words"].take(left)), inside)

    document = lines["document"].to_numpy()[left]
    first = np.flatnonzero(np.diff(document, prepend=np.uint32(0xFFFFFFFF)))
    best = (1 - np.minimum.reduceat(scores, first)).repeat(np.diff(first, append=len(left))) if len(left) else scores
    few = lines["from_start"].to_numpy() + lines["from_end"].to_numpy() + 1 <= _FEW
    stays = (lines["prose"].to_numpy() & few)[left] | (1 - scores >= np.float32(_NEAR_BEST) * best)
    goes = np.array([kind in classifier.kinds for kind in KINDS])[inside.astype(np.intp)]
    drops = np.zeros(lines.height, dtype=np.bool_)
    drops[left] = (scores >= np.float32(classifier.drop_at)) & ~stays & goes
    drops &= ~own_text.protected_from_classifier(lines, cut, drops)
    return pl.DataFrame(
        {
            "row": left,
            "score": scores,
            "kind": pl.Series(KINDS).gather(inside.astype(np.uint32)),
            "drop": drops[left],
            "site": own < np.float32(classifier.drop_at),
        },
        schema_overrides={"row": pl.UInt32},
    )
