"""The elements and blocks of one HTML page as lists of numbers: what the features of blocks are computed from, without the tree itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from saring.extract.element_names import name_groups

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import numpy.typing as npt
    from lxml.html import HtmlElement

    from saring.extract.visible_blocks import Block

__all__ = ["FOLDED", "OUTER_TAGS", "OWN_TAGS", "TAG_NUMBERS", "PageNodes", "PageTexts", "page_nodes", "page_starts"]

#: Tags whose nearest ancestor is a feature.
OUTER_TAGS = (
    *("nav", "header", "footer", "aside", "article", "main", "section", "form", "table", "ul", "ol", "dl", "figure", "blockquote", "a"),
    *("button", "pre", "details", "noscript", "figcaption", "td", "li", "p", "dd"),
)
#: Tags with which a block's own element is compared.
OWN_TAGS = (
    *("p", "div", "li", "td", "th", "dt", "dd", "pre", "a", "span", "blockquote", "figcaption", "h1", "h2", "h3", "h4", "h5", "h6"),
    *("label", "section", "article", "body", "caption", "summary", "address", "center"),
)
#: The number of each of these tags; other tags are 0.
TAG_NUMBERS = {tag: number for number, tag in enumerate(dict.fromkeys((*OUTER_TAGS, *OWN_TAGS)), 1)}
#: The bit of elements that are hidden until a reader opens them, beside those of `element_names.group_names`.
FOLDED = 1 << 62

#: A block of fewer characters (as `text_key`) may occur in a description, or in a title, by chance.
_MIN_DESCRIBED, _MIN_TITLE = 20, 4


class PageNodes(NamedTuple):
    """The elements and blocks of one page, as lists: what `block_features` needs of its tree.

    Attributes:
        parent: of each element, the index of its parent, -1 for the root; parents come first.
        tag: number of each element's tag in `TAG_NUMBERS`, 0 for others.
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
            tag.append(TAG_NUMBERS.get(inner.tag, 0))
            groups = name_groups(f"{class_ or ''} {id_ or ''} {role or ''}") if class_ or id_ or role else 0
            names.append(groups | FOLDED if inner in folded else groups)
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


def page_starts(pages: Sequence[PageNodes]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the row of the first block of each page, and the page of each block."""
    counts = np.array([len(page.element) for page in pages], dtype=np.intp)
    return np.cumsum(counts) - counts, np.repeat(np.arange(len(pages)), counts)
