"""Features of the blocks of HTML pages for the block classifier: the block's text, its ancestors, its siblings, its page, and witnesses.

The tree of a page is walked once, in Python (`page_nodes`); everything else is arrays over all blocks and elements of a batch of pages
(`block_features`). Sums over elements rise and properties of ancestors sink one level of the trees at a time, for all pages together.

A witness is somebody else's opinion about a block: whether trafilatura keeps it, and whether JSON-LD or a <meta> holds its text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from saring.core.character_counts import DIGIT, LOWER, UPPER, count_characters, in_class
from saring.extract.element_names import group_names, name_groups
from saring.extract.visible_blocks import HEADINGS

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import numpy.typing as npt
    from lxml.html import HtmlElement

    from saring.extract.visible_blocks import Block

    Features = npt.NDArray[np.float32]
    Ints = npt.NDArray[np.int64]

__all__ = ["Features", "PageNodes", "block_features", "page_nodes", "page_starts"]

#: Tags whose nearest ancestor is a feature, and those a block's own element is compared with.
_OUTER_TAGS = (
    "nav",
    "header",
    "footer",
    "aside",
    "article",
    "main",
    "section",
    "form",
    "table",
    "ul",
    "ol",
    "dl",
    "figure",
    "blockquote",
    "a",
    "button",
    "pre",
    "details",
    "noscript",
    "figcaption",
    "td",
    "li",
    "p",
    "dd",
)
_OWN_TAGS = (
    "p",
    "div",
    "li",
    "td",
    "th",
    "dt",
    "dd",
    "pre",
    "a",
    "span",
    "blockquote",
    "figcaption",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "label",
    "section",
    "article",
    "body",
    "caption",
    "summary",
    "address",
    "center",
)
_TAG_NUMBERS = {tag: number for number, tag in enumerate(dict.fromkeys((*_OUTER_TAGS, *_OWN_TAGS)), 1)}
_HEADING_NUMBERS = [_TAG_NUMBERS[tag] for tag in sorted(HEADINGS)]
#: Ancestors of a block that are described: its own element, its parent, ...
_ANCESTORS = 6
_SIBLINGS = 5
_FAR = 20
#: The bit of elements that are hidden, beside those of `group_names`.
_HIDDEN = 1 << 62
#: Widths, in blocks, of the windows above and below a block.
_WINDOWS = (1, 2, 5, 12)
#: A block of fewer characters (as `text_key`) may occur in a description, or in a title, by chance.
_MIN_DESCRIBED, _MIN_TITLE = 20, 4
#: A block that ends as a sentence does is prose from this many words on (characters in scripts without spaces); a block of
#: `_PROSE_CHARACTERS` is prose without a full stop, too. Judgements.
_PROSE_WORDS, _PROSE_SPACELESS, _PROSE_CHARACTERS = 8, 20, 240
#: Characters per word in scripts without spaces, roughly the average of Chinese.
_SPACELESS_WORD = 2
#: Siblings of one kind that are a series: replies, entries, products.
_SERIES = 3
_SPACELESS = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Khmer}\p{Lao}\p{Myanmar}]"
_SENTENCE_END = r"[.!?…。！？｡؟।۔።։។៕][\"'”’»)\]」』]*$"
_PRICE = r"(?i)[$€£¥₹₩]\s?\d|\d\s?(?:[$€£¥₹₩]|usd|eur|kr\b|zł|руб)|\brp\.?\s?\d"


class PageNodes(NamedTuple):
    """The elements and blocks of one page, as lists: what `block_features` needs of its tree.

    Attributes:
        parent: of each element, the index of its parent, -1 for the root; parents come first.
        tag: number of each element's tag in `_TAG_NUMBERS`, 0 for others.
        names: groups of the words in its class, id and role (`element_names.name_groups`).
        kind: a number that siblings of the same tag and class share.
        element: of each block, the index of its element.
        text, key_length, linked, kept: of each block; `kept` tells whether trafilatura keeps it.
        recovered: of each block, whether rules take it for text that trafilatura lost (`recovered_blocks`).
        embedded: of each block, 0 on the page itself, else the number of the place in JSON-LD that it comes from (`embedded_text`).
        in_body, in_description, in_title: of each block, whether JSON-LD's body of the article, a description, or the title holds it.
        page: numbers about the page as a whole, by name.
    """

    parent: list[int]
    tag: list[int]
    names: list[int]
    kind: list[int]
    element: list[int]
    text: list[str]
    key_length: list[int]
    linked: list[int]
    kept: list[bool]
    recovered: list[bool]
    embedded: list[int]
    in_body: list[bool]
    in_description: list[bool]
    in_title: list[bool]
    page: dict[str, float]


class PageTexts(NamedTuple):
    """Texts in the metadata of a page, as `text_key`: the body of its article, its descriptions joined, and its title."""

    body: str
    descriptions: str
    title: str


def page_nodes(blocks: Sequence[Block], texts: PageTexts, signals: dict[str, float], folded: Collection[HtmlElement] = ()) -> PageNodes:
    """Describe the blocks of a page and the elements around them.

    Args:
        blocks: of the page, as `visible_blocks` returns them, their `line` set.
        texts: what metadata says of the page.
        signals: numbers about the page as a whole, by name (`page_signals`).
        folded: elements that are hidden until a reader opens them.
    """
    index: dict[HtmlElement | None, int] = {None: -1}
    parent: list[int] = []
    tag: list[int] = []
    names: list[int] = []
    kind: list[int] = []
    kinds: dict[tuple[int, object, str | None], int] = {}
    elements: list[int] = []
    for block in blocks:
        element: HtmlElement | None = block.element
        climbed = []
        while element is not None and element not in index:
            climbed.append(element)
            element = element.getparent()
        for inner in reversed(climbed):
            index[inner] = len(parent)
            attributes = inner.attrib
            class_, id_, role = attributes.get("class"), attributes.get("id"), attributes.get("role")
            parent.append(index[element])
            tag.append(_TAG_NUMBERS.get(inner.tag, 0))
            groups = name_groups(f"{class_ or ''} {id_ or ''} {role or ''}") if class_ or id_ or role else 0
            names.append(groups | _HIDDEN if inner in folded else groups)
            kind.append(kinds.setdefault((index[element], inner.tag, class_), len(kinds)))
            element = inner
        elements.append(index[block.element])
    keys = [block.key for block in blocks]
    return PageNodes(
        parent,
        tag,
        names,
        kind,
        elements,
        [block.text for block in blocks],
        [len(key) for key in keys],
        [block.linked for block in blocks],
        [block.line is not None for block in blocks],
        [block.recovered for block in blocks],
        [block.embedded for block in blocks],
        [len(key) >= _MIN_DESCRIBED and key in texts.body for key in keys],
        [len(key) >= _MIN_DESCRIBED and key in texts.descriptions for key in keys],
        [bool(texts.title) and len(key) >= _MIN_TITLE and (key in texts.title or texts.title in key) for key in keys],
        signals,
    )


def block_features(pages: Sequence[PageNodes]) -> dict[str, Features]:
    """Compute the features of all blocks of a batch of pages: float32 arrays by name, one entry per block.

    Args:
        pages: at least one, each with at least one block.
    """
    blocks = _Blocks(pages)
    tree = _Trees(pages, blocks)
    features: dict[str, npt.NDArray[np.generic]] = {}
    features |= _text_features(blocks)
    features |= _page_features(pages, blocks)
    features |= _order_features(blocks, features)
    features |= tree.features()
    return {name: np.asarray(values, dtype=np.float32) for name, values in features.items()}


def page_starts(pages: Sequence[PageNodes]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the row of the first block of each page, and the page of each block."""
    counts = np.array([len(page.element) for page in pages], dtype=np.intp)
    return np.cumsum(counts) - counts, np.repeat(np.arange(len(pages)), counts)


