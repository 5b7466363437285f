"""Tests of pipeline/saring/read/warc.py."""

from __future__ import annotations

import gzip
import random
import zlib
from typing import TYPE_CHECKING

import pytest
import zstandard
from hypothesis import example, given, settings
from hypothesis import strategies as st

from saring.read import compression, warc
from saring.read.declared_metadata import NO_METADATA

if TYPE_CHECKING:
    from pathlib import Path

    from tests.read.conftest import Reading

HTML = {"Content-Type": "text/html; charset=iso-8859-1"}
PAGE = "<html><p>Café</p>".encode("cp1252")


def record(
    kind: str, block: bytes, content_type: str = "application/http; msgtype=response", uri: str = "https://www.example.org/a"
) -> bytes:
    """Return a WARC record of this type with this block."""
    lines = [
        "WARC/1.0",
        f"WARC-Type: {kind}",
        "WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000000>",
        "WARC-Date: 2024-09-07T01:02:03Z",
        f"WARC-Target-URI: {uri}",
        f"Content-Type: {content_type}",
        f"Content-Length: {len(block)}",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + block + b"\r\n\r\n"


def response(body: bytes, headers: dict[str, str] | None = None, status: str = "200 OK", uri: str = "https://www.example.org/a") -> bytes:
    """Return a WARC record of one HTTP response."""
    lines = [f"HTTP/1.1 {status}", *(f"{key}: {value}" for key, value in (HTML if headers is None else headers).items())]
    return record("response", "\r\n".join(lines).encode() + b"\r\n\r\n" + body, uri=uri)


def test_records(reading: Reading) -> None:
    """Pages are read with the metadata of their records; records of other types are skipped and counted."""
    archive = (
        record("warcinfo", b"software: x", "application/warc-fields")
        + record("request", b"GET / HTTP/1.1\r\n\r\n", "application/http; msgtype=request")
        + response(PAGE)
        + record("metadata", b"a: b", "application/warc-fields")
        + record("resource", b"Halo", "text/plain; charset=utf-8", uri="https://example.org/b")
        + record("conversion", "Été".encode(), "text/plain", uri="https://example.org/c")
        + record("revisit", b"", "message/http")
    )
    batch = reading({"a.warc": archive})

    assert batch.rejections.is_empty()
    assert batch.scrapes.select("source", "media_type", "charset", "content", "url", "site").rows() == [
        ("a.warc#3", "text/html", "windows-1252", "<html><p>Café</p>", "https://www.example.org/a", "example.org"),
        ("a.warc#5", "text/plain", "utf-8", "Halo", "https://example.org/b", "example.org"),
        ("a.warc#6", "text/plain", "utf-8", "Été", "https://example.org/c", "example.org"),
    ]
    assert {str(added) for added in batch.scrapes["added"]} == {"2024-09-07 01:02:03+00:00"}


def test_rejections(reading: Reading) -> None:
    """Records with other media types, without a success status, or without a body are a rejection each."""
    archive = (
        response(b"\x89PNG", {"Content-Type": "image/png"})
        + response(b"<html>404", status="404 Not Found")
        + response(b"")
        + response(b"unknown", {})
        + response(b"<!doctype html><p>Halo", {})
    )
    batch = reading({"a.warc": archive})

    assert batch.rejections.select("source", "reason").rows() == [
        ("a.warc#1", "media-type"),
        ("a.warc#2", "status"),
        ("a.warc#3", "empty"),
        ("a.warc#4", "media-type"),
    ]
    assert batch.scrapes["content"].to_list() == ["<!doctype html><p>Halo"]


ENCODED = {
    "gzip": gzip.compress(PAGE),
    "x-gzip": gzip.compress(PAGE),
    "deflate": zlib.compress(PAGE),
    "Deflate": zlib.compress(PAGE)[2:-4],
    "zstd": zstandard.compress(PAGE),
    "br": b"\x0b\x02\x80Halo!\x03",
    "identity": PAGE,
    "gzip, gzip": gzip.compress(gzip.compress(PAGE)),
}


@pytest.mark.parametrize("encoding", ENCODED)
def test_content_encodings(encoding: str, reading: Reading) -> None:
    """Encoded bodies are decoded; one that is decoded already, under its old headers, is taken as it is."""
    headers = {**HTML, "content-encoding": encoding}
    batch = reading({"a.warc": response(ENCODED[encoding], headers) + response(PAGE, headers) + response(PAGE)})

    assert batch.scrapes["content"].to_list() == ["Halo!" if encoding == "br" else "<html><p>Café</p>", *["<html><p>Café</p>"] * 2]


def test_chunked(reading: Reading) -> None:
    """The chunks of a body are joined; a body that is not chunked despite its headers is taken as it is."""
    headers = {**HTML, "Transfer-Encoding": "chunked"}
    batch = reading({"a.warc": response(b"3\r\n<p>\r\n4\r\nHalo\r\n0\r\n\r\n", headers) + response(b"<p>Halo", headers)})

    assert batch.scrapes["content"].to_list() == ["<p>Halo", "<p>Halo"]


def test_encoded_damage(reading: Reading) -> None:
    """A record whose body is damaged or a decompression bomb is a rejection; the next is read."""
    headers = {**HTML, "Content-Encoding": "gzip"}
    bomb = gzip.compress(bytes(5_000_000))
    batch = reading({"a.warc": response(b"\x1f\x8b\x08junk", headers) + response(bomb, headers) + response(PAGE)}, scrape_bytes=1_000_000)

    assert batch.rejections.select("source", "reason").rows() == [("a.warc#1", "binary"), ("a.warc#2", "too-large")]
    assert batch.scrapes["source"].to_list() == ["a.warc#3"]


def test_hostile_uri(reading: Reading) -> None:
    """Target URIs that are not http URLs are left out, and `..` in others cannot leave the site."""
    archive = response(PAGE, uri="../../etc/passwd") + response(PAGE, uri="https://example.org/../../x") + response(PAGE, uri="file:///x")
    batch = reading({"a.warc": archive})

    assert batch.scrapes["url"].to_list() == [None, "https://example.org/x", None]
    assert batch.scrapes["source"].to_list() == ["a.warc#1", "a.warc#2", "a.warc#3"]


def test_junk_between(reading: Reading) -> None:
    """Junk between two records affects neither."""
    batch = reading({"a.warc": response(PAGE) + b"junk\r\njunk\n\n" + response(PAGE)})

    assert batch.scrapes.height == 2


def test_truncated(reading: Reading) -> None:
    """Of a truncated archive the complete records are kept and the rest is a rejection, compressed or not."""
    archive = response(PAGE) + response(PAGE)[:-30]
    plain = reading({"a.warc": archive})
    packed = reading({"b.warc.gz": gzip.compress(response(PAGE)) + gzip.compress(response(PAGE))[:-30]})

    assert plain.scrapes["source"].to_list() == ["a.warc#1"]
    assert plain.rejections.select("source", "reason").rows() == [("a.warc#2", "truncated")]
    assert packed.scrapes["source"].to_list() == ["b.warc.gz#1"]
    assert packed.rejections.select("source", "reason").rows() == [("b.warc.gz", "truncated")]


@pytest.mark.parametrize(
    ("records", "cut", "expected"),
    [
        ([0], 40, "no complete record was"),
        ([0, 1], 30, "its first record was"),
        ([0, 1], 0.05, "its first record was"),
        ([0, 1, 2], 30, "its first 2 records were"),
        ([0, 1, 9], 30, "its first 2 records were"),
        ([9, 0, 1], 30, "its first 2 records were"),
    ],
)
@pytest.mark.parametrize("packing", [".gz", ".zst"])
def test_the_record_that_is_cut_does_not_count(records: list[int], cut: float, expected: str, packing: str, reading: Reading) -> None:
    """The message counts complete records only, pages or not (9 is a request), wherever in the last one the cut falls."""
    noise = random.Random(1)  # noqa: S311 - text that hardly packs
    pack = gzip.compress if packing == ".gz" else zstandard.compress
    blocks = [bytes(noise.choices(b"abcdefghijklmnopqrstuvwxyz ", k=900)) for _ in records]
    members = [pack(record("request", block) if kind == 9 else response(block)) for kind, block in zip(records, blocks, strict=True)]
    last = members[-1]
    kept = int(len(last) * cut) if cut < 1 else len(last) - int(cut)
    batch = reading({f"a.warc{packing}": b"".join(members[:-1]) + last[:kept]})

    assert batch.scrapes.height == sum(kind != 9 for kind in records[:-1])
    assert batch.rejections["reason"].to_list() == ["truncated"]
    assert expected in batch.rejections["message"][0]


def test_no_archive(reading: Reading) -> None:
    """A file without a WARC record is one rejection."""
    assert reading({"a.warc": b"random\0\xff" * 100}).rejections["reason"].to_list() == ["bad-warc"]
    assert reading({"b.wet": b""}).rejections["reason"].to_list() == ["bad-warc"]


@settings(max_examples=200)
@example(cuts=[(0, 5, b""), (324, 1, b""), (560, 0, b"\n")])
@given(
    cuts=st.lists(
        st.tuples(
            st.integers(0, 900),
            st.integers(0, 20),
            st.binary(max_size=12) | st.sampled_from([b"\r\n\r\n", b"WARC/1.0\r\n", b"99999999999999999999", b"-1"]),
        ),
        max_size=4,
    )
)
def test_damage(cuts: list[tuple[int, int, bytes]], tmp_path_factory: pytest.TempPathFactory) -> None:
    """Reading an archive that is damaged anywhere never raises."""
    archive = (
        response(PAGE) + record("resource", b"Halo", "text/plain") + response(gzip.compress(PAGE), {**HTML, "Content-Encoding": "gzip"})
    )
    for at, size, junk in cuts:
        archive = archive[:at] + junk + archive[at + size :]
    file: Path = tmp_path_factory.getbasetemp() / "damaged.warc"
    file.write_bytes(archive)
    with compression.Stream(file, "") as stream:
        sources = [row.source for row in warc.read(stream, "a", NO_METADATA, 1_000)]

    assert sources
    assert len(set(sources)) == len(sources)
