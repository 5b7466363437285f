"""Read .zip archives with the standard library's zipfile, after bounding the size of their central directory."""

from __future__ import annotations

import contextlib
import functools
import os
import stat
import struct
import zipfile
from typing import IO, TYPE_CHECKING

from saring.read.archive_member import Member
from saring.read.rejection_messages import error_summary
from saring.read.scrape import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saring.read.compression import Stream

__all__ = ["SUFFIXES", "open_archive"]

SUFFIXES = (".zip",)

#: The most bytes of a central directory; zipfile holds it in memory in about ten times as many. A judgement.
_MAX_DIRECTORY = 32_000_000
#: The end-of-central-directory record (APPNOTE.TXT, 4.3.16): its signature, its size, and the longest comment after it.
_END, _END_SIZE, _MAX_COMMENT = b"PK\5\6", 22, 65_535
#: Where in that record the directory's size is, and the value that refers to the ZIP64 record instead.
_DIRECTORY_SIZE_AT = 12
_IN_ZIP64 = 0xFFFFFFFF
#: The ZIP64 end-of-central-directory record (4.3.14): its signature, and where in it the directory's size is.
_END64, _DIRECTORY_SIZE_AT64 = b"PK\6\6", 40
#: Bits of a member's flags (4.4.4).
_ENCRYPTED, _STRONGLY_ENCRYPTED = 0x1, 0x40


@contextlib.contextmanager
def open_archive(stream: Stream) -> Iterator[_ZipArchive]:
    """Open the ZIP archive in a stream, which is copied to a temporary file unless it is a local file.

    Raises:
        RefusedError: the file is damaged or not a ZIP archive, or lists too many members.
    """
    with stream.as_file() as file:
        if stream.damage:
            raise RefusedError(stream.damage.reason, stream.damage.message)
        _refuse_large_directory(file)
        try:
            archive = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, OverflowError, struct.error) as error:
            message = f"The archive is damaged or not a ZIP archive ({error_summary(error)}). Fetch it again."
            raise RefusedError("bad-zip", message) from error
        with archive:
            yield _ZipArchive(archive, file.seek(0, os.SEEK_END))


class _ZipArchive:
    """An open ZIP archive (`archive_member.Archive`) of a known size in bytes."""

    def __init__(self, archive: zipfile.ZipFile, size: int) -> None:
        self._archive, self._size = archive, size

    def members(self) -> Iterator[Member]:
        """Yield the members of the archive in the order of its central directory."""
        for info in self._archive.infolist():
            if not info.is_dir() and not stat.S_ISDIR(info.external_attr >> 16):
                yield Member(info.filename, functools.partial(self._archive.open, info), _refusal(info))

    def bytes_read(self) -> int:
        """Return the size of the archive, an upper bound of what has been read of it."""
        return self._size


def _refusal(info: zipfile.ZipInfo) -> RefusedError | None:
    """Return the refusal of a ZIP member that is encrypted, a link or a device, or compressed by an unknown method; else None."""
    mode = info.external_attr >> 16
    if info.flag_bits & (_ENCRYPTED | _STRONGLY_ENCRYPTED):
        return RefusedError("encrypted", "The file is encrypted. Unpack the archive with its password.")
    if stat.S_IFMT(mode) and not stat.S_ISREG(mode):
        message = "This is a link or device, not a regular file. Pack the link's target instead, if it belongs there."
        return RefusedError("unknown-type", message)
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        message = (
            f"The file is compressed by method {info.compress_type}, which is not supported. Unpack the archive, or pack it with deflate."
        )
        return RefusedError("unknown-packing", message)
    return None


def _refuse_large_directory(file: IO[bytes]) -> None:
    """Raise `RefusedError` where the central directory of a ZIP file is too large for memory, by the size that its end record gives."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _END_SIZE - _MAX_COMMENT - 128))
    tail = file.read()
    file.seek(0)
    end = tail.rfind(_END)
    directory_size = 0
    if 0 <= end <= len(tail) - _END_SIZE:
        (directory_size,) = struct.unpack_from("<L", tail, end + _DIRECTORY_SIZE_AT)
    if directory_size == _IN_ZIP64 and 0 <= (end64 := tail.rfind(_END64)) <= len(tail) - _DIRECTORY_SIZE_AT64 - 8:
        (directory_size,) = struct.unpack_from("<Q", tail, end64 + _DIRECTORY_SIZE_AT64)
    if directory_size > _MAX_DIRECTORY:
        message = f"The archive's list of files has {directory_size:,} bytes, expected at most {_MAX_DIRECTORY:,}. Unpack it."
        raise RefusedError("too-many", message)
