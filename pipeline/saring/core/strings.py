"""Columns of strings as the bytes that they are made of, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["concat_utf8", "split_utf8"]


def concat_utf8(strings: pl.Series) -> npt.NDArray[np.uint8]:
    """Return the UTF-8 of some strings, none of which is null, one behind the other."""
    if not len(strings):
        return np.zeros(0, dtype=np.uint8)
    array = strings.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, data = array.buffers()
    at = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
    return np.frombuffer(data or b"", np.uint8)[at[0] : at[-1]]


def split_utf8(data: npt.NDArray[np.uint8], sizes: npt.NDArray[np.int64]) -> pl.Series:
    """Return the strings of these sizes (in bytes) that stand one after the other in UTF-8; they refer to the data, and copy nothing."""
    import pyarrow as pa  # noqa: PLC0415 - 0.1 s, and a batch without edits needs none of it

    offsets = np.append(0, np.cumsum(sizes, dtype=np.int64))
    array = pa.LargeStringArray.from_buffers(len(sizes), pa.py_buffer(offsets), pa.py_buffer(data))
    return pl.Series(pl.from_arrow(array), dtype=pl.String)
