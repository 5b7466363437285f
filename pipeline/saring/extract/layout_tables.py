"""Tables that lay out a page rather than hold data: their cells become plain blocks, so that an article in a cell is not read as one row."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container

    from lxml.html import HtmlElement

__all__ = ["unfold_layout"]

#: A cell with as much text as this, in several lines, is more than data.
_ARTICLE = 80
_LINES = 2

_PARTS = ("table", "thead", "tbody", "tfoot", "tr", "td", "th")
_BLOCKS = ("p", "h1", "h2", "h3", "h4", "li", "dd", "div", "blockquote", "center", "article", "section")


def unfold_layout(tree: HtmlElement) -> None:
    """Rename the parts of tables that lay out a page to `div`.

    A table lays out if it says so (`role`), if it has a single column, or if most of its text is in cells that hold several paragraphs or lines, or other tables with
    such cells. What has header cells or a caption is data.
    """
    tables = list(tree.iter("table"))
    unfolded: dict[HtmlElement, list[HtmlElement]] = {}
    for table in reversed(tables):  # inner ones first
        role = (table.get("role") or "").lower()
        if role in ("presentation", "none") or (role not in ("table", "grid") and _lays_out(table, unfolded)):
            unfolded[table] = [table, *_own(table, *_PARTS)]
    # Only now: whose part a cell is, is told by the tables around it.
    for parts in unfolded.values():
        for part in parts:
            part.tag = "div"


def _own(table: HtmlElement, *tags: str) -> list[HtmlElement]:
    """Return the parts of a table that are not those of a table inside it."""
    return [part for part in table.iter(*tags) if part is not table and next(part.iterancestors("table"), None) is table]


def _lays_out(table: HtmlElement, unfolded: Container[HtmlElement]) -> bool:
    if _own(table, "th", "caption", "thead"):
        return False
    if any(inner in unfolded for inner in table.iter("table") if inner is not table):
        return True
    cells = _own(table, "td")
    if len(cells) == len({cell.getparent() for cell in cells}):  # a single column
        return True
    sizes = [len(" ".join(cell.text_content().split())) for cell in cells]
    articles = sum(size for cell, size in zip(cells, sizes, strict=True) if size >= _ARTICLE and _has_lines(cell))
    return 2 * articles > sum(sizes)


def _has_lines(cell: HtmlElement) -> bool:
    breaks = sum(1 for _ in cell.iter("br"))
    return breaks + sum(1 for block in cell.iter(*_BLOCKS) if block.text and not block.text.isspace()) >= _LINES
