"""Memory-mapped arrays shared with worker processes: files that each worker maps, in a folder that all of them see.

An array that is pickled for a worker is copied into each of them, and the sentences of a hundred thousand documents are a gigabyte.
"""

from __future__ import annotations

import contextlib
import secrets
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

import numpy as np
import polars as pl

from saring.compute.pool import WorkerDied
from saring.core.arrays import size_batches
from saring.core.errors import SaringError
from saring.core.strings import concat_utf8, split_utf8
from saring.storage.files import atomic_write
from saring.storage.local_copies import local_files
from saring.storage.paths import is_local, make_folder, remove

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from saring.compute.disk_arrays import ArrayStore
    from saring.compute.pool import Executor

__all__ = ["ArraySharer", "SharedArray", "SharedTexts", "sharing_arrays"]

#: Bytes of an array that are written at a time.
_WRITTEN = 1 << 26

_Number = TypeVar("_Number", bound=np.generic)
_Item = TypeVar("_Item")
_Context = TypeVar("_Context")
_Result = TypeVar("_Result")


class SharedArray(Generic[_Number]):
    """Handle on an array shared with worker processes: it is pickled as the name of a file, which a worker maps at first use."""

    def __init__(self, array: NDArray[_Number] | None, file: Path | None, dtype: str, shape: tuple[int, ...]) -> None:
        self._array, self._file, self._dtype, self.shape = array, file, dtype, shape

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the handle without the array, which only the sharing process has in memory."""
        assert self._file is not None  # a serial executor, which has no files, pickles nothing
        return SharedArray, (None, self._file, self._dtype, self.shape)

    def open(self, store: ArrayStore) -> NDArray[_Number]:
        """Return the shared array; in a worker process it is memory-mapped read-only. No process may change it.

        Args:
            store: the array store of this process, which releases the pages of the file when memory is short.
        """
        if self._array is None:
            assert self._file is not None
            self._array = np.empty(self.shape, dtype=self._dtype)
            if self._array.size:
                (local_file,) = local_files([self._file])
                with local_file.open("rb") as opened:
                    mapped = store.map_file(opened.fileno(), writable=False)
                self._array = np.frombuffer(mapped, dtype=self._dtype).reshape(self.shape)
                if not is_local(self._file):
                    local_file.unlink()  # the data lasts as long as it is mapped: a cluster worker lives for weeks, and must not collect copies
        return self._array


class SharedTexts(NamedTuple):
    """Handle on a column of texts shared with worker processes, as one byte array and the ends of the texts in it.

    The texts "ab" and "cde" are the data b"abcde" and the ends [0, 2, 5].

    Attributes:
        ends: byte offset at which each text ends in `data`, after a leading 0.
        texts: the column itself in the sharing process, if the executor is serial; else None.
        data: the concatenated UTF-8 of all texts; None if `texts` is not None.
    """

    ends: SharedArray[np.int64]
    texts: pl.Series | None
    data: SharedArray[np.uint8] | None

    def open(self, store: ArrayStore, begin: int, end: int) -> pl.Series:
        """Return the texts in a range of rows of the shared column.

        Args:
            store: the array store of this process, which releases the pages of the file when memory is short.
            begin: the first row.
            end: the row after the last one.
        """
        if self.texts is not None:
            return self.texts[begin:end]
        assert self.data is not None
        offsets = self.ends.open(store)[begin : end + 1]
        return split_utf8(self.data.open(store)[offsets[0] : offsets[-1]], np.diff(offsets))


class ArraySharer:
    """Shares arrays with the workers of an executor, through files or, with a serial executor, as they are; and maps tasks over them.

    Args:
        executor: maps the tasks.
        folder: the folder of the files, visible to all workers; None for a serial executor.
        store: the array store of this process, which releases the pages of disk-backed arrays while they are written.
    """

    def __init__(self, executor: Executor, folder: Path | None, store: ArrayStore) -> None:
        self._executor, self._folder, self._store, self._files = executor, folder, store, 0

    def share(self, array: NDArray[_Number]) -> SharedArray[_Number]:
        """Share an array; return a handle that can be pickled for a worker.

        Raises:
            SaringError: the folder's disk is full.
        """
        rows = max(1, _WRITTEN // max(array[:1].nbytes, 1))
        file = self._write_file(array[low : low + rows] for low in range(0, len(array), rows))
        return SharedArray(array if file is None else None, file, array.dtype.str, array.shape)

    def share_texts(self, texts: pl.Series) -> SharedTexts:
        """Share a column of texts without nulls; return a handle that can be pickled for a worker.

        Raises:
            SaringError: the folder's disk is full.
        """
        sizes = texts.str.len_bytes().cast(pl.Int64).to_numpy()
        file = self._write_file(concat_utf8(texts[part]) for part in size_batches(sizes, _WRITTEN))
        data = None if file is None else SharedArray[np.uint8](None, file, "u1", (int(sizes.sum()),))
        return SharedTexts(self.share(np.append(0, np.cumsum(sizes))), texts if file is None else None, data)

    def _write_file(self, parts: Iterable[NDArray[Any]]) -> Path | None:
        """Write the parts of an array to a new file of the folder, and return its path; None with a serial executor."""
        if self._folder is None:
            return None
        file = self._folder / f"{self._files}.bin"
        self._files += 1
        try:
            with atomic_write(file) as temporary, temporary.open("wb") as opened:
                for part in parts:
                    np.ascontiguousarray(part).tofile(opened)
                    self._store.release_memory()  # reading a disk-backed array has mapped its pages
        except OSError as error:
            raise SaringError(f"{file}: cannot be written: {error}. Make room there; the last release is as it was.") from error
        return file

    def share_all(self, arrays: Iterable[NDArray[Any]]) -> tuple[SharedArray[Any], ...]:
        """Share several arrays; return their handles."""
        return tuple(map(self.share, arrays))

    def map_tasks(self, function: Callable[[_Item, _Context], _Result], items: Iterable[_Item], context: _Context) -> Iterator[_Result]:
        """Run a function on each item in the workers; yield its results in the order of the items.

        An item on which a worker died is run again in this process, where an exception may name the cause, such as too little memory.

        Args:
            function: called with an item and the context; importable by name, so that another process finds it.
            items: small enough to pickle.
            context: the second argument of every call, such as handles on shared arrays; sent to each worker once.
        """
        for item, result in self._executor.map(function, items, context):
            yield function(item, context) if isinstance(result, WorkerDied) else result


@contextlib.contextmanager
def sharing_arrays(executor: Executor, store: ArrayStore) -> Iterator[ArraySharer]:
    """Provide an `ArraySharer` for the duration of a block, after which its files are deleted.

    Args:
        executor: maps the tasks that use the shared arrays.
        store: array store of this process.
    """
    if executor.shared is None:
        yield ArraySharer(executor, None, store)
        return
    home = executor.shared / "arrays"
    remove(home)  # left by a process that was killed
    folder = home / secrets.token_hex(8)  # remote files are cached by name, so that no name may be used twice
    make_folder(folder)
    try:
        yield ArraySharer(executor, folder, store)
    finally:
        remove(home)
