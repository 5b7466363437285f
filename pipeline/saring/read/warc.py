"""Read web archives: .warc files of HTTP responses (ISO 28500), and Common Crawl's .wet files of extracted texts."""

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

#: Record types that hold pages, and those about other records, which are skipped.
_PAGE_TYPES = WarcRecordType.response | WarcRecordType.resource | WarcRecordType.conversion
_SKIPPED_TYPES = WarcRecordType.warcinfo | WarcRecordType.request | WarcRecordType.metadata | WarcRecordType.revisit
#: Media types that are read -> the media type of the scrape.
_MEDIA_TYPES = {"text/html": "text/html", "application/xhtml+xml": "text/html", "text/plain": "text/plain"}
#: Name of an HTTP content encoding -> fastwarc's reader that decodes it.
_CONTENT_DECODERS = {"br": BrotliReader, "gzip": GzipReader, "x-gzip": GzipReader, "zstd": ZstdReader}
_OK = range(200, 300)
#: Bytes that are read at a time of a record that is skipped.
_CHUNK = 1 << 16


def read(stream: Stream, source: str, defaults: DeclaredMetadata, limit: int) -> Iterator[Scrape | Rejection]:
    """Yield a scrape or a rejection for each response, resource and conversion record of a WARC file.

    Records about other records (warcinfo, request, metadata, revisit) are skipped; those of an unknown type are rejections.

    A record declares its URL (`WARC-Target-URI`) and when it was added (`WARC-Date`). HTTP responses without a success status are
    rejections (`status`), and so are records that are neither HTML nor plain text (`media-type`).

    Args:
        stream: the decompressed file.
        source: its path in raw/; records are `source#N`, N counting all records from 1.
        defaults: metadata for records that declare none.
        limit: the most bytes that a record may have.
    """
    # Quirks mode continues at the next record after damage between two. Content is decoded below: left to the iterator, one record with a
    # false Content-Encoding would end the archive.
    records = ArchiveIterator(stream, record_types=WarcRecordType.any_type, stream_detect=False, quirks_mode=True, auto_decode="none")
    complete = 0
    try:
        for number, record in enumerate(records, 1):
            is_complete = True
            if record.record_type & _PAGE_TYPES:
                is_complete = yield from _read_record(record, f"{source}#{number}", defaults, limit, stream)
            elif record.record_type & _SKIPPED_TYPES:
                is_complete = not stream.damage or _is_complete(record)
            else:
                record_type = record.headers.get("WARC-Type")
                actual = repr(record_type[:80]) if record_type else "none"
                message = f"Expected a record type (WARC-Type) of the WARC standard, found {actual}. Fetch it again."
                yield Rejection(f"{source}#{number}", "bad-warc", message)
            if is_complete:
                complete = number
    except OSError as error:
        message = f"The archive is damaged after record {complete} ({error}). Fetch it again; the records before are kept."
        yield Rejection(source, "bad-warc", message)
    if stream.damage:
        yield stream.damage.rejection_of_rest(source, complete, "record")
    elif not complete:
        message = "The file contains no WARC record. Fetch it again, or give it the suffix of its format."
        yield Rejection(source, "bad-warc", message)


def _is_complete(record: Any) -> bool:  # noqa: ANN401 - untyped library
    """Skip a WARC record and tell whether it had as many bytes as its header declares."""
    size = 0
    while chunk := record.reader.read(_CHUNK):
        size += len(chunk)
    return size >= int(record.content_length)


