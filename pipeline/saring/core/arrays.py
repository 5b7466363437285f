"""Array types and helpers: groups in sorted arrays, ranges, prefix sums, batches by size, hash mixing."""

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

_Whole = TypeVar("_Whole", bound=np.integer)
_Number = TypeVar("_Number", np.int64, np.uint64)


def run_starts(values: NDArray[_Whole]) -> IntArray:
    """Return where each run of equal values begins.

    >>> run_starts(np.array([3, 3, 7]))
    array([0, 2])
    """
    if not len(values):
        return np.zeros(0, dtype=np.int64)
    return np.flatnonzero(np.concatenate(([True], values[1:] != values[:-1])))


def sorted_unique(values: NDArray[_Whole]) -> NDArray[_Whole]:
    """Return the values in order, each once; `np.unique` hashes them first, which costs four times as much for so many."""
    values = np.sort(values)
    return values[run_starts(values)]


def repeat_rows(counts: IntArray) -> tuple[IntArray, IntArray]:
    """Return for rows 0, 1, ... that stand for so many things each: the row of each thing, and its place in the row."""
    of = np.repeat(np.arange(len(counts)), counts)
    return of, np.arange(len(of)) - np.repeat(np.cumsum(counts) - counts, counts)


def expand_ranges(starts: IntArray, ends: IntArray) -> tuple[IntArray, IntArray]:
    """Return all numbers of some ranges, one after the other, and for each which range it is of."""
    counts = ends - starts
    of = np.arange(len(counts)).repeat(counts)
    return (starts - (counts.cumsum() - counts)).repeat(counts) + np.arange(len(of)), of


def size_batches(sizes: pl.Series | NDArray[np.number], limit: int) -> Iterator[slice]:
    """Yield slices of rows, one after the other, whose sizes add up to about `limit`; a row that is larger by itself stands alone."""
    ends = np.cumsum(np.asarray(sizes), dtype=np.int64)
    start = 0
    while start < len(ends):
        done = ends[start - 1] if start else 0
        end = max(start + 1, int(np.searchsorted(ends, done + limit, side="right")))
        yield slice(start, end)
        start = end


def mix_bits(values: HashArray) -> HashArray:
    """Spread every bit over all 64: the finaliser of MurmurHash3 (Austin Appleby, public domain)."""
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
    """Return the exclusive prefix sum, with the total as one more element: where each of several parts begins when they stand side by side.

    >>> prefix_sum(np.array([2, 0, 3]))
    array([0, 2, 2, 5])
    """
    sums = np.zeros(len(counts) + 1, dtype=dtype)
    np.cumsum(counts, dtype=dtype, out=sums[1:])
    return sums
