"""Where arrays stand that do not fit into memory: in files without a name, mapped, whose pages the process can let go of.

A mapped file counts as memory of the process for as long as its pages stay mapped, and the system keeps them until it is short of memory
itself. So the process lets go of them (`release_memory`) as soon as it holds more than it may: what is touched again comes back from the
system's cache in microseconds, or from the disk. Nothing is lost by it, written pages neither, and results do not depend on it.
"""

from __future__ import annotations

import mmap
import os
import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

import numpy as np

from saring.compute.growing_array import GrowingArray
from saring.core.errors import SaringError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ArrayStore", "DiskArray", "ResidentMemory", "resident_memory"]

_Number = TypeVar("_Number", bound=np.generic)

_STATM = Path("/proc/self/statm")
_PART = 1 << 20  # elements written at a time
_WAITING = 1 << 16  # elements that are written together: a call of the system takes as long as copying so many bytes
_WORKERS = 4  # the part of the memory that each of several processes may take
_LEAST = 8  # pages of files may always take this part of what the process may


class ArrayStore:
    """Makes arrays, in memory or in files.

    Attributes:
        spill: whether they stand in files.
        limit: bytes of memory that the process may take before it lets go of what is in files.
    """

    def __init__(self, *, spill: bool = False, limit: int = 0) -> None:
        self.spill, self.limit = spill, limit
        self._maps: weakref.WeakSet[mmap.mmap] = weakref.WeakSet()

    def growing(self, dtype: type[_Number]) -> GrowingArray[_Number] | DiskArray[_Number]:
        """Return an array to which rows can be added."""
        return self.filed(dtype) if self.spill else GrowingArray[_Number](dtype)

    def filed(self, dtype: type[_Number]) -> DiskArray[_Number]:
        """Return one that stands in a file whether arrays are to or not."""
        return DiskArray[_Number](dtype, self)

    def zeros(self, shape: tuple[int, ...], dtype: type[_Number]) -> NDArray[_Number]:
        """Return an array of zeros, that can be written to."""
        if not self.spill:
            return np.zeros(shape, dtype=dtype)
        # Written and not left as a hole: a disk that is full says so here, and not by a signal when a page of the hole is touched.
        made, left = self.filed(dtype), int(np.prod(shape))
        while left > 0:
            made.add(np.zeros(min(left, _PART), dtype=dtype))
            left -= _PART
        return made.whole().reshape(shape)

    def __reduce__(self) -> tuple[type[ArrayStore], tuple[()], dict[str, Any]]:
        """In another process it has nothing yet, and less to spend: the one that it comes from and others beside it hold some too."""
        return ArrayStore, (), {"spill": self.spill, "limit": self.limit // _WORKERS}

    def mapped(self, file: int, *, writable: bool = True) -> mmap.mmap:
        """Map an open file that is not empty, by its number."""
        mapped = mmap.mmap(file, 0) if writable else mmap.mmap(file, 0, access=mmap.ACCESS_READ)
        self._maps.add(mapped)
        return mapped

    def release_memory(self) -> None:
        """Let go of what is mapped, if the process holds more than it may. Takes microseconds: call it often."""
        if not self._maps or not hasattr(mmap, "MADV_DONTNEED"):
            return
        held = resident_memory()
        # Where the rest alone is more than it may, giving back every page at once would mean to fetch it again and again.
        if held.all > self.limit and held.files > self.limit // _LEAST:
            for mapped in list(self._maps):
                mapped.madvise(mmap.MADV_DONTNEED)


class DiskArray(Generic[_Number]):
    """As `GrowingArray`, but in a file, which is gone when nobody refers to the array any more, or when the process ends."""

    def __init__(self, dtype: type[_Number], scratch: ArrayStore) -> None:
        self._dtype, self._scratch = dtype, scratch
        self._file = tempfile.TemporaryFile(prefix="saring-", buffering=0)  # noqa: SIM115 - closed where it is mapped
        self._shape: tuple[int, ...] = ()
        self._used, self._written = 0, 0
        self._waiting: list[NDArray[_Number]] = []
        self._flat: NDArray[_Number] | None = None

    def add(self, rows: NDArray[_Number]) -> None:
        """Add rows, all as wide as the first ones."""
        self._shape = rows.shape[1:]
        self._used += rows.size
        self._waiting.append(np.array(rows, dtype=self._dtype).ravel())
        if self._used - self._written >= _WAITING:
            self._write()

    def whole(self, size: int | None = None) -> NDArray[_Number]:
        """Return all rows, or the first elements, so many; nothing may be added afterwards."""
        if self._flat is None:
            self._write()
            self._flat = np.empty(0, dtype=self._dtype)
            if self._used:
                self._flat = np.frombuffer(self._scratch.mapped(self._file.fileno()), dtype=self._dtype)
            self._file.close()
        return self._flat[:size].reshape(-1, *self._shape)

    def _write(self) -> None:
        if self._waiting:
            try:
                np.concatenate(self._waiting).tofile(self._file)
            except OSError as error:
                hint = "Make room there, or name a larger folder by TMPDIR; the last release is as it was."
                raise SaringError(f"{tempfile.gettempdir()}: temporary files of the search cannot be written: {error}. {hint}") from error
            self._waiting, self._written = [], self._used


class ResidentMemory(NamedTuple):
    """Bytes of memory: all that the process holds, and what of it are pages of files."""

    all: float
    files: float


def resident_memory() -> ResidentMemory:
    """Return how much memory this process holds; infinite where the system does not say."""
    try:
        pages = _STATM.read_text(encoding="ascii").split()
        return ResidentMemory(*(int(pages[place]) * os.sysconf("SC_PAGE_SIZE") for place in (1, 2)))
    except (OSError, ValueError, IndexError):
        return ResidentMemory(float("inf"), float("inf"))
