"""Render chosen blocks of an HTML page as plain text, one line for each block, or as Markdown."""

from __future__ import annotations

import re
from itertools import groupby, takewhile
from typing import TYPE_CHECKING, NamedTuple

from saring.extract.visible_blocks import HEADINGS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lxml.html import HtmlElement

    from saring.extract.visible_blocks import Block

__all__ = ["FORMATS", "TEXT", "render", "render_lines", "render_markdown", "render_text"]

#: The formats of `[extract] format`; the first is the default.
FORMATS = (TEXT, MARKDOWN) = ("text", "markdown")

_ITEMS = frozenset({"li", "dt", "dd"})
_CELLS = frozenset({"td", "th"})
#: How far above a block its list item, table cell or <pre> is looked for. A judgement.
_REACH = 6
#: What Markdown would take for a heading, a list, a rule, a quotation, code or markup at the start of a paragraph.
_MARK = re.compile(
    r"^(\d{1,9}(?=[.)](?:\s|$))|(?=(?:#{1,6}|[-+*])(?:\s|$)|(?:\*\s*){3,}$|(?:_\s*){3,}$|(?:-\s*)+$|=+$|>|`{3}|~{3}|<[A-Za-z/!?]))"
)
#: Number signs that Markdown would take for the end of a heading.
_HEADING_END = re.compile(r"(?<=\s)(?=#+$)")
#: What `flat_text.normalise_text` takes for the end of a line.
_LINE_BREAK = re.compile("\r\n?|[\n\v\f\u2028\u2029]")
_SHORTEST_FENCE = 3
#: The number of the first item of a list; Markdown reads nine digits.
_LIST_START = re.compile(r"[0-9]{1,8}")


class _Place(NamedTuple):
    """Where a block stands: the nearest elements around it of each kind, None without one.

    `containers` are the list items and quotations around it, from the outermost.
    """

    item: HtmlElement | None
    cell: HtmlElement | None
    code: HtmlElement | None
    heading: HtmlElement | None
    containers: tuple[HtmlElement, ...]


def render(blocks: Iterable[Block], text_format: str) -> str:
    """Return blocks in one of `FORMATS`."""
    return render_markdown(blocks) if text_format == MARKDOWN else render_text(blocks)


def render_lines(lines: Iterable[str], text_format: str) -> str:
    """Return lines of text of which nothing else is known in one of `FORMATS`: as Markdown, each is a paragraph."""
    return "\n\n".join(map(_escaped, lines)) if text_format == MARKDOWN else "\n".join(lines)


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
    """Return blocks as Markdown (CommonMark, tables as GitHub has them): headings, lists, tables, code, quotations; no links or emphasis.

    Marks are escaped where Markdown would take them for the start of a block; inside a line, nothing is.
    """
    marks = _Marks()
    lines: list[str] = []
    previous: tuple[_Place, str] | None = None
    for (kind, _), group in groupby(((block, _place(block.element)) for block in blocks), lambda pair: _part(*pair)):
        members = list(group)
        place = members[0][1]
        if previous is not None and not (_is_same_list(place, previous[0]) and "table" not in (kind, previous[1])):
            pairs = zip(place.containers, previous[0].containers, strict=False)
            shared = [inner for inner, _ in takewhile(lambda pair: pair[0] is pair[1], pairs)]
            lines.append("".join(map(marks.indent, shared)).rstrip())
        if kind == "lines":
            lines += [f"{marks.first(inner.containers)}{_paragraph(block, inner)}" for block, inner in members]
        else:
            part = _table_lines(members) if kind == "table" else _fenced([block for block, _ in members])
            first, rest = marks.first(place.containers), "".join(map(marks.indent, place.containers))
            lines += [f"{rest if number else first}{line}".rstrip() for number, line in enumerate(part)]
        previous = place, kind
    return "\n".join(lines)


