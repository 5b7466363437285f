"""Parse the markup of an HTML page into a tree, without what holds no text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

__all__ = ["TooDeepError", "drop_textless", "parse_tree"]

#: Elements without text or metadata, but for scripts that hold JSON.
_DROPPED_TAGS = ("script", "style", "svg")


class TooDeepError(ValueError):
    """The markup is nested deeper than 2,048 elements, where libxml2 stops parsing."""


def parse_tree(content: str) -> tuple[HtmlElement | None, bool]:
    """Parse an HTML page: returns its tree (None without any element), and whether elements are nested deeper than 256.

    At that depth trafilatura's own parser stops without an error, and loses the rest of the page. With `huge_tree` libxml2 continues to a
    depth of 2,048.
    """
    from lxml.etree import ElementDefaultClassLookup, HTMLParser, ParserError  # noqa: PLC0415 - imported where it is used
    from lxml.html import HtmlElement, document_fromstring  # noqa: PLC0415 - imported where it is used

    for huge in (False, True):
        parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False, huge_tree=huge)
        # One class for all: lxml.html calls a Python function to choose the class of each element, a tenth of the time of extraction.
        parser.set_element_class_lookup(ElementDefaultClassLookup(element=HtmlElement))
        try:
            tree = document_fromstring(content.encode(), parser=parser)
        except ParserError:  # a document without any element
            return None, huge
        if not any("depth" in entry.message for entry in parser.error_log if entry.level_name == "FATAL"):
            return tree, huge
    raise TooDeepError


def drop_textless(tree: HtmlElement) -> None:
    """Drop scripts, styles and drawings from a tree, and parse the text of <noframes>.

    The tree is searched and copied many times afterwards, and each of these passes walks every element.
    """
    for element in list(tree.iter(*_DROPPED_TAGS)):
        if "json" not in (element.get("type") or ""):
            element.drop_tree()
    for element in list(tree.iter("noframes")):
        _parse_noframes(element)


def _parse_noframes(noframes: HtmlElement) -> None:
    """Replace the text of a <noframes> by the elements in it: libxml2 leaves them unparsed, and a page of frames has no other text."""
    if "<" not in (noframes.text or ""):
        return
    inner, _ = parse_tree(noframes.text or "")
    if inner is not None and (body := inner.find("body")) is not None:
        noframes.text, noframes.tag = None, "div"
        body.tag = "div"
        noframes.append(body)
