"""List the visible text of an HTML page block by block, in document order.

Hidden elements are first dropped from the tree (`drop_hidden`). `visible_blocks` then lists the rest from one XPath search for text nodes,
without a copy of the tree and without visiting elements that hold no text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    #: The innermost block element around a text node, and the kind of text (`_PLAIN` to `_INVISIBLE`).
    _Context = tuple[HtmlElement, int]

__all__ = ["BLOCKS", "HEADINGS", "TEXTLESS", "Block", "drop_hidden", "free_swallowed", "text_key", "visible_blocks", "visible_characters"]

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
#: Elements whose text a browser does not show: fallbacks for media, drawings and applets, and annotations of formulas and ruby text.
_INVISIBLE_TAGS = frozenset({*TEXTLESS, "annotation", "annotation-xml", "applet", "audio", "canvas", "datalist", "rp", "title", "video"})
#: Form controls: their labels are visible, but no text of the page.
_CONTROLS = frozenset({"button", "select", "textarea"})
_BLOCKS = frozenset(BLOCKS)
_BREAKS = _BLOCKS | {"br", "hr"}

#: Elements that never hold text of an article.
_NON_ARTICLE = ("script", "style", "select")
_SPECIAL = _INVISIBLE_TAGS | _CONTROLS | {"a"}

#: All text nodes: white space alone separates words in inline elements, too. Blocks of nothing else are dropped at the end.
_TEXT_NODES = "//text()"

#: Elements that hold no article unless a parser put it there.
_SWALLOWING = (*sorted(_CONTROLS), "nav", "header", "footer", "menu", "label")

#: Kinds of text: outside links, in a link, in a heading's link to itself (words, or a sign such as a pilcrow), in a form control,
#: invisible.
_PLAIN, _LINKED, _SELF_LINK, _CONTROL, _INVISIBLE = range(5)

_MAY_BE_HIDDEN = "//*[@hidden or @style] | //template | //noscript | //dialog[not(@open)]"
_HIDING_STYLE = re.compile(r"(?i)(?:^|[;\s])(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|content-visibility\s*:\s*hidden)\b")
#: Ids of the pieces of a page that React's server streams in hidden elements, which scripts move into place.
_REACT_STREAM_ID = re.compile(r"S:[0-9a-f]+")
#: A hidden element of fewer characters than this is dropped without further tests. A judgement, as are the shares below.
_SMALL = 100
#: A hidden element with more than this share of the page's text is shown by a script once the page has loaded.
_WHOLE_PAGE = 0.9
#: A `noscript` with more than this share of the page's text is the page for readers without scripts; others hold images and counters.
_NOSCRIPT_SHARE = 0.5


def drop_hidden(tree: HtmlElement) -> list[HtmlElement]:
    """Drop hidden elements from an HTML tree, in place, and return those that stay because a reader may open them.

    Dropped are `template`, `noscript`, closed dialogs, and what an attribute or a style hides if it has less than a paragraph of text. Longer
    text that is hidden stays, as the answers of a folded list of questions, or the tabs of a product, are hidden; it is returned, unless it
    is shown for certain: `hidden="until-found"`, closed `<details>`, and what scripts show once the page has loaded (a template that is a
    shadow tree, the pieces in which servers send pages of React, an element with the attribute `hidden` that holds most of the page's
    paragraphs, or one hidden by its style that holds nearly all text; and a `noscript` with most of the page).
    """
    page_characters = page_paragraphs = None
    foldable = []
    for element in tree.xpath(_MAY_BE_HIDDEN):
        if not _is_hidden(element):
            continue
        size = len(text_key(element.text_content()))
        if element.tag == "template" or size < _SMALL:
            element.drop_tree()
            continue
        if page_characters is None or page_paragraphs is None:
            page_characters, page_paragraphs = visible_characters(tree), _paragraph_characters(tree)
        share = _NOSCRIPT_SHARE if element.tag == "noscript" else _WHOLE_PAGE
        is_article = element.get("hidden") is not None and 2 * _paragraph_characters(element) > page_paragraphs
        if size <= share * page_characters and not is_article:
            if element.tag in ("noscript", "dialog"):
                element.drop_tree()
            else:
                foldable.append(element)
    return foldable


def free_swallowed(tree: HtmlElement) -> None:
    """Rename controls, menus and page headers that hold most of the page, in place: an unclosed <button> swallows the article below it."""
    swallowing = [element for element in tree.iter(*_SWALLOWING) if next(element.iter("main", "article", "h1"), None) is not None]
    for element in swallowing:
        if element.tag in _CONTROLS or next(element.iter("main"), None) is not None:
            element.tag = "div"


def visible_characters(tree: HtmlElement) -> int:
    """Count the visible characters of an HTML page as in `text_key`: menus count; scripts, form controls and white space do not."""
    skipped = [
        element
        for element in tree.iter(*_INVISIBLE_TAGS, *_CONTROLS)
        if next(element.iterancestors(*_INVISIBLE_TAGS, *_CONTROLS), None) is None
    ]
    return len(text_key(tree.text_content())) - sum(len(text_key(element.text_content())) for element in skipped)


def _paragraph_characters(element: HtmlElement) -> int:
    """Count the characters in the <p> of an element."""
    return sum(len(paragraph.text_content()) for paragraph in element.iter("p"))


def _is_hidden(element: HtmlElement) -> bool:
    """Tell whether an element is hidden by its tag, attribute or style, and no reader can open it."""
    if element.tag in ("html", "body") or element.getparent() is None:
        return False
    if element.tag == "template":
        return element.get("shadowrootmode") is None
    if element.tag in ("noscript", "dialog") and element.get("style") is None:
        return True
    hidden = element.get("hidden")
    is_attribute = (
        hidden is not None and hidden.strip().lower() != "until-found" and not _REACT_STREAM_ID.fullmatch(element.get("id") or "")
    )
    return is_attribute or bool(_HIDING_STYLE.search(element.get("style") or ""))


@dataclass(slots=True)
class Block:
    """A line of visible text on an HTML page: the text between two borders of block elements.

    Attributes:
        element: the innermost block element around the text.
        parts: its text nodes.
        linked: how many characters of `key` are in links; those in a heading's link to itself do not count.
        line: number of the line of the extracted text that holds this one, set by `align_blocks`; None where extraction lost it.
        key: the text as `text_key` compares it.
        recovered: whether `recovered_blocks` takes it for text that extraction lost.
        embedded: 0 for text of the page itself, else the number of the place in JSON-LD that it comes from (`embedded_text`).
    """

    element: HtmlElement
    parts: list[str] = field(default_factory=list)
    linked: int = 0
    line: int | None = None
    key: str = ""
    recovered: bool = False
    embedded: int = 0

    @property
    def text(self) -> str:
        """The text as one line, with single spaces."""
        return " ".join("".join(self.parts).split())


def text_key(text: str) -> str:
    """Return the comparison key of page text before and after extraction: without white space and marks that extraction adds or drops."""
    return "".join(_without_marks(text).split())


def _without_marks(text: str) -> str:
    """Return a text without bars, hyphens, soft hyphens and zero-width characters."""
    for mark in ("|", "-", "\N{SOFT HYPHEN}", "\N{ZERO WIDTH SPACE}", "\N{ZERO WIDTH NO-BREAK SPACE}"):
        text = text.replace(mark, "")
    return text


def visible_blocks(tree: HtmlElement) -> list[Block]:
    """Return the visible lines of an HTML page without those of menus and footers, in document order; the tree is modified."""
    for element in [*tree.iter(*_NON_ARTICLE)]:
        element.drop_tree()
    for element in tree.iter("br", "hr"):
        element.tail = element.tail or " "  # so that an inline element right behind it begins a block
    contexts: dict[HtmlElement | None, _Context] = {None: (tree, _PLAIN)}
    blocks: list[Block] = []
    last: Block | None = None
    for node in tree.xpath(_TEXT_NODES):
        parent = node.getparent()
        is_tail = node.is_tail
        container = parent.getparent() if is_tail else parent
        block_element, kind = contexts.get(container) or _context(container, contexts)
        if kind == _INVISIBLE:
            continue
        if last is None or block_element is not last.element or (is_tail and parent.tag in _BREAKS):
            last = Block(block_element)
            blocks.append(last)
        if kind <= _LINKED or (kind == _SELF_LINK and any(map(str.isalnum, node))):
            last.parts.append(node)
        if kind == _LINKED:
            last.linked += len("".join(node.split()))
    # Joined by NUL: one search for marks in one string is faster than one in each line.
    keys = _without_marks("\0".join("".join(block.parts) for block in blocks)).split("\0")
    for block, key in zip(blocks, keys, strict=False):
        block.key = "".join(key.split())
    return [block for block in blocks if block.key]


def _context(element: HtmlElement | None, contexts: dict[HtmlElement | None, _Context]) -> _Context:
    """Return the block element around text directly inside an element, and the kind of that text: plain, linked, a control or invisible.

    `contexts` memoises the result for the element and all its ancestors.
    """
    climbed: list[HtmlElement] = []
    while element is not None and element not in contexts:
        climbed.append(element)
        element = element.getparent()
    block_element, kind = contexts[element]
    for inner in reversed(climbed):
        tag = inner.tag
        if tag in _BLOCKS:
            block_element = inner
        elif tag in _SPECIAL and kind != _INVISIBLE:
            if tag in _INVISIBLE_TAGS:
                kind = _INVISIBLE
            elif tag in _CONTROLS:
                kind = _CONTROL
            elif kind == _PLAIN and (href := inner.get("href")):
                kind = _SELF_LINK if href.startswith("#") and block_element.tag in HEADINGS else _LINKED
        contexts[inner] = block_element, kind
    return block_element, kind
