"""When a page says that it was published.

A search of our own: htmldate completes missing parts of a date with today's.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipeline import dates

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

    from pipeline.dates import Moment

__all__ = ["published"]

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
_DATED = f"//*[(@class or @id) and ({_DATE_CLASS.format('@class')} or {_DATE_CLASS.format('@id')})]"


def published(tree: HtmlElement, url: str | None) -> Moment | None:
    """Return when the page says it was published: the first that parses, from the surest place to the least sure."""
    spoken = tree.get("lang", "").replace("_", "-").strip()
    languages = [spoken, spoken.partition("-")[0].lower()] if spoken else []
    return next((moment for line in _date_lines(tree, url) if (moment := dates.parse(line, languages))), None)


def _date_lines(tree: HtmlElement, url: str | None) -> Iterator[str]:
    for script in tree.xpath("//script[@type='application/ld+json']/text()"):
        yield from _JSON_PUBLISHED.findall(script)
    metas: dict[str, str] = {}
    for meta in tree.iterfind(".//meta[@content]"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop") or ""
        metas.setdefault(name.lower(), meta.get("content"))
    yield from (metas[name] for name in _PUBLISHED if name in metas)
    yield from tree.xpath("//time[@itemprop='datePublished' or @pubdate]/@datetime")
    # Other <time> may be those of comments and of other pages: only what stands in the article counts, or what stands alone.
    times = tree.xpath("//article//time/@datetime") or tree.xpath("//time/@datetime")
    yield from times if len({time[:10] for time in times}) == 1 else ()
    for element in tree.xpath(_DATED)[:100]:
        yield " ".join(element.text_content().split())
    if match := _URL_DATE.search(url or ""):
        yield "-".join(match.groups())
