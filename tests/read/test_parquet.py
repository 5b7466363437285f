"""pipeline/saring/read/parquet.py: row groups are read one by one; a damaged, encrypted or exploding one is a rejection."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from saring.read import parquet as reader

if TYPE_CHECKING:
    from tests.read.conftest import Reading

TEXTS = [f"Baris nomor {number} dari sebuah tabel." for number in range(10)]


def parquet(table: pa.Table, **options: Any) -> bytes:  # noqa: ANN401 - those of pyarrow
    """Return a table as a Parquet file."""
    out = io.BytesIO()
    pq.write_table(table, out, **options)
    return out.getvalue()


def test_a_damaged_row_group_is_a_rejection(reading: Reading) -> None:
    """Its rows are one rejection with their numbers, and the next row group is read."""
    table = pa.table({"text": TEXTS})
    data = bytearray(parquet(table, row_group_size=5, compression="zstd", use_dictionary=False))
    start = pq.ParquetFile(io.BytesIO(data)).metadata.row_group(0).column(0).data_page_offset
    data[start : start + 60] = bytes(60)
    batch = reading({"a.parquet": bytes(data)})

    assert batch.scrapes["source"].to_list() == [f"a.parquet#{number}" for number in range(6, 11)]
    assert batch.rejections.select("source", "reason").rows() == [("a.parquet", "bad-parquet")]
    assert batch.rejections["message"][0].startswith("Rows 1 to 5: The file is damaged")


def test_truncated(reading: Reading) -> None:
    """A truncated Parquet file, whose footer is missing, is one rejection."""
    data = parquet(pa.table({"text": TEXTS}))
    for size in (4, 20, len(data) // 2, len(data) - 1):
        assert reading({"a.parquet": data[:size]}).rejections["reason"].to_list() == ["bad-parquet"]


def test_encrypted(reading: Reading) -> None:
    """The message names encryption as the reason."""
    data = b"PARE" + bytes(40) + (40).to_bytes(4, "little") + b"PARE"

    assert "encrypted" in reading({"a.parquet": data}).rejections["message"][0]


@pytest.mark.parametrize("rows", [1, 9, 10, 100])
def test_rows_are_numbered_across_row_groups(rows: int, reading: Reading) -> None:
    """Whatever the size of the row groups, rows keep their order and are counted from 1."""
    batch = reading({"a.parquet": parquet(pa.table({"text": TEXTS}), row_group_size=rows)})

    assert batch.scrapes["content"].to_list() == TEXTS
    assert batch.scrapes["source"].to_list() == [f"a.parquet#{number}" for number in range(1, 11)]


def test_a_column_that_explodes_is_a_bomb(reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both bounds must be exceeded, in a column that is read; the row group of another text is kept."""
    monkeypatch.setattr(reader, "_BOMB_BYTES", 50_000)
    monkeypatch.setattr(reader, "_BOMB_RATIO", 50)
    table = pa.table({"text": ["x" * 100_000, "halo"], "note": ["y" * 90_000, "y" * 90_000]})
    data = parquet(table, row_group_size=1, compression="zstd", use_dictionary=False, write_statistics=False)
    batch = reading({"a.parquet": data})

    assert batch.scrapes["content"].to_list() == ["halo"]
    assert batch.rejections["reason"].to_list() == ["bomb"]
    assert batch.rejections["message"][0].startswith("The column text decompresses to more than 50 times its size")
