"""What a page of HTML says about itself: title, site, authors.

trafilatura's own `extract_metadata` also looks for categories, tags, a licence and a date, which nobody here asks for: they were an eighth of
the time of extraction. Its parts are called here in its order; a test holds the two together. Titles are chosen here: trafilatura cuts them at
their last dash, and takes half a headline from JSON-LD that does not parse.
"""

from __future__ import annotations

import contextlib
import re
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from saring.extract.json_ld import read_json_ld
from saring.extract.site_name import name_key, site_names, without_site

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lxml.html import HtmlElement
    from trafilatura.settings import Document

    from saring.extract.json_ld import LinkedData

__all__ = ["NAMING", "PageMetadata", "page_json_ld", "page_metadata"]

#: What the markup of a page holds whose elements may name an author, by trafilatura's rules: each of these looks at one of these words. To look
#: for such elements took 5 of 17 ms a page, and half of the pages that need it have none of the words.
NAMING = r"(?i)author|byl|bbl|username|zuozhe|bianji|xiaobian|channel-name|submitted-by|posted-by|journalist-name|screenname|writer"

_TAIL = re.compile(r"\s+[-–—|·•»:]\s")
_HOST = re.compile(r"(?:[\w-]+\.)+[^\W\d_]{2,}")
_SITE_NAMES = "//meta[@property='og:site_name' or @name='application-name' or @name='apple-mobile-web-app-title']/@content"
_HEADLINES = "//meta[@property='og:title']/@content"


class PageMetadata(NamedTuple):
    """What was found.

    Attributes:
        title: the page's.
        site: the site's name, or its host.
        authors: names, separated by "; ".
    """

    title: str | None = None
    site: str | None = None
    authors: str | None = None


def page_json_ld(tree: HtmlElement, *addresses: str | None) -> LinkedData:
    """Return the JSON-LD of a page, that of the page itself apart; `addresses` are those it is known to have."""
    headlines = [name_key(text) for text in (*tree.xpath(_HEADLINES), tree.findtext(".//title") or "", *_first_headings(tree))]
    return read_json_ld(tree, [address for address in addresses if address], headlines)


def page_metadata(tree: HtmlElement, url: str | None, *, is_naming: bool = True, linked: LinkedData | None = None) -> PageMetadata:
    """Return what a page says about itself.

    Args:
        tree: the page; stays as it is.
        url: where it was fetched, or says that it is, if that is known.
        is_naming: whether its markup holds what `NAMING` finds.
        linked: its JSON-LD, if that was read already.
    """
    from trafilatura import metadata  # noqa: PLC0415 - imported where it is used

    linked = page_json_ld(tree, url) if linked is None else linked
    found = metadata.examine_meta(tree)
    if found.author and " " not in found.author:  # a login, not a name
        found.author = None
    titles = [found.title]
    with contextlib.suppress(Exception):  # whatever a page writes as JSON is no reason to lose the rest
        found = _with_json(found, linked)
    titles += _headlines(linked)
    found.author = found.author or (metadata.extract_author(tree) if is_naming else None)
    found.url = found.url or metadata.extract_url(tree, url)
    found.sitename = _site(found, tree)
    names = site_names([*tree.xpath(_SITE_NAMES), found.sitename, *_publishers(linked)], [url, found.url])
    found.title = _title(tree, titles, names)
    found.clean_and_trim()
    return PageMetadata(found.title, found.sitename, found.author)


def _with_json(found: Document, linked: LinkedData) -> Document:
    """Add authors and site from JSON-LD; from JSON that does not parse, what can be told of them all the same."""
    from trafilatura import json_metadata  # noqa: PLC0415 - imported where it is used
    from trafilatura.settings import Document as Empty  # noqa: PLC0415 - as above

    title = found.title
    nodes = [{**node, "@context": "https://schema.org"} for node in (*linked.own, *linked.others)]
    if nodes:
        found = json_metadata.extract_json(nodes, found)
    for text in linked.broken:
        guessed = json_metadata.extract_json_parse_error(json_metadata.normalize_json(text), Empty())
        found.author, found.sitename = found.author or guessed.author, found.sitename or guessed.sitename
    found.title = title
    return found


def _headlines(linked: LinkedData) -> list[str | None]:
    """Return the headlines that articles and other works have in JSON-LD; the name of a page holds that of its site more often."""
    said = (node.get("headline") or node.get("name") for node in linked.own if "webpage" not in str(node.get("@type")).lower())
    return [headline for headline in said if isinstance(headline, str)]


def _publishers(linked: LinkedData) -> Iterator[str]:
    nodes: Iterable[Any] = (*linked.others, *(node.get("publisher") for node in linked.own), *(node.get("isPartOf") for node in linked.own))
    for node in nodes:
        if isinstance(node, dict) and "person" not in str(node.get("@type")).lower():
            yield from (name for key in ("name", "alternateName") if isinstance(name := node.get(key), str))


def _title(tree: HtmlElement, titles: Iterable[str | None], names: frozenset[str]) -> str | None:
    """Return the page's title without its site's name: the first that is more than that name."""
    candidates = (title for title in chain(titles, _titles(tree, names)) if title and not title.isspace())
    first = None
    for candidate in candidates:
        title = without_site(" ".join(candidate.split()), names)
        if name_key(title) not in names:
            return _as_headed(tree, title, names)
        first = first or candidate
    return first


def _titles(tree: HtmlElement, names: frozenset[str]) -> Iterator[str]:
    """Yield what the elements of a page give as its title, the surest first."""
    from trafilatura import metadata, xpaths  # noqa: PLC0415 - imported where it is used

    headings = [text for text in _first_headings(tree) if name_key(text) not in names]
    in_head = " ".join((tree.findtext(".//title") or "").split())
    if len(headings) == 1:
        yield headings[0]
    yield from (text for text in headings if name_key(text) in name_key(in_head))
    if marked := metadata.extract_metainfo(tree, xpaths.TITLE_XPATHS):
        yield marked
    yield in_head
    yield from headings
    heading = tree.find(".//h2")
    if heading is not None and not heading.xpath("preceding::p[normalize-space()]"):  # else it heads a part of the text
        yield _text(heading)


def _first_headings(tree: HtmlElement) -> list[str]:
    return [text for heading in list(tree.iter("h1"))[:20] if (text := _text(heading))]


def _text(heading: HtmlElement) -> str:
    from trafilatura.baseline import block_text  # noqa: PLC0415 - imported where it is used

    return " ".join(block_text(heading).split()).rstrip("\N{PILCROW SIGN}").removesuffix(" #").rstrip()  # a link of the heading to itself


def _as_headed(tree: HtmlElement, title: str, names: frozenset[str]) -> str:
    """Return a title as the page has it as a heading, where that is the first part of it."""
    for text in _first_headings(tree):
        if name_key(text) not in names and title.startswith(text) and _TAIL.match(title, len(text)):
            return text
    return title


def _host_in_title(tree: HtmlElement) -> str | None:
    """Return the host with which a title ends; trafilatura takes any part with a point in it, as that of "No. 4"."""
    parts = _TAIL.split(" ".join((tree.findtext(".//head/title") or "").split()))
    return parts[-1] if len(parts) > 1 and _HOST.fullmatch(parts[-1]) else None


def _site(found: Document, tree: HtmlElement) -> str | None:
    from trafilatura import metadata  # noqa: PLC0415 - imported where it is used

    name = found.sitename or _host_in_title(tree)
    if name:
        name = name.lstrip("@")
        return name.title() if name and "." not in name and not name[0].isupper() else name
    host = metadata.META_URL.match(found.url or "")
    return host[1] if host else name
