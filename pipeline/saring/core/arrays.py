"""NumPy array types and helpers: runs in sorted arrays, range expansion, prefix sums, batching by size, hash mixing."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

__all__ = ["HashArray", "IntArray", "expand_ranges", "mix_bits", "prefix_sum", "repeat_rows", "run_starts", "size_batches", "sorted_unique"]

HashArray: TypeAlias = NDArray[np.uint64]
IntArray: TypeAlias = NDArray[np.int64]

_Integer = TypeVar("_Integer", bound=np.integer)
_Number = TypeVar("_Number", np.int64, np.uint64)


def run_starts(values: NDArray[_Integer]) -> IntArray:
    """Return the index at which each run of equal consecutive values starts.

    >>> run_starts(np.array([3, 3, 7]))
    array([0, 2])
    """
    if not len(values):
        return np.zeros(0, dtype=np.int64)
    return np.flatnonzero(np.concatenate(([True], values[1:] != values[:-1])))


def sorted_unique(values: NDArray[_Integer]) -> NDArray[_Integer]:
    """Return the distinct values of an array in ascending order, by sorting.

    `np.unique` hashes first, which takes four times as long on the tens of millions of values that deduplication has.

    >>> sorted_unique(np.array([7, 3, 7]))
    array([3, 7])
    """
    values = np.sort(values)
    return values[run_starts(values)]


def repeat_rows(counts: IntArray) -> tuple[IntArray, IntArray]:
    """Expand per-row counts into one element per item: the row number of each item, and its position within that row.

    >>> repeat_rows(np.array([2, 0, 3]))
    (array([0, 0, 2, 2, 2]), array([0, 1, 0, 1, 2]))
    """
    rows = np.repeat(np.arange(len(counts)), counts)
    return rows, np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)


def expand_ranges(starts: IntArray, ends: IntArray) -> tuple[IntArray, IntArray]:
    """Concatenate the integer ranges `starts[i]` to `ends[i]` (exclusive); return their numbers and, for each, its range's index i.

    >>> expand_ranges(np.array([5, 8]), np.array([7, 9]))
    (array([5, 6, 8]), array([0, 0, 1]))
    """
    counts = ends - starts
    ranges = np.arange(len(counts)).repeat(counts)
    return (starts - (counts.cumsum() - counts)).repeat(counts) + np.arange(len(ranges)), ranges


def size_batches(sizes: pl.Series | NDArray[np.number], limit: int) -> Iterator[slice]:
    """Split rows into consecutive batches whose sizes add up to at most `limit`; yield a slice of row numbers for each.

    A row larger than the limit is a batch of its own.

    >>> list(size_batches(np.array([40, 40, 40, 500]), 100))
    [slice(0, 2, None), slice(2, 3, None), slice(3, 4, None)]
    """
    ends = np.cumsum(np.asarray(sizes), dtype=np.int64)
    start = 0
    while start < len(ends):
        before = ends[start - 1] if start else 0
        end = max(start + 1, int(np.searchsorted(ends, before + limit, side="right")))
        yield slice(start, end)
        start = end


def mix_bits(values: HashArray) -> HashArray:
    """Mix the bits of 64-bit integers so that each input bit affects all output bits: the finaliser of MurmurHash3.

    By Austin Appleby, public domain; it is a bijection, so distinct inputs stay distinct.
    """
    values = values ^ (values >> np.uint64(33))
    values = values * np.uint64(0xFF51AFD7ED558CCD)
    values ^= values >> np.uint64(33)
    values *= np.uint64(0xC4CEB9FE1A85EC53)
    values ^= values >> np.uint64(33)
    return values


@overload
def prefix_sum(counts: NDArray[np.integer]) -> IntArray: ...
@overload
def prefix_sum(counts: NDArray[np.integer], dtype: type[_Number]) -> NDArray[_Number]: ...
def prefix_sum(counts: NDArray[np.integer], dtype: type[np.integer] = np.int64) -> NDArray[np.integer]:
    """Return the exclusive prefix sum of counts, with the total appended: the offsets of parts stored one after the other.

    >>> prefix_sum(np.array([2, 0, 3]))
    array([0, 2, 2, 5])
    """
    sums = np.zeros(len(counts) + 1, dtype=dtype)
    np.cumsum(counts, dtype=dtype, out=sums[1:])
    return sums
