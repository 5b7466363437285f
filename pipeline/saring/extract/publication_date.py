"""When a page says that it was published.

A search of our own: htmldate completes missing parts of a date with today's.
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
    from saring.extract.json_ld import LinkedData

__all__ = ["publication_date"]

#: Names of <meta> that say when a page was published, from Open Graph, schema.org, Dublin Core and what large sites use.
_PUBLISHED = (
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
#: Links that are headings: the headlines of other pages; a part with one and less text than `_CARD` teases that page.
_TEASERS = ".//*[self::h2 or self::h3 or self::h4 or self::h5 or self::h6][.//a[@href] or ancestor::a[@href]]"
_CARD = 600
#: A card is this deep around its date at most, and a link of this many words is a headline.
_CARD_DEPTH = 4
_HEADLINE = 3
_DATED = f"//*[(@class or @id) and ({_DATE_CLASS.format('@class')} or {_DATE_CLASS.format('@id')})]"


def publication_date(tree: HtmlElement, url: str | None, linked: LinkedData) -> Moment | None:
    """Return when the page says it was published: the first that parses, from the surest place to the least sure.

    Args:
        tree: the page.
        url: its address, if that is known.
        linked: its JSON-LD.
    """
    spoken = tree.get("lang", "").replace("_", "-").strip()
    languages = [spoken, spoken.partition("-")[0].lower()] if spoken else []
    return next((moment for line in _date_lines(tree, url, linked) if (moment := dates.parse_date(line, languages))), None)


def _date_lines(tree: HtmlElement, url: str | None, linked: LinkedData) -> Iterator[str]:
    yield from (node["datePublished"] for node in linked.own if isinstance(node.get("datePublished"), str))
    # The date in JSON that does not parse is whole all the same; of several, one may be another page's.
    broken = {found for text in linked.broken for found in _JSON_PUBLISHED.findall(text)}
    yield from broken if len(broken) == 1 else ()
    metas: dict[str, str] = {}
    for meta in tree.iterfind(".//meta[@content]"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop") or ""
        metas.setdefault(name.lower(), meta.get("content"))
    yield from (metas[name] for name in _PUBLISHED if name in metas)
    yield from _shown(tree)
    if match := _URL_DATE.search(url or ""):
        yield "-".join(match.groups())


def _shown(tree: HtmlElement) -> Iterator[str]:
    """Yield the dates that a page shows as its own."""
    article = _own_article(tree)
    own = [time for time in tree.iter("time") if time.get("datetime") and _is_own(time, article)]
    yield from (time.get("datetime") for time in own if time.get("itemprop") == "datePublished" or time.get("pubdate") is not None)
    # Other <time> may be those of updates and events: only what stands in the article counts, or what stands alone.
    inside = [time for time in own if article is not None and article in time.iterancestors("article")]
    times = [time.get("datetime") for time in inside or own]
    yield from times if len({time[:10] for time in times}) == 1 else ()
    for element in tree.xpath(_DATED)[:100]:
        if _is_own(element, article):
            yield " ".join(element.text_content().split())


def _own_article(tree: HtmlElement) -> HtmlElement | None:
    """Return the article of a page: the one with its first heading, else the only one, else the one with most of the text of all."""
    articles = [article for article in tree.iter("article") if not _is_aside(article)]
    headed = next((article for article in articles if article.find(".//h1") is not None), None)
    if headed is not None or len(articles) < 2:  # noqa: PLR2004 - one or none
        return headed if headed is not None else next(iter(articles), None)
    sizes = [len(article.text_content()) for article in articles]
    return articles[sizes.index(max(sizes))] if 2 * max(sizes) > sum(sizes) else None


def _is_own(element: HtmlElement, article: HtmlElement | None) -> bool:
    """Tell whether a date is the page's own, and not that of another page which it names, nor of a comment."""
    if _is_aside(element):
        return False
    nearest = next(element.iterancestors("article"), None)
    if nearest is not None and nearest is not article and (article is None or nearest not in article.iterancestors("article")):
        return False  # the card of another article, or a comment
    around = element
    for _ in range(_CARD_DEPTH):
        around = around.getparent()
        if around is None or around.tag in ("article", "main", "body") or around.find(".//h1") is not None:
            return True
        if around.tag in ("a", "li", "tr") and _names_another(around, element):
            return False
        if around.tag not in ("header", "ul", "ol") and around.xpath(_TEASERS) and len(around.text_content()) < _CARD:
            return False
    return True


def _names_another(around: HtmlElement, element: HtmlElement) -> bool:
    """Tell whether a link around a date, or beside it in a list, says more than a few words: the headline of another page."""
    links = [around] if around.tag == "a" else around.iter("a")
    return any(len(link.text_content().replace(element.text_content(), "").split()) >= _HEADLINE for link in links)


def _is_aside(element: HtmlElement) -> bool:
    """Tell whether an element stands in a part of the page that speaks of others."""
    return any(
        outer.tag in ("aside", "footer", "nav") or names_other_pages(f"{outer.get('class') or ''} {outer.get('id') or ''}")
        for outer in (element, *element.iterancestors())
        if outer.tag not in ("html", "body")
    )
