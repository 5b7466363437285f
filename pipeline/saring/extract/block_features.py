"""Features of the blocks of HTML pages for the block classifier: the block's text, its page, the blocks around it, and its element.

    page_nodes         the tree of a page, walked once in Python
    -> block_columns   texts and places of all blocks of a batch of pages as arrays
    -> block_features  ... with their neighbours and their page
    -> element_features  ... and their ancestors and siblings

A witness is somebody else's opinion about a block: whether trafilatura keeps it, and whether JSON-LD or a <meta> holds its text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from saring.core.character_counts import DIGIT, LOWER, UPPER, in_class
from saring.extract.block_columns import BlockColumns
from saring.extract.element_features import ElementTrees

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from saring.extract.page_nodes import PageNodes

    Features = npt.NDArray[np.float32]

__all__ = ["Features", "block_features"]

#: Widths, in blocks, of the windows above and below a block. A judgement.
_WINDOWS = (1, 2, 5, 12)
#: The distance of a kept block or a title that the page does not have.
_FAR = 20


def block_features(pages: Sequence[PageNodes]) -> dict[str, Features]:
    """Compute the features of all blocks of a batch of pages: float32 arrays by name, one entry per block.

    Args:
        pages: at least one, each with at least one block.
    """
    blocks = BlockColumns(pages)
    tree = ElementTrees(pages, blocks)
    features: dict[str, npt.NDArray[np.generic]] = {}
    features |= _text_features(blocks)
    features |= _page_features(pages, blocks)
    features |= _order_features(blocks, features)
    features |= tree.features()
    return {name: np.asarray(values, dtype=np.float32) for name, values in features.items()}


def _text_features(blocks: BlockColumns) -> dict[str, npt.NDArray[np.generic]]:
    """Return the features of each block's own text."""
    counts, characters = blocks.counts, np.maximum(blocks.characters, 1)
    words = np.maximum(counts.words, 1)
    return {
        "words": np.log1p(blocks.words),
        "characters": np.log1p(blocks.characters),
        "link_density": blocks.linked / np.maximum(blocks.length, 1),
        "ends": blocks.ends,
        "stops": blocks.stops / np.maximum(blocks.words, 1),
        "prose": blocks.prose,
        "uppers": counts.uppers / characters,
        "digits": counts.digits / characters,
        "pauses": counts.pauses / words,
        "capitals": counts.capitals / np.maximum(counts.starts, 1),
        "shorts": counts.shorts / words,
        "word_length": characters / words,
        "spaceless": blocks.spaceless / characters,
        "starts_small": in_class(counts.first, LOWER),
        "starts_upper": in_class(counts.first, UPPER),
        "starts_digit": in_class(counts.first, DIGIT),
        "ends_colon": counts.last == ord(":"),
        "ends_dots": np.isin(counts.last, [ord("…")]),
        "price": blocks.price,
        "copies": np.minimum(blocks.copies, 10),
        "earlier": np.minimum(blocks.earlier, 10),
        "embedded": blocks.embedded,
        "kept": blocks.kept,
        "recovered": blocks.recovered,
        "in_body": blocks.in_body,
        "in_description": blocks.in_description,
        "in_title": blocks.in_title,
    }


def _page_features(pages: Sequence[PageNodes], blocks: BlockColumns) -> dict[str, npt.NDArray[np.generic]]:
    """Return the features of each block's page."""
    total = np.maximum(blocks.total(blocks.length), 1)
    features: dict[str, npt.NDArray[np.generic]] = {
        "page_blocks": np.log1p(blocks.size),
        "page_characters": np.log1p(total),
        "page_links": blocks.total(blocks.linked) / total,
        "page_prose": blocks.total(blocks.length * blocks.prose) / total,
        "page_kept": blocks.total(blocks.length * blocks.kept) / total,
        "page_kept_characters": np.log1p(blocks.total(blocks.length * blocks.kept)),
        "page_prices": blocks.total(blocks.price) / blocks.size,
        "page_body": blocks.total(blocks.in_body * blocks.length) / total,
    }
    for name in pages[0].page if pages else ():
        features[f"page_{name}"] = np.array([page.page[name] for page in pages])[blocks.page]
    return features


def _order_features(blocks: BlockColumns, features: dict[str, npt.NDArray[np.generic]]) -> dict[str, npt.NDArray[np.generic]]:
    """Return features of the blocks before and after each, and of its place on the page."""
    row, first, last = blocks.row, blocks.first, blocks.last
    ordered: dict[str, npt.NDArray[np.generic]] = {
        "from_start": np.log1p(row - first),
        "from_end": np.log1p(last - row),
        "place": (row - first) / blocks.size,
    }
    columns = {
        "kept": blocks.kept * blocks.length,
        "prose": blocks.prose * blocks.length,
        "linked": blocks.linked,
        "length": blocks.length,
        "body": blocks.in_body * blocks.length,
    }
    sums = {name: np.concatenate(([0.0], np.cumsum(values))) for name, values in columns.items()}
    for name in ("kept", "prose", "length"):
        total = np.maximum(sums[name][last + 1] - sums[name][first], 1)
        ordered[f"{name}_before"] = (sums[name][row] - sums[name][first]) / total
        ordered[f"{name}_after"] = (sums[name][last + 1] - sums[name][row + 1]) / total
    for width in _WINDOWS:
        above, below = np.maximum(row - width, first), np.minimum(row + width, last) + 1
        for side, begin, end in (("above", above, row), ("below", row + 1, below)):
            length = np.maximum(sums["length"][end] - sums["length"][begin], 1)
            ordered[f"length_{side}_{width}"] = np.log1p(length / np.maximum(end - begin, 1))
            for name in ("kept", "prose", "linked"):
                ordered[f"{name}_{side}_{width}"] = np.where(end > begin, (sums[name][end] - sums[name][begin]) / length, -1)
    for name in ("words", "ends", "copies", "price"):
        values = np.asarray(features[name], dtype=np.float64)
        ordered[f"{name}_previous"] = np.where(row > first, values[np.maximum(row - 1, 0)], -1)
        ordered[f"{name}_next"] = np.where(row < last, values[np.minimum(row + 1, len(row) - 1)], -1)
    # How far the first and last kept block, and the title, are.
    for name, flags in (("kept", blocks.kept), ("title", blocks.in_title)):
        places = np.where(flags, row, len(row))
        start = np.minimum.reduceat(places, blocks.starts)[blocks.page] if len(row) else row
        ordered[f"after_first_{name}"] = np.where(start < len(row), _signed_log(row - start), -_FAR)
        places = np.where(flags, row, -1)
        end = np.maximum.reduceat(places, blocks.starts)[blocks.page] if len(row) else row
        ordered[f"before_last_{name}"] = np.where(end >= 0, _signed_log(end - row), -_FAR)
    return ordered


def _signed_log(distance: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Compress signed distances to sign(d) * log(1 + |d|)."""
    compressed: npt.NDArray[np.float64] = np.sign(distance) * np.log1p(np.abs(distance))
    return compressed
