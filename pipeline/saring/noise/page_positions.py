"""Positions of lines in their documents, with sums and means over windows of lines, from prefix sums."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt
    import polars as pl

    Features = npt.NDArray[np.float32]

__all__ = ["WINDOWS", "PagePositions", "signed_log"]

#: Widths, in lines, of the windows above and below a line (a judgement; `bench/train_lines.py` trains with them).
WINDOWS = (2, 5, 12)


class PagePositions:
    """Positions of lines in their documents, and sums and means over windows of lines that stop at the document's edges."""

    def __init__(self, lines: pl.DataFrame) -> None:
        """Take the columns `from_start` and `from_end` of `line_features`: how many lines of the document stand above and below each."""
        self.above = lines["from_start"].to_numpy().astype(np.int64)
        self.below = lines["from_end"].to_numpy().astype(np.int64)
        self.row = np.arange(lines.height)
        self.first, self.last = self.row - self.above, self.row + self.below
        self.size = (self.above + self.below + 1).astype(np.float64)
        above = {(width, True): _Window(np.maximum(self.row - width, self.first), self.row) for width in WINDOWS}
        below = {(width, False): _Window(self.row + 1, np.minimum(self.row + width, self.last) + 1) for width in WINDOWS}
        self._windows = above | below

    @staticmethod
    def prefix_sums(values: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
        """Return the prefix sums of a value per line, over the batch: one entry more than lines, the first is 0."""
        sums: npt.NDArray[np.float64] = np.concatenate(([0.0], np.cumsum(values, dtype=np.float64)))
        return sums

    def total(self, sums: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return for each line the sum over all lines of its document, from prefix sums."""
        totals: npt.NDArray[np.float64] = sums[self.last + 1] - sums[self.first]
        return totals

    def before(self, sums: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return for each line the sum over the lines of its document above it, from prefix sums."""
        return sums[:-1] - sums[self.first]

    def mean_above(self, sums: npt.NDArray[np.float64], width: int) -> Features:
        """Return the mean over the `width` lines above each line, from prefix sums; -1 at the top of a document."""
        return self._windows[width, True].mean(sums)

    def mean_below(self, sums: npt.NDArray[np.float64], width: int) -> Features:
        """Return the mean over the `width` lines below each line, from prefix sums; -1 at the bottom of a document."""
        return self._windows[width, False].mean(sums)

    def shifted(self, values: Features, step: int) -> Features:
        """Return each line's value from `step` lines above it (below it where negative); -1 beyond the document's edges."""
        source = self.row - step
        is_inside = (source >= self.first) & (source <= self.last)
        shifted: Features = np.where(is_inside, values[source.clip(0, max(len(values) - 1, 0))], np.float32(-1)) if len(values) else values
        return shifted


class _Window:
    """A window of rows per line (start inclusive, end exclusive), over which means are taken from prefix sums."""

    def __init__(self, start: npt.NDArray[np.int64], end: npt.NDArray[np.int64]) -> None:
        """Take the first row of each line's window and the row behind its last."""
        self._start, self._end = start, end
        self._count = np.maximum(end - start, 1)
        self._empty = np.flatnonzero(end == start)

    def mean(self, sums: npt.NDArray[np.float64]) -> Features:
        """Return the mean over each line's window, from prefix sums; -1 for an empty window."""
        means: Features = ((sums.take(self._end) - sums.take(self._start)) / self._count).astype(np.float32)
        means[self._empty] = -1
        return means


def signed_log(distance: npt.NDArray[np.int64]) -> Features:
    """Compress signed distances in lines to sign(d) * log(1 + |d|), as float32."""
    return (np.sign(distance) * np.log1p(np.abs(distance))).astype(np.float32)
