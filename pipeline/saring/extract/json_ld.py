"""Read the JSON-LD of an HTML page: ranked nodes that describe the page itself, and separately those about persons, sites and publishers.

JSON that does not parse is tried again without comments, CDATA marks and trailing commas. What still does not parse yields no nodes:
searching broken JSON with regular expressions may cut a headline in half.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from saring.extract.site_name import name_key

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from lxml.html import HtmlElement

__all__ = ["JsonLd", "is_article_node", "read_json_ld"]

_SCRIPTS = "//script[contains(translate(@type, 'LDJSON', 'ldjson'), 'ld+json')]"
#: Strings, which stay, and what JSON does not allow: comments, marks of CDATA and HTML, commas before a closing bracket.
_LENIENT = re.compile(r'("(?:[^"\\]|\\.)*")|/\*.*?\*/|//[^\n]*|<!--|-->|<!\[CDATA\[|\]\]>|,(?=\s*[}\]])|;(?=\s*\Z)', re.DOTALL)

#: Nodes nested deeper than this are ignored: they describe parts of the page. A judgement.
_MAX_DEPTH = 4
#: Properties of a node whose value is the subject of the page; values of others, such as `comment` or `itemListElement`, are other things.
_SUBJECTS = ("@graph", "mainEntity", "mainEntityOfPage")

_ARTICLE_TYPES = frozenset(
    {"blogposting", "discussionforumposting", "liveblogposting", "report", "socialmediaposting"},  # and all that end in "article"
)
#: Types of schema.org that are not the page's subject, and all that end in "organization".
_OTHER_TYPES = frozenset(
    {
        *(
            "breadcrumblist",
            "comment",
            "contactpoint",
            "event",
            "imageobject",
            "itemlist",
            "listitem",
            "offer",
            "person",
            "place",
            "rating",
        ),
        *("aggregaterating", "searchaction", "sitenavigationelement", "website", "wpfooter", "wpheader", "wpsidebar", "brand"),
    }
)
_PUBLISHER_TYPES = ("organization", "website", "corporation", "newspaper")


class JsonLd(NamedTuple):
    """The JSON-LD nodes of a page, by what they describe.

    Attributes:
        own: nodes about this page, the most reliable first: articles, other works, then the page.
        others: nodes about persons, sites and publishers.
        unparsed: scripts that are not valid JSON.
    """

    own: list[dict[str, Any]]
    others: list[dict[str, Any]]
    unparsed: list[str]


def read_json_ld(tree: HtmlElement, urls: Collection[str], headlines: Collection[str]) -> JsonLd:
    """Parse the JSON-LD scripts of an HTML page and rank the nodes that describe it.

    Args:
        tree: the page.
        urls: the URLs of the page: where it was fetched, and what it declares.
        headlines: titles of the page in other markup, `site_name.name_key` of each.
    """
    nodes: list[dict[str, Any]] = []
    unparsed: list[str] = []
    for text in tree.xpath(f"{_SCRIPTS}/text()"):
        try:
            nodes += _nodes(_parsed(text), 0)
        except (ValueError, RecursionError):
            unparsed.append(str(text))
    ranked = [(rank, node) for node in nodes if (rank := _rank(node)) is not None]
    # Of several articles the one with this URL, or with this headline; else the first.
    page_keys = {_url_key(url) for url in urls}
    ranked.sort(key=lambda pair: (pair[0], not _has_url(pair[1], page_keys), not _has_headline(pair[1], headlines)))
    own = list(_own_nodes(ranked, page_keys, headlines))
    others = [node for node in nodes if _rank(node) is None and any(kind.endswith((*_PUBLISHER_TYPES, "person")) for kind in _types(node))]
    return JsonLd(own, others, unparsed)


def _own_nodes(ranked: list[tuple[int, dict[str, Any]]], page_keys: set[str], headlines: Collection[str]) -> Iterator[dict[str, Any]]:
    """Yield the nodes that describe this page: the first of each rank, and later ones only with this page's URL or headline.

    Args:
        ranked: pairs of rank (as `_rank` returns it) and node, in order.
        page_keys: the page's URLs as comparison keys (`_url_key`).
        headlines: the page's titles as comparison keys (`name_key`).
    """
    seen: set[int] = set()
    for rank, node in ranked:
        if rank not in seen or _has_url(node, page_keys) or _has_headline(node, headlines):
            yield node
        seen.add(rank)


def _parsed(text: str) -> Any:  # noqa: ANN401 - JSON of a page may be anything
    """Parse a JSON-LD script, leniently where strict parsing fails; raises ValueError where both do."""
    text = text.replace("\N{ZERO WIDTH NO-BREAK SPACE}", "")
    try:
        return json.loads(text, strict=False)
    except ValueError:
        return json.loads(_LENIENT.sub(lambda match: match[1] or "", text), strict=False)


def _nodes(value: object, depth: int) -> Iterator[dict[str, Any]]:
    """Yield the nodes of parsed JSON-LD: top-level ones, and nested ones under properties that hold the page's subject.

    `depth` is the nesting depth of `value`; nodes deeper than `_MAX_DEPTH` are ignored.
    """
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, list):
        for item in value:
            yield from _nodes(item, depth)
    elif isinstance(value, dict):
        yield value
        for name in _SUBJECTS:
            if isinstance(value.get(name), dict | list):
                yield from _nodes(value[name], depth + 1)


def _types(node: dict[str, Any]) -> list[str]:
    """Return the types of a JSON-LD node in lower case, without the vocabulary's prefix or address."""
    types = node.get("@type", node.get("type"))
    return [re.split(r"[/:#]", name)[-1].lower() for name in (types if isinstance(types, list) else [types]) if isinstance(name, str)]


