"""External distribution sort: order the rows of tables that are larger than memory, in partitions on disk.

After Knuth, The Art of Computer Programming 3, 5.2.5. The caller sorts the keys, which fit into memory, and assigns each row to a partition. Rows
are added in any order, appended to files of their partition, and read back one partition at a time, small enough to be sorted in memory. Each
row is written and read once, in whatever order rows arrive. Rows that fit into memory together are never written.
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

__all__ = ["PARTITION", "PARTITION_BYTES", "ExternalSort", "partition_numbers"]

#: Approximate size of a partition in bytes, and of the rows buffered before they are written. Larger partitions mean fewer files, smaller ones
#: less memory: a partition takes about four times its size while it is sorted. A judgement.
PARTITION_BYTES = 48_000_000

#: The column with the partition number, by which `ExternalSort.add` distributes rows.
PARTITION = "partition"


def partition_numbers(sizes: pl.Expr) -> pl.Expr:
    """Return an expression for the partition number of each row, so that each partition has about `PARTITION_BYTES`.

    Args:
        sizes: the approximate sizes of the rows in bytes, of a table sorted in the final order.
    """
    sizes = sizes.cast(pl.Int64)
    return ((sizes.cum_sum() - sizes) // PARTITION_BYTES).cast(pl.UInt32).alias(PARTITION)


class ExternalSort:
    """A context manager that collects rows by partition, in memory and in a temporary folder, and returns them partition by partition.

    First `add` all rows, then read them with `parts` or `take`. The folder is deleted when the context ends.

    Args:
        folder: the temporary folder; anything in it is deleted first.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pending: list[pl.DataFrame] = []
        self._bytes = 0
        self._pieces: dict[int, list[Path]] = {}
        self._in_memory: dict[int, pl.DataFrame] = {}

    def __enter__(self) -> Self:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def add(self, rows: pl.DataFrame) -> None:
        """Add rows to their partitions; must not be called after `parts` or `take`.

        Args:
            rows: a table with the partition number in the column `PARTITION`; all tables have the same columns.

        Raises:
            SaringError: the temporary files cannot be written, for example because the disk is full.
        """
        if rows.height:
            self._pending.append(rows)
            self._bytes += int(rows.estimated_size())
            if self._bytes > PARTITION_BYTES:
                self._flush()

    def parts(self) -> Iterator[pl.DataFrame]:
        """Yield the rows of each non-empty partition, in the order of the partition numbers, and discard them."""
        self._partition_in_memory()
        for number in sorted(self._pieces.keys() | self._in_memory.keys()):
            if (rows := self.take(number)) is not None:
                yield rows

    def take(self, number: int) -> pl.DataFrame | None:
        """Return and discard the rows of one partition, in the order in which they were added and without `PARTITION`; None if it has none."""
        self._partition_in_memory()
        pieces = self._pieces.pop(number, [])
        tables = [pl.read_ipc(piece) for piece in pieces]
        for piece in pieces:
            piece.unlink()
        if number in self._in_memory:
            tables.append(self._in_memory.pop(number))
        return pl.concat(tables, rechunk=True) if tables else None

    def _partition_in_memory(self) -> None:
        """Split the rows that were not written to disk by partition and keep them in memory, once all rows have been added."""
        if self._pending:
            self._in_memory, self._pending, self._bytes = _by_partition(self._pending), [], 0

    def _flush(self) -> None:
        """Write all buffered rows to disk, one new file per partition."""
        for number, rows in _by_partition(self._pending).items():
            pieces = self._pieces.setdefault(number, [])
            piece = self._folder / f"{number:06}-{len(pieces):06}.arrow"
            try:
                rows.write_ipc(piece, compression="lz4")
            except (OSError, pl.exceptions.ComputeError) as error:
                hint = "Make room and build again; the last release is as it was."
                raise SaringError(f"{piece}: cannot be written: {error}. {hint}") from error
            pieces.append(piece)
        self._pending, self._bytes = [], 0


def _by_partition(frames: list[pl.DataFrame]) -> dict[int, pl.DataFrame]:
    """Split tables into one table of rows per partition number."""
    parts = pl.concat(frames).partition_by(PARTITION, as_dict=True, include_key=False, maintain_order=True)
    return {int(number): rows for (number,), rows in parts.items()}
