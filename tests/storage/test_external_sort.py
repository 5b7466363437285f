"""pipeline/saring/storage/external_sort.py: rows come back by partition, whatever the order in which they came, and leave nothing on the disk."""

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
    """Return rows of which ten in a row make a partition."""
    return pl.DataFrame([(key, f"teks {key}", key // 10) for key in keys], schema=SCHEMA, orient="row")


@given(batches=st.lists(st.lists(st.integers(0, 60), max_size=8), max_size=8), room=st.sampled_from([0, 100, 300, 1_000_000]))
def test_rows_come_back_in_the_order_of_partitions(tmp_path_factory: pytest.TempPathFactory, batches: list[list[int]], room: int) -> None:
    """Each row comes once, in its partition, in the order in which it came, however much fits into memory."""
    folder = tmp_path_factory.mktemp("spill") / "rows"
    with pytest.MonkeyPatch.context() as patch, external_sort.ExternalSort(folder) as found:
        patch.setattr(external_sort, "PARTITION_BYTES", room)
        for keys in batches:
            found.add(rows(keys))
        parts = list(found.parts())
        left = list(folder.iterdir())

    keys = [key for batch in batches for key in batch]
    assert [part["key"].to_list() for part in parts] == [
        [key for key in keys if key // 10 == number] for number in sorted({key // 10 for key in keys})
    ]
    assert all(part.columns == ["key", "text"] for part in parts)
    assert left == []
    assert not folder.exists()


def test_what_does_not_fit_is_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows beyond the room in memory are in pieces, by partition, and gone when the block is left by an error."""
    monkeypatch.setattr(external_sort, "PARTITION_BYTES", 100)
    with pytest.raises(KeyError), external_sort.ExternalSort(tmp_path / "rows") as found:  # noqa: PT012 - it is the middle that fails
        found.add(rows(list(range(40))))
        assert len(list((tmp_path / "rows").iterdir())) == 4
        raise KeyError
    assert not (tmp_path / "rows").exists()


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failing disk is an error that says where and what to do."""
    monkeypatch.setattr(external_sort, "PARTITION_BYTES", 0)
    with external_sort.ExternalSort(tmp_path / "rows") as found:
        (tmp_path / "rows").rmdir()
        with pytest.raises(SaringError, match=r"rows/000000-000000.arrow: cannot be written: .*Make room and build again"):
            found.add(rows([1]))


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([], []),
        ([10, 10, 10], [0, 0, 0]),
        ([60, 60, 60], [0, 0, 1]),
        ([250, 1, 1], [0, 2, 2]),  # a row larger than a partition has its own; a number is left out
    ],
)
def test_partitions_are_of_a_size(monkeypatch: pytest.MonkeyPatch, sizes: list[int], expected: list[int]) -> None:
    """Rows in order are cut where a partition is full."""
    monkeypatch.setattr(external_sort, "PARTITION_BYTES", 100)
    found = pl.DataFrame({"size": sizes}, schema={"size": pl.UInt32}).select(external_sort.partitions(pl.col("size")))

    assert found["partition"].to_list() == expected
