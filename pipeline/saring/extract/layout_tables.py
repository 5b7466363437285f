"""Turn HTML tables that lay out a page, rather than hold data, into plain blocks: an article in a cell is not read as one table row."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container

    from lxml.html import HtmlElement

__all__ = ["unfold_layout"]

#: A cell with this many characters, in this many lines or more, holds text rather than data. A judgement.
_MIN_CHARACTERS = 80
_MIN_LINES = 2

_TABLE_TAGS = ("table", "thead", "tbody", "tfoot", "tr", "td", "th")
_BLOCKS = ("p", "h1", "h2", "h3", "h4", "li", "dd", "div", "blockquote", "center", "article", "section")


def unfold_layout(tree: HtmlElement) -> None:
    """Rename the elements of layout tables to `div`, in place.

    A table is for layout if its `role` says so, if it has a single column, if it contains another layout table, or if most of its text is
    in cells that hold several paragraphs or lines. A table with header cells or a caption holds data.
    """
    tables = list(tree.iter("table"))
    # A dict, not a set: elements hash by address, and the order of the renaming must not depend on that.
    unfolded: dict[HtmlElement, list[HtmlElement]] = {}
    for table in reversed(tables):  # inner ones first
        role = (table.get("role") or "").lower()
        if role in ("presentation", "none") or (role not in ("table", "grid") and _is_layout(table, unfolded)):
            unfolded[table] = [table, *_own_elements(table, *_TABLE_TAGS)]
    # Renamed last: the tables around a cell decide which table it belongs to.
    for elements in unfolded.values():
        for element in elements:
            element.tag = "div"


def _own_elements(table: HtmlElement, *tags: str) -> list[HtmlElement]:
    """Return the descendants of a table with these tags, without those of tables nested in it."""
    return [element for element in table.iter(*tags) if element is not table and next(element.iterancestors("table"), None) is table]


def _is_layout(table: HtmlElement, unfolded: Container[HtmlElement]) -> bool:
    """Tell whether a table is for layout, by its cells and nested tables; its `role` does not say.

    `unfolded` holds the tables that are already known to be for layout.
    """
    if _own_elements(table, "th", "caption", "thead"):
        return False
    if any(inner in unfolded for inner in table.iter("table") if inner is not table):
        return True
    cells = _own_elements(table, "td")
    if len(cells) == len({cell.getparent() for cell in cells}):  # a single column
        return True
    sizes = [len(" ".join(cell.text_content().split())) for cell in cells]
    in_text_cells = sum(size for cell, size in zip(cells, sizes, strict=True) if size >= _MIN_CHARACTERS and _has_lines(cell))
    return 2 * in_text_cells > sum(sizes)


def _has_lines(cell: HtmlElement) -> bool:
    """Tell whether a table cell holds several paragraphs or line breaks."""
    breaks = sum(1 for _ in cell.iter("br"))
    return breaks + sum(1 for block in cell.iter(*_BLOCKS) if block.text and not block.text.isspace()) >= _MIN_LINES
