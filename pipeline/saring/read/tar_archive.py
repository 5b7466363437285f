"""Read .tar archives, mostly compressed as .tar.gz, .tgz or .tar.zst, as a stream with the standard library's tarfile."""

from __future__ import annotations

import contextlib
import functools
import io
import tarfile
from typing import IO, TYPE_CHECKING, cast

from saring.read.archive_member import Member
from saring.read.rejection_messages import error_summary
from saring.read.scrape import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

    from saring.read.compression import Stream

__all__ = ["SUFFIXES", "open_archive"]

SUFFIXES = (".tar",)

_BUFFER = 1 << 20
#: What tarfile raises for damaged archives.
_ERRORS = (tarfile.TarError, OSError, EOFError, ValueError, OverflowError, LookupError, RecursionError)


@contextlib.contextmanager
def open_archive(stream: Stream) -> Iterator[_TarArchive]:
    """Open the tar archive in a stream, as a context manager; damage raises an error only when the members are read."""
    yield _TarArchive(stream)


class _StrictHeader(tarfile.TarInfo):
    """Header of a tar member that raises an error where it is damaged; tarfile would take it for the end of the archive."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        """Parse a header block of 512 bytes.

        Raises:
            tarfile.ReadError: the header is damaged.
        """
        try:
            return super().frombuf(buf, encoding, errors)
        except (tarfile.TruncatedHeaderError, tarfile.InvalidHeaderError) as error:  # type: ignore[attr-defined] # not in the stubs
            raise tarfile.ReadError(str(error)) from error


class _TarArchive:
    """A tar archive (`archive_member.Archive`), which is read again from its start for each pass over its members."""

    def __init__(self, stream: Stream) -> None:
        self._stream, self._passes = stream, 0

    def members(self) -> Iterator[Member]:
        """Yield the members of the archive in order.

        Raises:
            RefusedError: `bad-tar`: the archive is damaged.
        """
        self._passes += 1
        is_first_pass = self._passes == 1
        stream = self._stream if not is_first_pass else self._stream.reopen()
        with contextlib.ExitStack() as stack:
            if is_first_pass:
                stack.enter_context(stream)
            try:
                buffered = io.BufferedReader(stream, _BUFFER)
                archive = stack.enter_context(tarfile.open(fileobj=buffered, mode="r|", tarinfo=_StrictHeader, encoding="utf-8"))
                for info in archive:
                    archive.members = []  # type: ignore[attr-defined] # tarfile keeps all of them in memory
                    if not info.isdir():
                        yield Member(info.name, functools.partial(_open_member, archive, info), _refusal(info))
            except _ERRORS as error:
                message = f"The archive is damaged or not a tar archive ({error_summary(error)}). Fetch it again."
                raise RefusedError("bad-tar", message) from error

    def bytes_read(self) -> int:
        """Return how many decompressed bytes of the archive have been read in the last pass."""
        return self._stream.tell()


def _open_member(archive: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    """Open the bytes of a regular file in a tar archive."""
    return cast("IO[bytes]", archive.extractfile(info))


def _refusal(info: tarfile.TarInfo) -> RefusedError | None:
    """Return the refusal of a tar member that is a link or device; None for a regular file."""
    if info.isreg():
        return None
    return RefusedError(
        "unknown-type", "This is a link or device, not a regular file. Pack the link's target instead, if it belongs there."
    )
