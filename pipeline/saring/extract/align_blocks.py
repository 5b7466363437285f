"""Align the blocks of an HTML page with text that was extracted from it: which line of the text holds each block, if any does."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING

from saring.extract.visible_blocks import text_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saring.extract.visible_blocks import Block

__all__ = ["align"]

#: A block of fewer characters may occur in the extracted text by chance: it counts as kept only where it comes next, or is an entire line.
_MIN_UNIQUE = 25
#: A longer block that does not occur entirely is looked up in pieces of this size: extraction drops elements inside lines.
_PIECE = 16


def align(blocks: Sequence[Block], lines: Sequence[str]) -> None:
    """Set `line` of each block to the number of the extracted line that holds it, or to None for a block that extraction lost."""
    keys = [text_key(line) for line in lines]
    ends = list(accumulate(map(len, keys)))
    text = "".join(keys)
    lines_by_key: dict[str, list[int]] = {}
    for number, line in enumerate(keys):
        lines_by_key.setdefault(line, []).append(number)
    cursor = 0
    for block in blocks:
        start = _block_offset(block.key, text, cursor)
        if start >= 0:
            cursor = start + len(block.key)
            block.line = bisect_right(ends, cursor - 1)
        elif len(block.key) < _MIN_UNIQUE:
            block.line = next((line for line in lines_by_key.get(block.key, ()) if ends[line] > cursor), None)
        elif 2 * block.linked < len(block.key) and (start := _last_piece_offset(block.key, text)) >= 0:
            block.line = bisect_right(ends, start)


def _block_offset(key: str, text: str, cursor: int) -> int:
    """Return the offset of a block in the extracted text (at the cursor, or anywhere for long blocks); -1 for a lost block.

    Args:
        key: the block's text, as `text_key`.
        text: the extracted text, as `text_key`.
        cursor: where the previous block ends in it.
    """
    if text.startswith(key, cursor):
        return cursor
    if len(key) < _MIN_UNIQUE:
        return -1
    start = text.find(key, cursor)
    return start if start >= 0 else text.find(key)


def _last_piece_offset(key: str, text: str) -> int:
    """Return the offset in the extracted text of the last piece of a block that occurs in it; -1 where fewer than half of its pieces do.

    The block is cut into pieces of 16 characters; `key` and `text` are block and extracted text, as `text_key`.
    """
    pieces = [key[start : start + _PIECE] for start in range(0, len(key) - _PIECE + 1, _PIECE)]
    offsets = [offset for piece in pieces if (offset := text.find(piece)) >= 0]
    return max(offsets) if 2 * len(offsets) >= len(pieces) else -1
