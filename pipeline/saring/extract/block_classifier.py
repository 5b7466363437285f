"""Block classifier: boosted trees score each block of an HTML page as main text, and other trees guess the type of the page.

Blocks are then chosen page by page, so that the expected F1 of the words is greatest: with scores p and word counts w, a choice C is worth
2 * sum(p * w over C) / (sum(w over C) + sum(p * w over all)), and the best choice is all blocks from some score on (Jansche, "A Maximum
Expected Utility Framework for Binary Sequence Labeling", ACL 2007). A page of doubtful blocks, such as a list of products, thereby keeps
more than a fixed threshold would. On articles, whose blocks are seldom doubtful, that gains nothing and costs precision: the surer a page
is to be one, the nearer the threshold is to one half.

The weights are `block_weights.json` and `page_type_weights.json` beside this module, with their provenance; `bench/train_blocks.py` trains
them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from saring.compute import boosted_trees
from saring.extract.article_blocks import settle_blocks
from saring.extract.block_features import block_features
from saring.extract.page_nodes import page_starts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from saring.extract.block_features import Features
    from saring.extract.page_nodes import PageNodes

__all__ = ["BLOCK_WEIGHTS", "TYPE_WEIGHTS", "ChosenBlocks", "choose_blocks", "page_table", "select_blocks"]

#: The files of weights that ship with saring.
BLOCK_WEIGHTS = Path(__file__).with_name("block_weights.json")
TYPE_WEIGHTS = Path(__file__).with_name("page_type_weights.json")

#: The threshold on articles.
_HALF = 0.5


class ChosenBlocks(NamedTuple):
    """The judgement of one page.

    Attributes:
        is_text: of each block, whether it is main text.
        page_type: the most probable type of the page.
        score: its probability.
    """

    is_text: npt.NDArray[np.bool_]
    page_type: str
    score: float


def choose_blocks(pages: Sequence[PageNodes]) -> list[ChosenBlocks]:
    """Judge the blocks of a batch of pages.

    Args:
        pages: as `block_features.page_nodes` returns them; each has at least one block.
    """
    if not pages:
        return []
    features = block_features(pages)
    starts, page = page_starts(pages)
    types = boosted_trees.load_classes(TYPE_WEIGHTS)
    table = page_table(features, starts, next(iter(types.values())).feature_names)
    type_scores = boosted_trees.class_probabilities(types, table, np.arange(len(pages)))
    names = list(types)
    scores = boosted_trees.probabilities(boosted_trees.load_trees(BLOCK_WEIGHTS), features, np.arange(len(page)))
    words = np.expm1(features["words"])
    ends = np.append(starts[1:], len(page))
    article = type_scores[:, names.index("article")].tolist()
    chosen = []
    for number, (begin, end, top) in enumerate(zip(starts.tolist(), ends.tolist(), type_scores.argmax(axis=1).tolist(), strict=True)):
        is_text = select_blocks(scores[begin:end], words[begin:end], article[number])
        if names[top] == "article":
            is_text = settle_blocks(pages[number], is_text)
        chosen.append(ChosenBlocks(is_text, names[top], float(type_scores[number, top])))
    return chosen


def page_table(features: Mapping[str, Features], starts: npt.NDArray[np.intp], names: Sequence[str]) -> dict[str, Features]:
    """Return features of pages: a block feature `page_...` as it is, `mean_...` and `text_mean_...` averaged over blocks and characters.

    Args:
        features: of blocks, by name.
        starts: the first block of each page.
        names: the features to compute.
    """
    count = np.diff(starts, append=len(features["words"]))
    length = np.expm1(features["characters"])
    total = np.maximum(np.add.reduceat(length, starts), 1)
    table: dict[str, Features] = {}
    for name in names:
        if name.startswith("mean_"):
            table[name] = (np.add.reduceat(features[name.removeprefix("mean_")], starts) / count).astype(np.float32)
        elif name.startswith("text_mean_"):
            table[name] = (np.add.reduceat(features[name.removeprefix("text_mean_")] * length, starts) / total).astype(np.float32)
        else:
            table[name] = features[name][starts]
    return table


def select_blocks(scores: npt.NDArray[np.floating], words: npt.NDArray[np.floating], article: float = 0.0) -> npt.NDArray[np.bool_]:
    """Choose the blocks of a page that are main text: those from some score on.

    Args:
        scores: the probability of each block to be main text.
        words: its number of words.
        article: the probability of the page to be an article. At 0 the expected F1 of the words decides alone, at 1 a score of one half.

    Returns:
        A mask of the chosen blocks; at least the best one.

    >>> select_blocks(np.array([0.9, 0.4, 0.1]), np.array([20.0, 20.0, 20.0])).tolist()
    [True, True, False]
    >>> select_blocks(np.array([0.9, 0.4, 0.1]), np.array([20.0, 20.0, 20.0]), article=1).tolist()
    [True, False, False]
    """
    if not len(scores):
        return np.zeros(0, dtype=np.bool_)
    order = np.argsort(-scores, kind="stable")
    expected = np.cumsum((scores * words)[order])
    worth = 2 * expected / np.maximum(np.cumsum(words[order]) + expected[-1], 1e-9)
    best = scores[order[np.argmax(worth)]]
    threshold = article * _HALF + (1 - article) * best
    is_chosen: npt.NDArray[np.bool_] = scores >= min(threshold, scores.max())
    return is_chosen
