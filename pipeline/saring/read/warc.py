"""Web archives: .warc, and .wet with their texts (ISO 28500)."""

from __future__ import annotations

import io
import zlib
from typing import TYPE_CHECKING, Any

from fastwarc.stream_io import BrotliReader, ChunkedReader, GzipReader, ZstdReader
from fastwarc.warc import ArchiveIterator, WarcRecordType

from saring.core import urls
from saring.read import html
from saring.read.declared_metadata import DeclaredMetadata, fill_missing, parse_moment
from saring.read.page import decode_page, too_large_rejection
from saring.read.scrape import Rejection, sha256_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from saring.read.compression import Stream
    from saring.read.scrape import Scrape

__all__ = ["SUFFIXES", "read"]

SUFFIXES = (".warc", ".wet")

_PAGES = WarcRecordType.response | WarcRecordType.resource | WarcRecordType.conversion
_PASSED_OVER = WarcRecordType.warcinfo | WarcRecordType.request | WarcRecordType.metadata | WarcRecordType.revisit
_MEDIA = {"text/html": "text/html", "application/xhtml+xml": "text/html", "text/plain": "text/plain"}
_ENCODINGS = {"br": BrotliReader, "gzip": GzipReader, "x-gzip": GzipReader, "zstd": ZstdReader}
_OK = range(200, 300)
#: Bytes of a record that are skipped at a time.
_SKIPPED = 1 << 16


def read(stream: Stream, source: str, defaults: DeclaredMetadata, limit: int) -> Iterator[Scrape | Rejection]:
    """Yield a scrape or a rejection for each response, resource and conversion record.

    Records about other records (warcinfo, request, metadata, revisit) are passed over; those of another type are rejections.

    What a record states: its URL (`WARC-Target-URI`) and when it was added (`WARC-Date`). Answers that are no success are
    rejections (`status`), and so are records that are neither HTML nor flat text (`media-type`).

    Args:
        stream: the unpacked file.
        source: its path in raw/; records are `source#N`, N counting all records from 1.
        defaults: what holds where a record does not say.
        limit: the bytes that a record may have.
    """
    # Quirks: go on at the next record after damage between two. Content is decoded below: left to the iterator, one record with a
    # false Content-Encoding would end the archive.
    records = ArchiveIterator(stream, record_types=WarcRecordType.any_type, stream_detect=False, quirks_mode=True, auto_decode="none")
    whole = 0
    try:
        for number, record in enumerate(records, 1):
            is_whole = True
            if record.record_type & _PAGES:
                is_whole = yield from _scrape(record, f"{source}#{number}", defaults, limit, stream)
            elif record.record_type & _PASSED_OVER:
                is_whole = not stream.damage or _is_whole(record)
            else:
                message = f"Its WARC-Type is {(record.headers.get('WARC-Type') or 'not stated')[:80]!r}: nothing can be said of what it holds. Fetch it again."
                yield Rejection(f"{source}#{number}", "bad-warc", message)
            if is_whole:
                whole = number
    except OSError as error:
        message = f"It is damaged after record {whole} ({error}). Fetch it again; what came before is kept."
        yield Rejection(source, "bad-warc", message)
    if stream.damage:
        yield stream.damage.rest(source, whole, "record")
    elif not whole:
        yield Rejection(source, "bad-warc", "It holds no WARC record. Fetch it again, or give it the suffix of what it is.")


def _is_whole(record: Any) -> bool:  # noqa: ANN401 - untyped library
    """Whether all of a record that nobody read yet is there."""
    size = 0
    while part := record.reader.read(_SKIPPED):
        size += len(part)
    return size >= int(record.content_length)


def _scrape(
    record: Any,  # noqa: ANN401 - untyped library
    place: str,
    defaults: DeclaredMetadata,
    limit: int,
    stream: Stream,
) -> Generator[Scrape | Rejection, None, bool]:
    """Yield the scrape or the rejection of a record; return whether all of it was there."""
    expected = record.content_length
    body = _read(record.reader, min(expected, limit) + 1)
    if len(body) > limit:
        yield too_large_rejection(place, limit, expected)
        return not stream.damage
    if len(body) < expected:
        if not stream.damage:  # else it belongs to the rest, which is named there
            message = f"The file ends after {len(body)} of its {expected} bytes. Fetch it again, whole."
            yield Rejection(place, "truncated", message, sha256_of(body), len(body))
        return False
    http = record.http_headers
    if http is not None and http.status_code is not None and http.status_code not in _OK:
        message = f"The server answered {http.status_code}, expected a success (2xx). Fetch it again or leave it."
        yield Rejection(place, "status", message, sha256_of(body), len(body))
        return True
    body = _decoded(body, http, limit) if http is not None else body
    if len(body) > limit:
        yield too_large_rejection(place, limit)
        return True
    media, label = _media(http if http is not None else record.headers, body)
    if media not in _MEDIA:
        message = f"Its media type is {media[:80] or 'not stated'!r}, expected one of {', '.join(_MEDIA)}. Nothing to do: it is no page."
        yield Rejection(place, "media-type", message, sha256_of(body), len(body))
        return True
    url = (record.headers.get("WARC-Target-URI") or "").strip("<>")
    stated = DeclaredMetadata(url=urls.clean_url(url), added=parse_moment(record.headers.get("WARC-Date"))[0])
    declared = [label, *html.declared_charsets(body)] if _MEDIA[media] == "text/html" else [label]
    yield decode_page(body, place, _MEDIA[media], fill_missing(stated, defaults), declared)
    return True


def _media(headers: Any, body: bytes) -> tuple[str, str | None]:  # noqa: ANN401 - untyped library
    """Return the media type and the charset that a record declares; markup without a declaration is known by its start."""
    media, *parameters = (headers.get("Content-Type") or "").split(";")
    if not media.strip() and body[:1024].lstrip().lower().startswith((b"<!doctype html", b"<html")):
        media = "text/html"
    pairs = (part.partition("=") for part in parameters)
    label = next((value.strip(" \t\"'") for key, _, value in pairs if key.strip().lower() == "charset"), None)
    return media.strip().lower(), label


def _decoded(body: bytes, http: Any, limit: int) -> bytes:  # noqa: ANN401 - untyped library
    """Undo transfer and content encoding.

    Many archives hold the decoded body under the headers of the encoded one, so what does not decode is taken as it is; if it is
    encoded after all, it is refused as binary.
    """
    if "chunked" in (http.get("Transfer-Encoding") or "").lower():
        body = _through(ChunkedReader, body, limit)
    for encoding in reversed((http.get("Content-Encoding") or "").lower().split(",")):
        name = encoding.strip()
        if name == "deflate":
            body = _inflated(body, limit)
        elif name in _ENCODINGS:
            body = _through(_ENCODINGS[name], body, limit)
    return body


def _through(reader: Any, body: bytes, limit: int) -> bytes:  # noqa: ANN401 - untyped library
    try:
        return _read(reader(io.BytesIO(body)), limit + 1)
    except OSError:
        return body


def _inflated(body: bytes, limit: int) -> bytes:
    for wbits in (zlib.MAX_WBITS, -zlib.MAX_WBITS):  # servers send both
        try:
            return zlib.decompressobj(wbits=wbits).decompress(body, limit + 1)
        except zlib.error:
            continue
    return body


def _read(reader: Any, size: int) -> bytes:  # noqa: ANN401 - untyped library
    parts, left = [], size
    while left > 0 and (part := reader.read(left)):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)
