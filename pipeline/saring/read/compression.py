"""Files, packed or not, as one stream of bytes that ends where the damage begins."""

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

__all__ = ["PACKINGS", "Damage", "DamagedError", "Stream"]

#: The suffixes of packed files.
PACKINGS = (".gz", ".zst")

#: Packed bytes unpacked at a time. What they become is held as a whole: 1 KB of zstd can become 32 MB, of gzip 1 MB.
_SLICE = 1024

#: A container that unpacks to more than this many bytes, and to more than so many times what was read of it, is a bomb. Deflate
#: reaches 1,032 to 1, zstd far more; WARC and JSON Lines of real sites stay below 30.
_FREE = 64_000_000
_RATIO = 200

#: A zstd frame may ask for a window of gigabytes; this is what the zstd tool itself allows unless told otherwise.
_WINDOW = 1 << 27


class Damage(NamedTuple):
    """Why a stream ended early: `reason` and `message` of the rejection for the rest."""

    reason: str
    message: str

    def rejection(self, source: str, size: int | None = None) -> Rejection:
        """Return the rejection for what was lost."""
        return Rejection(source, self.reason, self.message, bytes=size)

    def rest(self, source: str, whole: int, unit: str, plural: str | None = None) -> Rejection:
        """Return the rejection for the rest of a container, of which so many lines or records were read whole."""
        read = (
            f"its first {counted(whole, unit, plural)} were" if whole > 1 else f"its first {unit} was" if whole else f"no whole {unit} was"
        )
        return Rejection(source, self.reason, f"{self.message} Before the damage, {read} read.")


class DamagedError(Exception):
    """Raised by the file that a stream reads from: it ends here, and why."""

    def __init__(self, reason: str, message: str) -> None:
        self.damage = Damage(reason, message)
        super().__init__(message)


def _unreadable(error: OSError) -> Damage:
    return Damage("unreadable", f"It cannot be read: {error.strerror or error}. Check its permissions and the disk.")


class _Decoder(Protocol):
    """What zlib's and zstandard's decompression objects have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, /) -> bytes: ...


def _decoder(packing: str) -> _Decoder:
    if packing == ".gz":
        return zlib.decompressobj(wbits=31)
    return zstandard.ZstdDecompressor(max_window_size=_WINDOW).decompressobj()


class Stream(io.RawIOBase):
    """The unpacked bytes of a file. Reading never raises: what goes wrong ends the stream and stands in `damage`."""

    def __init__(self, source: Path | BufferedReader, packing: str) -> None:
        """Read a file by its path, or one that is open already, such as standard input."""
        super().__init__()
        self.damage: Damage | None = None
        self._left = memoryview(b"")
        self._at = 0
        self._source, self._packing = source, packing
        self._chunks = self._read()

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill a buffer as far as the next bytes go; 0 is the end."""
        while not self._left:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._left = memoryview(chunk)
        view = memoryview(buffer)
        size = min(len(view), len(self._left))
        view[:size] = self._left[:size]
        self._left = self._left[size:]
        self._at += size
        return size

    def peek(self, size: int) -> bytes:
        """Return the next bytes without taking them: so many, or all where there are fewer."""
        parts = [bytes(self._left)]
        held = len(self._left)
        while held < size and (chunk := next(self._chunks, None)) is not None:
            parts.append(chunk)
            held += len(chunk)
        self._left = memoryview(b"".join(parts))
        return bytes(self._left[:size])

    def tell(self) -> int:
        """Return how many bytes were handed out."""
        return self._at

    def again(self) -> Stream:
        """Return the same bytes from their start; of a file that came open, what was read is lost otherwise."""
        if isinstance(self._source, io.BufferedReader):
            self._source.seek(0)
        return Stream(self._source, self._packing)

    @contextlib.contextmanager
    def as_file(self) -> Iterator[IO[bytes]]:
        """Give the unpacked bytes as a file with a name of its own, for formats that are not read from start to end.

        It is the file itself where that is on this disk and not packed, else a temporary copy. Before anything has been read.
        """
        if isinstance(self._source, Path) and is_local(self._source) and not self._packing:
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
        """Close the file."""
        self._chunks.close()
        super().close()

    def _read(self) -> Generator[bytes]:
        try:
            with contextlib.nullcontext(self._source) if isinstance(self._source, io.BufferedReader) else open_binary(self._source) as file:
                if self._packing:
                    yield from self._unpacked(file)
                else:
                    while chunk := file.read1(1 << 20):  # a pipe gives what it has
                        yield chunk
        except EOFError:
            self.damage = Damage("truncated", f"The file ends in the middle of its {self._packing} packing. Fetch it again, whole.")
        except (zlib.error, zstandard.ZstdError) as error:
            message = f"The {self._packing} packing is damaged from byte {self._at} of what it unpacks to ({error}). Fetch it again."
            self.damage = Damage("damaged", message)
        except DamagedError as error:
            self.damage = error.damage
        except OSError as error:
            self.damage = _unreadable(error)

    def _unpacked(self, file: BufferedReader) -> Iterator[bytes]:
        packed = unpacked = 0
        decoder = None
        while data := file.read(_SLICE):
            packed += len(data)
            # Several members in a row are one file; between and after them, tapes and block devices pad with NULs.
            while data := data if decoder else data.lstrip(b"\0"):
                decoder = decoder or _decoder(self._packing)
                chunk = decoder.decompress(data)
                unpacked += len(chunk)
                yield chunk
                data = decoder.unused_data if decoder.eof else b""
                decoder = None if decoder.eof else decoder
            if unpacked > _FREE and unpacked > _RATIO * packed:
                message = f"It unpacks to more than {_RATIO} times its size. If that is right, unpack it by hand."
                self.damage = Damage("bomb", message)
                return
        if decoder is not None:
            raise EOFError