def is_article_node(node: dict[str, Any], *, news: bool = False) -> bool:
    """Tell whether a JSON-LD node is of a type of article: news, a blog's or forum's post, a report; with `news` only news articles."""
    if news:
        return any(kind.endswith("newsarticle") for kind in _types(node))
    return any(kind in _ARTICLE_TYPES or kind.endswith("article") for kind in _types(node))


def _rank(node: dict[str, Any]) -> int | None:
    """Return how reliably a JSON-LD node describes the page: 0 articles, 1 other works, 2 web pages, None for other things."""
    types = _types(node)
    if is_article_node(node):
        return 0
    if any(kind.endswith(("page", "profilepage")) for kind in types):
        return 2
    if any(kind in _OTHER_TYPES or kind.endswith("organization") or kind in _PUBLISHER_TYPES for kind in types):
        return None
    return 1 if types or {"headline", "datePublished"} & node.keys() else None


def _node_urls(node: dict[str, Any]) -> Iterator[str]:
    """Yield the URLs that a JSON-LD node gives for itself."""
    for name in ("url", "@id", "mainEntityOfPage"):
        value = node.get(name)
        if isinstance(value, dict):
            value = value.get("@id") or value.get("url")
        if isinstance(value, str):
            yield value


def _has_url(node: dict[str, Any], page_keys: set[str]) -> bool:
    """Tell whether a JSON-LD node gives a URL of this page for itself; `page_keys` are the page's URLs as comparison keys."""
    return not page_keys.isdisjoint(map(_url_key, _node_urls(node)))


def _url_key(url: str) -> str:
    """Return the comparison key of a URL: lower case, without scheme, "www.", query, fragment and closing slash."""
    return re.sub(r"^https?://(?:www\.)?|[?#].*$|/+$", "", url.strip().lower())


def _has_headline(node: dict[str, Any], headlines: Collection[str]) -> bool:
    """Tell whether the headline of a JSON-LD node contains one of the page's titles, or is contained in one, compared by `name_key`."""
    value = node.get("headline") or node.get("name")
    key = name_key(value) if isinstance(value, str) else ""
    return key != "" and any(key in headline or headline in key for headline in headlines if headline)
