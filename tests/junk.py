"""Makes a folder of files that no scraper should ever hand over: `python tests/junk.py FOLDER 2000`."""

from __future__ import annotations

import gzip
import json
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["KINDS", "make", "slow_page"]

MEGABYTE = 1_000_000


def random_bytes(chance: random.Random) -> bytes:
    """Return noise without any structure."""
    return chance.randbytes(chance.randrange(1, 20_000))


def truncated_gzip(chance: random.Random) -> bytes:
    """Return a packed file that ends too early."""
    packed = gzip.compress(chance.randbytes(5_000))
    return packed[: chance.randrange(1, len(packed))]


def deep_markup(chance: random.Random) -> bytes:
    """Return elements inside elements, a hundred thousand deep."""
    tag = chance.choice(["div", "b", "ul><li", "blockquote", "table><tr><td", "font", "span"])
    return b"<html><body>" + f"<{tag}>".encode() * 100_000 + b"text"


def slow_page(links: int) -> str:
    """Return a page of links in paragraphs below 240 elements, over which trafilatura thinks longer than their number makes plausible.

    Measured: 4,000 take 3 s, 8,000 take 11 s, 14,000 take 37 s.
    """
    return "<html><body>" + "<div>" * 240 + "<p><a href='/x'>w</a></p>" * links + "</body></html>"


def nuls(chance: random.Random) -> bytes:
    """Return text with NULs in it."""
    return b"Hello\0world. " * chance.randrange(1, 100)


def directions(chance: random.Random) -> bytes:
    """Return text full of marks that turn the direction of writing, and of characters that cannot be seen."""
    marks = "\u202e\u202d\u2066\u2067\u2069\u200f\u200e\ufeff\u200b\u2028\x1b[31m\x07"
    return "".join(chance.choice(marks) + chance.choice("abc def. ") for _ in range(500)).encode()


def bad_utf8(chance: random.Random) -> bytes:
    """Return bytes that are almost UTF-8."""
    return bytes(chance.choice(b"\xc3\xa9\xff\xfe\xed\xa0\x80abc \n") for _ in range(2_000))


def deep_json(chance: random.Random) -> bytes:
    """Return JSON nested too deeply to parse."""
    return b"[" * chance.randrange(50_000, 100_000) + b"\n" + b'{"text": ' * 20_000


def odd_json(chance: random.Random) -> bytes:
    """Return JSON Lines with everything but a page."""
    values: list[object] = [
        None,
        1e308,
        "\ud800",
        {"text": 5},
        {"text": "\ud800"},
        [],
        {"html": ["x"]},
        {"text": "ok", "url": "javascript:0"},
    ]
    return b"\n".join(json.dumps(chance.choice(values)).encode() for _ in range(50))


def open_tags(chance: random.Random) -> bytes:
    """Return markup that never closes anything."""
    return chance.choice([b"<", b"<!--", b"<a href='", b"&#x", b"<![CDATA[", b"<script>"]) * 50_000


def warc_path(chance: random.Random) -> bytes:
    """Return an archive whose record names a path outside of it, and whose length is wrong."""
    body = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>../../etc/passwd</p>"
    return (
        b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: file:../../../etc/passwd\r\n"
        b"Content-Type: application/http; msgtype=response\r\nContent-Length: %d\r\n\r\n" % (len(body) + chance.randrange(-30, 3_000))
    ) + body


def zip_paths(_: random.Random) -> bytes:
    """Return the beginning of an archive with `..` in a path."""
    return b"PK\x03\x04\x14\0\0\0\0\0" + b"../../../../etc/cron.d/evil" * 3


def one_long_line(chance: random.Random) -> bytes:
    """Return a line without an end."""
    return b"word " * chance.randrange(10_000, 400_000)


def empty(_: random.Random) -> bytes:
    """Return nothing."""
    return b""


KINDS: list[tuple[str, Callable[[random.Random], bytes]]] = [
    ("txt", random_bytes),
    ("html", random_bytes),
    ("warc", random_bytes),
    ("jsonl.gz", truncated_gzip),
    ("txt.gz", truncated_gzip),
    ("txt.zst", random_bytes),
    ("html", deep_markup),
    ("txt", nuls),
    ("txt", directions),
    ("html", directions),
    ("md", bad_utf8),
    ("html", bad_utf8),
    ("jsonl", deep_json),
    ("jsonl", odd_json),
    ("html", open_tags),
    ("warc", warc_path),
    ("zip", zip_paths),
    ("txt", one_long_line),
    ("html", one_long_line),
    ("jpg", random_bytes),
    ("txt", empty),
]


def make(folder: Path, count: int, *, longest: int = 0, seed: int = 7) -> None:
    """Write `count` junk files, kind after kind, and one line of `longest` bytes.

    Args:
        folder: is made.
        count: number of files.
        longest: bytes of one more file, a single line; 0 is none.
        seed: the same seed gives the same files.
    """
    chance = random.Random(seed)  # noqa: S311 - junk, not secrets
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        suffix, kind = KINDS[number % len(KINDS)]
        name = f"{number:04d} {chance.choice(['a', 'é', 'new' + chr(10) + 'line', chr(0x202E) + 'gpj', '..', '-rf', ' '])}.{suffix}"
        (folder / name).write_bytes(kind(chance))
    if longest:
        with (folder / "long.txt").open("wb") as file:
            for _ in range(longest // MEGABYTE):
                file.write(b"x" * MEGABYTE)


if __name__ == "__main__":
    make(Path(sys.argv[1]), int(sys.argv[2]), longest=200 * MEGABYTE)