class _Marks:
    """Marks and indents of the list items and quotations of a page; the first line of an item has its mark, others its width as indent."""

    def __init__(self) -> None:
        """Begin a page."""
        self._begun: set[HtmlElement] = set()
        self._numbers: dict[HtmlElement, int] = {}
        self._numbered: set[HtmlElement] = set()

    def first(self, containers: Iterable[HtmlElement]) -> str:
        """Return what stands before the next line inside these containers: marks of items that begin with it, indents of the others."""
        return "".join(
            self._mark(outer) if outer.tag in _ITEMS and _begins(outer, self._begun) else self.indent(outer) for outer in containers
        )

    def indent(self, container: HtmlElement) -> str:
        """Return what every line inside a list item or a quotation begins with."""
        return "> " if container.tag == "blockquote" else " " * len(self._mark(container))

    def _mark(self, item: HtmlElement) -> str:
        """Return the mark of a list item: a hyphen, its number, or the colon of a definition."""
        if item.tag != "li":
            return ": " if item.tag == "dd" else ""
        parent = item.getparent()
        if parent is None or parent.tag != "ol":
            return "- "
        if parent not in self._numbered:  # once: counting the siblings of each item would be quadratic
            start = parent.get("start") or ""
            first = int(start) if _LIST_START.fullmatch(start) else 1
            self._numbers |= {sibling: number for number, sibling in enumerate(parent.iterchildren("li"), first)}
            self._numbered.add(parent)
        return f"{self._numbers[item]}. "


def _part(block: Block, place: _Place) -> tuple[str, HtmlElement]:
    """Return what the blocks of one part of Markdown share: a table, a piece of code, or an element whose lines <br> separates."""
    if place.cell is not None:
        return "table", _table(place.cell)
    if place.code is not None:
        return "code", place.code
    return "lines", block.element


def _is_same_list(place: _Place, previous: _Place) -> bool:
    """Tell whether two blocks stand in items of lists inside the same quotations: no blank line separates them."""
    quotes, previous_quotes = ([outer for outer in one.containers if outer.tag == "blockquote"] for one in (place, previous))
    return quotes == previous_quotes and all(one.containers and one.containers[-1].tag in _ITEMS for one in (place, previous))


def _paragraph(block: Block, place: _Place) -> str:
    """Return the text of a paragraph, or of a heading with its mark."""
    if place.heading is None:
        return _escaped(block.text)
    return f"{'#' * int(place.heading.tag[1])} " + _HEADING_END.sub(r"\\", block.text)


def _escaped(text: str) -> str:
    """Return the text of a paragraph without marks of Markdown at its start."""
    return _MARK.sub(r"\1\\", text)


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


def _fenced(blocks: Iterable[Block]) -> list[str]:
    """Return a piece of code with its indents and inner blank lines, between fences that are longer than any run of backticks in it."""
    text = "\n".join("".join(block.parts).strip("\n") for block in blocks)
    lines = [line.rstrip() for line in _LINE_BREAK.split(text)]
    filled = [number for number, line in enumerate(lines) if line]
    fence = "`" * max(_SHORTEST_FENCE, *(len(run) + 1 for run in re.findall("`{3,}", text)), 0)
    return [fence, *lines[filled[0] : filled[-1] + 1], fence]


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
    containers: list[HtmlElement] = []
    current: HtmlElement | None = element
    distance = 0
    while current is not None:
        tag = current.tag
        if distance < _REACH:
            item = current if item is None and tag in _ITEMS else item
            cell = current if cell is None and tag in _CELLS else cell
            code = current if code is None and tag == "pre" else code
            heading = current if heading is None and tag in HEADINGS else heading
        if tag in _ITEMS or tag == "blockquote":
            containers.append(current)
        current, distance = current.getparent(), distance + 1
    return _Place(item, cell, code, heading, tuple(reversed(containers)))


def _table(cell: HtmlElement) -> HtmlElement:
    """Return the table of a cell; the row or its parent where the markup has no <table>."""
    return next(cell.iterancestors("table"), cell.getparent())
