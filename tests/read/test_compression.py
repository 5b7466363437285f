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
    """Return what a stream gives, and the reason why it ended early."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "a")
        file.write_bytes(data)
        with compression.Stream(file, packing) as stream:
            return stream.readall() or b"", stream.damage.reason if stream.damage else None


@PACKINGS
def test_whole(packing: str) -> None:
    """What was packed comes back: in one member, in several, padded with NULs; and nothing from nothing."""
    packed = PACKED[packing]

    assert unpack(packed, packing) == (LINES, None)
    assert unpack(packed * 3, packing) == (LINES * 3, None)
    assert unpack(packed + bytes(5000) + packed + bytes(5000), packing) == (LINES * 2, None)
    assert unpack(b"", packing) == (b"", None)


@given(packing=st.sampled_from([".gz", ".zst"]), at=st.floats(0, 1, exclude_max=True), whole=st.booleans())
def test_truncated(packing: str, at: float, whole: bool) -> None:  # noqa: FBT001 - drawn
    """Cut anywhere, what came before is kept, and the cut is told unless it falls between two members."""
    packed = PACKED[packing]
    cut = int(at * len(packed))
    data, damage = unpack(packed * whole + packed[:cut], packing)

    assert (LINES * 2).startswith(data)
    assert len(data) >= len(LINES) * whole
    assert damage == ("truncated" if cut else None)


@given(packing=st.sampled_from([".gz", ".zst"]), at=st.integers(0), bit=st.integers(0, 7))
def test_flipped(packing: str, at: int, bit: int) -> None:
    """A flipped bit is told, or does no harm."""
    packed = bytearray(PACKED[packing])
    packed[at % len(packed)] ^= 1 << bit
    data, damage = unpack(bytes(packed), packing)

    assert damage or data == LINES


@PACKINGS
@given(junk=st.binary(min_size=1, max_size=2000))
def test_junk(packing: str, junk: bytes) -> None:
    """Bytes that are no such packing never raise."""
    unpack(junk, packing)


@PACKINGS
def test_records_before_the_damage(packing: str, reading: Reading) -> None:
    """Of a cut container the whole records are kept, and one rejection names the rest."""
    packed = PACKED[packing] + PACKED[packing][: len(PACKED[packing]) // 2]
    batch = reading({f"a.jsonl{packing}": packed})

    assert batch.scrapes.height >= 400
    assert set(batch.scrapes["content"].str.slice(0, 4)) == {"Halo"}
    assert batch.rejections.select("source", "reason").rows() == [(f"a.jsonl{packing}", "truncated")]
    assert f"first {batch.scrapes.height} lines" in batch.rejections["message"][0]


@PACKINGS
def test_the_line_that_is_cut_does_not_count(packing: str, reading: Reading) -> None:
    """Cut in the first line, none was read."""
    batch = reading({f"a.jsonl{packing}": PACKED[packing][:40]})

    assert batch.scrapes.is_empty()
    assert "no whole line was read" in batch.rejections["message"][0]


@PACKINGS
def test_page_is_whole_or_rejected(packing: str, reading: Reading) -> None:
    """Of a cut page nothing is kept."""
    batch = reading({f"a.txt{packing}": PACKED[packing][:-1]})

    assert batch.scrapes.is_empty()
    assert batch.rejections["reason"].to_list() == ["truncated"]


@PACKINGS
def test_bomb_of_one_page(packing: str, reading: Reading) -> None:
    """A page that unpacks beyond the limit is refused before it is unpacked."""
    zeros = b"0" * 30_000_000
    packed = gzip.compress(zeros, 1) if packing == ".gz" else zstandard.compress(zeros)
    batch = reading({f"a.html{packing}": packed}, scrape_bytes=1_000_000)

    assert batch.rejections["reason"].to_list() == ["too-large"]


def test_bomb_of_many_records(monkeypatch: pytest.MonkeyPatch, reading: Reading) -> None:
    """A container that unpacks to hundreds of times its size ends there."""
    monkeypatch.setattr(compression, "_FREE", 1_000_000)
    lines = (b" " * 999 + b"\n") * 20_000
    batch = reading({"a.jsonl.zst": zstandard.compress(b'{"text": "Halo"}\n' + lines)})

    assert batch.scrapes["content"].to_list() == ["Halo"]
    assert batch.rejections["reason"].to_list() == ["bomb"]


def test_wrong_suffix(reading: Reading) -> None:
    """What is packed under a plain name is told to be renamed; what is plain under a packed name is damaged."""
    assert "suffix .gz" in reading({"a.jsonl": PACKED[".gz"]}).rejections["message"][0]
    assert reading({"b.txt.gz": b"plain text"}).rejections["reason"].to_list() == ["damaged"]


def test_same_page(reading: Reading) -> None:
    """Packing changes neither the text nor its hash."""
    plain = reading({"a.txt": b"Halo"}).scrapes
    packed = reading({"b.txt.gz": gzip.compress(b"Halo")}).scrapes

    assert plain.select("content", "sha256", "charset").equals(packed.select("content", "sha256", "charset"))
