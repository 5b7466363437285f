"""The bytes of one page -> a scrape or a rejection: what text, HTML and WARC have in common."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from saring.read import charset
from saring.read.scrape import RefusedError, Rejection, Scrape, sha256_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saring.read.compression import Stream
    from saring.read.declared_metadata import DeclaredMetadata

__all__ = ["decode_page", "read_all", "too_large_rejection"]


def read_all(stream: Stream, source: str, limit: int) -> bytes | Rejection:
    """Return all bytes of a stream, or why not; never holds more than `limit` of them."""
    data = io.BufferedReader(stream).read(limit + 1)
    if len(data) > limit:
        return too_large_rejection(source, limit)
    if stream.damage:
        return stream.damage.rejection(source)
    return data


def too_large_rejection(source: str, limit: int, size: int | None = None) -> Rejection:
    """Return the rejection of a scrape beyond `[build] scrape_bytes`."""
    found = f"{size:,} bytes" if size is not None else "more"
    message = f"It has {found}, expected at most {limit:,}. Split it, or raise [build] scrape_bytes in corpus.toml."
    return Rejection(source, "too-large", message, bytes=size)


def decode_page(
    data: bytes, source: str, media_type: str, stated: DeclaredMetadata, declared: Sequence[str | None] = ()
) -> Scrape | Rejection:
    """Decode one page.

    Args:
        data: its bytes, unpacked.
        source: its path in raw/, with `#N` in a container.
        media_type: `text/plain` or `text/html`.
        stated: what is known about it, perhaps its charset, which wins over `declared`.
        declared: the labels of its charset, the strongest first.
    """
    sha256, size = sha256_of(data), len(data)
    try:
        content, name = charset.decode(data, declared, stated.charset)
    except RefusedError as error:
        return Rejection(source, error.reason, error.message, sha256, size)
    if not content or content.isspace():
        found = "only white space" if data else "nothing"
        return Rejection(source, "empty", f"It holds {found}. Fetch it again or remove it.", sha256, size)
    return Scrape(source, media_type, name, sha256, size, content, stated)
