"""The best similarities of each sentence to its nearest texts, a few per language: top-k selection over batches of matches.

A match is packed into 64 bits: the *cell* (sentence and language) above, and the complement of the similarity in half precision below. So
sorting the numbers sorts by cell and then by descending similarity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from saring.core.arrays import repeat_rows, run_starts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from saring.compute.disk_arrays import ArrayStore
    from saring.core.arrays import IntArray

__all__ = ["NEIGHBOURS", "BestMatches", "MatchBuffer"]

#: Neighbouring texts per language whose similarity is kept for each sentence, beside that of the text that it is compared with; the best of
#: them is left out of the margin baseline. A judgement.
NEIGHBOURS = 3

_MATCHES = 1_000_000  # that are collected before they are sorted
_BUFFERED_MATCHES = 4_000_000  # matches of one worker, before the best of them are selected
_SIMILARITY_BITS = np.uint64(0xFFFF)  # of a number of half precision
_CELL_SHIFT = np.uint64(16)


class MatchBuffer:
    """Buffer of the sentence matches of one worker, that keeps the best few per sentence and language.

    Args:
        languages: how many languages there are.

    >>> buffer = MatchBuffer(languages=1)
    >>> buffer.add(np.array([7, 7, 8]), 0, np.array([0.25, 0.5, 1.0], dtype=np.float32))
    >>> [int(match >> _CELL_SHIFT) for match in buffer.best()]
    [7, 7, 8]
    >>> (_SIMILARITY_BITS - (buffer.best() & _SIMILARITY_BITS)).astype(np.uint16).view(np.float16).tolist()
    [0.5, 0.25, 1.0]
    """

    def __init__(self, languages: int) -> None:
        self._languages = languages
        self._matches: list[NDArray[np.uint64]] = []
        self._count = 0

    def add(self, sentences: IntArray, languages: IntArray | int, similarities: NDArray[np.float32]) -> None:
        """Add similarities of sentences to texts in a language; sentences and languages are broadcast to the shape of the similarities."""
        cell = sentences * self._languages + languages
        # The bits of floating-point numbers that are not negative sort as the numbers do.
        bits = similarities.astype(np.float16).view(np.uint16)
        self._matches.append((np.broadcast_to(cell, bits.shape).astype(np.uint64) << _CELL_SHIFT | (_SIMILARITY_BITS - bits)).ravel())
        self._count += bits.size
        if self._count >= _BUFFERED_MATCHES:
            self._matches, self._count = [self.best()], 0

    def best(self) -> NDArray[np.uint64]:
        """Return the best matches, packed and sorted: at most `NEIGHBOURS` + 1 for a sentence and a language."""
        matches = np.sort(np.concatenate([np.zeros(0, dtype=np.uint64), *self._matches]))
        _, place = repeat_rows(np.diff(run_starts(matches >> _CELL_SHIFT), append=len(matches)))
        return matches[place <= NEIGHBOURS]


class BestMatches:
    """The best matches of each sentence in texts of each language, merged from the matches of all workers.

    Args:
        sentences: how many sentences there are.
        languages: how many languages there are.
        store: where the result is allocated.
    """

    def __init__(self, sentences: int, languages: int, store: ArrayStore) -> None:
        self._best = store.zeros((sentences, languages, NEIGHBOURS + 1), np.float16)
        self._languages, self._store = languages, store
        # Each merge touches every page of the result: the more cells, the more matches are collected before one.
        self._merge_at = max(_MATCHES, sentences * languages // 32)
        self._matches: list[NDArray[np.uint64]] = []
        self._count = 0

    def add(self, matches: NDArray[np.uint64]) -> None:
        """Add packed sentence matches, as returned by `MatchBuffer.best`."""
        self._matches.append(matches)
        self._count += matches.size
        if self._count >= self._merge_at:
            self._merge()

    def result(self) -> NDArray[np.float16]:
        """Return the best similarities as an array [sentences, languages, NEIGHBOURS + 1], descending, padded with zeros."""
        self._merge()
        return self._best

    def _merge(self) -> None:
        """Sort the collected matches and merge them into the result, in parts; all matches of a sentence and language are in one part."""
        matches = np.concatenate([np.zeros(0, dtype=np.uint64), *self._matches])
        self._matches, self._count = [], 0
        matches.sort()
        low = 0
        while low < len(matches):
            high = int(np.searchsorted(matches, matches[min(low + _MATCHES, len(matches)) - 1] | _SIMILARITY_BITS, side="right"))
            self._merge_sorted(matches[low:high])
            self._store.release_memory()
            low = high

    def _merge_sorted(self, matches: NDArray[np.uint64]) -> None:
        """Merge sorted matches into the result, all matches of a sentence and language at once."""
        # Example: sorted matches of the cells 4 4 6 have the places 0 1 0 in their cells, and become the rows [.5, .2, 0, 0] and [.9, 0, 0, 0];
        # beside what cells 4 and 6 have so far, the four greatest of each row are kept.
        cell = (matches >> _CELL_SHIFT).astype(np.int64)
        begins = run_starts(cell)
        row, place = repeat_rows(np.diff(begins, append=len(cell)))
        width = NEIGHBOURS + 1
        new = np.zeros((len(begins), width), dtype=np.float16)
        fits = place < width
        new[row[fits], place[fits]] = (_SIMILARITY_BITS - (matches[fits] & _SIMILARITY_BITS)).astype(np.uint16).view(np.float16)
        flat = self._best.reshape(-1, width)
        both = np.concatenate((flat[cell[begins]], new), axis=1)
        flat[cell[begins]] = -np.sort(-both, axis=1)[:, :width]
