"""Turn the bytes of one page into a scrape or a rejection; shared by the readers of text, HTML, MHTML and WARC files."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from saring.read import charset
from saring.read.scrape import RefusedError, Rejection, Scrape, sha256_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saring.read.compression import Stream
    from saring.read.declared_metadata import DeclaredMetadata

__all__ = ["SIZE_WITH_IMAGES", "decode_page", "read_all", "too_large_rejection"]

#: A file that contains the images of its page (MHTML, PDF, Word, EPUB) may be so many times as large as the text of a page may be. A judgement.
SIZE_WITH_IMAGES = 8


def read_all(stream: Stream, source: str, limit: int) -> bytes | Rejection:
    """Read a file that holds one page; return all of its bytes, or its rejection where it is damaged or has more than `limit` bytes."""
    data = io.BufferedReader(stream).read(limit + 1)
    if len(data) > limit:
        return too_large_rejection(source, limit)
    if stream.damage:
        return stream.damage.rejection(source)
    return data


def too_large_rejection(source: str, limit: int, size: int | None = None) -> Rejection:
    """Return the rejection of a scrape that exceeds the limit `[build] scrape_bytes`; its size may be unknown."""
    actual = f"{size:,} bytes, expected at most {limit:,}" if size is not None else f"more than the {limit:,} bytes that are allowed"
    message = f"It has {actual}. Split it, or raise [build] scrape_bytes in corpus.toml."
    return Rejection(source, "too-large", message, bytes=size)


def decode_page(
    data: bytes, source: str, media_type: str, metadata: DeclaredMetadata, declared: Sequence[str | None] = ()
) -> Scrape | Rejection:
    """Decode the bytes of one page into a scrape; return a rejection where they are empty, binary or of an uncertain charset.

    Args:
        data: the bytes, decompressed.
        source: the page's path in raw/, with `#N` in a container.
        media_type: `text/plain` or `text/html`.
        metadata: its declared metadata; a charset in it, from the maintainer, wins over `declared`.
        declared: charset labels that the page itself declares, the strongest first.
    """
    sha256, size = sha256_of(data), len(data)
    try:
        content, charset_name = charset.decode(data, declared, metadata.charset)
    except RefusedError as error:
        return Rejection(source, error.reason, error.message, sha256, size)
    if not content or content.isspace():
        actual = "contains only white space" if data else "is empty"
        return Rejection(source, "empty", f"The page {actual}. Fetch it again or remove it.", sha256, size)
    return Scrape(source, media_type, charset_name, sha256, size, content, metadata)
