"""ZIP archives: .zip, by the standard library."""

from __future__ import annotations

import contextlib
import functools
import os
import stat
import struct
import zipfile
from typing import IO, TYPE_CHECKING

from saring.read.archive import Member
from saring.read.scrape import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saring.read.compression import Stream

__all__ = ["SUFFIXES", "opened"]

SUFFIXES = (".zip",)

#: The list of members is held in memory: about ten times its bytes.
_MOST_LIST = 32_000_000
#: The record at the end: its mark, and where in it the size of the list stands. A comment of 65,535 bytes at most may follow.
_END, _END_SIZE, _COMMENT = b"PK\5\6", 22, 65_535
_LIST_AT = 12
_IN_ZIP64 = 0xFFFFFFFF
_END64, _LIST_AT64 = b"PK\6\6", 40
#: Bits of a member's flags.
_ENCRYPTED, _STRONGLY_ENCRYPTED = 0x1, 0x40


@contextlib.contextmanager
def opened(stream: Stream) -> Iterator[_Zip]:
    """Give the archive in a file.

    Raises:
        RefusedError: it is none, or lists too many members.
    """
    with stream.as_file() as file:
        if stream.damage:
            raise RefusedError(stream.damage.reason, stream.damage.message)
        _refuse_long_list(file)
        try:
            archive = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, OverflowError, struct.error) as error:
            said = " ".join(str(error).split())[:100].rstrip(".")
            raise RefusedError("bad-zip", f"It is damaged or no ZIP archive ({said}). Fetch it again, whole.") from error
        with archive:
            yield _Zip(archive, file.seek(0, os.SEEK_END))


class _Zip:
    """An open archive, and its size in bytes."""

    def __init__(self, archive: zipfile.ZipFile, size: int) -> None:
        self._archive, self._size = archive, size

    def members(self) -> Iterator[Member]:
        for info in self._archive.infolist():
            if not info.is_dir() and not stat.S_ISDIR(info.external_attr >> 16):
                yield Member(info.filename, functools.partial(self._archive.open, info), _refused(info))

    def taken(self) -> int:
        return self._size


def _refused(info: zipfile.ZipInfo) -> RefusedError | None:
    mode = info.external_attr >> 16
    if info.flag_bits & (_ENCRYPTED | _STRONGLY_ENCRYPTED):
        return RefusedError("encrypted", "It is encrypted. Unpack the archive with its password.")
    if stat.S_IFMT(mode) and not stat.S_ISREG(mode):
        return RefusedError("unknown-type", "It is no regular file but a link or a device. Pack what it points to, if it belongs there.")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        message = f"It is packed by method {info.compress_type}, which cannot be unpacked here. Unpack it, or pack it with deflate."
        return RefusedError("unknown-packing", message)
    return None


def _refuse_long_list(file: IO[bytes]) -> None:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _END_SIZE - _COMMENT - 128))
    tail = file.read()
    file.seek(0)
    end = tail.rfind(_END)
    listed = 0
    if 0 <= end <= len(tail) - _END_SIZE:
        (listed,) = struct.unpack_from("<L", tail, end + _LIST_AT)
    if listed == _IN_ZIP64 and 0 <= (end64 := tail.rfind(_END64)) <= len(tail) - _LIST_AT64 - 8:
        (listed,) = struct.unpack_from("<Q", tail, end64 + _LIST_AT64)
    if listed > _MOST_LIST:
        raise RefusedError("too-many", f"Its list of files has {listed:,} bytes, expected at most {_MOST_LIST:,}. Unpack it.")
