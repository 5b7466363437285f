"""Tell what belongs to an HTML page itself from the cards of other pages, sidebars and comments: for its dates."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from saring.extract.frame_names import names_other_pages
from saring.extract.page_heading import page_heading
from saring.extract.site_name import name_key

if TYPE_CHECKING:
    from lxml.html import HtmlElement

__all__ = ["PageLayout", "belongs_to_page", "page_layout"]

#: Headings that are links: the headlines of other pages. An element with one of them and fewer characters than this is the card of that
#: page.
_LINKED_HEADINGS = ".//*[self::h2 or self::h3 or self::h4 or self::h5 or self::h6][.//a[@href] or ancestor::a[@href]]"
_MAX_CARD = 600
#: A card is at most so many ancestors above its date, and a link of so many words is a headline. Judgements, as is the size of a card.
_CARD_DEPTH = 4
_HEADLINE_WORDS = 3


class PageLayout(NamedTuple):
    """The parts of a page by which its own dates are told from those of other pages and of comments.

    Attributes:
        heading: the page's heading, if there is one.
        heading_key: its text as `name_key`, empty without one.
        frame: the elements that the heading is in: none of them is a sidebar, whatever its name ("with-sidebar").
        article: the main <article>, if there is one.
    """

    heading: HtmlElement | None
    heading_key: str
    frame: frozenset[HtmlElement]
    article: HtmlElement | None


def page_layout(tree: HtmlElement) -> PageLayout:
    """Find the heading and the main article of a page.

    Args:
        tree: the page.
    """
    heading = page_heading(tree)
    frame = frozenset(heading.iterancestors()) if heading is not None else frozenset()
    return PageLayout(heading, name_key(heading.text_content()) if heading is not None else "", frame, _main_article(tree, frame))


def belongs_to_page(element: HtmlElement, layout: PageLayout) -> bool:
    """Tell whether an element, such as a date, belongs to the page itself, and not to the card of another page or to a comment.

    Args:
        element: the element.
        layout: the parts of its page.
    """
    article = layout.article
    if _is_in_aside(element, layout.frame):
        return False
    nearest = next(element.iterancestors("article"), None)
    if nearest is not None and nearest is not article and (article is None or nearest not in article.iterancestors("article")):
        return False  # the card of another article, or a comment
    ancestor = element
    for _ in range(_CARD_DEPTH):
        ancestor = ancestor.getparent()
        if ancestor is None or ancestor.tag in ("article", "main", "body") or ancestor.find(".//h1") is not None:
            return True
        if len(ancestor.text_content()) >= _MAX_CARD:
            continue
        if ancestor.tag in ("a", "li", "tr") and _has_headline_link(ancestor, element):
            return False
        if ancestor.tag not in ("header", "ul", "ol") and _has_other_heading(ancestor, layout.heading_key):
            return False
    return True


def _main_article(tree: HtmlElement, frame: frozenset[HtmlElement]) -> HtmlElement | None:
    """Return the main <article> of a page: the one with a first-level heading, else the only one, else the one with most of all text."""
    articles = [article for article in tree.iter("article") if not _is_in_aside(article, frame)]
    headed = next((article for article in articles if article.find(".//h1") is not None), None)
    if headed is not None or len(articles) < 2:  # noqa: PLR2004 - one or none
        return headed if headed is not None else next(iter(articles), None)
    sizes = [len(article.text_content()) for article in articles]
    return articles[sizes.index(max(sizes))] if 2 * max(sizes) > sum(sizes) else None


def _has_other_heading(ancestor: HtmlElement, heading_key: str) -> bool:
    """Tell whether an element holds a heading that is a link, unless it repeats the page's heading, as in the posts of a thread."""
    return any(not heading_key or heading_key not in name_key(heading.text_content()) for heading in ancestor.xpath(_LINKED_HEADINGS))


def _has_headline_link(ancestor: HtmlElement, element: HtmlElement) -> bool:
    """Tell whether a link around a date, or beside it in a list item or row, has as many words as a headline."""
    links = [ancestor] if ancestor.tag == "a" else ancestor.iter("a")
    return any(len(link.text_content().replace(element.text_content(), "").split()) >= _HEADLINE_WORDS for link in links)


def _is_in_aside(element: HtmlElement, frame: frozenset[HtmlElement]) -> bool:
    """Tell whether an element is, or is inside, a sidebar, a footer, a menu, or an element named after other pages or comments.

    Args:
        element: the element.
        frame: the elements that the heading of the page is in, which are none of these.
    """
    return any(
        outer.tag in ("aside", "nav")
        or (outer.tag == "footer" and next(outer.iterancestors("article"), None) is None)
        or names_other_pages(f"{outer.get('class') or ''} {outer.get('id') or ''}")
        for outer in (element, *element.iterancestors())
        if outer.tag not in ("html", "body") and outer not in frame
    )
