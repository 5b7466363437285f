"""Parquet files: cut by size alone, checked when read, the same bytes for the same rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest
from tests.release.conftest import document

from saring.core.errors import ReleaseError
from saring.core.tables import DOCUMENT
from saring.release import arrow, parquet

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def rows(count: int, size: int = 50) -> pl.DataFrame:
    """Return documents whose texts are about `size` long."""
    return pl.DataFrame([document(f"{number:06}", f"{number} " * (size // 5)) for number in range(count)], schema=DOCUMENT)


def write(folder: Path, batches: Iterable[pl.DataFrame]) -> list[parquet.File]:
    """Write batches as one split."""
    folder.mkdir(exist_ok=True)
    with parquet.Writer(folder, "all", "train", "document") as writer:
        for batch in batches:
            writer.write(batch)
    return writer.files


def groups(folder: Path, file: parquet.File) -> list[int]:
    """Return the numbers of rows of the row groups of a file."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - heavy

    metadata = pq.read_metadata(folder / file.path)
    return [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]


def test_batches_do_not_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However the rows arrive, row groups, files and bytes are the same."""
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
    """A row group holds as many rows as fit; a row that is too large for any gets its own."""
    monkeypatch.setattr(parquet, "GROUP_BYTES", 10_000)
    large = rows(1, 40_000)
    files = write(tmp_path / "x", [pl.concat([rows(2), large, rows(3), large])])

    assert groups(tmp_path / "x", files[0]) == [2, 1, 3, 1]


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """Rows come back as they went in, with the one explicit schema, and with rows and memory counted."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - heavy

    table = rows(100)

    (file,) = write(tmp_path / "x", [table])

    assert pl.concat(parquet.read(tmp_path / "x" / file.path)).equals(table)
    assert pq.read_schema(tmp_path / "x" / file.path).equals(arrow.schema("document"))
    assert file.rows == 100
    assert 0.5 < file.memory / pq.read_table(tmp_path / "x" / file.path).nbytes < 2


def test_no_rows_carry_the_schema(tmp_path: Path) -> None:
    """A split without rows is a file with columns and no row group."""
    (file,) = write(tmp_path / "x", [])

    assert groups(tmp_path / "x", file) == []
    assert pl.read_parquet(tmp_path / "x" / file.path).schema == DOCUMENT


def test_pages_can_be_checked(tmp_path: Path) -> None:
    """A page whose bytes changed on the disk is found when it is read, though the file's footer is whole."""
    (file,) = write(tmp_path / "x", [rows(1_000)])
    place = tmp_path / "x" / file.path
    whole = bytearray(place.read_bytes())
    whole[2_000] ^= 1
    place.write_bytes(whole)

    with pytest.raises(ReleaseError, match=r"expected a whole Parquet file, found.*build again"):
        list(parquet.read(place))


def test_missing_values_are_refused_where_the_schema_needs_one(tmp_path: Path) -> None:
    """A column that may not be null cannot be written with one."""
    with pytest.raises(ReleaseError, match="split"):
        write(tmp_path / "x", [rows(2).with_columns(split=None)])


@pytest.mark.parametrize("size", [1, 3, 10, 100])
def test_batches_of_a_size(size: int) -> None:
    """Rows regrouped are the same rows, in frames of the size asked for."""
    frame = pl.DataFrame({"n": range(10)})

    found = list(parquet.batches([frame[:4], frame[:0], frame[4:5], frame[5:]], size))

    assert pl.concat(found).equals(frame)
    assert {part.height for part in found[:-1]} <= {size}
    assert 0 < found[-1].height <= size


def test_no_rows_are_no_batches() -> None:
    """Frames without rows give no frame."""
    assert list(parquet.batches([pl.DataFrame({"n": []})], 3)) == []


def test_frames_of_given_heights() -> None:
    """Rows are cut where they are to be, whatever frames they come in; heights beyond the rows are left."""
    frame = pl.DataFrame({"n": range(10)})

    found = list(parquet.cut([frame[:4], frame[:0], frame[4:5], frame[5:]], [1, 2, 4, 1, 5, 3]))

    assert pl.concat(found).equals(frame)
    assert [part.height for part in found] == [1, 2, 4, 1, 2]
