"""Runs of equal values in sorted arrays, and ranges of numbers: what a loop over groups would be, in columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.overlap.shingles import Places

__all__ = ["distinct", "expand", "expand_ranges", "firsts"]

_Whole = TypeVar("_Whole", bound=np.integer)


def firsts(values: NDArray[_Whole]) -> Places:
    """Return where each run of equal values begins.

    >>> firsts(np.array([3, 3, 7]))
    array([0, 2])
    """
    if not len(values):
        return np.zeros(0, dtype=np.int64)
    return np.flatnonzero(np.concatenate(([True], values[1:] != values[:-1])))


def distinct(values: NDArray[_Whole]) -> NDArray[_Whole]:
    """Return the values in order, each once; `np.unique` hashes them first, which costs four times as much for so many."""
    values = np.sort(values)
    return values[firsts(values)]


def expand(counts: Places) -> tuple[Places, Places]:
    """Return for rows 0, 1, ... that stand for so many things each: the row of each thing, and its place in the row."""
    of = np.repeat(np.arange(len(counts)), counts)
    return of, np.arange(len(of)) - np.repeat(np.cumsum(counts) - counts, counts)


def expand_ranges(starts: Places, ends: Places) -> tuple[Places, Places]:
    """Return all numbers of some ranges, one after the other, and for each which range it is of."""
    counts = ends - starts
    of = np.arange(len(counts)).repeat(counts)
    return (starts - (counts.cumsum() - counts)).repeat(counts) + np.arange(len(of)), of
