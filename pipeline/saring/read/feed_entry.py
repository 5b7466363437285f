"""Parse one entry of an RSS, Atom or RDF feed into a record with the standard field names."""

from __future__ import annotations

import email.utils
import html
import re
from typing import TYPE_CHECKING, Any

from lxml import etree

from saring.read.scrape import RefusedError

if TYPE_CHECKING:
    import datetime as dt

__all__ = ["entry_record"]

#: Vocabularies of feed elements: RSS, RDF or Atom itself, RSS's content module, and Dublin Core. Elements of others are not read: those of
#: Media RSS and podcasts include titles and descriptions, which describe attached files.
_CORE, _CONTENT, _DUBLIN = "core", "content", "dc"
_VOCABULARIES = {
    "http://purl.org/rss/1.0/modules/content/": _CONTENT,
    "http://purl.org/dc/elements/1.1/": _DUBLIN,
    "http://purl.org/dc/terms/": _DUBLIN,
    **dict.fromkeys(
        (
            "",
            "http://purl.org/rss/1.0/",
            "http://my.netscape.com/rdf/simple/0.9/",
            "http://backend.userland.com/rss2",
            "http://www.w3.org/2005/Atom",
            "http://purl.org/atom/ns#",
        ),
        _CORE,
    ),
}
#: Elements that may hold the text, and those that may hold the date, each in the order of preference, as (vocabulary, local name).
_BODIES = ((_CONTENT, "encoded"), (_CORE, "content"), (_CORE, "description"), (_CORE, "summary"), (_DUBLIN, "description"))
_DATES = (
    *((_CORE, name) for name in ("pubdate", "published", "issued")),
    (_DUBLIN, "date"),
    *((_CORE, name) for name in ("updated", "modified")),
)
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_CDATA_OR_AMPERSAND = re.compile(r"(<!\[CDATA\[.*?\]\]>)|&(#?\w{1,32};)?", re.DOTALL)
#: Entities that XML itself declares; feeds use those of HTML too, without declaring them.
_XML_ENTITIES = ("amp;", "lt;", "gt;", "quot;", "apos;")
#: Characters that XML 1.0 does not allow.
_INVALID_CHARACTERS = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF])
_NAMESPACE_DECLARATION = re.compile(r"(?<=[\w\"']) xmlns(?::[\w.-]+)?=(?:\"[^\"<>]*\"|'[^'<>]*')")
_TAG = re.compile(r"<[^<>]*>")
#: RSS gives an author as `address (name)`.
_ADDRESS_AND_NAME = re.compile(r"\S+@\S+\s*\((.+)\)\s*")

#: Child elements of a feed entry by (vocabulary, local name).
_Elements = dict[tuple[str, str], list[Any]]


def entry_record(root: str, head: str, xml: str) -> dict[str, Any]:
    """Parse a feed entry into a record: `html` or `text`, and `url`, `title`, `authors`, `created` and `language` where it has them.

    Args:
        root: the start tag of the feed's root element, which declares its namespaces.
        head: the text of the feed between that and the first entry.
        xml: the entry's own XML.

    Raises:
        RefusedError: the entry is not XML, or has no content.
    """
    tree = _parse_entry(root, xml)
    entry = (
        next((element for element in tree.iter() if _qualified_name(element)[1] in ("item", "entry")), None) if tree is not None else None
    )
    if entry is None:
        raise RefusedError("bad-xml", "The entry is not valid XML. Correct it or fetch the feed again.")
    elements = _elements_by_name(entry)
    fields: dict[str, Any] = _content(elements)
    if not fields:
        names = ", ".join(sorted({name for _, name in elements})[:12]) or "nothing"
        raise RefusedError("no-text", f"Expected content, description or summary, found {names}. Fetch the page that the entry links to.")
    fields |= {"url": _link(elements), "title": _title(elements), "authors": _authors(elements), "created": _date(elements)}
    fields["language"] = _first_text(elements, ((_DUBLIN, "language"),)) or entry.get(_LANG) or _feed_language(root, head)
    return {name: value for name, value in fields.items() if value}


