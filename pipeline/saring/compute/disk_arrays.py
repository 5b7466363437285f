"""Disk-backed arrays: numpy arrays in unnamed, memory-mapped temporary files, whose pages the process can release.

The pages of a mapped file count as memory of the process as long as they stay mapped, and the system unmaps them only when it is short of
memory itself. So the process releases them (`ArrayStore.release_memory`) as soon as it holds more memory than its limit. A page that is used
again comes back from the system's page cache in microseconds, or from the disk. Written pages are not lost, and results do not depend on it.
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

#: Elements of zeros that are written at a time.
_ZEROS = 1 << 20

#: Elements that are buffered before they are written: a system call takes as long as copying about as many bytes.
_BUFFERED = 1 << 16

#: A worker process may take this part of the memory limit of its parent, a quarter. A judgement.
_WORKER_SHARE = 4

#: Pages of files may always take this part of the memory limit, an eighth. A judgement.
_FILE_SHARE = 8


class ArrayStore:
    """Factory of arrays, in memory or disk-backed, that keeps the memory of the process below a limit.

    Attributes:
        spill: whether arrays are disk-backed.
        limit: bytes of memory that the process may hold before it releases the pages of disk-backed arrays.
    """

    def __init__(self, *, spill: bool = False, limit: int = 0) -> None:
        self.spill, self.limit = spill, limit
        self._maps: weakref.WeakSet[mmap.mmap] = weakref.WeakSet()

    def new_array(self, dtype: type[_Number]) -> GrowingArray[_Number] | DiskArray[_Number]:
        """Return an empty array to which rows can be appended: disk-backed if `spill`, else in memory."""
        return self.new_disk_array(dtype) if self.spill else GrowingArray[_Number](dtype)

    def new_disk_array(self, dtype: type[_Number]) -> DiskArray[_Number]:
        """Return an empty array to which rows can be appended, disk-backed even if `spill` is false."""
        return DiskArray[_Number](dtype, self)

    def zeros(self, shape: tuple[int, ...], dtype: type[_Number]) -> NDArray[_Number]:
        """Return a writable array of zeros: disk-backed if `spill`, else in memory."""
        if not self.spill:
            return np.zeros(shape, dtype=dtype)
        # Zeros are written, not left as a hole in the file: so a full disk raises here, and not a signal when a page of the hole is touched.
        array, missing = self.new_disk_array(dtype), int(np.prod(shape))
        while missing > 0:
            array.add(np.zeros(min(missing, _ZEROS), dtype=dtype))
            missing -= _ZEROS
        return array.to_array().reshape(shape)

    def __reduce__(self) -> tuple[type[ArrayStore], tuple[()], dict[str, Any]]:
        """Pickle the store, for a worker, without its arrays and with a quarter of its limit, since all processes share the machine's memory."""
        return ArrayStore, (), {"spill": self.spill, "limit": self.limit // _WORKER_SHARE}

    def map_file(self, file: int, *, writable: bool = True) -> mmap.mmap:
        """Memory-map an open file that is not empty, so that `release_memory` releases its pages too.

        Args:
            file: its descriptor.
            writable: whether the mapping may be written to.
        """
        mapped = mmap.mmap(file, 0) if writable else mmap.mmap(file, 0, access=mmap.ACCESS_READ)
        self._maps.add(mapped)
        return mapped

    def release_memory(self) -> None:
        """Release the mapped pages of files if the process holds more memory than its limit. Takes microseconds: call it often."""
        if not self._maps or not hasattr(mmap, "MADV_DONTNEED"):
            return
        resident = resident_memory()
        # Where other memory alone exceeds the limit, releasing every page at once would mean to fetch the same ones again and again.
        if resident.all > self.limit and resident.files > self.limit // _FILE_SHARE:
            for mapped in list(self._maps):
                mapped.madvise(mmap.MADV_DONTNEED)


class DiskArray(Generic[_Number]):
    """Disk-backed `GrowingArray`: its file has no name, and is deleted with the array or at the end of the process."""

    def __init__(self, dtype: type[_Number], store: ArrayStore) -> None:
        self._dtype, self._store = dtype, store
        self._file = tempfile.TemporaryFile(prefix="saring-", buffering=0)  # noqa: SIM115 - closed where it is mapped
        self._shape: tuple[int, ...] = ()
        self._used, self._written = 0, 0
        self._buffered_rows: list[NDArray[_Number]] = []
        self._flat: NDArray[_Number] | None = None

    def add(self, rows: NDArray[_Number]) -> None:
        """Append rows: an array of shape (n, ...), where all but the first dimension is that of the rows before.

        Raises:
            SaringError: the disk is full.
        """
        self._shape = rows.shape[1:]
        self._used += rows.size
        self._buffered_rows.append(np.array(rows, dtype=self._dtype).ravel())
        if self._used - self._written >= _BUFFERED:
            self._write()

    def to_array(self, size: int | None = None) -> NDArray[_Number]:
        """Return the rows as a memory-mapped array; no rows may be added afterwards.

        Args:
            size: return only the rows in the first `size` elements (of the flattened array); None returns all rows.
        """
        if self._flat is None:
            self._write()
            self._flat = np.empty(0, dtype=self._dtype)
            if self._used:
                self._flat = np.frombuffer(self._store.map_file(self._file.fileno()), dtype=self._dtype)
            self._file.close()
        return self._flat[:size].reshape(-1, *self._shape)

    def _write(self) -> None:
        """Write the buffered rows to the file."""
        if self._buffered_rows:
            try:
                np.concatenate(self._buffered_rows).tofile(self._file)
            except OSError as error:
                hint = "Make room there, or set TMPDIR to a folder with more room; the last release is as it was."
                raise SaringError(f"{tempfile.gettempdir()}: temporary files of the search cannot be written: {error}. {hint}") from error
            self._buffered_rows, self._written = [], self._used


class ResidentMemory(NamedTuple):
    """Resident memory of a process in bytes: all of it, and the part that is pages of mapped files."""

    all: float
    files: float


def resident_memory() -> ResidentMemory:
    """Return the resident memory of this process, from /proc/self/statm; infinite on systems that have no such file."""
    try:
        pages = _STATM.read_text(encoding="ascii").split()
        return ResidentMemory(*(int(pages[place]) * os.sysconf("SC_PAGE_SIZE") for place in (1, 2)))
    except (OSError, ValueError, IndexError):
        return ResidentMemory(float("inf"), float("inf"))
