"""Stream the decompressed bytes of .gz, .zst and plain files, ending at the first damage instead of raising."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import tempfile
import zlib
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple, Protocol

import zstandard

from saring.core.plurals import counted
from saring.read.scrape import Rejection
from saring.storage.paths import is_local, open_binary

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from io import BufferedReader

    from _typeshed import WriteableBuffer

__all__ = ["COMPRESSION_SUFFIXES", "Damage", "DamagedError", "Stream"]

#: Suffixes of compressed files.
COMPRESSION_SUFFIXES = (".gz", ".zst")

#: Compressed bytes that are decompressed at a time. The result is held in memory: 1 KB of zstd can become 32 MB, of gzip 1 MB.
_COMPRESSED_CHUNK = 1024

#: A file that decompresses to more bytes than the first number, and to more than the second number times what was read of it, is a
#: decompression bomb. Deflate reaches 1,032 to 1, zstd far more; WARC and JSON Lines of real sites stay below 30. A judgement.
_BOMB_BYTES = 64_000_000
_BOMB_RATIO = 200

#: The largest window that a zstd frame may request, which could be gigabytes: the default limit of the zstd tool itself (--memory).
_ZSTD_WINDOW = 1 << 27


class Damage(NamedTuple):
    """The error that ended a stream of decompressed bytes early, as the reason code and message of a rejection.

    Attributes:
        reason: the reason code, such as `truncated`.
        message: what happened and what to do, as full sentences.
    """

    reason: str
    message: str

    def rejection(self, source: str, size: int | None = None) -> Rejection:
        """Return the rejection of a file from which no record could be read because of the damage."""
        return Rejection(source, self.reason, self.message, bytes=size)

    def rejection_of_rest(self, source: str, complete: int, unit: str, plural: str | None = None) -> Rejection:
        """Return one rejection for all records of a file that come after the damage.

        Args:
            source: the file's path in raw/.
            complete: how many records were read completely before the damage.
            unit: what a record is called, such as "line".
            plural: its plural, where that is not formed with an s.
        """
        if complete > 1:
            before = f"its first {counted(complete, unit, plural)} were"
        else:
            before = f"its first {unit} was" if complete else f"no complete {unit} was"
        return Rejection(source, self.reason, f"{self.message} Before the damage, {before} read.")


class DamagedError(Exception):
    """Raised by the file object under a `Stream`, such as an archive member, to end the stream with a `Damage`."""

    def __init__(self, reason: str, message: str) -> None:
        self.damage = Damage(reason, message)
        super().__init__(message)


def _unreadable(error: OSError) -> Damage:
    """Convert an error of reading a file, by the operating system or the object store, to a `Damage`."""
    return Damage("unreadable", f"The file cannot be read: {error.strerror or error}. Check its permissions and the disk.")


class _Decompressor(Protocol):
    """Common interface of the decompression objects of zlib and zstandard."""

    @property
    def eof(self) -> bool:
        """Whether the end of the compressed member or frame was reached."""

    @property
    def unused_data(self) -> bytes:
        """The bytes after the end of the compressed member or frame."""

    def decompress(self, data: bytes, /) -> bytes:
        """Return the decompressed form of the next compressed bytes."""


def _new_decompressor(suffix: str) -> _Decompressor:
    """Return a decompressor for one gzip member or zstd frame, chosen by the file's suffix."""
    if suffix == ".gz":
        return zlib.decompressobj(wbits=31)
    return zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj()


