"""Arrays that other processes look at too: files that each of them maps, in a folder that all of them see.

What is handed to a worker by value is copied into each; the sentences of a hundred thousand documents are a gigabyte.
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

_WRITTEN = 1 << 26  # bytes at a time

_Number = TypeVar("_Number", bound=np.generic)
_Item = TypeVar("_Item")
_Context = TypeVar("_Context")
_Result = TypeVar("_Result")


class SharedArray(Generic[_Number]):
    """An array that arrives in another process as its file's name, and is mapped where it is looked at."""

    def __init__(self, array: NDArray[_Number] | None, file: Path | None, dtype: str, shape: tuple[int, ...]) -> None:
        self._array, self._file, self._dtype, self.shape = array, file, dtype, shape

    def __reduce__(self) -> tuple[Any, ...]:
        """Without the array, which only the process that lent it has."""
        assert self._file is not None  # else nothing is handed to another process
        return SharedArray, (None, self._file, self._dtype, self.shape)

    def on(self, store: ArrayStore) -> NDArray[_Number]:
        """Return the array, which is not to be changed.

        Args:
            store: of this process; it lets go of the file's pages when memory is short.
        """
        if self._array is None:
            assert self._file is not None
            self._array = np.empty(self.shape, dtype=self._dtype)
            if self._array.size:
                (here,) = local_files([self._file])
                with here.open("rb") as opened:
                    mapped = store.mapped(opened.fileno(), writable=False)
                self._array = np.frombuffer(mapped, dtype=self._dtype).reshape(self.shape)
                if not is_local(self._file):
                    here.unlink()  # a copy, that lasts as long as it is mapped: the workers of a cluster go on for weeks
        return self._array


class SharedTexts(NamedTuple):
    """A column of texts: itself in this process, in another the bytes of all.

    Attributes:
        ends: where each ends among the bytes of all, behind a 0.
    """

    ends: SharedArray[np.int64]
    texts: pl.Series | None
    data: SharedArray[np.uint8] | None

    def on(self, store: ArrayStore, begin: int, end: int) -> pl.Series:
        """Return some of the texts, from one place up to another; as `SharedArray.on`."""
        if self.texts is not None:
            return self.texts[begin:end]
        assert self.data is not None
        at = self.ends.on(store)[begin : end + 1]
        return split_utf8(self.data.on(store)[at[0] : at[-1]], np.diff(at))


class ArraySharer:
    """Lends arrays to a crew, as they are where it works in this process, else through files; and lets it work with them."""

    def __init__(self, executor: Executor, folder: Path | None, store: ArrayStore) -> None:
        self._executor, self._folder, self._store, self._files = executor, folder, store, 0

    def lend(self, array: NDArray[_Number]) -> SharedArray[_Number]:
        """Return a handle on an array.

        Raises:
            SaringError: the folder's disk is full.
        """
        rows = max(1, _WRITTEN // max(array[:1].nbytes, 1))
        file = self._filed(array[low : low + rows] for low in range(0, len(array), rows))
        return SharedArray(array if file is None else None, file, array.dtype.str, array.shape)

    def texts(self, texts: pl.Series) -> SharedTexts:
        """Lend texts, none of them null. Errors are those of `lend`."""
        sizes = texts.str.len_bytes().cast(pl.Int64).to_numpy()
        file = self._filed(concat_utf8(texts[part]) for part in size_batches(sizes, _WRITTEN))
        data = None if file is None else SharedArray[np.uint8](None, file, "u1", (int(sizes.sum()),))
        return SharedTexts(self.lend(np.append(0, np.cumsum(sizes))), texts if file is None else None, data)

    def _filed(self, parts: Iterable[NDArray[Any]]) -> Path | None:
        if self._folder is None:
            return None
        file = self._folder / f"{self._files}.bin"
        self._files += 1
        try:
            with atomic_write(file) as temporary, temporary.open("wb") as opened:
                for part in parts:
                    np.ascontiguousarray(part).tofile(opened)
                    self._store.release_memory()  # what stands in a file itself is in memory now
        except OSError as error:
            raise SaringError(f"{file}: cannot be written: {error}. Make room there; the last release is as it was.") from error
        return file

    def all(self, arrays: Iterable[NDArray[Any]]) -> tuple[SharedArray[Any], ...]:
        """Lend several."""
        return tuple(map(self.lend, arrays))

    def each(self, function: Callable[[_Item, _Context], _Result], items: Iterable[_Item], context: _Context) -> Iterator[_Result]:
        """Yield what the crew makes of each item; what its workers died of is done here, where another error may say why."""
        for item, result in self._executor.map(function, items, context):
            yield function(item, context) if isinstance(result, WorkerDied) else result


@contextlib.contextmanager
def sharing_arrays(executor: Executor, store: ArrayStore) -> Iterator[ArraySharer]:
    """Give a lender; what it lent is gone when the block is left.

    Args:
        executor: works with what is lent.
        store: where the arrays stand that will be.
    """
    if executor.shared is None:
        yield ArraySharer(executor, None, store)
        return
    home = executor.shared / "lent"
    remove(home)  # of a process that was killed
    folder = home / secrets.token_hex(8)  # files elsewhere are known by their names
    make_folder(folder)
    try:
        yield ArraySharer(executor, folder, store)
    finally:
        remove(home)