def _parse_entry(root: str, xml: str) -> Any:  # noqa: ANN401 - untyped library
    """Parse an entry's XML within the feed's root element, recovering from bare ampersands, HTML entities and the like; None on failure."""
    # The size is bounded, and without a DTD there are no entities to expand.
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True, encoding="utf-8")
    name = root[1:].split(None, 1)[0].rstrip("/>")
    document = f"{root.removesuffix('/>').removesuffix('>')}>{xml}</{name}>".translate(_INVALID_CHARACTERS)
    try:
        return etree.fromstring(_CDATA_OR_AMPERSAND.sub(_valid_reference, document).encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _valid_reference(match: re.Match[str]) -> str:
    """Return the valid XML for a matched ampersand: HTML's entities become characters, and a bare ampersand `&amp;`; CDATA is unchanged."""
    if match[1]:
        return match[1]
    name = match[2]
    if name is None:
        return "&amp;"
    if name in _XML_ENTITIES or name.startswith("#"):
        return match[0]
    char = html.unescape(match[0])
    return f"&amp;{name}" if char == match[0] else char


def _qualified_name(element: Any) -> tuple[str, str]:  # noqa: ANN401 - untyped library
    """Return the vocabulary (the short name of its namespace) and the local name of an XML element, in lower case; both empty for comments."""
    if not isinstance(element.tag, str):  # a comment
        return "", ""
    namespace, _, name = element.tag.rpartition("}")
    prefix, _, local = name.rpartition(":")  # a prefix that the feed does not declare
    vocabulary = prefix if prefix in (_CONTENT, _DUBLIN) else _VOCABULARIES.get(namespace.lstrip("{"), "")
    return vocabulary, local.lower()


def _elements_by_name(entry: Any) -> _Elements:  # noqa: ANN401 - untyped library
    """Return the child elements of an entry by their qualified names."""
    elements: _Elements = {}
    for child in entry:
        elements.setdefault(_qualified_name(child), []).append(child)
    return elements


def _content(elements: _Elements) -> dict[str, str]:
    """Return the text of an entry as a field `html` or `text`; empty where it has none."""
    for name in _BODIES:
        for element in elements.get(name, ()):
            kind = (element.get("type") or ("text" if name[0] == _CORE and name[1] in ("content", "summary") else "html")).lower()
            if "xhtml" in kind:
                markup = _inner_html(element)
                if markup.strip():
                    return {"html": markup}
            text = "".join(element.itertext()).strip()
            if not text or element.get("src") or not any(word in kind for word in ("text", "html")):
                continue
            is_html = "html" in kind and ("<" in text or "&" in text)
            return {"html" if is_html else "text": text}
    return {}


def _inner_html(element: Any) -> str:  # noqa: ANN401 - untyped library
    """Return the XHTML inside an Atom element as HTML without namespace prefixes."""
    for inner in element.iter():
        if isinstance(inner.tag, str):
            inner.tag = inner.tag.rpartition("}")[2].rpartition(":")[2]
    inside = "".join(etree.tostring(child, encoding="unicode", method="html") for child in element)
    return (element.text or "") + _NAMESPACE_DECLARATION.sub("", inside)


def _link(elements: _Elements) -> str | None:
    """Return the URL of the page that an entry links to: its link, else its permanent identifier."""
    for element in elements.get((_CORE, "link"), ()):
        target = element.get("href") if element.get("rel", "alternate") == "alternate" else None
        if target or (element.text or "").strip():
            return str(target or element.text).strip()
    guid = next(iter(elements.get((_CORE, "guid"), ())), None)
    permanent = guid is not None and guid.get("isPermaLink", "true").lower() == "true"
    return (guid.text or "").strip() or None if permanent and guid is not None else None


def _title(elements: _Elements) -> str | None:
    """Return the title of an entry without the markup that many feeds escape in it."""
    title = _first_text(elements, ((_CORE, "title"), (_DUBLIN, "title")))
    return " ".join(html.unescape(_TAG.sub("", title)).split()) if title else None


def _authors(elements: _Elements) -> list[str]:
    """Return the names of an entry's authors, each once, without e-mail addresses."""
    authors = []
    for element in (*elements.get((_CORE, "author"), ()), *elements.get((_DUBLIN, "creator"), ())):
        names = [child for child in element if _qualified_name(child)[1] == "name"]
        text = "".join((names[0] if names else element).itertext()).strip()
        match = _ADDRESS_AND_NAME.fullmatch(text)
        name = match[1].strip() if match else text
        if name and "@" not in name and name not in authors:
            authors.append(name)
    return authors


def _date(elements: _Elements) -> dt.datetime | str | None:
    """Return the publication date of an entry: a datetime from RSS's RFC 822 form, else the text as it is (ISO 8601 in Atom)."""
    text = _first_text(elements, _DATES)
    if text is None:
        return None
    try:
        return email.utils.parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return text


def _feed_language(root: str, head: str) -> str | None:
    """Return the language that a feed declares for all its entries: `<language>` in its head, else `xml:lang` on its root."""
    match = re.search(r"<(?:dc:)?language>\s*([\w-]{2,35})\s*<", head) or re.search(r"\bxml:lang\s*=\s*[\"']([\w-]{2,35})[\"']", root)
    return match[1] if match else None


def _first_text(elements: _Elements, names: tuple[tuple[str, str], ...]) -> str | None:
    """Return the text of the first XML element that has any, trying the names in order; None where none has."""
    for name in names:
        for element in elements.get(name, ()):
            if text := "".join(element.itertext()).strip():
                return str(text)
    return None
