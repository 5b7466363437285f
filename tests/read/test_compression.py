"""Tests of pipeline/saring/read/compression.py."""

from __future__ import annotations

import gzip
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from saring.read import compression

if TYPE_CHECKING:
    from tests.read.conftest import Reading

LINES = b"".join(b'{"text": "Halo %d %s"}\n' % (number, b"x" * (number * 7919 % 97)) for number in range(400))
PACKED = {".gz": gzip.compress(LINES, mtime=0), ".zst": zstandard.ZstdCompressor(write_checksum=True).compress(LINES)}
PACKINGS = pytest.mark.parametrize("packing", [".gz", ".zst"])


def unpack(data: bytes, packing: str) -> tuple[bytes, str | None]:
    """Return the bytes that a stream yields, and the reason why it ended early, if it did."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "a")
        file.write_bytes(data)
        with compression.Stream(file, packing) as stream:
            return stream.readall() or b"", stream.damage.reason if stream.damage else None


@PACKINGS
def test_complete(packing: str) -> None:
    """Compressed bytes are decompressed: in one member, in several, padded with NULs; and an empty file."""
    packed = PACKED[packing]

    assert unpack(packed, packing) == (LINES, None)
    assert unpack(packed * 3, packing) == (LINES * 3, None)
    assert unpack(packed + bytes(5000) + packed + bytes(5000), packing) == (LINES * 2, None)
    assert unpack(b"", packing) == (b"", None)


@given(packing=st.sampled_from([".gz", ".zst"]), at=st.floats(0, 1, exclude_max=True), after_complete=st.booleans())
def test_truncated(packing: str, at: float, after_complete: bool) -> None:  # noqa: FBT001 - drawn
    """Of a truncated file the bytes before the cut are kept, and the cut is reported unless it falls between two members."""
    packed = PACKED[packing]
    cut = int(at * len(packed))
    data, damage = unpack(packed * after_complete + packed[:cut], packing)

    assert (LINES * 2).startswith(data)
    assert len(data) >= len(LINES) * after_complete
    assert damage == ("truncated" if cut else None)


@given(packing=st.sampled_from([".gz", ".zst"]), at=st.integers(0), bit=st.integers(0, 7))
def test_flipped(packing: str, at: int, bit: int) -> None:
    """A flipped bit is reported as damage, or does not change the bytes."""
    packed = bytearray(PACKED[packing])
    packed[at % len(packed)] ^= 1 << bit
    data, damage = unpack(bytes(packed), packing)

    assert damage or data == LINES


@PACKINGS
@given(junk=st.binary(min_size=1, max_size=2000))
def test_junk(packing: str, junk: bytes) -> None:
    """Reading bytes that are not compressed never raises."""
    unpack(junk, packing)


@PACKINGS
def test_records_before_the_damage(packing: str, reading: Reading) -> None:
    """Of a truncated container the complete records are kept, and one rejection covers the rest."""
    packed = PACKED[packing] + PACKED[packing][: len(PACKED[packing]) // 2]
    batch = reading({f"a.jsonl{packing}": packed})

    assert batch.scrapes.height >= 400
    assert set(batch.scrapes["content"].str.slice(0, 4)) == {"Halo"}
    assert batch.rejections.select("source", "reason").rows() == [(f"a.jsonl{packing}", "truncated")]
    assert f"first {batch.scrapes.height} lines" in batch.rejections["message"][0]


@PACKINGS
def test_the_line_that_is_cut_does_not_count(packing: str, reading: Reading) -> None:
    """A container that is cut in its first line has no complete line."""
    batch = reading({f"a.jsonl{packing}": PACKED[packing][:40]})

    assert batch.scrapes.is_empty()
    assert "no complete line was read" in batch.rejections["message"][0]


@PACKINGS
def test_page_is_complete_or_rejected(packing: str, reading: Reading) -> None:
    """A truncated page is rejected."""
    batch = reading({f"a.txt{packing}": PACKED[packing][:-1]})

    assert batch.scrapes.is_empty()
    assert batch.rejections["reason"].to_list() == ["truncated"]


@PACKINGS
def test_bomb_of_one_page(packing: str, reading: Reading) -> None:
    """A page that decompresses beyond the size limit is rejected before it is decompressed completely."""
    zeros = b"0" * 30_000_000
    packed = gzip.compress(zeros, 1) if packing == ".gz" else zstandard.compress(zeros)
    batch = reading({f"a.html{packing}": packed}, scrape_bytes=1_000_000)

    assert batch.rejections["reason"].to_list() == ["too-large"]


def test_bomb_of_many_records(monkeypatch: pytest.MonkeyPatch, reading: Reading) -> None:
    """Reading ends in a container that decompresses to hundreds of times its size."""
    monkeypatch.setattr(compression, "_BOMB_BYTES", 1_000_000)
    lines = (b" " * 999 + b"\n") * 20_000
    batch = reading({"a.jsonl.zst": zstandard.compress(b'{"text": "Halo"}\n' + lines)})

    assert batch.scrapes["content"].to_list() == ["Halo"]
    assert batch.rejections["reason"].to_list() == ["bomb"]


def test_wrong_suffix(reading: Reading) -> None:
    """The message for compressed bytes without the suffix is to rename the file; plain bytes with it are damaged."""
    assert "suffix .gz" in reading({"a.jsonl": PACKED[".gz"]}).rejections["message"][0]
    assert reading({"b.txt.gz": b"plain text"}).rejections["reason"].to_list() == ["damaged"]


def test_same_page(reading: Reading) -> None:
    """Compression changes neither a page's text nor its hash."""
    plain = reading({"a.txt": b"Halo"}).scrapes
    packed = reading({"b.txt.gz": gzip.compress(b"Halo")}).scrapes

    assert plain.select("content", "sha256", "charset").equals(packed.select("content", "sha256", "charset"))
