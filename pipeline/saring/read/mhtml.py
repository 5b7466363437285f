"""Read pages that a browser saved as one file, .mhtml and .mht (RFC 2557), with the standard library's e-mail parser."""

from __future__ import annotations

import email
import email.policy
import email.utils
from email.errors import CloseBoundaryNotFoundDefect
from typing import TYPE_CHECKING

from saring.core import urls
from saring.read import html
from saring.read.declared_metadata import DeclaredMetadata, fill_missing, parse_moment
from saring.read.page import SIZE_WITH_IMAGES, decode_page, read_all, too_large_rejection
from saring.read.scrape import Rejection

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message

    from saring.read.compression import Stream
    from saring.read.scrape import Scrape

__all__ = ["SUFFIXES", "read"]

SUFFIXES = (".mht", ".mhtml")

_TEXT_TYPES = ("text/html", "application/xhtml+xml", "text/plain")


def read(stream: Stream, source: str, metadata: DeclaredMetadata, limit: int) -> Iterator[Scrape | Rejection]:
    """Yield the one page of an MHTML file, or its rejection.

    The page is the part that the file names as its start, else the first HTML part, else the first text part. It declares the URL that
    it was saved from, and when it was saved (`added`).

    Args:
        stream: the decompressed file.
        source: its path in raw/.
        metadata: declared by its sidecar and by corpus.toml.
        limit: the most bytes that the page's HTML may have; the complete file, with its images, may have eight times as many.
    """
    data = read_all(stream, source, SIZE_WITH_IMAGES * limit)
    if isinstance(data, Rejection):
        yield data
        return
    try:
        message = email.message_from_bytes(data, policy=email.policy.compat32)
        part = _main_part(message)
        body = part.get_payload(decode=True) if part else None
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        yield Rejection(
            source, "bad-mhtml", f"The file cannot be parsed as MHTML ({type(error).__name__}). Save the page again.", bytes=len(data)
        )
        return
    if part is None or not isinstance(body, bytes) or not message.keys():
        actual = f"only {message.get_content_type()[:60]}" if message.keys() else "none of its headers"
        yield Rejection(source, "bad-mhtml", f"Expected a page saved as MHTML, found {actual}. Save it again, or as HTML.", bytes=len(data))
        return
    if part is list(message.walk())[-1] and any(isinstance(defect, CloseBoundaryNotFoundDefect) for defect in message.defects):
        yield Rejection(source, "truncated", "The file ends in the middle of the page. Save it again.", bytes=len(data))
        return
    if len(body) > limit:
        yield too_large_rejection(source, limit, len(body))
        return
    label = part.get_param("charset")
    charset = label if isinstance(label, str) else None
    is_html = part.get_content_type() != "text/plain"
    declared = [charset, *html.declared_charsets(body)] if is_html else [charset]
    media_type = "text/html" if is_html else "text/plain"
    yield decode_page(body, source, media_type, fill_missing(metadata, _own_metadata(message, part)), declared)


def _main_part(message: Message) -> Message | None:
    """Return the part of a MIME message that is the page; None where it has no text part."""
    parts = [part for part in message.walk() if part.get_content_type() in _TEXT_TYPES and not part.is_multipart()]
    start = message.get_param("start")
    if isinstance(start, str):
        start_part = next((part for part in parts if _content_id(part.get("Content-ID")) == _content_id(start)), None)
        if start_part:
            return start_part
    return next((part for part in parts if part.get_content_type() != "text/plain"), parts[0] if parts else None)


def _content_id(value: object) -> str:
    """Return the content id in a MIME header without its angle brackets."""
    return str(value or "").strip().strip("<>")


def _own_metadata(message: Message, part: Message) -> DeclaredMetadata:
    """Return the URL and the time of saving that the headers of an MHTML file declare."""
    locations = (part.get("Content-Location"), message.get("Snapshot-Content-Location"), message.get("Content-Location"))
    url = next((cleaned for location in locations if location and (cleaned := urls.clean_url("".join(str(location).split())))), None)
    try:
        saved = parse_moment(email.utils.parsedate_to_datetime(str(message["Date"])))[0] if message["Date"] else None
    except (ValueError, TypeError, IndexError, OverflowError):
        saved = None
    return DeclaredMetadata(url=url, added=saved)
