"""Feeds: RSS, Atom and RDF, in .rss, .atom, .rdf and .xml, also the long ones that blogs export.

A feed is cut into its entries before it is parsed: an entry that is no XML harms no other, memory is bounded by the largest entry, and no
entity that a feed declares is ever expanded.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, NamedTuple, cast

from saring.config.charset_labels import CODECS
from saring.core.plurals import counted
from saring.read import charset, feed_entry, html, record_fields
from saring.read.page import too_large_rejection
from saring.read.scrape import RefusedError, Rejection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saring.read.compression import Stream
    from saring.read.declared_metadata import DeclaredMetadata
    from saring.read.scrape import Scrape

__all__ = ["SUFFIXES", "read"]

SUFFIXES = (".atom", ".rdf", ".rss", ".xml")

_HEAD = 1 << 16
_CHUNK = 1 << 18
#: What stands before the first element.
_PROLOGUE = re.compile(r"\s*(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\])?\s*>|\s+)*", re.DOTALL)
_ROOT = re.compile(r"<(?:[\w.-]+:)?([\w.-]+)[^>]*>")
_FEEDS = ("rss", "feed", "rdf")
#: What begins something that may hold what looks like an entry, an entry, or ends one.
_TOKEN = re.compile(r"<!\[CDATA\[|<!--|<(/?)(?:[\w.-]+:)?(?:item|entry)(?=[\s>/])[^>]*>")
_ENDS = {"<![CDATA[": "]]>", "<!--": "-->"}
#: The longest token that may be cut in two by the end of what has been read.
_LONGEST = 1_024


class _Cut(NamedTuple):
    """A stretch of a feed: the text of an entry, or None for one that is too long, and its size."""

    text: str | None
    size: int


def read(stream: Stream, source: str, defaults: DeclaredMetadata, limit: int) -> Iterator[Scrape | Rejection]:
    """Yield a scrape or a rejection for each entry of a feed.

    Its text is the full content where the feed has it (`content:encoded`, Atom's `content`), else the description or summary. It states
    its link as URL, title, authors, date and language, the last also for the whole feed.

    Args:
        stream: the unpacked file.
        source: its path in raw/; entries are `source#N`, N counted from 1.
        defaults: what holds where an entry does not say.
        limit: the bytes that an entry may have.
    """
    text = _Text(stream, limit)
    number = 0
    try:
        text.begin()
        for number, cut in enumerate(text.entries(), 1):
            place = f"{source}#{number}"
            if cut.text is None:
                yield too_large_rejection(place, limit, cut.size)
                continue
            try:
                fragment, name = text.decoded(cut.text)
                yield record_fields.record_scrape(feed_entry.entry_record(text.root, text.head, fragment), place, name, defaults)
            except RefusedError as error:
                yield Rejection(place, error.reason, error.message, bytes=cut.size)
    except RefusedError as error:
        if not stream.damage:
            yield Rejection(source, error.reason, error.message)
            return
    kept = f" What stands in its first {counted(number, 'entry', 'entries')} is kept." if number else ""
    if stream.damage:
        yield stream.damage.rest(source, number, "entry", "entries")
    elif text.is_cut:
        yield Rejection(source, "truncated", f"It ends in the middle of an entry. Fetch it again, whole.{kept}")
    elif not number:
        yield Rejection(source, "empty", "It is a feed without entries. Fetch it again or remove it.")


class _Text:
    """The text of a feed. Bytes that are not UTF-8 become surrogates, so that the charset of each entry can be detected."""

    def __init__(self, stream: Stream, limit: int) -> None:
        self._stream, self._limit = stream, limit
        head = stream.peek(_HEAD)
        self._declared = html.declared_charsets(head)
        self._head = head[: head.rfind(b">") + 1] if len(head) >= _HEAD else head
        self._decoder: codecs.IncrementalDecoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._charset = "utf-8"
        #: What has been read; up to where it has been taken; where the entry begins that has no end yet, and what was dropped of it.
        self._text, self._at, self._start, self._dropped = "", 0, cast("int | None", None), 0
        #: The tag of the root element, what stands between it and the first entry, and whether the feed ends within an entry.
        self.root = self.head = ""
        self.is_cut = False

    def begin(self) -> None:
        """Read the root element.

        Raises:
            RefusedError: it is no feed.
        """
        if not self._head:
            raise RefusedError("empty", "It holds nothing. Fetch it again or remove it.")
        decoded, self._charset = charset.decode(self._head, self._declared)
        codec = CODECS[self._charset]
        if codec != "utf-8":
            self._decoder = codecs.getincrementaldecoder(codec)("replace")
        start = decoded.lstrip("\ufeff")
        before = _PROLOGUE.match(start)
        root = _ROOT.match(start, before.end() if before else 0)
        if not root or root[1].lower() not in _FEEDS:
            found = f"<{root[1][:40]}>" if root else "no element of XML"
            message = f"Expected a feed (<rss>, <feed> or <rdf:RDF>), found {found}. Give it the suffix of what it is, or remove it."
            raise RefusedError("no-feed", message)
        self.root = root[0]

    def entries(self) -> Iterator[_Cut]:
        """Yield the entries; what stands before the first becomes `head`."""
        while token := self._tag():
            if token[1] and self._start is not None:
                size = self._dropped + self._at - self._start
                yield _Cut(None if size > self._limit else self._text[self._start : self._at], size)
                self._text, self._at, self._start = self._text[self._at :], 0, None
            elif not token[1] and not token[0].endswith("/>") and self._start is None:
                self._start, self._dropped = token.start(), 0
                self.head = self.head or self._text[: self._start]
        self.is_cut = self._start is not None

    def _tag(self) -> re.Match[str] | None:
        """Take the text up to the end of the next tag of an entry, and return the tag; None where there is none any more."""
        while True:
            token = _TOKEN.search(self._text, self._at)
            end = _ENDS.get(token[0]) if token else None
            if token and not end:
                self._at = token.end()
                return token
            close = self._text.find(end, token.end()) if token and end else -1
            if end and close >= 0:
                self._at = close + len(end)
                continue
            self._at = token.start() if token else max(self._at, len(self._text) - _LONGEST)
            self._drop(token[0] if token else "")
            if not self._more():
                return None

    def _drop(self, opened: str) -> None:
        """Forget what has been taken, where nobody needs it: between entries, and of one that is too long already.

        Args:
            opened: what begins here and has no end yet, if anything.
        """
        if self._start is None:
            if self.head or self._at > self._limit:
                self.head = self.head or self._text[: self._at]
                self._text, self._at = self._text[self._at :], 0
        elif self._at - self._start > self._limit:
            self._dropped += self._at - self._start
            self._text, self._at, self._start = self._text[self._at :], 0, 0
        inside = self._at + len(opened)
        if opened and len(self._text) - inside > self._limit:
            kept = self._text[-2:]  # the end may be cut in two
            self._dropped += len(self._text) - inside - len(kept)
            self._text = self._text[:inside] + kept

    def decoded(self, text: str) -> tuple[str, str]:
        """Return an entry in its charset, and the name of that."""
        try:
            text.encode()
        except UnicodeEncodeError:
            return charset.decode(text.encode("utf-8", "surrogateescape"), self._declared)
        return text, self._charset

    def _more(self) -> bool:
        data = self._stream.read(max(_CHUNK, len(self._text))) or b""
        self._text += self._decoder.decode(data, final=not data)
        return bool(data)
