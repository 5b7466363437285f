"""The text of a page that a reader sees, block by block, in the order of the page.

What no browser shows is taken out of the tree first (`drop_hidden`); `visible_blocks` then lists the rest from one search for text nodes, without a
copy of the tree and without visiting elements that hold no text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    #: The innermost block around a text, and the kind of the text.
    _Place = tuple[HtmlElement, int]

__all__ = ["BLOCKS", "HEADINGS", "TEXTLESS", "Block", "drop_hidden", "text_key", "visible_blocks", "visible_characters"]

#: Elements that start a line.
BLOCKS = (
    *("address", "article", "aside", "blockquote", "body", "br", "caption", "center", "dd", "details", "dialog", "dir", "div", "dl", "dt"),
    *("fieldset", "figcaption", "figure", "footer", "form", "frameset", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr"),
    *("legend", "li", "listing", "main", "menu", "nav", "noframes", "ol", "optgroup", "option", "p", "plaintext", "pre", "search"),
    *("section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul", "xmp"),
)
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
#: Elements that hold no text of the page.
TEXTLESS = ("head", "script", "style", "svg", "iframe", "object")
#: Elements of which a browser shows other things than the text inside: what it cannot play, draw or run, and parts of formulas and glosses.
_UNSEEN = frozenset({*TEXTLESS, "annotation", "annotation-xml", "applet", "audio", "canvas", "datalist", "rp", "title", "video"})
#: Controls: their labels are no text of the page, though a reader sees them.
_CONTROLS = frozenset({"button", "select", "textarea"})
_BLOCKS = frozenset(BLOCKS)
_BREAKS = _BLOCKS | {"br", "hr"}

#: What never holds text of an article.
_OUTSIDE = ("nav", "footer", "menu", "script", "style", "select")
_SPECIAL = _UNSEEN | _CONTROLS | {"a"}

#: The text of a page, all but what is between blocks to set them off in the source.
_TEXT = "//text()[normalize-space()]"

#: Kinds of text: in no link, in a link, in that of a heading to itself (words, or a sign such as a pilcrow), in a control, not to be seen.
_PLAIN, _LINKED, _SELF, _CONTROL, _UNSEEN_TEXT = range(5)

_MAY_BE_HIDDEN = "//*[@hidden or @style] | //template | //noscript | //dialog[not(@open)]"
_HIDING_STYLE = re.compile(r"(?i)(?:^|[;\s])(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|content-visibility\s*:\s*hidden)\b")
#: Pieces of a page that React's server sends while the page is read: scripts put them in place.
_STREAMED = re.compile(r"S:[0-9a-f]+")
#: A hidden element of fewer characters than this is no page.
_SMALL = 100
#: An element that holds more of the page than this is shown by a script when the page has loaded.
_WHOLE_PAGE = 0.9
#: A `noscript` with more of the page than this is the page, for readers without scripts; others hold images, counters and requests.
_WITHOUT_SCRIPTS = 0.5


def drop_hidden(tree: HtmlElement) -> None:
    """Drop what no reader sees or can open: `hidden`, `template`, `noscript`, closed dialogs, styles that hide.

    Text that a reader can open stays: `hidden="until-found"` and closed `<details>`. So does what scripts show once the page has loaded: a
    template that is a shadow tree, the pieces in which servers send pages of React, an element with the attribute `hidden` that holds most of
    the page's paragraphs, or one hidden by its style that holds nearly all text; and a `noscript` with most of the page.
    """
    whole = paragraphs = None
    for element in tree.xpath(_MAY_BE_HIDDEN):
        if not _is_hidden(element):
            continue
        size = len(text_key(element.text_content()))
        if element.tag == "template" or size < _SMALL:
            element.drop_tree()
            continue
        if whole is None or paragraphs is None:
            whole, paragraphs = visible_characters(tree), _in_paragraphs(tree)
        share = _WITHOUT_SCRIPTS if element.tag == "noscript" else _WHOLE_PAGE
        is_article = element.get("hidden") is not None and 2 * _in_paragraphs(element) > paragraphs
        if size <= share * whole and not is_article:
            element.drop_tree()


def visible_characters(tree: HtmlElement) -> int:
    """Return how many characters of a page a reader sees, counted as `text_key` does: menus too, but no scripts, and no labels of controls."""
    unseen = [element for element in tree.iter(*_UNSEEN, *_CONTROLS) if next(element.iterancestors(*_UNSEEN, *_CONTROLS), None) is None]
    return len(text_key(tree.text_content())) - sum(len(text_key(element.text_content())) for element in unseen)


def _in_paragraphs(element: HtmlElement) -> int:
    return sum(len(paragraph.text_content()) for paragraph in element.iter("p"))


def _is_hidden(element: HtmlElement) -> bool:
    if element.tag in ("html", "body") or element.getparent() is None:
        return False
    if element.tag == "template":
        return element.get("shadowrootmode") is None
    if element.tag in ("noscript", "dialog") and element.get("style") is None:
        return True
    hidden = element.get("hidden")
    is_attribute = hidden is not None and hidden.strip().lower() != "until-found" and not _STREAMED.fullmatch(element.get("id") or "")
    return is_attribute or bool(_HIDING_STYLE.search(element.get("style") or ""))


@dataclass(slots=True)
class Block:
    """A line of a page: text between two borders of blocks.

    Attributes:
        element: the innermost block that the text stands in.
        parts: its text nodes.
        linked: how many characters of its key are in links; those of a heading to itself do not count.
        line: the line of the extracted text that holds it, once that is known.
    """

    element: HtmlElement
    parts: list[str] = field(default_factory=list)
    linked: int = 0
    line: int | None = None
    key: str = ""

    @property
    def text(self) -> str:
        """The text as one line."""
        return " ".join("".join(self.parts).split())


def text_key(text: str) -> str:
    """Return what a text has in common with the same text extracted: no white space, none of the marks that extraction adds or drops."""
    return "".join(_without_marks(text).split())


def _without_marks(text: str) -> str:
    for mark in ("|", "-", "\N{SOFT HYPHEN}", "\N{ZERO WIDTH SPACE}", "\N{ZERO WIDTH NO-BREAK SPACE}"):
        text = text.replace(mark, "")
    return text


def visible_blocks(tree: HtmlElement) -> list[Block]:
    """Return the lines of a page that a reader sees, those of menus and footers left out; the tree is used up."""
    for element in [*tree.iter(*_OUTSIDE)]:
        element.drop_tree()
    places: dict[HtmlElement | None, _Place] = {None: (tree, _PLAIN)}
    lines: list[Block] = []
    last: Block | None = None
    for node in tree.xpath(_TEXT):
        parent = node.getparent()
        is_tail = node.is_tail
        around = parent.getparent() if is_tail else parent
        block, kind = places.get(around) or _place(around, places)
        if kind == _UNSEEN_TEXT:
            continue
        if last is None or block is not last.element or (is_tail and parent.tag in _BREAKS):
            last = Block(block)
            lines.append(last)
        if kind <= _LINKED or (kind == _SELF and any(map(str.isalnum, node))):
            last.parts.append(node)
        if kind == _LINKED:
            last.linked += len("".join(node.split()))
    # All at once: marks are looked for in one string, not in each line.
    for line, text in zip(lines, _without_marks("\0".join("".join(line.parts) for line in lines)).split("\0"), strict=False):
        line.key = "".join(text.split())
    return [line for line in lines if line.key]


def _place(element: HtmlElement | None, places: dict[HtmlElement | None, _Place]) -> _Place:
    """Return the place of text directly inside an element; remembered for all elements above it."""
    climbed: list[HtmlElement] = []
    while element is not None and element not in places:
        climbed.append(element)
        element = element.getparent()
    block, kind = places[element]
    for inner in reversed(climbed):
        tag = inner.tag
        if tag in _BLOCKS:
            block = inner
        elif tag in _SPECIAL and kind != _UNSEEN_TEXT:
            if tag in _UNSEEN:
                kind = _UNSEEN_TEXT
            elif tag in _CONTROLS:
                kind = _CONTROL
            elif kind == _PLAIN and (href := inner.get("href")):
                kind = _SELF if href.startswith("#") and block.tag in HEADINGS else _LINKED
        places[inner] = block, kind
    return block, kind
