"""Tables of a build become the Parquet files of a release, by config and split."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from saring.core.errors import ReleaseError
from saring.release import parquet
from saring.release.data_files import write_data_files
from saring.storage.files import digest
from tests.release.conftest import Corpus, small

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """Return a folder with the tables of the small corpus."""
    return small().save(tmp_path / "tables")


def test_each_config_has_its_rows(tables: Path, tmp_path: Path) -> None:
    """`all` has every document by split, `documents` the kept ones; the other tables are whole; checksums and sizes are those of the files."""
    corpus = small()
    (tmp_path / "release").mkdir()

    files = write_data_files(tables, tmp_path / "release")

    rows = {file.path: file.rows for file in files}
    assert rows == {
        "all/test-00000.parquet": 1,
        "all/train-00000.parquet": 4,
        "documents/test-00000.parquet": 1,
        "documents/train-00000.parquet": 3,
        "edits/train-00000.parquet": corpus.edits.height,
        "overlaps/train-00000.parquet": 1,
        "rejections/train-00000.parquet": 1,
    }
    for file in files:
        written = tmp_path / "release" / file.path
        assert (file.sha256, file.bytes) == (digest(written), written.stat().st_size)
        assert pl.read_parquet(written).height == file.rows
    documents = pl.read_parquet(tmp_path / "release" / "documents" / "*.parquet")
    assert documents["role"].unique().to_list() == ["kept"]


def test_a_split_of_duplicates_alone_has_no_documents(tmp_path: Path) -> None:
    """A split in which nothing is kept is in `all` and not in `documents`."""
    corpus = small()
    duplicates = corpus._replace(
        documents=corpus.documents.with_columns(
            pl.when(pl.col("role") == "kept").then(pl.lit("train")).otherwise(pl.lit("test")).alias("split")
        )
    )
    (tmp_path / "release").mkdir()

    paths = [file.path for file in write_data_files(duplicates.save(tmp_path / "tables"), tmp_path / "release")]

    assert "all/test-00000.parquet" in paths
    assert "documents/test-00000.parquet" not in paths


def test_tables_without_rows_have_files_with_columns(tmp_path: Path) -> None:
    """Without rows each config has one file of the split `train` that has the columns."""
    empty = Corpus(*(table.clear() for table in small()))
    (tmp_path / "release").mkdir()

    files = write_data_files(empty.save(tmp_path / "tables"), tmp_path / "release")

    assert [file.path for file in files] == [
        f"{config}/train-00000.parquet" for config in ("all", "documents", "edits", "overlaps", "rejections")
    ]
    assert {file.rows for file in files} == {0}
    for file in files:
        assert "id" in (columns := pl.read_parquet(tmp_path / "release" / file.path).columns) or "a" in columns


def in_batches(monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    """Make tables be read in batches of so many rows."""
    monkeypatch.setattr(parquet, "read", lambda file: pl.read_parquet(file).iter_slices(rows))


@pytest.mark.parametrize("rows", [1, 100])
@pytest.mark.parametrize(("name", "order"), [("documents", "source, then id"), ("edits", "id")])
def test_unsorted_rows_are_refused(name: str, order: str, rows: int, tables: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows in another order are refused, also where the order breaks between two batches; the message names table and order."""
    pl.read_parquet(tables / f"{name}.parquet").reverse().write_parquet(tables / f"{name}.parquet")
    release = tables.parent / "release"
    release.mkdir()
    in_batches(monkeypatch, rows)

    with pytest.raises(ReleaseError, match=rf"{name}\.parquet: expected rows sorted by {order}, found another order\. Sort the table"):
        write_data_files(tables, release)


def test_rows_with_equal_keys_are_sorted(tables: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several edits of one document may follow each other in two batches."""
    rows = pl.read_parquet(tables / "edits.parquet")
    pl.concat([rows, rows]).sort("id").write_parquet(tables / "edits.parquet")
    (tmp_path / "release").mkdir()
    in_batches(monkeypatch, 1)

    files = {file.path: file.rows for file in write_data_files(tables, tmp_path / "release")}

    assert files["edits/train-00000.parquet"] == 2 * rows.height
