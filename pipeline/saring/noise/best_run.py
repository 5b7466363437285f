"""The best run of each document: the stretch of consecutive lines with the greatest total gain, found for all documents of a batch at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["BestRuns", "best_runs"]


class BestRuns(NamedTuple):
    """The best run of prose of each line's document (its stretch of consecutive lines that are mostly article text): first and last row.

    Both arrays have one entry per line of the batch, equal for all lines of a document.
    """

    first: npt.NDArray[np.int64]
    last: npt.NDArray[np.int64]


def best_runs(gain: npt.NDArray[np.floating], first: npt.NDArray[np.int64], last: npt.NDArray[np.int64]) -> BestRuns:
    """Find each document's best run of prose, the consecutive lines with the greatest total gain, for all documents of a batch at once.

    Kadane's maximum subarray, vectorised: the best run that ends at a line begins right after the lowest prefix sum before it. With gains
    [-1, 3, -1, 2, -4] the prefix sums before each line are [0, -1, 2, 1, 3], their running minimum is [0, -1, -1, -1, -1], and the prefix
    sums behind each line [-1, 2, 1, 3, -1] exceed it by [-1, 3, 2, 4, 0]: the best run ends at line 3 and begins at line 1.

    Args:
        gain: what each line adds to a run that contains it; negative where it speaks against the run.
        first: for each line the row of the first line of its document.
        last: for each line the row of the last line of its document.

    >>> runs = best_runs(np.array([-1.0, 3, -1, 2, -4]), np.zeros(5, int), np.full(5, 4))
    >>> runs.first[0], runs.last[0]
    (np.int64(1), np.int64(3))
    """
    if not len(gain):
        return BestRuns(first, last)
    row = np.arange(len(gain))
    sums = np.concatenate(([0.0], np.cumsum(gain, dtype=np.float64)))
    # Shifting each document's sums below those of all documents before it makes the running minimum start afresh with each document.
    starts = row == first
    shift = np.cumsum(starts) * (2 * np.abs(sums).max() + 1)
    lowered = sums[:-1] - shift
    lowest = np.minimum.accumulate(lowered)
    run_start = np.maximum.accumulate(np.where(lowered == lowest, row, 0))
    run_gain = sums[1:] - (lowest + shift)
    heads = np.flatnonzero(starts)
    best = np.repeat(np.maximum.reduceat(run_gain, heads), np.diff(np.append(heads, len(gain))))
    ends = np.where(run_gain == best, row, len(gain))
    end = np.minimum.reduceat(ends, heads).repeat(np.diff(np.append(heads, len(gain))))
    return BestRuns(run_start[end], end)
