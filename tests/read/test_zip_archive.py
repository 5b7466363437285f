"""pipeline/saring/read/zip_archive.py: members of ZIP archives in order, with the reason why one cannot be read."""

from __future__ import annotations

import io
import stat
import struct
import zipfile

import pytest

from saring.read import zip_archive
from saring.read.compression import Stream
from saring.read.scrape import RefusedError


def zipped(*members: tuple[str | zipfile.ZipInfo, bytes]) -> bytearray:
    """Return a ZIP archive of these members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members:
            file.writestr(name, data)
    return bytearray(out.getvalue())


def stream(data: bytes | bytearray) -> Stream:
    """Return a stream of these bytes."""
    return Stream(io.BufferedReader(io.BytesIO(data)), "")


def read(data: bytes | bytearray) -> list[tuple[str, bytes | str]]:
    """Return name and content of each member, or the reason why it cannot be read."""
    with zip_archive.open_archive(stream(data)) as archive:
        return [(member.name, member.refused.reason if member.refused else member.open().read()) for member in archive.members()]


def refusal(data: bytes | bytearray) -> RefusedError:
    """Return the refusal of an archive."""
    with pytest.raises(RefusedError) as refused:
        read(data)
    return refused.value


def entry_offsets(data: bytearray) -> list[int]:
    """Return where in an archive the entries of its central directory begin."""
    return [offset for offset in range(len(data)) if data[offset : offset + 4] == b"PK\1\2"]


def test_members_come_in_order_and_again() -> None:
    """Folders are no members; each pass begins at the first member; the size of the archive bounds what was read."""
    data = zipped(("b.txt", b"dua"), ("sub/", b""), ("sub/市.txt", b""), ("a.txt", b"satu"))

    with zip_archive.open_archive(stream(data)) as archive:
        assert [[member.name for member in archive.members()] for _ in range(2)] == [["b.txt", "sub/市.txt", "a.txt"]] * 2
        assert archive.bytes_read() == len(data)
    assert read(data) == [("b.txt", b"dua"), ("sub/市.txt", b""), ("a.txt", b"satu")]


def test_encrypted_and_unsupported_members_are_refused() -> None:
    """A member that cannot be decompressed has a reason; the others are read."""
    data = zipped(("a.txt", b"satu"), ("b.txt", b"dua"), ("c.txt", b"tiga"))
    entries = entry_offsets(data)
    data[entries[0] + 8] |= 1  # the flag for encryption
    struct.pack_into("<H", data, entries[1] + 10, 98)  # PPMd

    assert read(data) == [("a.txt", "encrypted"), ("b.txt", "unknown-packing"), ("c.txt", b"tiga")]


@pytest.mark.parametrize(
    ("kind", "expected"), [(stat.S_IFLNK, "unknown-type"), (stat.S_IFIFO, "unknown-type"), (stat.S_IFREG, b"/etc"), (0, b"/etc")]
)
def test_links_and_devices_are_refused(kind: int, expected: bytes | str) -> None:
    """A symbolic link is not followed; a file without a type of file is regular."""
    info = zipfile.ZipInfo("s.txt")
    info.external_attr = (kind | 0o777) << 16

    assert read(zipped((info, b"/etc"))) == [("s.txt", expected)]


@pytest.mark.parametrize(
    "data",
    [b"", b"PK\3\4", b"halo " * 500, b"PK\5\6" + bytes(17), bytes(zipped(("a.txt", b"satu"))[:-30])],
    ids=["nothing", "a mark", "words", "an end without its fields", "cut off"],  # the bytes of an archive hold the time of day
)
def test_no_archive_is_refused(data: bytes) -> None:
    """A file that is not a ZIP archive, or whose end is missing, is refused as a whole."""
    assert refusal(data).reason == "bad-zip"


def test_an_empty_archive_has_no_members() -> None:
    """The end record alone is a valid archive."""
    assert read(b"PK\5\6" + bytes(18)) == []


def test_a_central_directory_that_would_fill_the_memory_is_refused() -> None:
    """Its size is taken from the end record, or from that of ZIP64 where the end record refers to it."""
    size, end64 = struct.pack("<L", 32_000_001), b"PK\6\6" + bytes(36) + struct.pack("<Q", 5_000_000_000) + bytes(8)

    plain = refusal(b"PK\5\6" + bytes(8) + size + bytes(6))
    zip64 = refusal(end64 + b"PK\5\6" + bytes(8) + b"\xff" * 4 + bytes(6))

    assert (plain.reason, zip64.reason) == ("too-many", "too-many")
    assert plain.message == "The archive's list of files has 32,000,001 bytes, expected at most 32,000,000. Unpack it."
    assert "5,000,000,000 bytes" in zip64.message
