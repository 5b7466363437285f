"""Blocks of a page that extraction lost, put back where they stand.

trafilatura keeps paragraphs, and drops lists, headings, `<dl>`, bare text and text in `<div>` where these stand directly in the body or in a
container without a telling name. Each block that a reader sees is therefore looked for in the extracted text, in the page's order; those
that are missing come back unless they belong to the frame of the page: menus, share bars, teasers of other pages.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from itertools import accumulate, groupby
from typing import TYPE_CHECKING

from saring.extract.frame_names import names_frame
from saring.extract.visible_blocks import HEADINGS, Block, text_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from lxml.html import HtmlElement


__all__ = ["recover_blocks"]

#: Fewer characters than this, outside of links, are nothing to look for.
_FEW = 4
#: A block of fewer characters may stand in the extracted text by chance: it counts as kept where it comes next, or is a whole line.
_BY_CHANCE = 25
#: Of a longer block that is nowhere as a whole, pieces of this size are looked for: extraction drops elements inside of lines.
_PIECE = 16

#: The article is the innermost element that holds this share of the extracted characters: what else was kept may be a stray line.
_ARTICLE_SHARE = 0.8

#: More of a part than this in links to other pages makes it a menu or a list of teasers; before and after the article, less does.
_LINKED, _LINKED_OUTSIDE = 0.5, 0.25
#: Shorter than this, and without the end of a sentence, a part is a label: "Advertisement".
_LABEL = 25

#: Items of a list before or after the article are as long as this on average; others are labels.
_ITEM = 8
#: What stands on a page as often as this is part of its frame.
_OFTEN = 3

#: A picture with less text than this beside it has a caption.
_CAPTION = 300

_ITEMS = frozenset({"li", "dt", "dd"})
_LEAVES = frozenset({"p", "pre", *HEADINGS})
_LISTED = _ITEMS | {"summary", "pre", "td", "th"}
#: Elements of the frame, whatever is in them.
_FRAME = frozenset({"aside", "dialog", "footer", "form", "header", "menu", "nav", "noframes", "optgroup", "option", "search"})
_ROLES = frozenset(
    {"alert", "alertdialog", "banner", "complementary", "contentinfo", "dialog", "menu", "navigation", "search", "tablist", "toolbar"}
)
#: What shows something, to which a caption belongs.
_PICTURES = ("img", "picture", "video", "iframe", "amp-img", "object", "canvas")
_SENTENCE_END = re.compile(r"[.!?…。！？｡؟।։።။៕]['\"”’»)\]」』]*\s*$")


def recover_blocks(text: str, blocks: Sequence[Block], title: str | None = None) -> str:
    """Return a text with the blocks put back that extraction lost, a block a line.

    Args:
        text: what was extracted.
        blocks: what a reader sees of the page, as from `visible.blocks`.
        title: of the page; a heading that says the same is not lost.
    """
    lines = text.split("\n")
    _align(blocks, lines)
    unlinked = sum(len(block.key) - block.linked for block in blocks if block.line is None)
    if unlinked < _FEW or all(block.line is None for block in blocks):
        return text
    wanted = _wanted(blocks, text_key(title or ""))
    return "\n".join(_merged(lines, blocks, wanted)) if wanted else text


def _align(blocks: Sequence[Block], lines: Sequence[str]) -> None:
    """Note for each block which extracted line holds it."""
    keys = [text_key(line) for line in lines]
    ends = list(accumulate(map(len, keys)))
    whole = "".join(keys)
    places: dict[str, list[int]] = {}
    for number, line in enumerate(keys):
        places.setdefault(line, []).append(number)
    cursor = 0
    for block in blocks:
        at = _found(block.key, whole, cursor)
        if at >= 0:
            cursor = at + len(block.key)
            block.line = bisect_right(ends, cursor - 1)
        elif len(block.key) < _BY_CHANCE:
            block.line = next((line for line in places.get(block.key, ()) if ends[line] > cursor), None)
        elif 2 * block.linked < len(block.key) and (at := _mostly(block.key, whole)) >= 0:
            block.line = bisect_right(ends, at)


def _found(wanted: str, whole: str, cursor: int) -> int:
    if whole.startswith(wanted, cursor):
        return cursor
    if len(wanted) < _BY_CHANCE:
        return -1
    at = whole.find(wanted, cursor)
    return at if at >= 0 else whole.find(wanted)


def _mostly(wanted: str, whole: str) -> int:
    """Return where the last piece of a block stands whose pieces are mostly there; -1 where they are not."""
    pieces = [wanted[start : start + _PIECE] for start in range(0, len(wanted) - _PIECE + 1, _PIECE)]
    found = [at for piece in pieces if (at := whole.find(piece)) >= 0]
    return max(found) if 2 * len(found) >= len(pieces) else -1


def _wanted(blocks: Sequence[Block], title: str) -> list[Block]:
    """Return the lost blocks that belong to the text, in order."""
    article, holding = _article(blocks)
    known: dict[HtmlElement, bool] = {}
    inside = [number for number, block in enumerate(blocks) if _is_inside(block.element, article, known)]
    kept = [number for number in inside if blocks[number].line is not None]
    first, last = kept[0], kept[-1]
    is_own = article.tag in ("article", "main")
    times = Counter(block.key for block in blocks)
    parts: list[tuple[bool, list[Block]]] = []
    numbered = ((number, blocks[number]) for number in inside)
    for part, group in groupby(numbered, lambda pair: _part(pair[1], holding)):
        members = list(group)
        rows = [block for _, block in members]
        if rows[0].line is not None:
            parts.append((True, []))
            continue
        is_between = first < members[0][0] < last
        is_text = not _is_repeated(rows, times) and _is_text(part, rows, is_between=is_between, is_own=is_own, title=title)
        parts.append((is_text, rows))
    return _once(blocks, _with_headings(parts))


def _is_repeated(blocks: Sequence[Block], times: Mapping[str, int]) -> bool:
    """Tell whether most of a part stands on the page again and again: "Joined", "Was this helpful?"; cells of a table may."""
    size = sum(len(block.key) for block in blocks if times[block.key] >= _OFTEN and block.element.tag not in ("td", "th"))
    return 2 * size > sum(len(block.key) for block in blocks)


def _once(blocks: Sequence[Block], wanted: Sequence[Block]) -> list[Block]:
    """Return the wanted blocks without those that say what another already says, as pages do that have a part for each size of screen."""
    said = {block.key for block in blocks if block.line is not None}
    left = []
    for block in wanted:
        if len(block.key) < _BY_CHANCE or block.key not in said:
            left.append(block)
        said.add(block.key)
    return left


def _with_headings(parts: list[tuple[bool, list[Block]]]) -> list[Block]:
    """Return the blocks of the parts that are text; a heading is text only if what follows it is."""
    wanted: list[list[Block]] = []
    follows = False
    for is_text, rows in reversed(parts):
        is_heading = bool(rows) and all(block.element.tag in HEADINGS for block in rows)
        if is_text and rows and (follows or not is_heading):
            wanted.append(rows)
        follows = is_text and (follows or not is_heading)
    return [block for rows in reversed(wanted) for block in rows]


def _article(blocks: Sequence[Block]) -> tuple[HtmlElement, set[HtmlElement]]:
    """Return the innermost element that holds most of what was kept, and all elements that hold some of it."""
    holds: dict[HtmlElement, int] = {}
    for block in blocks:
        if block.line is None:
            continue
        element: HtmlElement | None = block.element
        while element is not None:
            holds[element] = holds.get(element, 0) + len(block.key)
            element = element.getparent()
    root = max(holds.values())
    article = min((size, -_depth(element), number) for number, (element, size) in enumerate(holds.items()) if size >= _ARTICLE_SHARE * root)
    found = list(holds)[article[2]]
    parent = found.getparent() if found.tag in _LEAVES else None  # where a single paragraph was kept
    return found if parent is None else parent, set(holds)


def _depth(element: HtmlElement) -> int:
    return sum(1 for _ in element.iterancestors())


def _is_inside(element: HtmlElement, outer: HtmlElement, known: dict[HtmlElement, bool]) -> bool:
    """Tell whether an element is in another, or is that; `known` holds the answers for elements seen before."""
    passed = []
    inner: HtmlElement | None = element
    while inner is not None and inner is not outer and inner not in known:
        passed.append(inner)
        inner = inner.getparent()
    answer = inner is not None and (inner is outer or known[inner])
    known.update(dict.fromkeys(passed, answer))
    return answer


def _part(block: Block, holding: set[HtmlElement]) -> HtmlElement | Block:
    """Return the outermost element around a block in which nothing was kept; the block itself where its own element holds some."""
    element = block.element
    if block.line is not None or element in holding:
        return block
    while (parent := element.getparent()) is not None and parent not in holding:
        element = parent
    return element


def _is_text(part: HtmlElement | Block, blocks: Sequence[Block], *, is_between: bool, is_own: bool, title: str) -> bool:
    """Tell whether a part of the page in which nothing was kept belongs to the text around it."""
    size = sum(len(block.key) for block in blocks)
    linked = sum(block.linked for block in blocks)
    if linked > (_LINKED if is_between else _LINKED_OUTSIDE) * size or not any(any(map(str.isalpha, block.key)) for block in blocks):
        return False
    if any(block.element.tag in HEADINGS and (2 * block.linked > len(block.key) or block.key == title) for block in blocks):
        return False  # the headline of another page, or this one's again
    elements = {block.element for block in blocks}
    if not isinstance(part, Block) and (_is_frame(part) or any(_is_frame(inner) for inner in _between(elements, part))):
        return False
    tags = {element.tag for element in elements}
    is_listed = bool(tags & _LISTED)
    # What is cut short teases another page.
    if 2 * sum(block.text.endswith(("...", "\N{HORIZONTAL ELLIPSIS}")) for block in blocks) > len(blocks):
        return False
    said = sum(len(block.key) for block in blocks if len(block.key) >= _LABEL)
    ended = sum(len(block.key) for block in blocks if _SENTENCE_END.search(block.text))
    if is_between:
        return isinstance(part, Block) or is_listed or tags <= HEADINGS or 2 * said >= size or (ended > 0 and 2 * ended >= size)
    return (is_own and is_listed) or 2 * min(said, ended) >= size or (is_listed and linked == 0 and size >= _ITEM * len(blocks))


def _between(elements: Iterable[HtmlElement], part: HtmlElement) -> set[HtmlElement]:
    """Return the elements from some up to the part that they are in, itself left out."""
    passed: set[HtmlElement] = set()
    for element in elements:
        inner = element
        while inner is not part and inner is not None and inner not in passed:
            passed.add(inner)
            inner = inner.getparent()
    return passed


def _is_frame(element: HtmlElement) -> bool:
    """Tell whether an element is of the frame of a page by its tag, role or name."""
    if element.tag in _FRAME or element.get("aria-hidden") == "true" or (element.get("role") or "").lower() in _ROLES:
        return True
    if _is_caption(element) or (element.tag == "label" and element.find(".//input") is not None):
        return True
    name = f"{element.get('class') or ''} {element.get('id') or ''}"
    return name != " " and names_frame(name)


def _is_caption(element: HtmlElement) -> bool:
    """Tell whether an element is little but a picture and a line or two about it; a figure of text is none, nor what is written below it."""
    figure = element.getparent() if element.tag == "figcaption" else element
    if element.tag in ("figure", "figcaption") and figure is not None:
        has_text = next(figure.iter("blockquote", "pre", "table", "code"), None) is not None
        return not has_text and (element.tag == "figcaption" or _has_picture(element))
    is_part = element.tag not in HEADINGS and element.tag not in ("ul", "ol", "dl", "table", "tr", "li", "td")
    return is_part and len(element.text_content()) < _CAPTION and _has_picture(element)


def _has_picture(element: HtmlElement) -> bool:
    return next(element.iter(*_PICTURES), None) is not None


def _merged(lines: Sequence[str], blocks: Sequence[Block], wanted: Sequence[Block]) -> list[str]:
    """Return the lines with the wanted blocks between them: each after the line of the kept block before it."""
    after: dict[int, list[str]] = {}
    wanted_ids = {id(block) for block in wanted}
    line = min((block.line for block in blocks if block.line is not None), default=0) - 1
    seen: set[HtmlElement] = set()
    row: HtmlElement | None = None
    for block in blocks:
        if block.line is not None:
            line, row = block.line, None
        elif id(block) in wanted_ids:
            here = after.setdefault(line, [])
            cell = block.element if block.element.tag in ("td", "th") and block.element not in seen else None
            before, row = row, cell.getparent() if cell is not None else None
            if cell is not None and row is before and row is not None and row.tag == "tr" and here:
                seen.add(cell)
                here[-1] += f" | {block.text}"
                continue
            here += _lines(block, seen)
    merged = list(after.get(-1, ()))
    for number, kept in enumerate(lines):
        merged.append(kept)
        merged += after.get(number, ())
    return merged


def _lines(block: Block, seen: set[HtmlElement]) -> list[str]:
    """Return the lines of a block as extraction would have them: a bullet before an item, code as it stands."""
    element = block.element
    if element.tag == "pre":
        return [line.rstrip() for line in "".join(block.parts).strip("\n").split("\n") if line.strip()]
    is_item = element.tag in _ITEMS and element not in seen
    seen.add(element)
    return [f"- {block.text}" if is_item else block.text]
