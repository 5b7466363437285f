"""Flat text: .txt and .md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.read.found import Rejection
from pipeline.read.page import page, whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.read.compression import Stream
    from pipeline.read.found import Scrape
    from pipeline.read.stated import Stated

__all__ = ["SUFFIXES", "read"]

SUFFIXES = (".md", ".txt")


def read(stream: Stream, source: str, stated: Stated, limit: int) -> Iterator[Scrape | Rejection]:
    """Yield the one scrape of a text file, or its rejection."""
    data = whole(stream, source, limit)
    yield data if isinstance(data, Rejection) else page(data, source, "text/plain", stated)
