"""pipeline/saring/read/tar_archive.py: members of tar archives in order, and damage that is not taken for the end."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

import pytest

from saring.read import tar_archive
from saring.read.compression import Stream
from saring.read.scrape import RefusedError

if TYPE_CHECKING:
    from pathlib import Path


def tarred(*members: tuple[str, bytes], kind: bytes = tarfile.REGTYPE, format: int = tarfile.PAX_FORMAT) -> bytearray:  # noqa: A002 - as in tarfile
    """Return a tar archive of members of this type."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format) as file:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.type, info.linkname, info.size = kind, "/etc/passwd", len(data)
            file.addfile(info, io.BytesIO(data))
    return bytearray(out.getvalue())


def stream(data: bytes | bytearray) -> Stream:
    """Return a stream of these bytes."""
    return Stream(io.BufferedReader(io.BytesIO(data)), "")


def read(data: bytes | bytearray) -> list[tuple[str, bytes | str]]:
    """Return name and content of each member, or the reason why it cannot be read; the reason of a damaged archive comes last."""
    results: list[tuple[str, bytes | str]] = []
    with tar_archive.open_archive(stream(data)) as archive:
        try:
            for member in archive.members():
                results.append((member.name, member.refused.reason if member.refused else member.open().read()))  # noqa: PERF401 - may raise
        except RefusedError as error:
            results.append(("", error.reason))
    return results


@pytest.mark.parametrize("format", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_members_come_in_order(format: int) -> None:  # noqa: A002 - as in tarfile
    """In each dialect, with names in UTF-8 and empty files."""
    members = (("b.txt", b"dua"), ("sub/市.txt", b""), ("a.txt", b"x" * 3_000))

    assert read(tarred(*members, format=format)) == list(members)


def test_the_second_pass_begins_at_the_first_member(tmp_path: Path) -> None:
    """A second pass reads the archive again from its start; `bytes_read` counts its bytes."""
    file = tmp_path / "a.tar"
    file.write_bytes(tarred(("a.txt", b"satu"), ("b.txt", b"dua")))

    with tar_archive.open_archive(Stream(file, "")) as archive:
        passes = [[member.name for member in archive.members()] for _ in range(2)]
        assert archive.bytes_read() == file.stat().st_size

    assert passes == [["a.txt", "b.txt"]] * 2


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_are_refused(kind: bytes) -> None:
    """They are neither followed nor opened."""
    assert read(tarred(("s.txt", b""), kind=kind)) == [("s.txt", "unknown-type")]


def test_folders_are_no_members() -> None:
    """They are passed over without a refusal."""
    assert read(tarred(("d", b""), kind=tarfile.DIRTYPE)) == []


def test_a_damaged_header_is_no_end() -> None:
    """The members before it are read; what follows is a refusal."""
    data = tarred(("a.txt", b"satu"), ("b.txt", b"dua"), ("c.txt", b"tiga"))
    data[1_024 + 20] ^= 0xFF

    assert read(data) == [("a.txt", b"satu"), ("", "bad-tar")]


@pytest.mark.parametrize("data", [b"", b"halo " * 500, b"PK\3\4" + bytes(600), tarred(("a.txt", b"satu"))[:300]])
def test_no_archive_is_refused(data: bytes) -> None:
    """A file that is not a tar archive has no members and is damaged."""
    assert read(data) == [("", "bad-tar")]


def test_an_empty_archive_has_no_members() -> None:
    """Blocks of NULs alone are a valid archive."""
    assert read(tarred()) == []
