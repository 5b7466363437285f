"""Files are written atomically, and files that changed since are detected by their hashes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from saring.core.errors import SaringError
from saring.core.tables import EDIT, OVERLAP
from saring.storage.files import (
    atomic_write,
    digest,
    file_digests,
    files_intact,
    read_json,
    read_state,
    write_json,
    write_parts,
    write_table,
)
from saring.storage.paths import path_of, read_bytes

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
    with pytest.raises(SaringError, match=r"gone/edits.parquet: cannot be written: .*Make room and build again"):
        write_table(tmp_path / "gone" / "edits.parquet", pl.DataFrame(schema=EDIT))


def test_a_written_file_replaces_what_is_there(tmp_path: Path) -> None:
    """An older file is replaced, and so is a folder of that name in a damaged workspace."""
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "folder.json" / "old").write_text("old")
    (tmp_path / "file.json").write_text("old")

    for name in ("folder.json", "file.json"):
        write_json(tmp_path / name, {"a": "é"})
        assert read_json(tmp_path / name) == {"a": "é"}


def test_a_failed_write_keeps_the_old_file(tmp_path: Path) -> None:
    """A file that exists stays as it was if writing it fails, on a disk and remotely."""
    for file in (tmp_path / "file.json", path_of(f"memory://{tmp_path.name}/file.json")):
        write_json(file, {"a": 1})

        with pytest.raises(RuntimeError), atomic_write(file) as temporary:  # noqa: PT012 - it is the middle that fails
            temporary.write_text("half")
            raise RuntimeError

        assert read_json(file) == {"a": 1}


def test_a_remote_table_is_uploaded(tmp_path: Path) -> None:
    """A table is written to a bucket as the same rows."""
    file = path_of(f"memory://{tmp_path.name}/edits.parquet")

    write_table(file, pl.DataFrame({"a": [1]}))

    assert pl.read_parquet(read_bytes(file)).rows() == [(1,)]


@pytest.mark.parametrize("content", [b"[1]", b"5", b"{", b"", b"\xff{}"])
def test_a_file_without_an_object_is_an_error(content: bytes, tmp_path: Path) -> None:
    """JSON of another type, and bytes that are no JSON, raise ValueError; as a state they are empty."""
    (tmp_path / "file").write_bytes(content)

    with pytest.raises(ValueError, match=r".+"):
        read_json(tmp_path / "file")
    assert read_state(tmp_path / "file") == {}


def test_a_state_is_complete_or_empty(tmp_path: Path) -> None:
    """A state with all required keys is returned with its others; one that lacks a key, is missing or nested too deeply is empty."""
    write_json(tmp_path / "state", {"a": 1, "b": None, "c": 3})
    (tmp_path / "deep").write_text("[" * 100_000, encoding="utf-8")

    assert read_state(tmp_path / "state", "a", "b") == {"a": 1, "b": None, "c": 3}
    assert read_state(tmp_path / "state", "a", "d") == {}
    assert read_state(tmp_path / "missing") == {}
    assert read_state(tmp_path / "deep") == {}


def test_changed_files_are_detected(tmp_path: Path) -> None:
    """Files are intact as recorded; not if one is changed, missing or added, or if what was recorded is no record."""
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_text("one")
    second.write_text("two")
    recorded = file_digests(first, second)

    assert files_intact(recorded, first, second)
    assert files_intact({})
    assert not files_intact(recorded, first)
    assert not files_intact(None, first, second)
    second.write_text("too")
    assert not files_intact(recorded, first, second)
    second.unlink()
    assert not files_intact(recorded, first, second)


def test_a_remote_file_is_intact_if_it_exists(tmp_path: Path) -> None:
    """A remote file is recorded without a hash; it is intact as long as it exists."""
    file = path_of(f"memory://{tmp_path.name}/a.json")
    write_json(file, {})

    assert file_digests(file) == {"a.json": ""}
    assert files_intact({"a.json": ""}, file)
    assert not files_intact({"b.json": ""}, path_of(f"memory://{tmp_path.name}/b.json"))
