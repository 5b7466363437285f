"""Features of lines from the scores of a first pass: a line among lines of text is text more often than one among menus.

The first pass of the line classifier sees shapes of lines. The second pass also sees where the first one found the page's text: how much
stands above and below a line, whether the line is in the best run of it, and what the scores beside it are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from saring.noise.best_run import best_runs
from saring.noise.page_positions import signed_log

if TYPE_CHECKING:
    import numpy.typing as npt

    from saring.noise.page_positions import PagePositions

    Features = npt.NDArray[np.float32]

__all__ = ["score_features"]

#: Widths, in lines, of the windows above and below a line, and the most words that a line adds to a run of text. Judgements.
_WIDTHS = (1, 2, 4, 8, 20)
_CAP = 40.0


def score_features(page: PagePositions, text_score: Features, length: Features) -> dict[str, Features]:
    """Compute the second pass's features from the first pass's scores.

    Args:
        page: the positions of the lines in their documents.
        text_score: the probability of each line of being text, from the first pass; 0 for lines that rules delete.
        length: the length of each line in words.
    """
    weight = np.minimum(length, _CAP) + np.float32(1)
    words, weights = page.prefix_sums(text_score * weight), page.prefix_sums(weight)
    features = {"score": text_score, "score_before": page.shifted(text_score, 1), "score_after": page.shifted(text_score, -1)}
    for width in _WIDTHS[1:]:
        for side, begin, end in (
            ("above", np.maximum(page.row - width, page.first), page.row),
            ("below", page.row + 1, np.minimum(page.row + width, page.last) + 1),
        ):
            share = (words[end] - words[begin]) / np.maximum(weights[end] - weights[begin], 1)
            features[f"score_{side}_{width}"] = np.where(end > begin, share, -1).astype(np.float32)
    mass = page.prefix_sums(text_score * length)
    total = np.maximum(page.total(mass), 1)
    features["text_place"] = (page.before(mass) / total).astype(np.float32)
    features["text_words"] = np.log1p(total).astype(np.float32)
    features["text_share"] = (page.total(words) / page.total(weights)).astype(np.float32)
    # How sure the first pass is of the page as a whole: 1 where each of its words is surely text or surely not.
    certainty = page.prefix_sums(np.abs(text_score * 2 - 1) * weight)
    features["certainty"] = (page.total(certainty) / page.total(weights)).astype(np.float32)
    runs = best_runs((text_score - 0.5) * weight, page.first, page.last)
    size = np.maximum(runs.last - runs.first + 1, 1)
    features["in_text"] = ((page.row >= runs.first) & (page.row <= runs.last)).astype(np.float32)
    features["after_text_start"] = signed_log(page.row - runs.first)
    features["before_text_end"] = signed_log(runs.last - page.row)
    features["text_run_share"] = ((mass[runs.last + 1] - mass[runs.first]) / total).astype(np.float32)
    features["text_run_score"] = ((words[runs.last + 1] - words[runs.first]) / (weights[runs.last + 1] - weights[runs.first])).astype(
        np.float32
    )
    features["text_run_place"] = ((page.row - runs.first) / size).clip(-2, 3).astype(np.float32)
    return features
