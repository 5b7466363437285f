"""Conversion between columns of strings and flat arrays of UTF-8 bytes, without copying where possible."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["concat_utf8", "split_utf8"]


def concat_utf8(strings: pl.Series) -> npt.NDArray[np.uint8]:
    """Return the UTF-8 bytes of a column of strings, without nulls, concatenated into one array.

    >>> concat_utf8(pl.Series(["a", "bc"])).tobytes()
    b'abc'
    """
    if not len(strings):
        return np.zeros(0, dtype=np.uint8)
    array = strings.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, data = array.buffers()
    bounds = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
    return np.frombuffer(data or b"", np.uint8)[bounds[0] : bounds[-1]]


def split_utf8(data: npt.NDArray[np.uint8], sizes: npt.NDArray[np.int64]) -> pl.Series:
    """Split an array of UTF-8 bytes into a column of strings with the given sizes in bytes; the strings share its memory.

    >>> split_utf8(np.frombuffer(b"abc", np.uint8), np.array([1, 2])).to_list()
    ['a', 'bc']
    """
    import pyarrow as pa  # noqa: PLC0415 - 0.1 s, and a batch without edits needs none of it

    offsets = np.append(0, np.cumsum(sizes, dtype=np.int64))
    array = pa.LargeStringArray.from_buffers(len(sizes), pa.py_buffer(offsets), pa.py_buffer(data))
    return pl.Series(pl.from_arrow(array), dtype=pl.String)
