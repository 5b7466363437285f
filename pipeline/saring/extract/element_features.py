"""Features of the elements around the blocks of HTML pages: ancestors, siblings, and the innermost elements that hold most of the text.

Sums over elements rise and properties of ancestors sink one level of the trees at a time, for all pages of a batch together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from saring.extract.element_names import group_names
from saring.extract.page_nodes import FOLDED, OUTER_TAGS, OWN_TAGS, TAG_NUMBERS
from saring.extract.visible_blocks import HEADINGS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from saring.extract.block_columns import BlockColumns
    from saring.extract.page_nodes import PageNodes

    Ints = npt.NDArray[np.int64]

__all__ = ["ElementTrees"]

_HEADING_NUMBERS = [TAG_NUMBERS[tag] for tag in sorted(HEADINGS)]
#: Ancestors of a block that are described: its own element, its parent, ...; of so many of them the siblings, too. Judgements.
_ANCESTORS, _SIBLINGS = 6, 5
#: The distance of an ancestor that does not exist.
_FAR = 20
#: Siblings of one kind that are a series: replies, entries, products.
_SERIES = 3


class ElementTrees:
    """The elements of a batch of pages as arrays, with the pages' trees joined into a forest."""

    def __init__(self, pages: Sequence[PageNodes], blocks: BlockColumns) -> None:
        counts = np.array([len(page.parent) for page in pages], dtype=np.int64)
        shift = np.cumsum(counts) - counts
        self.blocks = blocks
        self.page = np.repeat(np.arange(len(pages)), counts)
        parent = np.array([n for page in pages for n in page.parent], dtype=np.int64)
        self.parent = np.where(parent >= 0, parent + shift[self.page], -1)
        self.tag = np.array([n for page in pages for n in page.tag], dtype=np.int64)
        self.names = np.array([n for page in pages for n in page.names], dtype=np.int64)
        self.kind = np.array([n for page in pages for n in page.kind], dtype=np.int64) + shift[self.page]
        self.element = np.array([n for page in pages for n in page.element], dtype=np.int64) + shift[blocks.page]
        level = np.full(len(parent), -1, dtype=np.int64)
        # Level by level: the elements whose parents are in the level above.
        current, remaining = np.flatnonzero(self.parent < 0), np.flatnonzero(self.parent >= 0)
        self.levels: list[Ints] = []
        while len(current):
            level[current] = len(self.levels)
            self.levels.append(current)
            is_next = level[self.parent[remaining]] >= 0
            current, remaining = remaining[is_next], remaining[~is_next]
        self.level = level

    def rise(self, values: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
        """Return sums over all blocks in each element, from values of blocks."""
        sums: npt.NDArray[np.float64] = np.bincount(self.element, values, len(self.parent)).astype(np.float64)
        for elements in reversed(self.levels[1:]):
            np.add.at(sums, self.parent[elements], sums[elements])
        return sums

    def nearest(self, has: npt.NDArray[np.bool_]) -> npt.NDArray[np.int8]:
        """Return the distance from each element to its nearest ancestor (or itself) with a property, `_FAR` without one.

        `has` has the shape (elements, properties).
        """
        distance = np.where(has, 0, _FAR).astype(np.int8)
        for elements in self.levels[1:]:
            distance[elements] = np.minimum(distance[elements], np.minimum(distance[self.parent[elements]] + 1, _FAR))
        return distance

    def features(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return features of each block's element, its ancestors and their siblings."""
        blocks = self.blocks
        sums = {
            "length": self.rise(blocks.length),
            "linked": self.rise(blocks.linked),
            "prose": self.rise(blocks.length * blocks.prose),
            "kept": self.rise(blocks.length * blocks.kept),
            "blocks": self.rise(np.ones(len(blocks.row))),
            "body": self.rise(blocks.length * blocks.in_body),
        }
        page_total = np.bincount(blocks.page, blocks.length, len(blocks.starts)).astype(np.float64)[self.page]
        length = np.maximum(sums["length"], 1)
        by_element = {
            "links": sums["linked"] / length,
            "prose": sums["prose"] / length,
            "kept": sums["kept"] / length,
            "share": sums["length"] / np.maximum(page_total, 1),
            "size": np.log1p(sums["length"]),
            "mean": np.log1p(sums["length"] / np.maximum(sums["blocks"], 1)),
        }
        features: dict[str, npt.NDArray[np.generic]] = {"level": self.level[self.element]}
        ancestor = self.element
        chain = [ancestor]
        for _ in range(_ANCESTORS - 1):
            ancestor = np.where(self.parent[ancestor] >= 0, self.parent[ancestor], ancestor)
            chain.append(ancestor)
        for up, elements in enumerate(chain):
            for name, values in by_element.items():
                features[f"{name}_of_{up}"] = values[elements]
        features |= self._siblings(sums, page_total, chain)
        own = self.tag[self.element]
        for tag in OWN_TAGS:
            features[f"is_{tag}"] = own == TAG_NUMBERS[tag]
        features["is_heading"] = np.isin(own, _HEADING_NUMBERS)
        tags = self.nearest(np.stack([self.tag == TAG_NUMBERS[tag] for tag in OUTER_TAGS], axis=1))[self.element]
        for column, tag in enumerate(OUTER_TAGS):
            features[f"in_{tag}"] = tags[:, column]
        bits = (self.names[:, None] >> np.arange(len(group_names()))[None, :]) & 1
        groups = self.nearest(bits.astype(bool))[self.element]
        for column, name in enumerate(group_names()):
            features[f"named_{name}"] = groups[:, column]
        features["folded"] = self.nearest((self.names & FOLDED != 0)[:, None])[self.element, 0]
        for name in ("prose", "kept", "body"):
            for share in (0.5, 0.8):
                features[f"outside_{name}_{share}"] = self._outside(sums[name], share)
        return features

    def _siblings(
        self, sums: dict[str, npt.NDArray[np.float64]], page_total: npt.NDArray[np.float64], chain: Sequence[Ints]
    ) -> dict[str, npt.NDArray[np.generic]]:
        """Return features of the siblings of the same tag and class around each ancestor of a block."""
        _, group, count = np.unique(self.kind, return_inverse=True, return_counts=True)
        by_group = {name: np.bincount(group, sums[name], len(count)) for name in ("length", "linked", "kept", "prose")}
        total = np.maximum(by_group["length"], 1)
        features: dict[str, npt.NDArray[np.generic]] = {}
        best_share, best_up, best_count = (np.zeros(len(self.element)) for _ in range(3))
        for up, elements in enumerate(chain):
            groups = group[elements]
            share = by_group["length"][groups] / np.maximum(page_total[elements], 1)
            is_series = count[groups] >= _SERIES
            is_better = is_series & (share > best_share)
            best_share, best_up = np.where(is_better, share, best_share), np.where(is_better, up, best_up)
            best_count = np.where(is_better, np.log1p(count[groups]), best_count)
            if up < _SIBLINGS:
                features[f"siblings_{up}"] = np.log1p(count[groups])
                features[f"siblings_share_{up}"] = share
                features[f"siblings_links_{up}"] = by_group["linked"][groups] / total[groups]
                features[f"siblings_kept_{up}"] = by_group["kept"][groups] / total[groups]
                features[f"siblings_prose_{up}"] = by_group["prose"][groups] / total[groups]
                features[f"siblings_mean_{up}"] = np.log1p(by_group["length"][groups] / count[groups])
        return features | {"series_share": best_share, "series_up": best_up, "series_count": best_count}

    def _outside(self, sums: npt.NDArray[np.float64], share: float) -> Ints:
        """Return how many levels each block is outside the innermost element with a share of its page's sum; 0 inside, -1 without a sum."""
        roots = self.levels[0]
        total = np.zeros(len(self.blocks.starts))
        total[self.page[roots]] = sums[roots]
        total = total[self.page]
        holds = (sums >= share * total) & (total > 0)
        # The innermost: of the deepest level, the first.
        depth = np.where(holds, self.level, -1)
        order = np.lexsort((np.arange(len(depth)), -depth, self.page))
        innermost = np.zeros(len(self.blocks.starts), dtype=np.int64)
        pages, places = np.unique(self.page[order], return_index=True)
        innermost[pages] = order[places]
        on_chain = np.zeros(len(self.parent), dtype=bool)
        current = innermost[pages]
        while len(current):
            on_chain[current] = True
            current = self.parent[current]
            current = current[current >= 0]
        meeting = np.where(on_chain, self.level, 0)
        for elements in self.levels[1:]:
            inherited = meeting[self.parent[elements]]
            meeting[elements] = np.where(on_chain[elements], self.level[elements], inherited)
        distance = self.level[innermost][self.page] - meeting
        return np.where(total > 0, distance, -1)[self.element]