def _read_record(
    record: Any,  # noqa: ANN401 - untyped library
    record_source: str,
    defaults: DeclaredMetadata,
    limit: int,
    stream: Stream,
) -> Generator[Scrape | Rejection, None, bool]:
    """Yield the scrape or the rejection of a WARC record that holds a page; return whether all bytes of the record were there.

    A record that is cut by damage of the stream yields nothing: the rejection of the rest covers it.
    """
    expected_size = record.content_length
    body = _read_up_to(record.reader, min(expected_size, limit) + 1)
    if len(body) > limit:
        yield too_large_rejection(record_source, limit, expected_size)
        return not stream.damage
    if len(body) < expected_size:
        if not stream.damage:
            message = f"The file ends after {len(body):,} of the record's {expected_size:,} bytes. Fetch it again."
            yield Rejection(record_source, "truncated", message, sha256_of(body), len(body))
        return False
    http = record.http_headers
    if http is not None and http.status_code is not None and http.status_code not in _OK:
        message = f"Expected a successful response (2xx), found the HTTP status {http.status_code}. Fetch the page again, or ignore this."
        yield Rejection(record_source, "status", message, sha256_of(body), len(body))
        return True
    body = _decode_body(body, http, limit) if http is not None else body
    if len(body) > limit:
        yield too_large_rejection(record_source, limit)
        return True
    media_type, label = _declared_type(http if http is not None else record.headers, body)
    if media_type not in _MEDIA_TYPES:
        actual = repr(media_type[:80]) if media_type else "none"
        message = f"Expected one of the media types {', '.join(_MEDIA_TYPES)}, found {actual}. Ignore this: it is not a page of text."
        yield Rejection(record_source, "media-type", message, sha256_of(body), len(body))
        return True
    url = (record.headers.get("WARC-Target-URI") or "").strip("<>")
    metadata = DeclaredMetadata(url=urls.clean_url(url), added=parse_moment(record.headers.get("WARC-Date"))[0])
    declared = [label, *html.declared_charsets(body)] if _MEDIA_TYPES[media_type] == "text/html" else [label]
    yield decode_page(body, record_source, _MEDIA_TYPES[media_type], fill_missing(metadata, defaults), declared)
    return True


def _declared_type(headers: Any, body: bytes) -> tuple[str, str | None]:  # noqa: ANN401 - untyped library
    """Return the media type and the charset label of the Content-Type header; HTML without that header is recognised by its start."""
    media_type, *parameters = (headers.get("Content-Type") or "").split(";")
    if not media_type.strip() and body[:1024].lstrip().lower().startswith((b"<!doctype html", b"<html")):
        media_type = "text/html"
    pairs = (part.partition("=") for part in parameters)
    label = next((value.strip(" \t\"'") for key, _, value in pairs if key.strip().lower() == "charset"), None)
    return media_type.strip().lower(), label


def _decode_body(body: bytes, http: Any, limit: int) -> bytes:  # noqa: ANN401 - untyped library
    """Undo the transfer and content encodings of an HTTP body; at most `limit` + 1 bytes are decoded.

    Many archives hold the decoded body under the headers of the encoded one, so a body that cannot be decoded is taken as it is; if it
    is encoded after all, it is refused as binary later.
    """
    if "chunked" in (http.get("Transfer-Encoding") or "").lower():
        body = _decode_with(ChunkedReader, body, limit)
    for encoding in reversed((http.get("Content-Encoding") or "").lower().split(",")):
        name = encoding.strip()
        if name == "deflate":
            body = _inflate(body, limit)
        elif name in _CONTENT_DECODERS:
            body = _decode_with(_CONTENT_DECODERS[name], body, limit)
    return body


def _decode_with(decoder: Any, body: bytes, limit: int) -> bytes:  # noqa: ANN401 - untyped library
    """Decode an HTTP body with one of fastwarc's readers, up to `limit` + 1 bytes; return the body unchanged if that reader cannot decode it."""
    try:
        return _read_up_to(decoder(io.BytesIO(body)), limit + 1)
    except OSError:
        return body


def _inflate(body: bytes, limit: int) -> bytes:
    """Decode the content encoding `deflate`, up to `limit` + 1 bytes; return the body unchanged if it cannot be decoded.

    Servers send both the zlib format, which the standard means, and raw deflate data.
    """
    for wbits in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
        try:
            return zlib.decompressobj(wbits=wbits).decompress(body, limit + 1)
        except zlib.error:
            continue
    return body


def _read_up_to(reader: Any, size: int) -> bytes:  # noqa: ANN401 - untyped library
    """Read `size` bytes from a reader that may return fewer at a time; fewer at its end."""
    chunks, remaining = [], size
    while remaining > 0 and (chunk := reader.read(remaining)):
        chunks.append(chunk)
        remaining -= len(chunk)
    return b"".join(chunks)
