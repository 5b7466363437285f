"""Metadata in the Parquet files of a release: Bloom filters, and row group sizes within what viewers accept."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow.parquet as pq
import pytest
import xxhash

from saring.core.tables import OVERLAP
from saring.release import parquet
from tests.release.test_parquet import rows, write

if TYPE_CHECKING:
    from pathlib import Path

#: Salts of the split-block Bloom filters of the Parquet format, one for each of the eight words of a block.
SALTS = (0x47B6137B, 0x44974D91, 0x8824AD5B, 0xA2B7289D, 0x705495C7, 0x2DF1424B, 0x9EFC4947, 0x5C6BFB31)
#: Maximum number of bytes that the hub's viewer scans to show a page of rows.
VIEWER_LIMIT = 300_000_000


def may_contain(bitset: bytes, value: str) -> bool:
    """Tell whether a split-block Bloom filter may contain a value."""
    hashed = xxhash.xxh64_intdigest(value.encode(), seed=0)
    block = ((hashed >> 32) * (len(bitset) // 32)) >> 32
    words = struct.unpack_from("<8I", bitset, block * 32)
    low = hashed & 0xFFFF_FFFF
    return all(word >> ((low * salt & 0xFFFF_FFFF) >> 27) & 1 for word, salt in zip(words, SALTS, strict=True))


def filters(file: Path, column: str) -> list[bytes]:
    """Return the bitsets of a column's Bloom filters, one for each row group."""
    metadata, data = pq.read_metadata(file), file.read_bytes()
    place = metadata.schema.names.index(column)
    bitsets = []
    for number in range(metadata.num_row_groups):
        chunk: Any = metadata.row_group(number).column(place)
        raw = data[chunk.bloom_filter_offset : chunk.bloom_filter_offset + chunk.bloom_filter_length]
        bitsets.append(raw[-(1 << (len(raw).bit_length() - 1)) :])  # a header of a few bytes, then a power of two
    return bitsets


def test_row_groups_say_which_ids_and_urls_they_lack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every value of a row group passes its Bloom filter; of the values of other row groups about one in a hundred does."""
    monkeypatch.setattr(parquet, "GROUP_BYTES", 100_000)
    table = rows(2_000).with_columns(url=pl.when(pl.col("id").str.slice(0, 1) != "a").then(pl.format("https://a.example/{}", "id")))
    (file,) = write(tmp_path / "x", [table])

    for column in ("id", "url"):
        bits = filters(tmp_path / "x" / file.path, column)
        groups = [
            pq.ParquetFile(tmp_path / "x" / file.path).read_row_group(number, [column])[column].to_pylist() for number in range(len(bits))
        ]
        assert len(bits) > 3
        for number, own in enumerate(groups):
            absent = [value for group in groups if group is not own for value in group if value]
            assert all(may_contain(bits[number], value) for value in own if value)
            assert sum(may_contain(bits[number], value) for value in absent) < 0.03 * len(absent)


def test_other_columns_have_none(tmp_path: Path) -> None:
    """Only the lookup columns `id` and `url` of documents have Bloom filters; a table sorted by its key has none."""
    (documents,) = write(tmp_path / "x", [rows(10)])
    with parquet.SplitWriter(tmp_path, "overlaps", "train", "overlap") as writer:
        writer.write(
            pl.DataFrame(
                [{"a": "1", "b": "2", "kind": "exact", "score": 1.0, "coverage_a": 1.0, "coverage_b": 1.0, "passages": []}], OVERLAP
            )
        )

    for path, expected in ((tmp_path / "x" / documents.path, {"id", "url"}), (tmp_path / writer.files[0].path, set())):
        group = pq.read_metadata(path).row_group(0)
        chunks: list[Any] = [group.column(number) for number in range(group.num_columns)]
        assert {chunk.path_in_schema for chunk in chunks if chunk.bloom_filter_offset is not None} == expected


def test_a_few_more_rows_do_not_change_filter_sizes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Bloom filters of unchanged row groups keep their bytes, so a store that deduplicates chunks keeps them."""
    monkeypatch.setattr(parquet, "GROUP_BYTES", 100_000)
    table = rows(1_500)
    bitsets = []
    for name, part in (("old", table[:1_000]), ("new", table)):
        (file,) = write(tmp_path / name, [part])
        bitsets.append(filters(tmp_path / name / file.path, "id"))

    assert bitsets[1][: len(bitsets[0]) - 1] == bitsets[0][:-1]


@pytest.mark.parametrize("size", [200, 5_000, 100_000])
def test_row_groups_stay_within_the_viewer_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """The estimated size by which row groups are cut is close to the size in the file's metadata, for short and long texts."""
    monkeypatch.setattr(parquet, "GROUP_BYTES", parquet.GROUP_BYTES // 40)
    table = rows(6_000_000 // size, size)
    (file,) = write(tmp_path / "x", [table])
    metadata = pq.read_metadata(tmp_path / "x" / file.path)
    sizes = [metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups)]

    assert len(sizes) > 1
    assert max(sizes) < 1.5 * parquet.GROUP_BYTES < VIEWER_LIMIT / 40
