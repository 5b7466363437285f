"""Markup: .html, .htm and .xhtml."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from saring.read.page import decode_page, read_all
from saring.read.scrape import Rejection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saring.read.compression import Stream
    from saring.read.declared_metadata import DeclaredMetadata
    from saring.read.scrape import Scrape

__all__ = ["SUFFIXES", "declared_charsets", "read"]

SUFFIXES = (".htm", ".html", ".xhtml")

#: Browsers look at the first 1,024 bytes; content systems put more than that before the declaration, and the bytes are at hand.
_HEAD = 8192
_COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
_META = re.compile(rb"<meta\b[^<>]{0,500}?\bcharset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_XML = re.compile(rb"\A\s*<\?xml\b[^<>]{0,200}?\bencoding\s*=\s*[\"']([\w.:-]{1,40})")


def read(stream: Stream, source: str, stated: DeclaredMetadata, limit: int) -> Iterator[Scrape | Rejection]:
    """Yield the one scrape of an HTML file, or its rejection."""
    data = read_all(stream, source, limit)
    yield data if isinstance(data, Rejection) else decode_page(data, source, "text/html", stated, declared_charsets(data))


def declared_charsets(data: bytes) -> list[str]:
    """Return the charsets that markup declares, the XML declaration before `<meta>`.

    A declaration that can be read as ASCII is not in UTF-16, so one that says so means UTF-8 (WHATWG HTML, 13.2.3.2).

    >>> declared_charsets(b'<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1">')
    ['iso-8859-1']
    """
    head = _COMMENT.sub(b"", data[:_HEAD])
    labels = [match[1].decode("ascii", "replace") for pattern in (_XML, _META) if (match := pattern.search(head))]
    return ["utf-8" if label.lower().startswith("utf-16") else label for label in labels]
