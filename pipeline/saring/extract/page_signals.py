"""Signals of an HTML page as a whole for the block classifier: what its metadata, its URL and the counts of its tags say of its type."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from saring.extract.json_ld import JsonLd

__all__ = ["page_signals"]

#: Types of schema.org, in lower case; each is a signal where a node about the page has it.
_TYPES = (
    *("article", "product", "qapage", "discussion", "itemlist", "collectionpage", "faq", "webpage", "recipe", "howto", "organization"),
    *("service", "video"),
)
#: Words in URLs that sites of one type have in common.
_URL_WORDS = {
    "forum": r"forum|thread|topic|viewtopic|discuss|/t/|community",
    "product": r"product|shop|/p/|item|/dp/|store|buy",
    "documentation": r"docs?\b|documentation|reference|api|manual|guide|wiki|learn",
    "article": r"blog|news|article|story|/20\d\d/|post",
    "listing": r"categor|collection|tag|archive|list|browse|c/",
    "service": r"service|about|solutions|features|pricing|company",
}
_URL_PATTERNS = {name: re.compile(pattern) for name, pattern in _URL_WORDS.items()}
_HOST = re.compile(r"^https?://[^/]*")
_COUNTED_TAGS = ("pre", "code", "time", "form", "input", "button", "img", "table", "article", "iframe", "h2", "h3", "li")
_OPEN_GRAPH_TYPES = ("article", "product", "website")


def page_signals(tree: HtmlElement, json_ld: JsonLd, url: str | None) -> dict[str, float]:
    """Return the signals of a page by name; the names are the same for all pages.

    Args:
        tree: the page, without scripts.
        json_ld: its JSON-LD.
        url: where it was fetched, or what it declares, if that is known.
    """
    open_graph = " ".join(tree.xpath("//meta[@property='og:type']/@content")).lower()
    own_types = " ".join(str(node.get("@type")) for node in json_ld.own).lower()
    address = (url or "").lower()
    path = _HOST.sub("", address)
    tags = Counter(element.tag for element in tree.iter(*_COUNTED_TAGS))
    signals: dict[str, float] = {f"og_{name}": name in open_graph for name in _OPEN_GRAPH_TYPES}
    signals |= {f"type_{name}": name in own_types for name in _TYPES}
    signals |= {f"url_{name}": pattern.search(address) is not None for name, pattern in _URL_PATTERNS.items()}
    signals["url_depth"] = path.strip("/").count("/")
    signals["url_length"] = len(path)
    signals["url_digits"] = sum(map(str.isdigit, path))
    signals["url_dashes"] = path.count("-")
    signals |= {f"tags_{tag}": tags[tag] for tag in _COUNTED_TAGS}
    return signals
