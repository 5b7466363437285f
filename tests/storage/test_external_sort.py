"""Tests of pipeline/saring/storage/external_sort.py: rows are returned by partition, and temporary files are deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saring.core.errors import SaringError
from saring.storage import external_sort

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = {"key": pl.Int64, "text": pl.String, "partition": pl.UInt32}


def rows(keys: list[int]) -> pl.DataFrame:
    """Return a table with a row for each key; ten consecutive keys share a partition."""
    return pl.DataFrame([(key, f"teks {key}", key // 10) for key in keys], schema=SCHEMA, orient="row")


@given(batches=st.lists(st.lists(st.integers(0, 60), max_size=8), max_size=8), buffer_bytes=st.sampled_from([0, 100, 300, 1_000_000]))
def test_rows_are_returned_partition_by_partition(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[int]], buffer_bytes: int
) -> None:
    """Each row is returned once, in its partition, in the order in which it was added, for any size of the memory buffer."""
    folder = tmp_path_factory.mktemp("spill") / "rows"
    with pytest.MonkeyPatch.context() as patch, external_sort.ExternalSort(folder) as sort:
        patch.setattr(external_sort, "PARTITION_BYTES", buffer_bytes)
        for keys in batches:
            sort.add(rows(keys))
        parts = list(sort.parts())
        remaining_files = list(folder.iterdir())

    keys = [key for batch in batches for key in batch]
    assert [part["key"].to_list() for part in parts] == [
        [key for key in keys if key // 10 == number] for number in sorted({key // 10 for key in keys})
    ]
    assert all(part.columns == ["key", "text"] for part in parts)
    assert remaining_files == []
    assert not folder.exists()


def test_rows_beyond_the_memory_buffer_are_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that exceed the memory buffer are in one file per partition, which are deleted if the block raises an error."""
    monkeypatch.setattr(external_sort, "PARTITION_BYTES", 100)
    with pytest.raises(KeyError), external_sort.ExternalSort(tmp_path / "rows") as sort:  # noqa: PT012 - the error is raised within the block
        sort.add(rows(list(range(40))))
        assert len(list((tmp_path / "rows").iterdir())) == 4
        raise KeyError
    assert not (tmp_path / "rows").exists()


def test_an_unwritable_folder_raises_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failed write raises an error that names the file and says what to do."""
    monkeypatch.setattr(external_sort, "PARTITION_BYTES", 0)
    with external_sort.ExternalSort(tmp_path / "rows") as sort:
        (tmp_path / "rows").rmdir()
        with pytest.raises(SaringError, match=r"rows/000000-000000.arrow: cannot be written: .*Make room and build again"):
            sort.add(rows([1]))


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([], []),
        ([10, 10, 10], [0, 0, 0]),
        ([60, 60, 60], [0, 0, 1]),
        ([250, 1, 1], [0, 2, 2]),  # a row larger than a partition has its own, and the next number is unused
    ],
)
def test_partition_numbers_follow_the_sizes(monkeypatch: pytest.MonkeyPatch, sizes: list[int], expected: list[int]) -> None:
    """Consecutive rows share a partition number until their sizes exceed the size of a partition."""
    monkeypatch.setattr(external_sort, "PARTITION_BYTES", 100)
    numbers = pl.DataFrame({"size": sizes}, schema={"size": pl.UInt32}).select(external_sort.partition_numbers(pl.col("size")))

    assert numbers["partition"].to_list() == expected
