"""Mark the blocks of an HTML page that trafilatura lost and that its neighbourhood shows to be text: a second witness for the block classifier.

trafilatura keeps paragraphs, and drops lists, headings, `<dl>`, bare text and text in `<div>` where these are directly in the body or in
a container without a telling name. A lost block is recovered unless it belongs to the frame of the page: menus, share bars, teasers of
other pages. The thresholds below are judgements.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from saring.extract.frame_elements import is_frame_element
from saring.extract.visible_blocks import HEADINGS, Block

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from lxml.html import HtmlElement


__all__ = ["mark_recovered"]

#: A lost block of fewer characters may equal another by chance.
_MIN_UNIQUE = 25

#: The article is the innermost element with this share of the extracted characters: the rest may be a stray line.
_ARTICLE_SHARE = 0.8

#: A part with more than this share of its characters in links to other pages is a menu or a list of teasers; the second bound holds before
#: and after the article.
_LINKED, _LINKED_OUTSIDE = 0.5, 0.25
#: A part of fewer characters, without the end of a sentence, is a label: "Advertisement".
_LABEL = 25

#: The least average length of list items before or after the article; shorter ones are labels.
_MIN_ITEM = 8
#: Text that occurs this often on a page is part of its frame.
_REPEATED = 3

_ITEMS = frozenset({"li", "dt", "dd"})
_LEAVES = frozenset({"p", "pre", *HEADINGS})
_LISTED = _ITEMS | {"summary", "pre", "td", "th"}
_SENTENCE_END = re.compile(r"[.!?…。！？｡؟।։።။៕]['\"”’»)\]」』]*\s*$")


def mark_recovered(blocks: Sequence[Block], title: str) -> None:
    """Set `recovered` of the blocks that belong to the article's text by these rules, though extraction lost them.

    Args:
        blocks: the visible blocks of the page; their `line` is set (`align_blocks.align`).
        title: of the page, as `text_key`; a heading that repeats it is not recovered.
    """
    if all(block.line is None for block in blocks):
        return
    for block in _lost_text_blocks(blocks, title):
        block.recovered = True


def _lost_text_blocks(blocks: Sequence[Block], title: str) -> list[Block]:
    """Return the lost blocks that belong to the text of the article, in document order; `title` is the page's, as `text_key`."""
    article, ancestors = _article(blocks)
    is_inside: dict[HtmlElement, bool] = {}
    inside = [number for number, block in enumerate(blocks) if _is_inside(block.element, article, is_inside)]
    kept = [number for number in inside if blocks[number].line is not None]
    first, last = kept[0], kept[-1]
    is_named_article = article.tag in ("article", "main")
    counts = Counter(block.key for block in blocks)
    parts: list[tuple[bool, list[Block]]] = []
    numbered = ((number, blocks[number]) for number in inside)
    for part, group in groupby(numbered, lambda pair: _lost_part(pair[1], ancestors)):
        members = list(group)
        part_blocks = [block for _, block in members]
        if part_blocks[0].line is not None:
            parts.append((True, []))
            continue
        is_between = first < members[0][0] < last
        is_text = not _is_repeated(part_blocks, counts) and _is_article_text(
            part, part_blocks, is_between=is_between, is_named_article=is_named_article, title=title
        )
        parts.append((is_text, part_blocks))
    return _without_copies(blocks, _with_headings(parts))


def _is_repeated(blocks: Sequence[Block], counts: Mapping[str, int]) -> bool:
    """Tell whether most of a part of the page is text that the page repeats, such as "Joined" or "Was this helpful?".

    Args:
        blocks: the blocks of the part; table cells do not count as repeated.
        counts: how often the text of each block occurs on the page, by its `key`.
    """
    size = sum(len(block.key) for block in blocks if counts[block.key] >= _REPEATED and block.element.tag not in ("td", "th"))
    return 2 * size > sum(len(block.key) for block in blocks)


def _without_copies(blocks: Sequence[Block], lost_blocks: Sequence[Block]) -> list[Block]:
    """Return lost blocks without copies of kept blocks and of each other: some pages hold a part once for each size of screen."""
    seen = {block.key for block in blocks if block.line is not None}
    unique = []
    for block in lost_blocks:
        if len(block.key) < _MIN_UNIQUE or block.key not in seen:
            unique.append(block)
        seen.add(block.key)
    return unique


def _with_headings(parts: list[tuple[bool, list[Block]]]) -> list[Block]:
    """Return the lost blocks of the parts of a page that are text; headings only where text follows them.

    Args:
        parts: whether a part is text, and its lost blocks (none for kept text), in document order.
    """
    selected: list[list[Block]] = []
    text_follows = False
    for is_text, part_blocks in reversed(parts):
        is_heading = bool(part_blocks) and all(block.element.tag in HEADINGS for block in part_blocks)
        if is_text and part_blocks and (text_follows or not is_heading):
            selected.append(part_blocks)
        text_follows = is_text and (text_follows or not is_heading)
    return [block for part_blocks in reversed(selected) for block in part_blocks]


