"""Line classifier: gradient-boosted trees over the context features of a line score it as noise, evaluated with numpy alone.

It judges the lines that no rule deletes, in two passes: the second one sees the scores of the first (`first_pass`). The weights are `weights.json` beside this module, with their provenance; `bench/train_lines.py`
trains them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from saring.compute import boosted_trees
from saring.config import Noise
from saring.noise import own_text, page_type, site_lines
from saring.noise.first_pass import first_pass
from saring.noise.line_words import load_log_odds
from saring.noise.page_threshold import least_text_scores

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from saring.noise.first_pass import FirstPass

__all__ = [
    "CLASSIFIER_RULE",
    "KINDS",
    "WEIGHTS",
    "Classifier",
    "classifier_of",
    "classify_lines",
    "score_lines",
]

#: The classifier's rule id in the ledger, and the kinds of its deletions: lines outside the page's best run of prose, and lines inside it.
CLASSIFIER_RULE = "classifier"
KINDS = ("boilerplate", "inset")

#: The file of weights that ships with saring.
WEIGHTS = Path(__file__).with_name("weights.json")

#: In a document of at most this many lines, lines of prose are never deleted: they may be all of its text.
_SHORT_DOCUMENT = 3
#: A line stays if its probability of being text is at least this share of the document's highest: where no line passes, the best ones stay.
#: Chosen with `bench/noise.py` on development pages: 0.5 raised the mean share of snippets judged right by 0.1 to 0.5 points over 0.8 or
#: no such limit; 0.6 lost most of that again.
_NEAR_BEST = 0.5


@dataclass(frozen=True, kw_only=True, slots=True)
class Classifier:
    """A line classifier ready for use: boosted trees, two thresholds between which it abstains, and the kinds of lines it may delete.

    Attributes:
        words: log-odds of words, by bucket.
        passes: the weights of the first and the second pass.
        types: the weights of each page type.
        drop_at: a line with at least this score is deleted, unless the best expected F1 of its page is with the line.
        keep_at: a line below this score is kept; one between the two thresholds is kept and listed for review.
        kinds: those of `KINDS` that may be deleted.
    """

    words: npt.NDArray[np.float32]
    passes: tuple[boosted_trees.Trees, ...]
    types: Mapping[str, boosted_trees.Trees]
    drop_at: float
    keep_at: float
    kinds: tuple[str, ...] = KINDS


def classifier_of(settings: Noise) -> Classifier | None:
    """Build the line classifier from the `[noise]` settings of corpus.toml; None where they switch it off."""
    if CLASSIFIER_RULE in settings.off or not set(KINDS) - set(settings.keep):
        return None
    return _classifier(Path(settings.weights) if settings.weights else WEIGHTS, settings)


def _classifier(file: Path, settings: Noise) -> Classifier:
    """Build the line classifier with the weights of this file and the thresholds and kinds of these settings."""
    return Classifier(
        words=load_log_odds(file),
        passes=boosted_trees.load_passes(file),
        types=boosted_trees.load_classes(page_type.WEIGHTS),
        drop_at=settings.drop_at,
        keep_at=settings.keep_at,
        kinds=tuple(kind for kind in KINDS if kind not in settings.keep),
    )


def score_lines(lines: pl.DataFrame, rule_deletions: pl.DataFrame, texts: pl.DataFrame, classifier: Classifier | None = None) -> FirstPass:
    """Return the first pass over lines, with the weights of a classifier or those that ship with saring."""
    scorer = classifier or _classifier(WEIGHTS, Noise())
    return first_pass(lines, rule_deletions, texts, (scorer.words, scorer.passes[0]), scorer.types)


def classify_lines(lines: pl.DataFrame, first: FirstPass, classifier: Classifier, listed: pl.DataFrame | None = None) -> pl.DataFrame:
    """Score every line that no rule deletes, and decide which to delete.

    Args:
        lines: as `line_features.line_features` returns them.
        first: the first pass over them, as `score_lines` returns it.
        classifier: weights and thresholds.
        listed: column `row` of the lines that the site prints on several pages, as `site_lines.listed_rows` returns them.

    Returns:
        Columns `row`, `score` (of being noise), `kind`, `drop` (whether the line is deleted) and `site` (whether the score from the page
        alone is below `drop_at`, so that a deletion is due to the site-line table).
    """
    judged, features = first.judged, first.features
    page_scores = scores = boosted_trees.probabilities(classifier.passes[1], features, judged)
    inside = features["in_run"].take(judged) == 1
    length = first.length.take(judged)
    if listed is not None:
        is_listed = np.zeros(lines.height, dtype=np.bool_)
        is_listed[listed["row"].to_numpy()] = True
        scores = site_lines.raise_scores(page_scores, is_listed[judged], length, inside)

    # The highest probability of being text in each document, repeated for its lines: with documents [0, 0, 1] and scores [0.9, 0.4, 0.7],
    # the documents begin at `begins` = [0, 2] and `best` is [0.6, 0.6, 0.3].
    document = lines["document"].to_numpy()[judged]
    begins = np.flatnonzero(np.diff(document, prepend=np.uint32(0xFFFFFFFF)))
    best = (1 - np.minimum.reduceat(scores, begins)).repeat(np.diff(begins, append=len(judged))) if len(judged) else scores
    few = lines["from_start"].to_numpy() + lines["from_end"].to_numpy() + 1 <= _SHORT_DOCUMENT
    is_kept = (lines["prose"].to_numpy() & few)[judged] | (1 - scores >= np.float32(_NEAR_BEST) * best)
    is_kept |= 1 - scores >= least_text_scores(document, 1 - scores, length)
    kind_is_deletable = np.array([kind in classifier.kinds for kind in KINDS])[inside.astype(np.intp)]
    drops = np.zeros(lines.height, dtype=np.bool_)
    drops[judged] = (scores >= np.float32(classifier.drop_at)) & ~is_kept & kind_is_deletable
    drops &= ~own_text.protected_from_classifier(lines, first.is_deleted, drops)
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
