"""Tar archives: .tar, mostly packed as .tar.gz, .tgz or .tar.zst; by the standard library, as a stream."""

from __future__ import annotations

import contextlib
import functools
import io
import tarfile
from typing import IO, TYPE_CHECKING, cast

from saring.read.archive import Member
from saring.read.scrape import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

    from saring.read.compression import Stream

__all__ = ["SUFFIXES", "opened"]

SUFFIXES = (".tar",)

_BUFFER = 1 << 20
_ERRORS = (tarfile.TarError, OSError, EOFError, ValueError, OverflowError, LookupError, RecursionError)


@contextlib.contextmanager
def opened(stream: Stream) -> Iterator[_Tar]:
    """Give the archive in a file; what is damaged shows as it is read."""
    yield _Tar(stream)


class _Header(tarfile.TarInfo):
    """A header of a member; a damaged one is no end of the archive, for which tarfile takes it."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        try:
            return super().frombuf(buf, encoding, errors)
        except (tarfile.TruncatedHeaderError, tarfile.InvalidHeaderError) as error:  # type: ignore[attr-defined] # not in the stubs
            raise tarfile.ReadError(str(error)) from error


class _Tar:
    """An archive that is read from its start each time it is asked for its members."""

    def __init__(self, stream: Stream) -> None:
        self._stream, self._passes = stream, 0

    def members(self) -> Iterator[Member]:
        self._passes += 1
        first = self._passes == 1
        stream = self._stream if not first else self._stream.again()
        with contextlib.ExitStack() as stack:
            if first:
                stack.enter_context(stream)
            try:
                buffered = io.BufferedReader(stream, _BUFFER)
                archive = stack.enter_context(tarfile.open(fileobj=buffered, mode="r|", tarinfo=_Header, encoding="utf-8"))
                for info in archive:
                    archive.members = []  # type: ignore[attr-defined] # all are kept by default
                    if not info.isdir():
                        yield Member(info.name, functools.partial(_file, archive, info), _refused(info))
            except _ERRORS as error:
                said = " ".join(str(error).split())[:100].rstrip(".")
                raise RefusedError("bad-tar", f"It is damaged or no tar archive ({said}). Fetch it again, whole.") from error

    def taken(self) -> int:
        return self._stream.tell()


def _file(archive: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    return cast("IO[bytes]", archive.extractfile(info))


def _refused(info: tarfile.TarInfo) -> RefusedError | None:
    if info.isreg():
        return None
    return RefusedError("unknown-type", "It is no regular file but a link or a device. Pack what it points to, if it belongs there.")
