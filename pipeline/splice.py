"""Replacements in many strings at once, at the speed of copying.

Offsets count code points, and neither Polars nor Arrow finds a code point by its number. But the strings of a batch lie in one buffer, where
the bytes that continue a character can be told by two bits (RFC 3629), so one pass over it turns all offsets into bytes. Its pieces, kept
and removed in turn, are then an Arrow array over the same bytes, and the new strings are the kept ones with the replacements between them.
`edits.apply` of 447,000 edits to 3,000 pages takes 0.3 s of one core; with the loop that this replaces it took 1.3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    Numbers = npt.NDArray[np.int64]

__all__ = ["replaced"]

_TOP, _CONTINUES = np.uint8(0b1100_0000), np.uint8(0b1000_0000)


class _Buffer(NamedTuple):
    """Strings in one buffer.

    Attributes:
        data: their bytes, one behind the other.
        bounds: where each begins, in bytes, and where the last one ends.
    """

    data: npt.NDArray[np.uint8]
    bounds: Numbers


def replaced(texts: pl.Series, changes: pl.DataFrame) -> pl.Series | None:
    """Return the strings with all changes made; None where a change overlaps the one before it or quotes what is not there.

    Args:
        texts: without nulls.
        changes: row (of the string), start, end, original and replacement, without nulls, sorted by row, then by position.
    """
    import pyarrow as pa  # noqa: PLC0415 - heavy, and a run that changes nothing does without

    row, start, end = (changes[name].to_numpy().astype(np.int64) for name in ("row", "start", "end"))
    data, bounds = _buffer(texts)
    originals, replacements = _buffer(changes["original"]), _buffer(changes["replacement"])
    continuing = np.flatnonzero((data & _TOP) == _CONTINUES)
    begins = bounds - np.searchsorted(continuing, bounds)  # in code points of the whole buffer
    if not _in_order(row, start, end, np.diff(begins)):
        return None
    # A byte that continues character c has c + 1 bytes before it that begin one; those of all characters before a place lie before it.
    continued = continuing - np.arange(len(continuing))
    places = np.stack([begins[row] + start, begins[row] + end], axis=1).ravel()
    cuts = np.concatenate([[0], places + np.searchsorted(continued, places, side="right"), [len(data)]])
    count = len(row)
    if not np.array_equal(np.diff(cuts)[1::2], np.diff(originals.bounds)):
        return None
    pieces = _array(_Buffer(data, cuts))
    if not np.array_equal(_bytes(pieces.take(_indices(np.arange(1, 2 * count, 2)))), originals.data):
        return None
    turns = np.arange(2 * count + 1)  # kept, replacement, kept, ...; replacements come behind all pieces
    turns[1::2] = 2 * count + 1 + np.arange(count)
    new = _bytes(pa.concat_arrays([pieces, _array(replacements)]).take(_indices(turns)))
    grown = np.bincount(row, np.diff(replacements.bounds) - np.diff(originals.bounds), len(texts)).astype(np.int64)
    ends = np.cumsum(np.diff(bounds) + grown)
    strings = _array(_Buffer(new, np.concatenate([[0], ends]))).cast(pa.large_string(), safe=False)
    found = pl.from_arrow(strings)
    assert isinstance(found, pl.Series)  # what an array becomes
    return found.alias(texts.name)


def _in_order(row: Numbers, start: Numbers, end: Numbers, length: Numbers) -> bool:
    """Tell whether each change lies in its string, behind the one before it."""
    inside = (start >= 0) & (start <= end) & (end <= length[row])
    behind = (row[1:] != row[:-1]) | (start[1:] >= end[:-1])
    return bool(inside.all() and behind.all())


def _buffer(strings: pl.Series) -> _Buffer:
    array = strings.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    _, bounds, data = array.buffers()
    if not len(array) or data is None:
        return _Buffer(np.empty(0, np.uint8), np.zeros(len(array) + 1, np.int64))
    places = np.frombuffer(bounds, np.int64)[array.offset : array.offset + len(array) + 1]
    return _Buffer(np.frombuffer(data, np.uint8)[places[0] : places[-1]], places - places[0])


def _array(strings: _Buffer) -> pa.Array:
    import pyarrow as pa  # noqa: PLC0415 - see above

    bounds, data = (pa.py_buffer(np.ascontiguousarray(part)) for part in (strings.bounds, strings.data))
    return pa.Array.from_buffers(pa.large_binary(), len(strings.bounds) - 1, [None, bounds, data])


def _indices(numbers: Numbers) -> pa.Array:
    import pyarrow as pa  # noqa: PLC0415 - see above

    # pa.array would import pandas, which takes most of a second.
    return pa.Array.from_buffers(pa.int64(), len(numbers), [None, pa.py_buffer(numbers)])


def _bytes(array: pa.Array) -> npt.NDArray[np.uint8]:
    """Return the bytes of an array that was just made, so begins at 0."""
    _, bounds, data = array.buffers()
    last = int(np.frombuffer(bounds, np.int64)[len(array)]) if len(array) else 0
    return np.frombuffer(data, np.uint8)[:last] if last else np.empty(0, np.uint8)
