"""Parquet files of a release: cut by size alone, verified when read, the same bytes for the same rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from saring.core.errors import ReleaseError
from saring.core.tables import DOCUMENT
from saring.release import arrow, parquet
from tests.release.conftest import document

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def rows(count: int, size: int = 50) -> pl.DataFrame:
    """Return documents with texts of about `size` characters."""
    return pl.DataFrame([document(f"{number:06}", f"{number} " * (size // 5)) for number in range(count)], schema=DOCUMENT)


def write(folder: Path, batches: Iterable[pl.DataFrame]) -> list[parquet.WrittenFile]:
    """Write batches of documents as one split, and return its files."""
    folder.mkdir(exist_ok=True)
    with parquet.SplitWriter(folder, "all", "train", "document") as writer:
        for batch in batches:
            writer.write(batch)
    return writer.files


def groups(folder: Path, file: parquet.WrittenFile) -> list[int]:
    """Return the number of rows of each row group of a Parquet file."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - heavy

    metadata = pq.read_metadata(folder / file.path)
    return [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]


def test_batches_do_not_affect_the_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Row groups, files and bytes are the same whatever batches the rows arrive in."""
    monkeypatch.setattr(parquet, "GROUP_BYTES", 10_000)
    monkeypatch.setattr(parquet, "FILE_BYTES", 4_000)
    table = rows(300)
    cuts = {"one": [table], "many": table.iter_slices(7), "single": table.iter_slices(1), "empty": [table[:100], table[:0], table[100:]]}

    written = {name: write(tmp_path / name, batches) for name, batches in cuts.items()}

    assert len(written["one"]) > 1
    assert all(len(groups(tmp_path / "one", file)) > 1 for file in written["one"][:-1])
    for name, files in written.items():
        assert files == written["one"]
        assert [(tmp_path / name / f.path).read_bytes() for f in files] == [(tmp_path / "one" / f.path).read_bytes() for f in files]


def test_row_groups_stay_within_their_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row group has as many rows as fit into its size; a row larger than a row group gets its own."""
    monkeypatch.setattr(parquet, "GROUP_BYTES", 10_000)
    large = rows(1, 40_000)
    files = write(tmp_path / "x", [pl.concat([rows(2), large, rows(3), large])])

    assert groups(tmp_path / "x", files[0]) == [2, 1, 3, 1]


def test_rows_survive_a_round_trip(tmp_path: Path) -> None:
    """Rows read back equal the rows written, with the explicit schema, and the file's rows and memory are counted."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - heavy

    table = rows(100)

    (file,) = write(tmp_path / "x", [table])

    assert pl.concat(parquet.read(tmp_path / "x" / file.path)).equals(table)
    assert pq.read_schema(tmp_path / "x" / file.path).equals(arrow.schema("document"))
    assert file.rows == 100
    assert 0.5 < file.memory / pq.read_table(tmp_path / "x" / file.path).nbytes < 2


def test_an_empty_split_carries_the_schema(tmp_path: Path) -> None:
    """A split without rows is one file with the columns and no row group."""
    (file,) = write(tmp_path / "x", [])

    assert groups(tmp_path / "x", file) == []
    assert pl.read_parquet(tmp_path / "x" / file.path).schema == DOCUMENT


def test_page_checksums_are_verified(tmp_path: Path) -> None:
    """A page whose bytes changed on disk is detected when it is read, although the file's footer is intact."""
    (file,) = write(tmp_path / "x", [rows(1_000)])
    place = tmp_path / "x" / file.path
    content = bytearray(place.read_bytes())
    content[2_000] ^= 1
    place.write_bytes(content)

    with pytest.raises(ReleaseError, match=r"expected an intact Parquet file, found.*build again"):
        list(parquet.read(place))


def test_null_is_refused_in_a_required_column(tmp_path: Path) -> None:
    """Rows with null in a non-nullable column cannot be written."""
    with pytest.raises(ReleaseError, match="split"):
        write(tmp_path / "x", [rows(2).with_columns(split=None)])


@pytest.mark.parametrize("size", [1, 3, 10, 100])
def test_rebatch_keeps_rows_and_batch_size(size: int) -> None:
    """Regrouped rows are the same rows, in frames of the requested size."""
    frame = pl.DataFrame({"n": range(10)})

    batches = list(parquet.rebatch([frame[:4], frame[:0], frame[4:5], frame[5:]], size))

    assert pl.concat(batches).equals(frame)
    assert {part.height for part in batches[:-1]} <= {size}
    assert 0 < batches[-1].height <= size


def test_rebatch_of_empty_frames_is_empty() -> None:
    """Frames without rows give no batch."""
    assert list(parquet.rebatch([pl.DataFrame({"n": []})], 3)) == []


def test_regroup_by_heights() -> None:
    """Rows are regrouped into frames of the given heights, whatever frames they come in; heights beyond the last row are ignored."""
    frame = pl.DataFrame({"n": range(10)})

    frames = list(parquet.regroup([frame[:4], frame[:0], frame[4:5], frame[5:]], [1, 2, 4, 1, 5, 3]))

    assert pl.concat(frames).equals(frame)
    assert [part.height for part in frames] == [1, 2, 4, 1, 2]
