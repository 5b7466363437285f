"""pipeline/saring/read/page.py: the bytes of one page become a scrape, or a rejection that says what is wrong with them."""

from __future__ import annotations

import gzip
import io
from typing import TYPE_CHECKING

import pytest

from saring.read.compression import Stream
from saring.read.declared_metadata import NO_METADATA
from saring.read.page import decode_page, read_all, too_large_rejection
from saring.read.scrape import Rejection, Scrape, sha256_of

if TYPE_CHECKING:
    from pathlib import Path


def stream(data: bytes, suffix: str = "") -> Stream:
    """Return a stream of these bytes."""
    return Stream(io.BufferedReader(io.BytesIO(data)), suffix)


@pytest.mark.parametrize("data", [b"", b"x", b"x" * 100])
def test_all_bytes_up_to_the_limit_are_read(data: bytes) -> None:
    """A file of exactly the limit is read, compressed or not."""
    assert read_all(stream(data), "a.txt", 100) == data
    assert read_all(stream(gzip.compress(data), ".gz"), "a.txt.gz", 100) == data


def test_a_larger_file_is_rejected() -> None:
    """One byte more than the limit is too much; the size is not known, since the rest is not read."""
    rejection = read_all(stream(b"x" * 101), "a.txt", 100)

    assert rejection == too_large_rejection("a.txt", 100)


def test_a_damaged_file_is_rejected(tmp_path: Path) -> None:
    """Nothing of a page is kept where its end is missing, and a file that cannot be read is named."""
    truncated = read_all(stream(gzip.compress(b"halo dunia" * 9)[:-12], ".gz"), "a.txt.gz", 1_000)
    missing = read_all(Stream(tmp_path / "none.txt", ""), "none.txt", 1_000)

    assert isinstance(truncated, Rejection)
    assert (truncated.source, truncated.reason) == ("a.txt.gz", "truncated")
    assert isinstance(missing, Rejection)
    assert missing.reason == "unreadable"


def test_the_message_about_size_says_what_to_raise() -> None:
    """With a known size the message states it, without one only the limit."""
    known, unknown = too_large_rejection("a", 1_000, 12_345), too_large_rejection("a", 1_000)
    hint = "Split it, or raise [build] scrape_bytes in corpus.toml."

    assert known == Rejection("a", "too-large", f"It has 12,345 bytes, expected at most 1,000. {hint}", bytes=12_345)
    assert unknown == Rejection("a", "too-large", f"It has more than the 1,000 bytes that are allowed. {hint}")


def test_a_page_is_decoded() -> None:
    """The scrape has hash and size of the bytes, not of the text, and the metadata as declared."""
    data = "l'été à la mer".encode("cp1252")
    metadata = NO_METADATA._replace(title="T")

    assert decode_page(data, "a.html#2", "text/html", metadata, ["iso-8859-1"]) == Scrape(
        "a.html#2", "text/html", "windows-1252", sha256_of(data), len(data), "l'été à la mer", metadata
    )


def test_the_maintainers_charset_wins() -> None:
    """It overrules what the page declares about itself."""
    page = decode_page("zó".encode("cp850"), "a", "text/plain", NO_METADATA._replace(charset="ibm850"), ["windows-1252"])

    assert isinstance(page, Scrape)
    assert (page.content, page.charset) == ("zó", "ibm850")


@pytest.mark.parametrize(
    ("data", "reason", "says"),
    [
        (b"", "empty", "The page is empty. Fetch it again or remove it."),
        (b" \n\t\r\n", "empty", "The page contains only white space. Fetch it again or remove it."),
        ("\u3000\n".encode(), "empty", "The page contains only white space. Fetch it again or remove it."),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "binary", "."),
        (b"\xef\xbb\xbf", "empty", "."),
    ],
)
def test_a_page_without_text_is_rejected(data: bytes, reason: str, says: str) -> None:
    """The rejection has hash and size of the bytes, so that the page can be found again."""
    rejection = decode_page(data, "a", "text/plain", NO_METADATA)

    assert isinstance(rejection, Rejection)
    assert (rejection.source, rejection.reason, rejection.sha256, rejection.bytes) == ("a", reason, sha256_of(data), len(data))
    assert rejection.message.endswith(says)
