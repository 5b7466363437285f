"""Read .txt and .md files, one page each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saring.read.page import decode_page, read_all
from saring.read.scrape import Rejection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saring.read.compression import Stream
    from saring.read.declared_metadata import DeclaredMetadata
    from saring.read.scrape import Scrape

__all__ = ["SUFFIXES", "read"]

SUFFIXES = (".md", ".txt")


def read(stream: Stream, source: str, metadata: DeclaredMetadata, limit: int) -> Iterator[Scrape | Rejection]:
    """Yield the scrape of a plain text file, or its rejection.

    Args:
        stream: the decompressed file.
        source: its path in raw/.
        metadata: declared by its sidecar and by corpus.toml.
        limit: the most bytes that it may have.
    """
    data = read_all(stream, source, limit)
    yield data if isinstance(data, Rejection) else decode_page(data, source, "text/plain", metadata)
