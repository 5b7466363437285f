"""What each sentence has in common with the texts that it is compared with: the best few of each language."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from saring.core.arrays import repeat_rows, run_starts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from saring.compute.disk_arrays import ArrayStore
    from saring.core.arrays import IntArray

__all__ = ["OTHERS", "BestMatches", "MatchBuffer"]

#: Others that a sentence's best matches are remembered of, beside the one it is compared with; the best of them is left out.
OTHERS = 3

_MATCHES = 1_000_000  # that are noted before they are sorted
_NOTED = 4_000_000  # by one worker, before the best of them are picked out
_BITS = np.uint64(0xFFFF)  # of a number of half precision
_CELL = np.uint64(16)


class MatchBuffer:
    """Matches of some texts as they come: a number each, of the cell (sentence and language) and of how good the match is.

    Args:
        languages: how many there are.
    """

    def __init__(self, languages: int) -> None:
        self._languages = languages
        self._noted: list[NDArray[np.uint64]] = []
        self._number = 0

    def add(self, sentences: IntArray, languages: IntArray | int, values: NDArray[np.float32]) -> None:
        """Add matches; the arrays have one shape, or are repeated to that of the values."""
        cell = sentences * self._languages + languages
        # What is not negative is in the order of its bits.
        bits = values.astype(np.float16).view(np.uint16)
        self._noted.append((np.broadcast_to(cell, bits.shape).astype(np.uint64) << _CELL | (_BITS - bits)).ravel())
        self._number += bits.size
        if self._number >= _NOTED:
            self._noted, self._number = [self.best()], 0

    def best(self) -> NDArray[np.uint64]:
        """Return the best of each cell, in order: no more of them than are remembered."""
        noted = np.sort(np.concatenate([np.zeros(0, dtype=np.uint64), *self._noted]))
        _, place = repeat_rows(np.diff(run_starts(noted >> _CELL), append=len(noted)))
        return noted[place <= OTHERS]


class BestMatches:
    """The best matches of each sentence in texts of each language: noted as they come, and sorted together.

    Args:
        sentences: how many there are.
        languages: how many there are.
        store: where the best stand.
    """

    def __init__(self, sentences: int, languages: int, store: ArrayStore) -> None:
        self._best = store.zeros((sentences, languages, OTHERS + 1), np.float16)
        self._languages, self._store = languages, store
        # Every page of the best is touched each time that notes are sorted in: of many cells, many notes together.
        self._most = max(_MATCHES, sentences * languages // 32)
        self._noted: list[NDArray[np.uint64]] = []
        self._number = 0

    def note(self, notes: NDArray[np.uint64]) -> None:
        """Note matches, as `MatchBuffer` has them."""
        self._noted.append(notes)
        self._number += notes.size
        if self._number >= self._most:
            self._sort()

    def whole(self) -> NDArray[np.float16]:
        """Return the best of each cell, the greatest first."""
        self._sort()
        return self._best

    def _sort(self) -> None:
        noted = np.concatenate([np.zeros(0, dtype=np.uint64), *self._noted])
        self._noted, self._number = [], 0
        noted.sort()
        low = 0
        while low < len(noted):
            high = int(np.searchsorted(noted, noted[min(low + _MATCHES, len(noted)) - 1] | _BITS, side="right"))
            self._keep(noted[low:high])
            self._store.release_memory()
            low = high

    def _keep(self, noted: NDArray[np.uint64]) -> None:
        """Keep the best of these and of what is there; all of one cell are in one part."""
        cell = (noted >> _CELL).astype(np.int64)
        begins = run_starts(cell)
        of, place = repeat_rows(np.diff(begins, append=len(cell)))
        width = OTHERS + 1
        new = np.zeros((len(begins), width), dtype=np.float16)
        kept = place < width
        new[of[kept], place[kept]] = (_BITS - (noted[kept] & _BITS)).astype(np.uint16).view(np.float16)
        flat = self._best.reshape(-1, width)
        held = np.concatenate((flat[cell[begins]], new), axis=1)
        flat[cell[begins]] = -np.sort(-held, axis=1)[:, :width]
