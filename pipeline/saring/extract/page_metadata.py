"""Extract title, site and authors from the markup of an HTML page, with trafilatura's functions but our own choice of the title.

trafilatura's own `extract_metadata` also looks for categories, tags, a licence and a date, which are not needed here: they were an eighth
of the time of extraction. Its functions are called here in the same order; a test compares site and authors with what it returns. Titles
are chosen here: trafilatura cuts them at their last dash, and takes half a headline from JSON-LD that does not parse.
"""

from __future__ import annotations

import contextlib
import math
import re
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from saring.extract.json_ld import is_article_node, read_json_ld
from saring.extract.page_heading import repeated_share
from saring.extract.site_name import name_key, site_names, without_site

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lxml.html import HtmlElement
    from trafilatura.settings import Document

    from saring.extract.json_ld import JsonLd

__all__ = ["AUTHOR_WORDS", "PageMetadata", "page_json_ld", "page_metadata"]

#: A pattern of the words by which trafilatura's rules recognise an element that names an author: without any in the markup there is none to
#: find. The search for such elements took 5 of 17 ms per page, and half of the pages that would need it have none of the words.
AUTHOR_WORDS = r"(?i)author|byl|bbl|username|zuozhe|bianji|xiaobian|channel-name|submitted-by|posted-by|journalist-name|screenname|writer"

_SEPARATOR = re.compile(r"\s+[-–—|·•»:]\s")
_HOST = re.compile(r"(?:[\w-]+\.)+[^\W\d_]{2,}")
_SITE_NAMES = "//meta[@property='og:site_name' or @name='application-name' or @name='apple-mobile-web-app-title']/@content"
_HEADLINES = "//meta[@property='og:title']/@content"
_HEADING_LABELS = ".//time | .//*[contains(concat(' ', @class, ' '), ' label ')]"
_DECLARED_TITLES = "//meta[@property='og:title' or @name='og:title' or @name='twitter:title' or @property='twitter:title']/@content"
#: The shares of a heading's words that declared titles have to repeat: on articles, and on other pages. On `bench/metadata.py`'s data 0.5 and
#: 0.9 were the best of 0.3 to 0.6 and 0.5 to 1.
_ARTICLE_SHARE, _OTHER_SHARE = 0.5, 0.9
#: The share of the words of a declared title that such a heading has to repeat.
_LEAST_SHARE = 0.2
_MOST_HEADINGS = 5


class PageMetadata(NamedTuple):
    """Title, site and authors that an HTML page gives for itself.

    Attributes:
        title: without the site's name.
        site: the site's name, or its host.
        authors: names, separated by "; ".
    """

    title: str | None = None
    site: str | None = None
    authors: str | None = None


def page_json_ld(tree: HtmlElement, *urls: str | None) -> JsonLd:
    """Read the JSON-LD of an HTML page, given the URLs that the page is known to have."""
    headlines = [name_key(text) for text in (*tree.xpath(_HEADLINES), tree.findtext(".//title") or "", *_first_headings(tree))]
    return read_json_ld(tree, [url for url in urls if url], headlines)


def page_metadata(tree: HtmlElement, url: str | None, *, may_name_author: bool = True, json_ld: JsonLd | None = None) -> PageMetadata:
    """Extract title, site and authors from an HTML page.

    Args:
        tree: the page; it is not changed.
        url: where it was fetched, or the URL that it declares, if that is known.
        may_name_author: whether its markup contains a word by which trafilatura recognises an author's name (`AUTHOR_WORDS`).
        json_ld: its JSON-LD, if that was read already.
    """
    from trafilatura import metadata  # noqa: PLC0415 - imported where it is used

    json_ld = page_json_ld(tree, url) if json_ld is None else json_ld
    document = metadata.examine_meta(tree)
    if document.author and " " not in document.author:  # a login, not a name
        document.author = None
    titles = [document.title]
    with contextlib.suppress(Exception):  # whatever a page writes as JSON is no reason to lose the rest
        document = _with_json_ld(document, json_ld)
    titles += _headlines(json_ld)
    document.author = document.author or (metadata.extract_author(tree) if may_name_author else None)
    document.url = document.url or metadata.extract_url(tree, url)
    document.sitename = _site(document, tree)
    names = site_names([*tree.xpath(_SITE_NAMES), document.sitename, *_publishers(json_ld)], [url, document.url])
    share = _needed_share(tree, url or document.url, json_ld)
    document.title = _title(tree, titles, names, share, is_agreed=_is_agreed(tree, json_ld))
    document.clean_and_trim()
    return PageMetadata(document.title, document.sitename, document.author)


