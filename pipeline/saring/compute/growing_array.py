"""Growing numpy arrays: rows are appended in parts, without holding the array in memory twice.

Collecting parts in a list for `np.concatenate` takes twice the memory. Emptying the list meanwhile does not help: parts of a few megabytes
lie between other allocations on the heap, and the heap returns to the system only free space at its end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["GrowingArray"]

_Number = TypeVar("_Number", bound=np.generic)

#: Elements that an array has room for at first.
_FIRST_SIZE = 1 << 16

#: An array grows by this part of its size, a sixteenth: the system moves memory pages and copies no bytes, so growing costs little, and unused
#: room costs memory. A judgement.
_GROWTH = 16


class GrowingArray(Generic[_Number]):
    """A numpy array in memory to which rows are appended; `to_array` returns it when it is complete."""

    def __init__(self, dtype: type[_Number]) -> None:
        self._flat = np.empty(0, dtype=dtype)
        self._shape: tuple[int, ...] = ()
        self._used = 0

    def add(self, rows: NDArray[_Number]) -> None:
        """Append rows: an array of shape (n, ...), where all but the first dimension is that of the rows before."""
        self._shape = rows.shape[1:]
        end = self._used + rows.size
        if end > len(self._flat):
            self._flat.resize(max(end, len(self._flat) + len(self._flat) // _GROWTH, _FIRST_SIZE), refcheck=False)
        self._flat[self._used : end] = rows.ravel()
        self._used = end

    def to_array(self, size: int | None = None) -> NDArray[_Number]:
        """Return the rows as one array; no rows may be added afterwards, and an array that an earlier call returned becomes invalid.

        Args:
            size: return only the rows in the first `size` elements (of the flattened array); None returns all rows.
        """
        self._flat.resize(self._used if size is None else size, refcheck=False)
        return self._flat.reshape(-1, *self._shape)