class _Blocks:
    """The blocks of a batch of pages, as arrays: their texts' statistics and their places."""

    def __init__(self, pages: Sequence[PageNodes]) -> None:
        counts = np.array([len(page.element) for page in pages], dtype=np.int64)
        first = np.cumsum(counts) - counts
        self.page = np.repeat(np.arange(len(pages)), counts)
        self.first, self.last = first[self.page], (first + counts - 1)[self.page]
        self.row = np.arange(len(self.page))
        self.size = counts[self.page]
        self.starts = first
        self.text = pl.Series("text", [text for page in pages for text in page.text], dtype=pl.String)
        self.length = np.array([n for page in pages for n in page.key_length], dtype=np.float64)
        self.linked = np.minimum(np.array([n for page in pages for n in page.linked], dtype=np.float64), self.length)
        self.kept = np.array([flag for page in pages for flag in page.kept], dtype=bool)
        self.embedded = np.array([n for page in pages for n in page.embedded], dtype=np.int64)
        self.recovered = np.array([flag for page in pages for flag in page.recovered], dtype=bool)
        self.in_body = np.array([flag for page in pages for flag in page.in_body], dtype=bool)
        self.in_description = np.array([flag for page in pages for flag in page.in_description], dtype=bool)
        self.in_title = np.array([flag for page in pages for flag in page.in_title], dtype=bool)
        self.counts = count_characters(self.text)
        frame = self.text.to_frame().select(
            pl.col("text").str.len_chars().alias("characters"),
            pl.col("text").str.contains(_SENTENCE_END).alias("ends"),
            pl.col("text").str.count_matches(_SENTENCE_END.removesuffix("$")).alias("stops"),
            pl.when(pl.col("text").str.len_bytes() >= 2 * pl.col("text").str.len_chars())
            .then(pl.col("text").str.count_matches(_SPACELESS))
            .fill_null(0)
            .alias("spaceless"),
            pl.col("text").str.contains(_PRICE).alias("price"),
            pl.col("text").str.to_lowercase().hash().alias("hash"),
        )
        self.characters = frame["characters"].to_numpy().astype(np.float64)
        self.ends = frame["ends"].to_numpy()
        self.stops = frame["stops"].to_numpy().astype(np.float64)
        self.spaceless = frame["spaceless"].to_numpy().astype(np.float64)
        self.price = frame["price"].to_numpy()
        words = self.counts.words.astype(np.float64)
        self.words = np.where(self.spaceless > words, self.spaceless / _SPACELESS_WORD, words)
        self.prose = (self.ends & ((words >= _PROSE_WORDS) | (self.spaceless >= _PROSE_SPACELESS))) | (self.characters >= _PROSE_CHARACTERS)
        self.prose &= 2 * self.linked <= self.length
        copies = pl.DataFrame({"page": self.page, "hash": frame["hash"]}).select(pl.len().over("page", "hash"))
        self.copies = copies.to_series().to_numpy()
        earlier = pl.DataFrame({"page": self.page, "hash": frame["hash"]}).select(pl.int_range(pl.len()).over("page", "hash"))
        self.earlier = earlier.to_series().to_numpy()

    def total(self, values: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
        """Return for each block the sum of values over its page."""
        sums: npt.NDArray[np.float64] = np.bincount(self.page, values, len(self.starts)).astype(np.float64)
        return sums[self.page]


def _text_features(blocks: _Blocks) -> dict[str, npt.NDArray[np.generic]]:
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


def _page_features(pages: Sequence[PageNodes], blocks: _Blocks) -> dict[str, npt.NDArray[np.generic]]:
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


def _order_features(blocks: _Blocks, features: dict[str, npt.NDArray[np.generic]]) -> dict[str, npt.NDArray[np.generic]]:
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


class _Trees:
    """The elements of a batch of pages as arrays, with the pages' trees joined into a forest."""

    def __init__(self, pages: Sequence[PageNodes], blocks: _Blocks) -> None:
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
        for tag in _OWN_TAGS:
            features[f"is_{tag}"] = own == _TAG_NUMBERS[tag]
        features["is_heading"] = np.isin(own, _HEADING_NUMBERS)
        tags = self.nearest(np.stack([self.tag == _TAG_NUMBERS[tag] for tag in _OUTER_TAGS], axis=1))[self.element]
        for column, tag in enumerate(_OUTER_TAGS):
            features[f"in_{tag}"] = tags[:, column]
        bits = (self.names[:, None] >> np.arange(len(group_names()))[None, :]) & 1
        groups = self.nearest(bits.astype(bool))[self.element]
        for column, name in enumerate(group_names()):
            features[f"named_{name}"] = groups[:, column]
        features["folded"] = self.nearest((self.names & _HIDDEN != 0)[:, None])[self.element, 0]
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