def _with_json_ld(document: Document, json_ld: JsonLd) -> Document:
    """Add authors and site from JSON-LD to trafilatura's metadata of a page; its title is not changed.

    From scripts that are not valid JSON, trafilatura extracts both with regular expressions.
    """
    from trafilatura import json_metadata  # noqa: PLC0415 - imported where it is used
    from trafilatura.settings import Document as EmptyDocument  # noqa: PLC0415 - as above

    title = document.title
    nodes = [{**node, "@context": "https://schema.org"} for node in (*json_ld.own, *json_ld.others)]
    if nodes:
        document = json_metadata.extract_json(nodes, document)
    for text in json_ld.unparsed:
        guessed = json_metadata.extract_json_parse_error(json_metadata.normalize_json(text), EmptyDocument())
        document.author, document.sitename = document.author or guessed.author, document.sitename or guessed.sitename
    document.title = title
    return document


def _headlines(json_ld: JsonLd) -> list[str | None]:
    """Return the headlines of articles and other works in JSON-LD; not those of web page nodes, which more often hold the site's name."""
    values = (node.get("headline") or node.get("name") for node in json_ld.own if "webpage" not in str(node.get("@type")).lower())
    return [headline for headline in values if isinstance(headline, str)]


def _publishers(json_ld: JsonLd) -> Iterator[str]:
    """Yield the names of publishers and sites in JSON-LD."""
    publishers = (node.get("publisher") for node in json_ld.own)
    wholes = (node.get("isPartOf") for node in json_ld.own)
    nodes: Iterable[Any] = (*json_ld.others, *publishers, *wholes)
    for node in nodes:
        if isinstance(node, dict) and "person" not in str(node.get("@type")).lower():
            yield from (name for key in ("name", "alternateName") if isinstance(name := node.get(key), str))


def _title(tree: HtmlElement, titles: list[str | None], names: frozenset[str], needed_share: float, *, is_agreed: bool) -> str | None:
    """Return the page's title without its site's name: a heading that the declared titles repeat, else the first that is more than that name.

    Args:
        tree: the page, from whose elements further candidates are taken.
        titles: candidates from metadata.
        names: names of the site, as `site_names` returns them.
        needed_share: the share of a heading's words that declared titles have to repeat.
        is_agreed: whether the first of `titles` counts before any heading.
    """
    if not is_agreed and (heading := _repeated_heading(tree, titles, names, needed_share)):
        return heading
    candidates = (title for title in chain(titles, _title_elements(tree, names)) if title and not title.isspace())
    first = None
    for candidate in candidates:
        title = without_site(" ".join(candidate.split()), names)
        if name_key(title) not in names:
            return _as_heading(tree, title, names)
        first = first or candidate
    return first


def _needed_share(tree: HtmlElement, url: str | None, json_ld: JsonLd) -> float:
    """Return the share of a heading's words that declared titles have to repeat for it to be the title.

    The heading of an article is its headline, of which declared titles are shorter or catchier forms. Those of other pages are often slogans,
    and those of home pages always.
    """
    if url and not urlsplit(url).path.strip("/"):
        return math.inf
    is_article = (
        any(is_article_node(node) for node in json_ld.own)
        or "article" in tree.xpath("//meta[@property='og:type']/@content")
        or tree.find(".//article//h1") is not None
    )
    return _ARTICLE_SHARE if is_article else _OTHER_SHARE


def _is_agreed(tree: HtmlElement, json_ld: JsonLd) -> bool:
    """Tell whether og:title is the headline of a news article in JSON-LD: newsrooms then mean this one, and vary the heading."""
    headlines = {
        name_key(title) for node in json_ld.own if is_article_node(node, news=True) and isinstance(title := node.get("headline"), str)
    }
    return any(name_key(title) in headlines for title in tree.xpath(_HEADLINES)[:1])


