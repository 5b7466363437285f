"""Many edits made in many strings at once, in arrays of bytes: what `pipeline.edits` does where nothing is wrong.

Offsets count code points and UTF-8 counts bytes, so each offset is looked up among the places where code points begin. All that is cut then
has to spell the originals, one after the other: a single comparison for all edits.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pipeline.strings import bytes_of, strings_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    Numbers = npt.NDArray[np.int64]

__all__ = ["spliced"]

#: Bytes of strings that are put together: where their code points begin takes eight times as much, and has to stay in the cache.
_TOGETHER = 1 << 22

_LEAD, _CONTINUATION = 0xC0, 0x80


def spliced(strings: pl.Series, edits: pl.DataFrame, together: int = _TOGETHER) -> pl.Series | None:
    """Return the strings with all edits made, or None where an edit overlaps another or does not quote what is there.

    Args:
        strings: no nulls.
        edits: columns `row` (place of its string), `start`, `end` (code points), `original` and `replacement`; by row, then by place.
        together: bytes of strings that are put together; the result does not depend on it.
    """
    parts = []
    for first, last in _shares(strings, together):
        some = edits.filter(pl.col("row").is_between(first, last, closed="left")).with_columns(pl.col("row").cast(pl.Int64) - first)
        part = _spliced(strings[first:last], some)
        if part is None:
            return None
        parts.append(part)
    return pl.concat(parts) if parts else strings.clear()


def _shares(strings: pl.Series, together: int) -> Iterator[tuple[int, int]]:
    """Yield the first string and the one after the last of runs of about the same size."""
    share = strings.str.len_bytes().cast(pl.Int64).cum_sum().to_numpy() // together
    bounds = [0, *(np.flatnonzero(np.diff(share)) + 1).tolist(), len(strings)]
    yield from ((first, last) for first, last in itertools.pairwise(bounds) if first < last)


def _spliced(strings: pl.Series, edits: pl.DataFrame) -> pl.Series | None:
    if edits.is_empty():
        return strings
    row, start, end = (edits[name].to_numpy().astype(np.int64) for name in ("row", "start", "end"))
    characters, sizes = strings.str.len_chars().to_numpy().astype(np.int64), strings.str.len_bytes().to_numpy().astype(np.int64)
    # Places among the characters of all strings together: within its own string, and behind the edit before it.
    ahead = (np.cumsum(characters) - characters)[row]
    if (start < 0).any() or (end < start).any() or (end > characters[row]).any():
        return None
    start, end = start + ahead, end + ahead
    if (start[1:] < end[:-1]).any():
        return None

    data = bytes_of(strings)
    if len(data) != characters.sum():
        begins = np.append(np.flatnonzero((data & _LEAD) != _CONTINUATION), len(data))
        start, end = begins[start], begins[end]
    cut, put = end - start, edits["replacement"].str.len_bytes().to_numpy().astype(np.int64)
    kept = np.diff(start, prepend=0) - np.append(0, cut[:-1])
    rest = len(data) - end[-1]
    stays = _alternating(kept, cut, rest)
    if not np.array_equal(edits["original"].str.len_bytes().to_numpy(), cut) or not np.array_equal(
        data[~stays], bytes_of(edits["original"])
    ):
        return None
    made = data[stays]
    if put.any():
        old, made = made, np.empty(len(made) + put.sum(), dtype=np.uint8)
        stays = _alternating(kept, put, rest)
        made[stays], made[~stays] = old, bytes_of(edits["replacement"])
    sizes += np.bincount(row, put - cut, minlength=len(sizes)).astype(np.int64)
    return strings_of(made, sizes).alias(strings.name)


def _alternating(kept: Numbers, other: Numbers, rest: np.int64) -> npt.NDArray[np.bool_]:
    """Return an array of runs of True and False in turn, as long as `kept` and `other` say, and a last run of True."""
    lengths = np.append(np.stack([kept, other], axis=1).ravel(), rest)
    return np.repeat(np.arange(len(lengths)) % 2 == 0, lengths)