def _article(blocks: Sequence[Block]) -> tuple[HtmlElement, set[HtmlElement]]:
    """Find the article of a page, the innermost element with most of the kept text; return it and all elements that contain kept text."""
    sizes: dict[HtmlElement, int] = {}
    for block in blocks:
        if block.line is None:
            continue
        element: HtmlElement | None = block.element
        while element is not None:
            sizes[element] = sizes.get(element, 0) + len(block.key)
            element = element.getparent()
    total = max(sizes.values())
    candidates = (
        (size, -_depth(element), number) for number, (element, size) in enumerate(sizes.items()) if size >= _ARTICLE_SHARE * total
    )
    article = list(sizes)[min(candidates)[2]]
    parent = article.getparent() if article.tag in _LEAVES else None  # where a single paragraph was kept
    return article if parent is None else parent, set(sizes)


def _depth(element: HtmlElement) -> int:
    """Return the number of ancestors of an element."""
    return sum(1 for _ in element.iterancestors())


def _is_inside(element: HtmlElement, outer: HtmlElement, answers: dict[HtmlElement, bool]) -> bool:
    """Tell whether an element is a given outer element or a descendant of it; `answers` memoises the result for each element."""
    passed = []
    inner: HtmlElement | None = element
    while inner is not None and inner is not outer and inner not in answers:
        passed.append(inner)
        inner = inner.getparent()
    answer = inner is not None and (inner is outer or answers[inner])
    answers.update(dict.fromkeys(passed, answer))
    return answer


def _lost_part(block: Block, ancestors: set[HtmlElement]) -> HtmlElement | Block:
    """Return the largest lost part of the page around a lost block: its outermost ancestor without any kept text.

    It is the block itself where its own element has kept text too, and for a kept block.

    Args:
        block: the block.
        ancestors: all elements that contain kept text.
    """
    element = block.element
    if block.line is not None or element in ancestors:
        return block
    while (parent := element.getparent()) is not None and parent not in ancestors:
        element = parent
    return element


def _is_article_text(part: HtmlElement | Block, blocks: Sequence[Block], *, is_between: bool, is_named_article: bool, title: str) -> bool:
    """Tell whether a lost part of the page belongs to the article's text, by its links, elements, class names and sentences.

    Args:
        part: the element, or the block, of which nothing was kept.
        blocks: the blocks in it.
        is_between: whether kept blocks come before and after it.
        is_named_article: whether the article is an <article> or <main>.
        title: of the page, as `text_key`.
    """
    size = sum(len(block.key) for block in blocks)
    linked = sum(block.linked for block in blocks)
    if linked > (_LINKED if is_between else _LINKED_OUTSIDE) * size or not any(any(map(str.isalpha, block.key)) for block in blocks):
        return False
    if any(block.element.tag in HEADINGS and (2 * block.linked > len(block.key) or block.key == title) for block in blocks):
        return False  # the headline of another page, or this one's again
    elements = {block.element for block in blocks}
    if not isinstance(part, Block) and (
        is_frame_element(part) or any(is_frame_element(inner) for inner in _elements_up_to(elements, part))
    ):
        return False
    tags = {element.tag for element in elements}
    is_listed = bool(tags & _LISTED)
    # Truncated text is a teaser of another page.
    if 2 * sum(block.text.endswith(("...", "\N{HORIZONTAL ELLIPSIS}")) for block in blocks) > len(blocks):
        return False
    in_long_blocks = sum(len(block.key) for block in blocks if len(block.key) >= _LABEL)
    in_sentences = sum(len(block.key) for block in blocks if _SENTENCE_END.search(block.text))
    if is_between:
        is_prose = 2 * in_long_blocks >= size or (in_sentences > 0 and 2 * in_sentences >= size)
        return isinstance(part, Block) or is_listed or tags <= HEADINGS or is_prose
    is_list_of_text = is_listed and linked == 0 and size >= _MIN_ITEM * len(blocks)
    return (is_named_article and is_listed) or 2 * min(in_long_blocks, in_sentences) >= size or is_list_of_text


def _elements_up_to(elements: Iterable[HtmlElement], part: HtmlElement) -> set[HtmlElement]:
    """Return elements and those of their ancestors that are inside a given part of the page."""
    passed: set[HtmlElement] = set()
    for element in elements:
        inner = element
        while inner is not part and inner is not None and inner not in passed:
            passed.add(inner)
            inner = inner.getparent()
    return passed
