"""Read .html, .htm and .xhtml files, one page each, and find the charsets that markup declares."""

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

#: Bytes that are searched for a declaration. Browsers search the first 1,024; content management systems put more than that before it.
_HEAD = 8192
_COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
_META = re.compile(rb"<meta\b[^<>]{0,500}?\bcharset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_XML = re.compile(rb"\A\s*<\?xml\b[^<>]{0,200}?\bencoding\s*=\s*[\"']([\w.:-]{1,40})")


def read(stream: Stream, source: str, metadata: DeclaredMetadata, limit: int) -> Iterator[Scrape | Rejection]:
    """Yield the scrape of an HTML file, or its rejection.

    Args:
        stream: the decompressed file.
        source: its path in raw/.
        metadata: declared by its sidecar and by corpus.toml.
        limit: the most bytes that it may have.
    """
    data = read_all(stream, source, limit)
    yield data if isinstance(data, Rejection) else decode_page(data, source, "text/html", metadata, declared_charsets(data))


def declared_charsets(data: bytes) -> list[str]:
    """Return the charset labels that HTML declares: that of the XML declaration, then that of `<meta>`.

    Markup in which a declaration can be read as ASCII is not UTF-16, so a label of UTF-16 means UTF-8 (WHATWG HTML, 13.2.3.2).

    >>> declared_charsets(b'<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1">')
    ['iso-8859-1']
    """
    head = _COMMENT.sub(b"", data[:_HEAD])
    labels = [match[1].decode("ascii", "replace") for pattern in (_XML, _META) if (match := pattern.search(head))]
    return ["utf-8" if label.lower().startswith("utf-16") else label for label in labels]
