"""Arrays that are made in parts and never stand in memory twice.

Parts in a list and `np.concatenate` at the end take twice the memory, and emptying the list meanwhile does not help: parts of a few
megabytes lie among other things on the heap, which gives back to the system only what is free at its end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["GrowingArray"]

_Number = TypeVar("_Number", bound=np.generic)

_LEAST = 1 << 16  # elements
_MORE = 16  # a sixteenth at a time: where the system moves pages and not bytes, growing costs nothing, and room that is not used does


class GrowingArray(Generic[_Number]):
    """An array to which rows are added at the end."""

    def __init__(self, dtype: type[_Number]) -> None:
        self._flat = np.empty(0, dtype=dtype)
        self._shape: tuple[int, ...] = ()
        self._used = 0

    def add(self, rows: NDArray[_Number]) -> None:
        """Add rows, all as wide as the first ones."""
        self._shape = rows.shape[1:]
        end = self._used + rows.size
        if end > len(self._flat):
            self._flat.resize(max(end, len(self._flat) + len(self._flat) // _MORE, _LEAST), refcheck=False)
        self._flat[self._used : end] = rows.ravel()
        self._used = end

    def whole(self, size: int | None = None) -> NDArray[_Number]:
        """Return all rows, or the first elements, so many; nothing may be added afterwards, nor an array asked for earlier be used."""
        self._flat.resize(self._used if size is None else size, refcheck=False)
        return self._flat.reshape(-1, *self._shape)
