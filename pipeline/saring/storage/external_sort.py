"""Rows on disk by partition: how tables larger than memory are put in order.

A distribution sort (Knuth, The Art of Computer Programming 3, 5.2.5): who sorts knows from the keys alone, which fit into memory, in which
partition each row belongs. Rows arrive in any order, go to their partition's pieces on disk, and come back a partition at a time, small
enough to be sorted there. Each row is written and read once, however scattered the rows arrive. What fits into one partition never
touches the disk.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Self

import polars as pl

from saring.core.errors import SaringError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

__all__ = ["PARTITION", "PARTITION_BYTES", "ExternalSort", "partitions"]

#: About how many bytes a partition holds, and about how many wait to be written. Larger ones make fewer pieces, smaller ones less memory:
#: a partition takes some four times its size while it is sorted and handed on.
PARTITION_BYTES = 48_000_000

#: The column by which `ExternalSort.add` takes rows apart.
PARTITION = "partition"


def partitions(sizes: pl.Expr) -> pl.Expr:
    """Return the partition of each row, of rows in the order in which they are to come out.

    Args:
        sizes: their sizes in bytes, nearly.
    """
    whole = sizes.cast(pl.Int64)
    return ((whole.cum_sum() - whole) // PARTITION_BYTES).cast(pl.UInt32).alias(PARTITION)


class ExternalSort:
    """Rows by partition, in a folder that is there for the length of a `with` block."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pending: list[pl.DataFrame] = []
        self._bytes = 0
        self._pieces: dict[int, list[Path]] = {}
        self._waiting: dict[int, pl.DataFrame] = {}

    def __enter__(self) -> Self:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def add(self, rows: pl.DataFrame) -> None:
        """Take rows, all with the same columns; `PARTITION` says where each belongs. Once one is taken back, no more may come.

        Raises:
            SaringError: the disk is full.
        """
        if rows.height:
            self._pending.append(rows)
            self._bytes += int(rows.estimated_size())
            if self._bytes > PARTITION_BYTES:
                self._flush()

    def parts(self) -> Iterator[pl.DataFrame]:
        """Yield what `take` gives of all partitions that have rows, in the order of their numbers."""
        self._settle()
        for number in sorted(self._pieces.keys() | self._waiting.keys()):
            if (rows := self.take(number)) is not None:
                yield rows

    def take(self, number: int) -> pl.DataFrame | None:
        """Return the rows of a partition as they came, without `PARTITION`, and forget them; None where there are none (any more)."""
        self._settle()
        pieces = self._pieces.pop(number, [])
        found = [pl.read_ipc(piece) for piece in pieces]
        for piece in pieces:
            piece.unlink()
        if number in self._waiting:
            found.append(self._waiting.pop(number))
        return pl.concat(found, rechunk=True) if found else None

    def _settle(self) -> None:
        """Leave what fits into memory there: no more rows are coming."""
        if self._pending:
            self._waiting, self._pending, self._bytes = _apart(self._pending), [], 0

    def _flush(self) -> None:
        for number, rows in _apart(self._pending).items():
            pieces = self._pieces.setdefault(number, [])
            piece = self._folder / f"{number:06}-{len(pieces):06}.arrow"
            try:
                rows.write_ipc(piece, compression="lz4")
            except (OSError, pl.exceptions.ComputeError) as error:
                hint = "Make room and build again; the last release is as it was."
                raise SaringError(f"{piece}: cannot be written: {error}. {hint}") from error
            pieces.append(piece)
        self._pending, self._bytes = [], 0


def _apart(frames: list[pl.DataFrame]) -> dict[int, pl.DataFrame]:
    parts = pl.concat(frames).partition_by(PARTITION, as_dict=True, include_key=False, maintain_order=True)
    return {int(number): rows for (number,), rows in parts.items()}
