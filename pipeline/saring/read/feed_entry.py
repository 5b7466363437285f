"""One entry of a feed -> a record: its parts under the names that records have."""

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

#: The parts of an entry, by the module that they belong to; of several the first counts. Media and podcasts have titles and
#: descriptions of their own, which are those of files.
_CORE, _CONTENT, _DUBLIN = "core", "content", "dc"
_MODULES = {
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
_BODIES = ((_CONTENT, "encoded"), (_CORE, "content"), (_CORE, "description"), (_CORE, "summary"), (_DUBLIN, "description"))
_DATES = (
    *((_CORE, name) for name in ("pubdate", "published", "issued")),
    (_DUBLIN, "date"),
    *((_CORE, name) for name in ("updated", "modified")),
)
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_CDATA_OR_AMPERSAND = re.compile(r"(<!\[CDATA\[.*?\]\]>)|&(#?\w{1,32};)?", re.DOTALL)
#: What XML itself declares; other names are those of HTML, which feeds use without declaring them.
_DECLARED = ("amp;", "lt;", "gt;", "quot;", "apos;")
#: Characters that XML cannot hold.
_CONTROLS = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF])
_DECLARATION = re.compile(r"(?<=[\w\"']) xmlns(?::[\w.-]+)?=(?:\"[^\"<>]*\"|'[^'<>]*')")
_TAG = re.compile(r"<[^<>]*>")
#: RSS names an author as `address (name)`.
_ADDRESS = re.compile(r"\S+@\S+\s*\((.+)\)\s*")

_Parts = dict[tuple[str, str], list[Any]]


def entry_record(root: str, head: str, text: str) -> dict[str, Any]:
    """Return the fields of an entry.

    Args:
        root: the tag of the feed's root, which declares its namespaces.
        head: what stands between it and the first entry.
        text: the entry.

    Raises:
        RefusedError: it cannot be parsed, or has no content.
    """
    tree = _parsed(root, text)
    found = next((element for element in tree.iter() if _part(element)[1] in ("item", "entry")), None) if tree is not None else None
    if found is None:
        raise RefusedError("bad-xml", "It is no XML. Correct it or fetch the feed again.")
    parts = _parts(found)
    fields: dict[str, Any] = _body(parts)
    if not fields:
        names = ", ".join(sorted({name for _, name in parts})[:12]) or "nothing"
        raise RefusedError("no-text", f"Expected content, description or summary, found {names}. Fetch the page that it links to.")
    fields |= {"url": _link(parts), "title": _title(parts), "authors": _authors(parts), "created": _date(parts)}
    fields["language"] = _first(parts, ((_DUBLIN, "language"),)) or found.get(_LANG) or _language(root, head)
    return {name: value for name, value in fields.items() if value}


def _parsed(root: str, text: str) -> Any:  # noqa: ANN401 - untyped library
    # The text is bounded, and without a DTD there is nothing to expand.
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True, encoding="utf-8")
    name = root[1:].split(None, 1)[0].rstrip("/>")
    whole = f"{root.removesuffix('/>').removesuffix('>')}>{text}</{name}>".translate(_CONTROLS)
    try:
        return etree.fromstring(_CDATA_OR_AMPERSAND.sub(_reference, whole).encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _reference(match: re.Match[str]) -> str:
    """Return a reference that XML knows, for an ampersand that stands alone too."""
    if match[1]:
        return match[1]
    name = match[2]
    if name is None:
        return "&amp;"
    if name in _DECLARED or name.startswith("#"):
        return match[0]
    char = html.unescape(match[0])
    return f"&amp;{name}" if char == match[0] else char


def _part(element: Any) -> tuple[str, str]:  # noqa: ANN401
    """Return the module and the local name of an element."""
    if not isinstance(element.tag, str):  # a comment
        return "", ""
    namespace, _, name = element.tag.rpartition("}")
    prefix, _, local = name.rpartition(":")  # a prefix that the feed does not declare
    module = prefix if prefix in (_CONTENT, _DUBLIN) else _MODULES.get(namespace.lstrip("{"), "")
    return module, local.lower()


def _parts(found: Any) -> _Parts:  # noqa: ANN401
    parts: _Parts = {}
    for child in found:
        parts.setdefault(_part(child), []).append(child)
    return parts


def _body(parts: _Parts) -> dict[str, str]:
    """Return the text of an entry as `html` or `text`."""
    for part in _BODIES:
        for element in parts.get(part, ()):
            kind = (element.get("type") or ("text" if part[0] == _CORE and part[1] in ("content", "summary") else "html")).lower()
            if "xhtml" in kind:
                markup = _markup(element)
                if markup.strip():
                    return {"html": markup}
            text = "".join(element.itertext()).strip()
            if not text or element.get("src") or not any(word in kind for word in ("text", "html")):
                continue
            is_html = "html" in kind and ("<" in text or "&" in text)
            return {"html" if is_html else "text": text}
    return {}


def _markup(element: Any) -> str:  # noqa: ANN401
    """Return what is in an element as HTML without prefixes."""
    for inner in element.iter():
        if isinstance(inner.tag, str):
            inner.tag = inner.tag.rpartition("}")[2].rpartition(":")[2]
    inside = "".join(etree.tostring(child, encoding="unicode", method="html") for child in element)
    return (element.text or "") + _DECLARATION.sub("", inside)


def _link(parts: _Parts) -> str | None:
    for element in parts.get((_CORE, "link"), ()):
        target = element.get("href") if element.get("rel", "alternate") == "alternate" else None
        if target or (element.text or "").strip():
            return str(target or element.text).strip()
    guid = next(iter(parts.get((_CORE, "guid"), ())), None)
    permanent = guid is not None and guid.get("isPermaLink", "true").lower() == "true"
    return (guid.text or "").strip() or None if permanent and guid is not None else None


def _title(parts: _Parts) -> str | None:
    """Return the title without markup, which many feeds escape in it."""
    title = _first(parts, ((_CORE, "title"), (_DUBLIN, "title")))
    return " ".join(html.unescape(_TAG.sub("", title)).split()) if title else None


def _authors(parts: _Parts) -> list[str]:
    found = []
    for element in (*parts.get((_CORE, "author"), ()), *parts.get((_DUBLIN, "creator"), ())):
        names = [child for child in element if _part(child)[1] == "name"]
        text = "".join((names[0] if names else element).itertext()).strip()
        match = _ADDRESS.fullmatch(text)
        name = match[1].strip() if match else text
        if name and "@" not in name and name not in found:
            found.append(name)
    return found


def _date(parts: _Parts) -> dt.datetime | str | None:
    text = _first(parts, _DATES)
    if text is None:
        return None
    try:
        return email.utils.parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return text  # ISO 8601, in Atom


def _language(root: str, head: str) -> str | None:
    stated = re.search(r"<(?:dc:)?language>\s*([\w-]{2,35})\s*<", head) or re.search(r"\bxml:lang\s*=\s*[\"']([\w-]{2,35})[\"']", root)
    return stated[1] if stated else None


def _first(parts: _Parts, wanted: tuple[tuple[str, str], ...]) -> str | None:
    for part in wanted:
        for element in parts.get(part, ()):
            if text := "".join(element.itertext()).strip():
                return str(text)
    return None