def _repeated_heading(tree: HtmlElement, titles: list[str | None], names: frozenset[str], needed_share: float) -> str | None:
    """Return the <h1> of which the declared titles repeat the greatest share, without the site's name; None if they repeat too little.

    A heading of which og:title repeats no word is that of the site or of a section, whose name stands in the <title> too; so is one that
    repeats few of the words of each declared title.
    """
    declared = _without_site_names([*titles, *tree.xpath(_DECLARED_TITLES), tree.findtext(".//title")], names)
    main = _without_site_names(tree.xpath(_HEADLINES)[:1], names)
    best, best_share = None, 0.0
    for heading in _first_headings(tree)[:_MOST_HEADINGS]:
        share = 0.0 if name_key(heading) in names else repeated_share(heading, declared)
        if share < needed_share or share <= best_share or (main and not repeated_share(heading, main)):
            continue
        if max(repeated_share(title, [heading]) for title in declared) >= _LEAST_SHARE:
            best, best_share = heading, share
    return best and without_site(best, names)


def _without_site_names(titles: Iterable[str | None], names: frozenset[str]) -> list[str]:
    """Return titles without the names of their site, and without those that are nothing else."""
    shortened = (without_site(" ".join(title.split()), names) for title in titles if title)
    return [title for title in shortened if name_key(title) not in names]


def _title_elements(tree: HtmlElement, names: frozenset[str]) -> Iterator[str]:
    """Yield the texts of headings and title elements of a page, the most reliable first."""
    from trafilatura import metadata, xpaths  # noqa: PLC0415 - imported where it is used

    headings = [text for text in _first_headings(tree) if name_key(text) not in names]
    title_element = " ".join((tree.findtext(".//title") or "").split())
    if len(headings) == 1:
        yield headings[0]
    yield from (text for text in headings if name_key(text) in name_key(title_element))
    if marked := metadata.extract_metainfo(tree, xpaths.TITLE_XPATHS):
        yield marked
    yield title_element
    yield from headings
    heading = tree.find(".//h2")
    if heading is not None and not heading.xpath("preceding::p[normalize-space()]"):  # else it is the heading of a section
        yield _heading_text(heading)


def _first_headings(tree: HtmlElement) -> list[str]:
    """Return the texts of a page's first 20 <h1>."""
    return [text for heading in list(tree.iter("h1"))[:20] if (text := _heading_text(heading))]


def _heading_text(heading: HtmlElement) -> str:
    """Return the text of a heading as one line, without its date, a thread's label, and the sign ("¶" or "#") of a link to the heading itself."""
    from trafilatura.baseline import block_text  # noqa: PLC0415 - imported where it is used

    text = " ".join(block_text(heading).split()).rstrip("\N{PILCROW SIGN}").removesuffix(" #").rstrip()
    for label in heading.xpath(_HEADING_LABELS):
        shorter = text.removeprefix(" ".join(label.text_content().split())).lstrip()
        text = shorter or text
    return text


def _as_heading(tree: HtmlElement, title: str, names: frozenset[str]) -> str:
    """Return the page's heading if a title consists of that heading, a separator and more text; else the title."""
    for text in _first_headings(tree):
        if name_key(text) not in names and title.startswith(text) and _SEPARATOR.match(title, len(text)):
            return text
    return title


def _host_in_title(tree: HtmlElement) -> str | None:
    """Return the host name at the end of the <title>, None without one: "kabar.id" of "Harga naik | kabar.id".

    trafilatura takes any part with a full stop in it, such as "No. 4".
    """
    parts = _SEPARATOR.split(" ".join((tree.findtext(".//head/title") or "").split()))
    return parts[-1] if len(parts) > 1 and _HOST.fullmatch(parts[-1]) else None


def _site(document: Document, tree: HtmlElement) -> str | None:
    """Return the site's name from metadata or the title, capitalised as trafilatura does; else the host of the page's URL."""
    from trafilatura import metadata  # noqa: PLC0415 - imported where it is used

    name = document.sitename or _host_in_title(tree)
    if name:
        name = name.lstrip("@")
        return name.title() if name and "." not in name and not name[0].isupper() else name
    host = metadata.META_URL.match(document.url or "")
    return host[1] if host else name
