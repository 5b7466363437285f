"""Read RSS, Atom and RDF feeds (.rss, .atom, .rdf, .xml), including the long ones that blogs export, entry by entry.

A feed is split into its entries before any XML is parsed: an entry that is not well-formed does not affect others, memory is bounded by
the largest entry, and entities that a feed declares are never expanded.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, NamedTuple, cast

from saring.config.charset_labels import CODECS
from saring.read import charset, feed_entry, html, record_fields
from saring.read.page import too_large_rejection
from saring.read.rejection_messages import kept_sentence
from saring.read.scrape import RefusedError, Rejection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saring.read.compression import Stream
    from saring.read.declared_metadata import DeclaredMetadata
    from saring.read.scrape import Scrape

__all__ = ["SUFFIXES", "read"]

SUFFIXES = (".atom", ".rdf", ".rss", ".xml")

#: Bytes from which the charset and the root element are read.
_HEAD = 1 << 16
#: The fewest bytes that are read at a time.
_CHUNK = 1 << 18
#: Declarations, comments and the document type before the root element.
_PROLOGUE = re.compile(r"\s*(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\])?\s*>|\s+)*", re.DOTALL)
_ROOT = re.compile(r"<(?:[\w.-]+:)?([\w.-]+)[^>]*>")
_FEED_ROOTS = ("rss", "feed", "rdf")
#: Start of a CDATA section or comment, whose content may look like an entry; or the start or end tag of an entry.
_TOKEN = re.compile(r"<!\[CDATA\[|<!--|<(/?)(?:[\w.-]+:)?(?:item|entry)(?=[\s>/])[^>]*>")
_SECTION_ENDS = {"<![CDATA[": "]]>", "<!--": "-->"}
#: The longest token that the end of a chunk may cut in two.
_MAX_TOKEN = 1_024


class _EntryText(NamedTuple):
    """The XML of one feed entry, or None for an entry that is too long, and its size in characters."""

    xml: str | None
    size: int


def read(stream: Stream, source: str, defaults: DeclaredMetadata, limit: int) -> Iterator[Scrape | Rejection]:
    """Yield a scrape or a rejection for each entry of a feed.

    The text is the full content where the feed has it (`content:encoded`, Atom's `content`), else the description or summary. An entry
    declares its link as URL, its title, authors, date and language; the feed may declare the language for all entries.

    Args:
        stream: the decompressed file.
        source: its path in raw/; entries are `source#N`, N counted from 1.
        defaults: metadata for entries that declare none.
        limit: the most characters that an entry's XML may have.
    """
    splitter = _EntrySplitter(stream, limit)
    number = 0
    try:
        splitter.read_root()
        for number, entry in enumerate(splitter.entries(), 1):
            entry_source = f"{source}#{number}"
            if entry.xml is None:
                yield too_large_rejection(entry_source, limit, entry.size)
                continue
            try:
                xml, charset_name = splitter.decode_entry(entry.xml)
                record = feed_entry.entry_record(splitter.root, splitter.head, xml)
                yield record_fields.record_scrape(record, entry_source, charset_name, defaults)
            except RefusedError as error:
                yield Rejection(entry_source, error.reason, error.message, bytes=entry.size)
    except RefusedError as error:
        if not stream.damage:
            yield Rejection(source, error.reason, error.message)
            return
    if stream.damage:
        yield stream.damage.rejection_of_rest(source, number, "entry", "entries")
    elif splitter.is_truncated:
        message = f"The feed ends in the middle of an entry. Fetch it again.{kept_sentence(number, 'entry', 'entries')}"
        yield Rejection(source, "truncated", message)
    elif not number:
        yield Rejection(source, "empty", "The feed has no entries. Fetch it again or remove it.")


class _EntrySplitter:
    """Splits the text of a feed into entries while reading it, without parsing XML.

    Bytes that are not UTF-8 become surrogates, so that the charset of each entry can be detected.

    Attributes:
        root: the start tag of the root element.
        head: the text between it and the first entry.
        is_truncated: whether the feed ended within an entry.
    """

    def __init__(self, stream: Stream, limit: int) -> None:
        self._stream, self._limit = stream, limit
        head = stream.peek(_HEAD)
        self._declared = html.declared_charsets(head)
        self._head_bytes = head[: head.rfind(b">") + 1] if len(head) >= _HEAD else head
        self._decoder: codecs.IncrementalDecoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._charset = "utf-8"
        #: Text in memory, and the position up to which it has been searched for tags.
        self._text, self._position = "", 0
        #: Where the current entry starts, and how many of its characters were dropped because it is too long.
        self._entry_start, self._dropped = cast("int | None", None), 0
        self.root = self.head = ""
        self.is_truncated = False

    def read_root(self) -> None:
        """Determine the charset of the feed and find its root element.

        Raises:
            RefusedError: the file is empty or not a feed.
        """
        if not self._head_bytes:
            raise RefusedError("empty", "The file is empty. Fetch it again or remove it.")
        decoded, self._charset = charset.decode(self._head_bytes, self._declared)
        codec = CODECS[self._charset]
        if codec != "utf-8":
            self._decoder = codecs.getincrementaldecoder(codec)("replace")
        head = decoded.lstrip("\ufeff")
        prologue = _PROLOGUE.match(head)
        root = _ROOT.match(head, prologue.end() if prologue else 0)
        if not root or root[1].lower() not in _FEED_ROOTS:
            actual = f"<{root[1][:40]}>" if root else "no XML element"
            message = f"Expected a feed (<rss>, <feed> or <rdf:RDF>), found {actual}. Give the file the suffix of its format, or remove it."
            raise RefusedError("no-feed", message)
        self.root = root[0]

    def entries(self) -> Iterator[_EntryText]:
        """Yield the XML of each entry of the feed; the text before the first one becomes `head`."""
        while tag := self._next_tag():
            is_end_tag = bool(tag[1])
            if is_end_tag and self._entry_start is not None:
                size = self._dropped + self._position - self._entry_start
                yield _EntryText(None if size > self._limit else self._text[self._entry_start : self._position], size)
                self._text, self._position, self._entry_start = self._text[self._position :], 0, None
            elif not is_end_tag and not tag[0].endswith("/>") and self._entry_start is None:
                self._entry_start, self._dropped = tag.start(), 0
                self.head = self.head or self._text[: self._entry_start]
        self.is_truncated = self._entry_start is not None

    def _next_tag(self) -> re.Match[str] | None:
        """Return the next start or end tag of an entry outside of CDATA and comments, and move behind it; None at the end."""
        while True:
            token = _TOKEN.search(self._text, self._position)
            section_end = _SECTION_ENDS.get(token[0]) if token else None
            if token and not section_end:
                self._position = token.end()
                return token
            end = self._text.find(section_end, token.end()) if token and section_end else -1
            if section_end and end >= 0:
                self._position = end + len(section_end)
                continue
            self._position = token.start() if token else max(self._position, len(self._text) - _MAX_TOKEN)
            self._drop_text(token[0] if token else "")
            if not self._read_more():
                return None

    def _drop_text(self, open_section: str) -> None:
        """Drop text of the feed from memory: between entries, and of an entry or CDATA section that exceeds the limit already.

        Args:
            open_section: the start of the CDATA section or comment at the current position that has no end yet; may be empty.
        """
        if self._entry_start is None:
            if self.head or self._position > self._limit:
                self.head = self.head or self._text[: self._position]
                self._text, self._position = self._text[self._position :], 0
        elif self._position - self._entry_start > self._limit:
            self._dropped += self._position - self._entry_start
            self._text, self._position, self._entry_start = self._text[self._position :], 0, 0
        inside = self._position + len(open_section)
        if open_section and len(self._text) - inside > self._limit:
            tail = self._text[-2:]  # the mark that ends the section may be cut in two
            self._dropped += len(self._text) - inside - len(tail)
            self._text = self._text[:inside] + tail

    def decode_entry(self, xml: str) -> tuple[str, str]:
        """Return an entry's XML and the name of its charset; if its bytes are not UTF-8, decode them in the charset detected from them."""
        try:
            xml.encode()
        except UnicodeEncodeError:
            return charset.decode(xml.encode("utf-8", "surrogateescape"), self._declared)
        return xml, self._charset

    def _read_more(self) -> bool:
        """Append the next chunk of the feed to the text in memory; False at the end of the file."""
        data = self._stream.read(max(_CHUNK, len(self._text))) or b""
        self._text += self._decoder.decode(data, final=not data)
        return bool(data)
