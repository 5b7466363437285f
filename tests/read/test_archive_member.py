"""pipeline/saring/read/archive_member.py: bytes of members are counted against decompression bombs, and errors of decoders are damage."""

from __future__ import annotations

import io
from typing import IO, TYPE_CHECKING

import pytest

from saring.read import archive_member
from saring.read.archive_member import Member, MemberReader, UnpackedSizeMeter
from saring.read.compression import DamagedError
from saring.read.scrape import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Archive:
    """An archive without members of which this many bytes were read."""

    def __init__(self, size: int) -> None:
        self.size = size

    def members(self) -> Iterator[Member]:
        """Yield nothing."""
        return iter(())

    def bytes_read(self) -> int:
        """Return the given number."""
        return self.size


@pytest.fixture(autouse=True)
def _small_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take archives that unpack to more than 1,000 bytes for bombs, if they also exceed the ratio."""
    monkeypatch.setattr(archive_member, "_BOMB_BYTES", 1_000)


def test_a_bomb_exceeds_both_bounds() -> None:
    """An archive of 10 bytes may unpack to 2,000 of them, 200 times its size; one of 1 byte to 1,000 of them."""
    for size, allowed in ((10, 2_000), (1, 1_000)):
        meter = UnpackedSizeMeter(_Archive(size))
        meter.add(allowed - 1)
        meter.add(1)
        meter.check()

        with pytest.raises(DamagedError) as damaged:
            meter.add(1)
        with pytest.raises(RefusedError) as refused:
            meter.check()
        assert damaged.value.damage.reason == refused.value.reason == "bomb"
        assert damaged.value.damage.message == refused.value.message
        assert "200 times its size" in refused.value.message


def test_the_size_read_so_far_counts() -> None:
    """As more of the archive is read, more may be unpacked."""
    archive = _Archive(5)
    meter = UnpackedSizeMeter(archive)
    with pytest.raises(DamagedError):
        meter.add(1_500)
    archive.size = 8

    meter.check()


def test_a_member_is_opened_at_the_first_read() -> None:
    """Closing one that was not read opens nothing; reading gives the bytes in pieces and counts them."""
    opened: list[IO[bytes]] = []

    def open_member() -> IO[bytes]:
        opened.append(io.BytesIO(b"satu dua"))
        return opened[-1]

    MemberReader(Member("a.txt", open_member), None).close()
    assert opened == []

    meter = UnpackedSizeMeter(_Archive(0))
    with MemberReader(Member("a.txt", open_member), meter) as reader:
        assert reader.readable()
        assert [reader.read(5), reader.read(5), reader.read(5)] == [b"satu ", b"dua", b""]
    assert len(opened) == 1
    assert opened[0].closed
    with pytest.raises(DamagedError):
        meter.add(993)  # with the 8 bytes of the member more than 1,000


@pytest.mark.parametrize("error", [ValueError("bad checksum."), EOFError(), RuntimeError("x")])
def test_errors_of_decoders_are_damage(error: Exception) -> None:
    """Whatever a decoder raises ends the member with its text, or with the name of the exception."""

    class Broken(io.BytesIO):
        def read(self, _size: int | None = -1, /) -> bytes:
            raise error

    with pytest.raises(DamagedError) as damaged:
        MemberReader(Member("a.txt", Broken), None).read(1)

    text = str(error).rstrip(".") or type(error).__name__
    assert damaged.value.damage.reason == "damaged"
    assert damaged.value.damage.message == f"The file is damaged in the archive ({text}). Fetch the archive again."


def test_a_bomb_ends_the_member() -> None:
    """The exception of the meter is passed on as it is."""
    reader = MemberReader(Member("a.txt", lambda: io.BytesIO(b"x" * 2_000)), UnpackedSizeMeter(_Archive(1)))

    with pytest.raises(DamagedError) as damaged:
        reader.read(2_000)

    assert damaged.value.damage.reason == "bomb"
