"""Pages that a browser saved as one file: .mhtml and .mht (RFC 2557), by the standard library."""

from __future__ import annotations

import email
import email.policy
import email.utils
import io
from email.errors import CloseBoundaryNotFoundDefect
from typing import TYPE_CHECKING

from saring.core import urls
from saring.read import html
from saring.read.declared_metadata import DeclaredMetadata, fill_missing, parse_moment
from saring.read.page import decode_page, too_large_rejection
from saring.read.scrape import Rejection

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message

    from saring.read.compression import Stream
    from saring.read.scrape import Scrape

__all__ = ["SUFFIXES", "read"]

SUFFIXES = (".mht", ".mhtml")

#: The pictures of a page stand in the same file: it may have so many times the bytes that its text may have.
_WITH_PICTURES = 8
_TEXT = ("text/html", "application/xhtml+xml", "text/plain")


def read(stream: Stream, source: str, stated: DeclaredMetadata, limit: int) -> Iterator[Scrape | Rejection]:
    """Yield the one page of a file, or its rejection.

    The page is the part that the file names as its start, else the first that is HTML, else the first that is text. It states the
    address it was saved from, and when it was saved (`added`).
    """
    data = io.BufferedReader(stream).read(_WITH_PICTURES * limit + 1)
    if len(data) > _WITH_PICTURES * limit:
        yield too_large_rejection(source, _WITH_PICTURES * limit)
        return
    if stream.damage:
        yield stream.damage.rejection(source)
        return
    try:
        message = email.message_from_bytes(data, policy=email.policy.compat32)
        part = _page(message)
        body = part.get_payload(decode=True) if part else None
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        yield Rejection(source, "bad-mhtml", f"It cannot be taken apart ({type(error).__name__}). Save the page again.", bytes=len(data))
        return
    if part is None or not isinstance(body, bytes) or not message.keys():
        found = f"only {message.get_content_type()[:60]}" if message.keys() else "none of its headers"
        yield Rejection(source, "bad-mhtml", f"Expected a page saved as MHTML, found {found}. Save it again, or as HTML.", bytes=len(data))
        return
    if part is list(message.walk())[-1] and any(isinstance(defect, CloseBoundaryNotFoundDefect) for defect in message.defects):
        yield Rejection(source, "truncated", "It ends in the middle of the page. Save it again.", bytes=len(data))
        return
    if len(body) > limit:
        yield too_large_rejection(source, limit, len(body))
        return
    label = part.get_param("charset")
    charset = label if isinstance(label, str) else None
    is_html = part.get_content_type() != "text/plain"
    about = fill_missing(stated, _stated(message, part))
    yield decode_page(
        body, source, "text/html" if is_html else "text/plain", about, [charset, *html.declared_charsets(body)] if is_html else [charset]
    )


def _page(message: Message) -> Message | None:
    parts = [part for part in message.walk() if part.get_content_type() in _TEXT and not part.is_multipart()]
    start = message.get_param("start")
    if isinstance(start, str) and (named := next((part for part in parts if _id(part.get("Content-ID")) == _id(start)), None)):
        return named
    return next((part for part in parts if part.get_content_type() != "text/plain"), parts[0] if parts else None)


def _id(value: object) -> str:
    return str(value or "").strip().strip("<>")


def _stated(message: Message, part: Message) -> DeclaredMetadata:
    places = (part.get("Content-Location"), message.get("Snapshot-Content-Location"), message.get("Content-Location"))
    url = next((cleaned for place in places if place and (cleaned := urls.clean_url("".join(str(place).split())))), None)
    try:
        saved = parse_moment(email.utils.parsedate_to_datetime(str(message["Date"])))[0] if message["Date"] else None
    except (ValueError, TypeError, IndexError, OverflowError):
        saved = None
    return DeclaredMetadata(url=url, added=saved)
