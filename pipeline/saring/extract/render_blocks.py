"""Render chosen blocks of an HTML page as plain text, one line for each block, or as Markdown."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from saring.extract.visible_blocks import HEADINGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lxml.html import HtmlElement

    from saring.extract.visible_blocks import Block

__all__ = ["FORMATS", "render_markdown", "render_text"]

#: The formats of `[extract] format`.
FORMATS = ("text", "markdown")

_ITEMS = frozenset({"li", "dt", "dd"})
_LISTS = frozenset({"ul", "ol", "dl", "menu", "dir"})
_CELLS = frozenset({"td", "th"})
#: How far above a block its list item, table cell or <pre> is looked for. A judgement.
_REACH = 6
#: What Markdown would take for a heading, a quotation, a list or a rule at the start of a paragraph.
_MARK = re.compile(r"(?=(?:#{1,6}|>|[-+*]|={3,}|-{3,})(?:\s|$))|(?<=^\d)(?=[.)]\s)|(?<=^\d\d)(?=[.)]\s)")


class _Place(NamedTuple):
    """Where a block stands: the nearest elements around it of each kind, None without one."""

    item: HtmlElement | None
    cell: HtmlElement | None
    code: HtmlElement | None
    heading: HtmlElement | None
    quotes: int
    lists: tuple[HtmlElement, ...]


def render_text(blocks: Iterable[Block]) -> str:
    """Return blocks as lines of text, in their order: list items with a hyphen, code with its indents, a row of a table on one line."""
    lines: list[str] = []
    begun: set[HtmlElement] = set()
    previous: HtmlElement | None = None
    for block in blocks:
        place = _place(block.element)
        cell = place.cell
        if cell is not None and previous is not None and cell.getparent() is previous.getparent():
            lines[-1] += f" {block.text}" if cell is previous else f" | {block.text}"
        elif place.code is not None:
            lines += _code_lines(block)
        else:
            lines.append(f"- {block.text}" if _begins(place.item, begun) else block.text)
        previous = cell
    return "\n".join(lines)


def render_markdown(blocks: Iterable[Block]) -> str:
    """Return blocks as Markdown (CommonMark, tables as GitHub has them): headings, lists, tables, code, quotations; no links or emphasis."""
    begun: set[HtmlElement] = set()
    lines: list[str] = []
    previous: _Place | None = None
    for _, group in groupby(((block, _place(block.element)) for block in blocks), lambda pair: _part(*pair)):
        members = list(group)
        place = members[0][1]
        if place.cell is not None:
            part = _table_lines(members)
        elif place.code is not None:
            part = ["```", *(line for block, _ in members for line in _code_lines(block)), "```"]
        else:
            part = [line for block, inner in members for line in _paragraph_lines(block, inner, begun)]
        if previous is not None and not (place.lists and previous.lists and place.quotes == previous.quotes):
            lines.append(("> " * min(place.quotes, previous.quotes)).rstrip())
        lines += [f"{'> ' * place.quotes}{line}" for line in part]
        previous = place
    return "\n".join(lines)


def _part(block: Block, place: _Place) -> tuple[object, ...]:
    """Return what the blocks of one part of Markdown share: a table, a piece of code, or an element whose lines <br> separates."""
    if place.cell is not None:
        return "table", _table(place.cell), place.quotes
    if place.code is not None:
        return "code", place.code, place.quotes
    return "lines", block.element, place.quotes


def _paragraph_lines(block: Block, place: _Place, begun: set[HtmlElement]) -> Iterator[str]:
    """Yield the line of a heading, a list item or a paragraph with its mark."""
    text = block.text
    if place.heading is not None:
        yield f"{'#' * int(place.heading.tag[1])} {text}"
        return
    # As wide as the marks of the lists around this one.
    indent = "".join("   " if outer.tag == "ol" else "  " for outer in place.lists[:-1])
    if place.item is None:
        yield indent + _MARK.sub(r"\\", text, count=1)
        return
    if not _begins(place.item, begun):
        yield f"{indent}{'   ' if place.lists and place.lists[-1].tag == 'ol' else '  '}{text}"
    elif place.item.tag == "dd":
        yield f"{indent}: {text}"
    elif place.item.tag == "dt":
        yield f"{indent}{text}"
    elif place.lists and place.lists[-1].tag == "ol":
        number = sum(1 for _ in place.item.itersiblings("li", preceding=True)) + 1
        yield f"{indent}{number}. {text}"
    else:
        yield f"{indent}- {text}"


def _table_lines(members: list[tuple[Block, _Place]]) -> list[str]:
    """Return the rows of a table, the first above a rule."""
    rows: list[tuple[HtmlElement | None, list[tuple[HtmlElement | None, str]]]] = []
    for block, place in members:
        cell = place.cell
        row = cell.getparent() if cell is not None else None
        if not rows or rows[-1][0] is not row:
            rows.append((row, []))
        cells = rows[-1][1]
        text = block.text.replace("|", "\\|")
        if cells and cells[-1][0] is cell:
            cells[-1] = (cell, f"{cells[-1][1]} {text}")
        else:
            cells.append((cell, text))
    width = max(len(cells) for _, cells in rows)
    lines = [f"| {' | '.join([text for _, text in cells] + [''] * (width - len(cells)))} |" for _, cells in rows]
    return [lines[0], f"|{' --- |' * width}", *lines[1:]]


def _code_lines(block: Block) -> list[str]:
    """Return the lines of a piece of code with their indents, without blank ones."""
    return [line.rstrip() for line in "".join(block.parts).strip("\n").split("\n") if line.strip()]


def _begins(item: HtmlElement | None, begun: set[HtmlElement]) -> bool:
    """Tell whether a block is the first of its list item; `begun` holds the items that gave a line already."""
    if item is None or item in begun:
        return False
    begun.add(item)
    return True


def _place(element: HtmlElement) -> _Place:
    """Find the elements around a block that its form depends on."""
    item = cell = code = heading = None
    lists: list[HtmlElement] = []
    quotes = 0
    current: HtmlElement | None = element
    distance = 0
    while current is not None:
        tag = current.tag
        if distance < _REACH:
            item = current if item is None and tag in _ITEMS else item
            cell = current if cell is None and tag in _CELLS else cell
            code = current if code is None and tag == "pre" else code
            heading = current if heading is None and tag in HEADINGS else heading
        if tag in _LISTS:
            lists.append(current)
        quotes += tag == "blockquote"
        current, distance = current.getparent(), distance + 1
    return _Place(item, cell, code, heading, quotes, tuple(reversed(lists)))


def _table(cell: HtmlElement) -> HtmlElement:
    """Return the table of a cell; the row or its parent where the markup has no <table>."""
    return next(cell.iterancestors("table"), cell.getparent())
