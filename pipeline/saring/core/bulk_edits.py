"""Vectorised application of edits to a column of strings, on UTF-8 bytes: the fast path of `saring.core.ledger`.

Edits give offsets in code points, but strings are stored as UTF-8, so each offset is first converted to a byte offset. The bytes of all strings
are then split at the edits into pieces that are alternately kept and replaced, and a replaced piece must equal the edit's `original`. (Masks
over the bytes, and slicing Python strings, took twice as long: `python bench/steps.py FOLDER`, row apply.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from saring.core.strings import concat_utf8, split_utf8

if TYPE_CHECKING:
    import numpy.typing as npt

    from saring.core.arrays import IntArray

__all__ = ["apply_bulk"]

#: Bytes scanned at a time for the starts of code points. Their positions take eight times as much, which at this size stays in the processor's
#: cache; the size is a judgement.
_BLOCK_BYTES = 1 << 18

#: In UTF-8, the two highest bits of a byte are 10 exactly when it continues a code point.
_TOP_BITS, _CONTINUATION = 0xC0, 0x80


def apply_bulk(strings: pl.Series, edits: pl.DataFrame, block_bytes: int = _BLOCK_BYTES) -> pl.Series | None:
    """Apply edits to a column of strings, or return None if an edit overlaps another or its `original` differs from the string.

    Which edit is wrong is not determined; `ledger.splice` does that.

    Args:
        strings: the strings to edit, without nulls.
        edits: columns `row` (index of the string), `start`, `end` (code points), `original` and `replacement`, sorted by row, then position.
        block_bytes: bytes scanned at a time; does not affect the result.

    Two strings, one edit in each:

    >>> edits = pl.DataFrame({"row": [0, 1], "start": [1, 0], "end": [2, 1], "original": ["é", "x"], "replacement": ["e", ""]})
    >>> apply_bulk(pl.Series(["déjà", "xy"]), edits).to_list()
    ['dejà', 'y']
    """
    if edits.is_empty():
        return strings
    row, start, end = (edits[name].to_numpy().astype(np.int64) for name in ("row", "start", "end"))
    characters, sizes = strings.str.len_chars().to_numpy().astype(np.int64), strings.str.len_bytes().to_numpy().astype(np.int64)
    # The example of the docstring, step by step. Offsets within each string become offsets into all strings joined ("déjàxy"):
    # bounds = [1, 2, 4, 5], the start and end of each edit in turn. They must not decrease, or edits overlap.
    string_start = (np.cumsum(characters) - characters)[row]
    if (start < 0).any() or (end < start).any() or (end > characters[row]).any():
        return None
    bounds = np.stack([start + string_start, end + string_start], axis=1).ravel()
    if (np.diff(bounds) < 0).any():
        return None
    # As byte offsets (é and à take two bytes): [1, 3, 6, 7].
    data = concat_utf8(strings)
    if len(data) != characters.sum():
        bounds = _byte_offsets(data, bounds, block_bytes)
    # The pieces between the bounds, "d", "é", "jà", "x", "y", are kept and replaced in turn.
    pieces = split_utf8(data, np.diff(bounds, prepend=0, append=len(data)))
    kept, replaced = pieces.gather_every(2), pieces.gather_every(2, 1)
    if not replaced.equals(edits["original"]):
        return None

    replacement_sizes = edits["replacement"].str.len_bytes().to_numpy().astype(np.int64)
    if replacement_sizes.any():
        # Interleave the kept pieces with the replacements: "d", "e", "jà", "", "y".
        order = np.arange(len(pieces))
        kept = pl.concat([kept, edits["replacement"].alias(kept.name)]).gather(order // 2 + len(kept) * (order % 2))
    # Cut the joined result into strings by their new sizes in bytes: [5, 1].
    sizes += np.bincount(row, replacement_sizes - (bounds[1::2] - bounds[::2]), minlength=len(sizes)).astype(np.int64)
    return split_utf8(concat_utf8(kept), sizes).alias(strings.name)


def _byte_offsets(data: npt.NDArray[np.uint8], offsets: IntArray, block_bytes: int) -> IntArray:
    """Convert ascending code-point offsets into byte offsets of UTF-8 data; the offset after the last code point becomes `len(data)`.

    >>> _byte_offsets(np.frombuffer("déjà".encode(), np.uint8), np.array([1, 2, 4]), block_bytes=2)
    array([1, 3, 6])
    """
    converted = np.full(len(offsets), len(data))
    characters = done = 0  # code points before this block, offsets already converted
    for block_start in range(0, len(data), block_bytes):
        starts = np.flatnonzero((data[block_start : block_start + block_bytes] & _TOP_BITS) != _CONTINUATION)
        block_done = int(np.searchsorted(offsets, characters + len(starts)))
        converted[done:block_done] = block_start + starts[offsets[done:block_done] - characters]
        characters, done = characters + len(starts), block_done
    return converted
