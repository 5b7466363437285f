"""First pass over the lines of a batch: a score for each line from its context, and a guess of each page's type.

    lines + deletions by rules -> context_features   the line, its surroundings, its page
                               -> topic_features     words that it shares with the URL and title
                               -> word_features      how often its words are in text, how often in noise
                               -> scores             small boosted trees
                               -> score_features     where the page's text is, by these scores
                               -> page_type          probabilities of the page's type

The second pass (`line_classifier`) judges the lines by all of these together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from saring.compute import boosted_trees
from saring.noise import page_type
from saring.noise.context_features import context_features, line_lengths
from saring.noise.line_words import distinct_tokens, word_features
from saring.noise.page_positions import PagePositions
from saring.noise.score_features import score_features
from saring.noise.topic_words import topic_features

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt
    import polars as pl

    from saring.compute.boosted_trees import Trees

    Float32Array = npt.NDArray[np.float32]

__all__ = ["FirstPass", "first_pass", "type_features"]


class FirstPass(NamedTuple):
    """The result of the first pass over the lines of a batch.

    Attributes:
        is_deleted: mask of the lines that rules delete.
        judged: the rows of all other lines.
        length: the length of each line in words.
        features: all features of each line by name, scores and page types included.
        types: the probabilities of the page types, shape (documents with lines, types).
        type_names: the page types.
    """

    is_deleted: npt.NDArray[np.bool_]
    judged: npt.NDArray[np.intp]
    length: Float32Array
    features: dict[str, Float32Array]
    types: Float32Array
    type_names: Sequence[str]

    def page_types(self, texts: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
        """Return the type of each text as `page_type.page_types` names it, from the lines that this pass has seen."""
        return page_type.page_types(texts, lines, self.length, self.types, self.type_names)


def first_pass(
    lines: pl.DataFrame,
    rule_deletions: pl.DataFrame,
    texts: pl.DataFrame,
    weights: tuple[Float32Array, Trees],
    type_trees: Mapping[str, Trees],
) -> FirstPass:
    """Score all lines that no rule deletes, and guess the type of each page.

    Args:
        lines: as `line_features.line_features` returns them.
        rule_deletions: columns `row` and `kind` of the lines that rules delete.
        texts: columns `id` and optionally `url` and `title`.
        weights: of the first pass: log-odds of words, trees.
        type_trees: the weights of each page type.
    """
    log_odds, trees = weights
    page, length = PagePositions(lines), line_lengths(lines)
    is_deleted, features = context_features(lines, rule_deletions)
    tokens = distinct_tokens(lines)
    spelling = lines["spelling"].to_numpy()
    features |= topic_features(page, tokens, lines, texts)
    features |= word_features(page, *(scores.take(spelling) for scores in tokens.scores(log_odds)))
    judged = np.flatnonzero(~is_deleted)
    text_score = np.zeros(lines.height, dtype=np.float32)
    text_score[judged] = 1 - boosted_trees.probabilities(trees, features, judged)
    features |= score_features(page, text_score, length)
    columns = page_type.page_features(page, features, rule_deletions, lines, texts)
    types = boosted_trees.class_probabilities(type_trees, columns, np.arange(len(columns["page_lines"])))
    features |= type_features(types, list(type_trees), lines["document"].to_numpy())
    return FirstPass(is_deleted, judged, length, features, types, list(type_trees))


def type_features(types: Float32Array, names: list[str], document: npt.NDArray[np.uint32]) -> dict[str, Float32Array]:
    """Return the probabilities of the page types as features of lines.

    Args:
        types: shape (documents, types).
        names: the types.
        document: the number of each line's document.
    """
    return {f"type_{name}": types[:, index].take(document) for index, name in enumerate(names)}
