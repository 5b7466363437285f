"""What JSON-LD says of the page itself: of several nodes the article's own, before that of the page, and never one of another page.

JSON that does not parse is tried again without comments, CDATA marks and trailing commas; what is still broken says nothing, so that no half
of a headline is taken for the whole.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from saring.extract.site_name import name_key

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from lxml.html import HtmlElement

__all__ = ["LinkedData", "read_json_ld"]

_SCRIPTS = "//script[contains(translate(@type, 'LDJSON', 'ldjson'), 'ld+json')]"
#: Strings, which stay, and what JSON does not allow: comments, marks of CDATA and HTML, commas before a closing bracket.
_LENIENT = re.compile(r'("(?:[^"\\]|\\.)*")|/\*.*?\*/|//[^\n]*|<!--|-->|<!\[CDATA\[|\]\]>|,(?=\s*[}\]])|;(?=\s*\Z)', re.DOTALL)

#: Nodes are nested this deep at most; deeper ones speak of parts.
_DEEPEST = 4
#: Under these names of a node stands what the page is about; under others, such as `comment` or `itemListElement`, something else.
_OWN = ("@graph", "mainEntity", "mainEntityOfPage")

_ARTICLES = frozenset(
    {"blogposting", "discussionforumposting", "liveblogposting", "report", "socialmediaposting"},  # and all that end in "article"
)
_OTHERS = frozenset(
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
    }  # and all organisations
)
_PUBLISHERS = ("organization", "website", "corporation", "newspaper")


class LinkedData(NamedTuple):
    """What the JSON-LD of a page says.

    Attributes:
        own: the nodes that speak of the page, the surest first: articles, other works, then the page.
        others: nodes of persons, sites and publishers.
        broken: scripts that do not parse.
    """

    own: list[dict[str, Any]]
    others: list[dict[str, Any]]
    broken: list[str]


def read_json_ld(tree: HtmlElement, addresses: Collection[str], headlines: Collection[str]) -> LinkedData:
    """Return the JSON-LD of a page.

    Args:
        tree: the page.
        addresses: where it says, or its scrape says, that it is.
        headlines: what the rest of the page gives as its title, `site_name.name_key` of each.
    """
    nodes: list[dict[str, Any]] = []
    broken: list[str] = []
    for text in tree.xpath(f"{_SCRIPTS}/text()"):
        try:
            nodes += _nodes(_parsed(text), 0)
        except (ValueError, RecursionError):
            broken.append(str(text))
    ranked = [(rank, node) for node in nodes if (rank := _rank(node)) is not None]
    # Of several articles the one at this address, or with this headline; else the first.
    places = {_address(address) for address in addresses}
    ranked.sort(key=lambda pair: (pair[0], not (places & set(map(_address, _addresses(pair[1])))), not _is_headed(pair[1], headlines)))
    own = list(_own(ranked, places, headlines))
    others = [node for node in nodes if _rank(node) is None and any(_is_kind(kind, *_PUBLISHERS, "person") for kind in _types(node))]
    return LinkedData(own, others, broken)


def _own(ranked: list[tuple[int, dict[str, Any]]], places: set[str], headlines: Collection[str]) -> Iterator[dict[str, Any]]:
    """Yield the first node of each rank, and those like it that have this page's address or headline too: others are other pages'."""
    seen: set[int] = set()
    for rank, node in ranked:
        if rank not in seen or places & set(map(_address, _addresses(node))) or _is_headed(node, headlines):
            yield node
        seen.add(rank)


def _parsed(text: str) -> Any:  # noqa: ANN401 - JSON of a page may be anything
    text = text.replace("\N{ZERO WIDTH NO-BREAK SPACE}", "")
    try:
        return json.loads(text, strict=False)
    except ValueError:
        return json.loads(_LENIENT.sub(lambda match: match[1] or "", text), strict=False)


def _nodes(value: object, depth: int) -> Iterator[dict[str, Any]]:
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for item in value:
            yield from _nodes(item, depth)
    elif isinstance(value, dict):
        yield value
        for name in _OWN:
            if isinstance(value.get(name), dict | list):
                yield from _nodes(value[name], depth + 1)


def _types(node: dict[str, Any]) -> list[str]:
    """Return the types of a node in lower case, without a prefix or an address before them."""
    types = node.get("@type", node.get("type"))
    return [re.split(r"[/:#]", name)[-1].lower() for name in (types if isinstance(types, list) else [types]) if isinstance(name, str)]


def _is_kind(kind: str, *names: str) -> bool:
    return kind.endswith(names)


def _rank(node: dict[str, Any]) -> int | None:
    """Return how surely a node speaks of the page, 0 the surest; None where it speaks of something else."""
    types = _types(node)
    if any(kind in _ARTICLES or kind.endswith("article") for kind in types):
        return 0
    if any(kind.endswith(("page", "profilepage")) for kind in types):
        return 2
    if any(kind in _OTHERS or kind.endswith("organization") or kind in _PUBLISHERS for kind in types):
        return None
    return 1 if types or {"headline", "datePublished"} & node.keys() else None


def _addresses(node: dict[str, Any]) -> Iterator[str]:
    for name in ("url", "@id", "mainEntityOfPage"):
        value = node.get(name)
        if isinstance(value, dict):
            value = value.get("@id") or value.get("url")
        if isinstance(value, str):
            yield value


def _address(url: str) -> str:
    """Return what two spellings of an address share."""
    return re.sub(r"^https?://(?:www\.)?|[?#].*$|/+$", "", url.strip().lower())


def _is_headed(node: dict[str, Any], headlines: Collection[str]) -> bool:
    headline = node.get("headline") or node.get("name")
    said = name_key(headline) if isinstance(headline, str) else ""
    return said != "" and any(said in headline or headline in said for headline in headlines if headline)
