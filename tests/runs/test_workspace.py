"""pipeline/saring/runs/workspace.py: the workspace is beside the releases, and its files are written atomically."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from saring.config import Config, Dataset
from saring.core.errors import SaringError
from saring.core.tables import EDIT, OVERLAP
from saring.runs.workspace import Job
from saring.storage.files import atomic_write, digest, read_json, write_json, write_parts

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_is_written_atomically(tmp_path: Path) -> None:
    """A write that fails in the middle leaves neither a partial nor a temporary file."""
    file = tmp_path / "deep" / "file.json"

    with pytest.raises(RuntimeError), atomic_write(file) as temporary:  # noqa: PT012 - it is the middle that fails
        temporary.write_text("half")
        raise RuntimeError

    assert list(tmp_path.rglob("*.json*")) == []

    write_json(file, {"a": 1})

    assert read_json(file) == {"a": 1}
    assert list(file.parent.iterdir()) == [file]


def test_a_digest_is_the_sha256_of_the_bytes(tmp_path: Path) -> None:
    """The example of FIPS 180-2, appendix B.1."""
    (tmp_path / "file").write_bytes(b"abc")

    assert digest(tmp_path / "file") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_the_workspace_is_beside_the_releases(tmp_path: Path) -> None:
    """In a hidden folder of the dataset, so on the file system of the releases."""
    job = Job(raw=tmp_path / "raw", out=tmp_path / "out", config=Config(dataset=Dataset(name="news")))

    assert job.folder == tmp_path / "out" / "news" / ".work"
    assert job.tables.parent == job.folder


def test_a_table_is_written_in_parts(tmp_path: Path) -> None:
    """Each part becomes a row group; the table has all rows with their types, or no row if there are no parts."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - heavy

    rows = [{"id": id_, "seq": seq} for id_, seq in (("a", 1), ("b", None), ("c", 3))]
    table = pl.DataFrame(rows, schema=EDIT)

    row_count = write_parts(tmp_path / "edits.parquet", (table[:2], table[:0], table[2:]), EDIT)
    empty_count = write_parts(tmp_path / "overlaps.parquet", (), OVERLAP)

    assert (row_count, empty_count) == (3, 0)
    assert pq.read_metadata(tmp_path / "edits.parquet").num_row_groups == 2
    assert pl.read_parquet(tmp_path / "edits.parquet").equals(table)
    assert pl.read_parquet(tmp_path / "overlaps.parquet").schema == OVERLAP


def test_a_table_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    """The error names the missing folder and says what to do."""
    with pytest.raises(SaringError, match=r"gone/edits.parquet: cannot be written: .*Make room and build again"):
        write_parts(tmp_path / "gone" / "edits.parquet", (), EDIT)
