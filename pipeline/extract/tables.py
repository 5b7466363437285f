"""Tables that lay out a page rather than hold data: their cells become plain blocks, so that an article in a cell is not read as one row."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

__all__ = ["unfold_layout"]

#: A cell with as much text as this, in several paragraphs, holds an article; those of data are shorter, or hold one paragraph.
_ARTICLE = 250
#: Paragraphs from which a cell is more than data, and line breaks from which a text without elements is.
_PARAGRAPHS, _BREAKS = 2, 3

_PARTS = ("table", "thead", "tbody", "tfoot", "tr", "td", "th")
_BLOCKS = ("p", "h1", "h2", "h3", "h4", "ul", "ol", "dl", "div", "blockquote", "center", "article", "section")


def unfold_layout(tree: HtmlElement) -> None:
    """Rename the parts of tables that lay out a page to `div`.

    A table lays out if it says so (`role`), or if one of its own cells holds an article: much text in several paragraphs, or other tables
    with such cells. What has header cells or a caption is data.
    """
    tables = list(tree.iter("table"))
    unfolded: set[HtmlElement] = set()
    for table in reversed(tables):  # inner ones first
        role = (table.get("role") or "").lower()
        if role in ("presentation", "none") or (role not in ("table", "grid") and _lays_out(table, unfolded)):
            unfolded.add(table)
    for table in unfolded:
        for part in [table, *_own(table, *_PARTS)]:
            part.tag = "div"


def _own(table: HtmlElement, *tags: str) -> list[HtmlElement]:
    """Return the parts of a table that are not those of a table inside it."""
    return [part for part in table.iter(*tags) if part is not table and next(part.iterancestors("table"), None) is table]


def _lays_out(table: HtmlElement, unfolded: set[HtmlElement]) -> bool:
    if _own(table, "th", "caption", "thead"):
        return False
    if any(inner in unfolded for inner in table.iter("table") if inner is not table):
        return True
    return any(_holds_article(cell) for cell in _own(table, "td"))


def _holds_article(cell: HtmlElement) -> bool:
    if len(cell.text_content()) < _ARTICLE:
        return False
    paragraphs = sum(1 for block in cell.iter(*_BLOCKS) if block.text and not block.text.isspace())
    return paragraphs >= _PARAGRAPHS or sum(1 for _ in cell.iter("br")) >= _BREAKS
