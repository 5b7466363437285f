"""Members of an open .zip or .tar archive, and the reader that decompresses one while counting its bytes against zip bombs."""

from __future__ import annotations

import io
from typing import IO, TYPE_CHECKING, NamedTuple, Protocol

from saring.read.compression import DamagedError
from saring.read.rejection_messages import error_summary
from saring.read.scrape import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from _typeshed import WriteableBuffer

__all__ = ["Archive", "Member", "MemberReader", "UnpackedSizeMeter"]

#: Members that together unpack to more bytes than the first number, and to more than the second number times the bytes read of the
#: archive, are a decompression bomb; this also covers .zip files in which members overlap. Both are a judgement, in line with
#: `compression`: archives of real pages stay far below the ratio.
_BOMB_BYTES = 256_000_000
_BOMB_RATIO = 200
_BOMB = f"unpacks to more than {_BOMB_RATIO} times its size, as a decompression bomb does. If it is genuine, unpack it by hand."


class Member(NamedTuple):
    """One file in a .zip or .tar archive; folders are no members.

    Attributes:
        name: its path as the archive has it, not yet cleaned.
        open: opens its decompressed bytes, which can be read until the next member is requested.
        refused: the reason why it cannot be read (encrypted, a link, an unknown compression method), if there is one.
    """

    name: str
    open: Callable[[], IO[bytes]]
    refused: RefusedError | None = None


class Archive(Protocol):
    """An open .zip or .tar archive whose members can be listed and read in order."""

    def members(self) -> Iterator[Member]:
        """Yield the members of the archive in order; each call starts again at the first.

        Raises:
            RefusedError: the archive is damaged from some member on.
        """

    def bytes_read(self) -> int:
        """Return how many bytes of the archive file have been read so far, or an upper bound of that, such as the size of the file."""


class UnpackedSizeMeter:
    """Running total of the bytes that the members of one archive unpack to, compared with the archive's size to stop zip bombs."""

    def __init__(self, archive: Archive) -> None:
        self._archive, self._unpacked = archive, 0

    def add(self, size: int) -> None:
        """Add a number of decompressed bytes to the archive's total.

        Raises:
            DamagedError: the total is that of a decompression bomb; ends the member that is being read, with the rejection reason `bomb`.
        """
        self._unpacked += size
        if self._is_bomb():
            raise DamagedError("bomb", f"The archive {_BOMB}")

    def check(self) -> None:
        """Raise if the archive has turned out to be a decompression bomb, so that no further member is read.

        Raises:
            RefusedError: it is one; with the rejection reason `bomb`.
        """
        if self._is_bomb():
            raise RefusedError("bomb", f"The archive {_BOMB}")

    def _is_bomb(self) -> bool:
        """Tell whether the archive's decompressed bytes exceed both the absolute bound and the bound relative to its size."""
        return self._unpacked > _BOMB_BYTES and self._unpacked > _BOMB_RATIO * self._archive.bytes_read()


class MemberReader(io.RawIOBase):
    """Raw stream of one archive member's decompressed bytes, which it counts; the member is opened at the first read.

    Errors of the various decoders become `DamagedError`, which `compression.Stream` turns into the end of the stream.
    """

    name = ""

    def __init__(self, member: Member, meter: UnpackedSizeMeter | None) -> None:
        super().__init__()
        self._member, self._meter = member, meter
        self._file: IO[bytes] | None = None

    def readable(self) -> bool:
        """Return True: the stream can be read."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Read decompressed bytes into a buffer and return their number; 0 at the end of the member.

        Raises:
            DamagedError: the member is damaged, or the archive is a decompression bomb.
        """
        self._file = self._file or self._member.open()
        view = memoryview(buffer)
        try:
            data = self._file.read(len(view))
        except DamagedError:
            raise
        except Exception as error:  # each decoder raises classes of its own
            message = f"The file is damaged in the archive ({error_summary(error)}). Fetch the archive again."
            raise DamagedError("damaged", message) from error
        view[: len(data)] = data
        if self._meter:
            self._meter.add(len(data))
        return len(data)

    def close(self) -> None:
        """Close the member, if it was opened."""
        if self._file and not self.closed:
            self._file.close()
        super().close()
