"""pipeline/saring/read/plain_text.py: a .txt or .md file is one page of plain text."""

from __future__ import annotations

import io

import pytest

from saring.read import plain_text
from saring.read.compression import Stream
from saring.read.declared_metadata import NO_METADATA
from saring.read.scrape import Rejection, Scrape, sha256_of


def read(data: bytes, limit: int = 1_000) -> Scrape | Rejection:
    """Return the one result for a file with these bytes."""
    stream = Stream(io.BufferedReader(io.BytesIO(data)), "")
    (result,) = plain_text.read(stream, "a.md", NO_METADATA._replace(title="T"), limit)
    return result


@pytest.mark.parametrize("text", ["x", "# Judul\n\n<b>Isi</b> & lain\n", "\r\nа б\r\n", "市长"])
def test_a_file_is_one_page(text: str) -> None:
    """Markup in it is text, and line breaks stay; sidecar metadata is the page's."""
    data = text.encode()

    assert read(data) == Scrape("a.md", "text/plain", "utf-8", sha256_of(data), len(data), text, NO_METADATA._replace(title="T"))


@pytest.mark.parametrize(("data", "reason"), [(b"", "empty"), (b"\n", "empty"), (b"x" * 1_001, "too-large"), (b"%PDF-1.7\n\0\1", "binary")])
def test_a_file_that_is_no_page_is_rejected(data: bytes, reason: str) -> None:
    """An empty, large or binary file is one rejection that names it."""
    rejection = read(data)

    assert isinstance(rejection, Rejection)
    assert (rejection.source, rejection.reason) == ("a.md", reason)


def test_suffixes() -> None:
    """Plain text is read from .txt and .md files."""
    assert plain_text.SUFFIXES == (".md", ".txt")
