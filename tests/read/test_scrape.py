"""pipeline/saring/read/scrape.py: scrapes and rejections become rows of their tables; ids tell the page and the scrape."""

from __future__ import annotations

import datetime as dt
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saring.core import tables
from saring.read.declared_metadata import NO_METADATA, DeclaredMetadata
from saring.read.scrape import RefusedError, Rejection, Scrape, rejection_table, replace_unencodable, scrape_table, sha256_of


def scrape(content: str = "Halo", source: str = "a.txt", **metadata: str | None) -> Scrape:
    """Return a scrape of a text file with declared metadata."""
    data = content.encode()
    return Scrape(source, "text/plain", "utf-8", sha256_of(data), len(data), content, NO_METADATA._replace(**metadata))  # type: ignore[arg-type]


def page_and_scrape_ids(*scrapes: Scrape) -> tuple[list[str], list[str]]:
    """Return the two parts of the ids of scrapes: that of the page, and that of the scrape."""
    ids = [id_.split(".") for id_ in scrape_table(scrapes)["id"]]
    return [page for page, _ in ids], [part for _, part in ids]


def test_a_scrape_is_a_row() -> None:
    """Declared metadata becomes columns; the charset that the maintainer declares and the size do not."""
    moment = dt.datetime(2024, 9, 6, tzinfo=dt.UTC)
    metadata = DeclaredMetadata("https://a.example/b", "A", "T", ["Ani"], moment, 420, moment, "id", "cc0-1.0", "latin1")
    table = scrape_table([Scrape("a.html#2", "text/html", "utf-8", "0f", 9, "<p>x", metadata)])

    assert table.schema == tables.SCRAPE
    assert table.row(0)[1:] == ("a.html#2", "text/html", "utf-8", "0f", "<p>x", *metadata[:-1])


def test_the_same_url_is_the_same_page() -> None:
    """Scrapes of one URL, whose variants have one identity, share the first part of the id; the second tells them apart."""
    pages, parts = page_and_scrape_ids(
        scrape("satu", url="https://a.example/b"), scrape("dua", url="http://a.example/b/"), scrape("satu", url="https://a.example/c")
    )

    assert pages[0] == pages[1] != pages[2]
    assert len(set(parts)) == 2


def test_without_a_url_the_same_bytes_are_the_same_page() -> None:
    """Two files with one content are two scrapes of one page."""
    pages, parts = page_and_scrape_ids(scrape(source="a.txt"), scrape(source="b.txt"), scrape("Lain", source="a.txt"))

    assert pages[0] == pages[1] != pages[2]
    assert len(set(parts)) == 3


def test_the_host_stands_in_for_a_site() -> None:
    """A scrape that declares a URL and no site has the host as its site; without either it has none."""
    rows = [scrape(url="https://www.a.example/b"), scrape(url="https://a.example/b", site="Warta"), scrape()]

    assert scrape_table(rows)["site"].to_list() == ["a.example", "Warta", None]


def test_a_rejection_is_a_row() -> None:
    """Rejections of reading have no id, and unprintable characters in their text are escaped."""
    table = rejection_table([Rejection("a\u202e.txt", "bad-json", "Not JSON\x1b.", "0f", 9, records=5), Rejection("b", "empty", "Empty.")])

    assert table.schema == tables.REJECTION
    assert table.select("source", "id", "step", "reason", "message", "sha256", "bytes").rows() == [
        ("a<U+202E>.txt", None, "read", "bad-json", "Not JSON<U+001B>.", "0f", 9),
        ("b", None, "read", "empty", "Empty.", None, None),
    ]


def test_no_rows_give_empty_tables() -> None:
    """Tables without rows have all their columns."""
    assert scrape_table([]).schema == tables.SCRAPE
    assert rejection_table([]).schema == tables.REJECTION


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a\0b", "a\ufffdb"), ("a\ud800b\0", "a\ufffdb\ufffd"), ("été 市", "été 市"), ("", ""), ("\U0001f600", "\U0001f600")],
)
def test_lone_surrogates_and_nuls_are_replaced(text: str, expected: str) -> None:
    """Each becomes U+FFFD; all other characters stay."""
    assert replace_unencodable(text) == expected


@given(st.text(st.characters() | st.characters(categories=["Cs"]) | st.just("\0")))
def test_any_text_can_be_encoded_afterwards(text: str) -> None:
    """The number of characters stays, no NUL is left, and replacing again changes nothing."""
    replaced = replace_unencodable(text)

    assert replaced.encode().decode() == replaced == replace_unencodable(replaced)
    assert len(replaced) == len(text)
    assert "\0" not in replaced


def test_a_refusal_has_a_reason_and_a_message() -> None:
    """The exception shows its message; hashes are SHA-256 in hexadecimal."""
    error = RefusedError("bad-json", "Not JSON.")

    assert (error.reason, error.message, str(error)) == ("bad-json", "Not JSON.", "Not JSON.")
    assert sha256_of(b"") == hashlib.sha256().hexdigest()
