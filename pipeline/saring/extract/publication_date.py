"""Find the publication date of an HTML page: in JSON-LD, <meta>, <time>, dated elements and the URL.

The library htmldate is not used, because it completes the missing parts of a date with today's.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from saring.core import dates
from saring.extract.frame_names import names_other_pages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

    from saring.core.dates import Moment
    from saring.extract.json_ld import JsonLd

__all__ = ["publication_date"]

#: Names of <meta> that hold a publication date, from Open Graph, schema.org, Dublin Core and what large sites use.
_META_NAMES = (
    "article:published_time",
    "article:published",
    "og:article:published_time",
    "og:published_time",
    "datepublished",
    "citation_publication_date",
    "dcterms.created",
    "dcterms.issued",
    "dc.date.issued",
    "dcterms.date",
    "dc.date",
    "parsely-pub-date",
    "publishdate",
    "publish-date",
    "publish_date",
    "published_date",
    "pubdate",
    "date",
)
_JSON_PUBLISHED = re.compile(r'"datePublished"\s*:\s*"([^"\\]{8,40})"')
_URL_DATE = re.compile(r"/((?:19|20)\d\d)/([01]?\d)/([0-3]?\d)(?:/|$)")
_DATE_CLASS = "contains({0}, 'date') or contains({0}, 'time') or contains({0}, 'publish') or contains({0}, 'posted')"
_DATED_ELEMENTS = f"//*[(@class or @id) and ({_DATE_CLASS.format('@class')} or {_DATE_CLASS.format('@id')})]"
#: Headings that are links: the headlines of other pages. An element with one of them and fewer characters than this is the card of that
#: page.
_LINKED_HEADINGS = ".//*[self::h2 or self::h3 or self::h4 or self::h5 or self::h6][.//a[@href] or ancestor::a[@href]]"
_MAX_CARD = 600
#: A card is at most so many ancestors above its date, and a link of so many words is a headline. Judgements, as is the size of a card.
_CARD_DEPTH = 4
_HEADLINE_WORDS = 3


def publication_date(tree: HtmlElement, url: str | None, json_ld: JsonLd) -> Moment | None:
    """Return the publication date of an HTML page: the first that parses, from the most reliable place to the least; None without one.

    Args:
        tree: the page.
        url: its URL, if that is known.
        json_ld: its JSON-LD.
    """
    tag = tree.get("lang", "").replace("_", "-").strip()
    languages = [tag, tag.partition("-")[0].lower()] if tag else []
    return next((moment for line in _candidates(tree, url, json_ld) if (moment := dates.parse_date(line, languages))), None)


def _candidates(tree: HtmlElement, url: str | None, json_ld: JsonLd) -> Iterator[str]:
    """Yield strings that may hold the publication date, the most reliable first."""
    yield from (node["datePublished"] for node in json_ld.own if isinstance(node.get("datePublished"), str))
    # Where JSON does not parse, the dates in it are intact; of several, one may be another page's.
    unparsed = {date for text in json_ld.unparsed for date in _JSON_PUBLISHED.findall(text)}
    yield from unparsed if len(unparsed) == 1 else ()
    metas: dict[str, str] = {}
    for meta in tree.iterfind(".//meta[@content]"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop") or ""
        metas.setdefault(name.lower(), meta.get("content"))
    yield from (metas[name] for name in _META_NAMES if name in metas)
    yield from _visible_dates(tree)
    if match := _URL_DATE.search(url or ""):
        yield "-".join(match.groups())


def _visible_dates(tree: HtmlElement) -> Iterator[str]:
    """Yield the dates that a page shows as its own, in <time> and in elements with a class or id of a date."""
    article = _main_article(tree)
    own = [time for time in tree.iter("time") if time.get("datetime") and _is_own_date(time, article)]
    yield from (time.get("datetime") for time in own if time.get("itemprop") == "datePublished" or time.get("pubdate") is not None)
    # Other <time> may date updates and events: they count if there is only one date, in the article or else on the page.
    inside = [time for time in own if article is not None and article in time.iterancestors("article")]
    times = [time.get("datetime") for time in inside or own]
    yield from times if len({time[:10] for time in times}) == 1 else ()
    for element in tree.xpath(_DATED_ELEMENTS)[:100]:
        if _is_own_date(element, article):
            yield " ".join(element.text_content().split())


def _main_article(tree: HtmlElement) -> HtmlElement | None:
    """Return the main <article> of a page: the one with a first-level heading, else the only one, else the one with most of all text."""
    articles = [article for article in tree.iter("article") if not _is_in_aside(article)]
    headed = next((article for article in articles if article.find(".//h1") is not None), None)
    if headed is not None or len(articles) < 2:  # noqa: PLR2004 - one or none
        return headed if headed is not None else next(iter(articles), None)
    sizes = [len(article.text_content()) for article in articles]
    return articles[sizes.index(max(sizes))] if 2 * max(sizes) > sum(sizes) else None


def _is_own_date(element: HtmlElement, article: HtmlElement | None) -> bool:
    """Tell whether a date element belongs to the page itself, and not to the card of another page or to a comment."""
    if _is_in_aside(element):
        return False
    nearest = next(element.iterancestors("article"), None)
    if nearest is not None and nearest is not article and (article is None or nearest not in article.iterancestors("article")):
        return False  # the card of another article, or a comment
    ancestor = element
    for _ in range(_CARD_DEPTH):
        ancestor = ancestor.getparent()
        if ancestor is None or ancestor.tag in ("article", "main", "body") or ancestor.find(".//h1") is not None:
            return True
        if ancestor.tag in ("a", "li", "tr") and _has_headline_link(ancestor, element):
            return False
        if ancestor.tag not in ("header", "ul", "ol") and ancestor.xpath(_LINKED_HEADINGS) and len(ancestor.text_content()) < _MAX_CARD:
            return False
    return True


def _has_headline_link(ancestor: HtmlElement, element: HtmlElement) -> bool:
    """Tell whether a link around a date, or beside it in a list item or row, has as many words as a headline."""
    links = [ancestor] if ancestor.tag == "a" else ancestor.iter("a")
    return any(len(link.text_content().replace(element.text_content(), "").split()) >= _HEADLINE_WORDS for link in links)


def _is_in_aside(element: HtmlElement) -> bool:
    """Tell whether an element is, or is inside, a sidebar, a footer, a menu, or an element named after other pages or comments."""
    return any(
        outer.tag in ("aside", "footer", "nav") or names_other_pages(f"{outer.get('class') or ''} {outer.get('id') or ''}")
        for outer in (element, *element.iterancestors())
        if outer.tag not in ("html", "body")
    )