class Stream(io.RawIOBase):
    """Raw stream of a file's decompressed bytes whose reads never raise: an error ends the stream and is recorded.

    Attributes:
        damage: the reason why the stream ended early, if it did; final once the end is reached.
    """

    def __init__(self, source: Path | BufferedReader, suffix: str) -> None:
        """Prepare a stream of a file, which is opened at the first read.

        Args:
            source: the path of a file, or a file that is open already, such as standard input or an archive member.
            suffix: one of `COMPRESSION_SUFFIXES`, or empty for a file that is not compressed.
        """
        super().__init__()
        self.damage: Damage | None = None
        self._buffered = memoryview(b"")
        self._position = 0
        self._source, self._suffix = source, suffix
        self._chunks = self._read_chunks()

    def readable(self) -> bool:
        """Return True: the stream can be read."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Read decompressed bytes into a buffer and return their number, perhaps fewer than fit; 0 at the end or at damage."""
        while not self._buffered:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._buffered = memoryview(chunk)
        view = memoryview(buffer)
        size = min(len(view), len(self._buffered))
        view[:size] = self._buffered[:size]
        self._buffered = self._buffered[size:]
        self._position += size
        return size

    def peek(self, size: int) -> bytes:
        """Return the next decompressed bytes without consuming them: `size` of them, or fewer at the end of the stream."""
        parts = [bytes(self._buffered)]
        buffered = len(self._buffered)
        while buffered < size and (chunk := next(self._chunks, None)) is not None:
            parts.append(chunk)
            buffered += len(chunk)
        self._buffered = memoryview(b"".join(parts))
        return bytes(self._buffered[:size])

    def tell(self) -> int:
        """Return how many decompressed bytes have been read."""
        return self._position

    def reopen(self) -> Stream:
        """Return a new stream of the same file from its start; a file that was passed open is rewound for it."""
        if isinstance(self._source, io.BufferedReader):
            self._source.seek(0)
        return Stream(self._source, self._suffix)

    @contextlib.contextmanager
    def as_file(self) -> Iterator[IO[bytes]]:
        """Provide the decompressed bytes as a named, seekable file, for formats that are not read sequentially (Parquet, ZIP).

        A local, uncompressed file is opened as it is; any other is copied to a temporary file. Must be called before the first read.
        """
        if isinstance(self._source, Path) and is_local(self._source) and not self._suffix:
            with contextlib.ExitStack() as stack:
                try:
                    file = stack.enter_context(self._source.open("rb"))
                except OSError as error:
                    self.damage = _unreadable(error)
                    file = stack.enter_context(Path(os.devnull).open("rb"))
                yield file
            return
        with tempfile.NamedTemporaryFile(prefix="saring-") as copy:
            shutil.copyfileobj(self, copy, 1 << 20)
            copy.flush()
            copy.seek(0)
            yield copy

    def close(self) -> None:
        """Close the file under the stream."""
        self._chunks.close()
        super().close()

    def _read_chunks(self) -> Generator[bytes]:
        """Yield the decompressed bytes of the file in chunks of any size; on an error set `damage` and end."""
        try:
            with contextlib.nullcontext(self._source) if isinstance(self._source, io.BufferedReader) else open_binary(self._source) as file:
                if self._suffix:
                    yield from self._decompress(file)
                else:
                    while chunk := file.read1(1 << 20):  # not `read`: a pipe yields what it has
                        yield chunk
        except EOFError:
            self.damage = Damage("truncated", f"The file is truncated: its {self._suffix} data ends too early. Fetch it again.")
        except (zlib.error, zstandard.ZstdError) as error:
            message = (
                f"The {self._suffix} data is damaged from byte {self._position} of the decompressed file on ({error}). Fetch it again."
            )
            self.damage = Damage("damaged", message)
        except DamagedError as error:
            self.damage = error.damage
        except OSError as error:
            self.damage = _unreadable(error)

    def _decompress(self, file: BufferedReader) -> Iterator[bytes]:
        """Yield the decompressed bytes of a file of gzip members or zstd frames; a decompression bomb sets `damage` and ends.

        Raises:
            EOFError: the file ends within a member or frame.
        """
        compressed_bytes = decompressed_bytes = 0
        decompressor = None
        while data := file.read(_COMPRESSED_CHUNK):
            compressed_bytes += len(data)
            # Several members in a row are one file; between and after them, tapes and block devices pad with NULs.
            while data := data if decompressor else data.lstrip(b"\0"):
                decompressor = decompressor or _new_decompressor(self._suffix)
                chunk = decompressor.decompress(data)
                decompressed_bytes += len(chunk)
                yield chunk
                data = decompressor.unused_data if decompressor.eof else b""
                decompressor = None if decompressor.eof else decompressor
            if decompressed_bytes > _BOMB_BYTES and decompressed_bytes > _BOMB_RATIO * compressed_bytes:
                message = (
                    f"The file decompresses to more than {_BOMB_RATIO} times its size, as a decompression bomb does. "
                    "If it is genuine, decompress it by hand."
                )
                self.damage = Damage("bomb", message)
                return
        if decompressor is not None:
            raise EOFError
