"""Tests of pipeline/saring/storage/local_copies.py: local copies of remote folders, and folders written atomically, local and remote."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import polars as pl
import pytest

from saring.storage.files import atomic_write, write_table
from saring.storage.local_copies import atomic_folder, fresh_folder, local_copy, local_files, read_columns, read_table
from saring.storage.paths import list_remote, path_of

if TYPE_CHECKING:
    from pathlib import Path

TABLE = pl.DataFrame({"id": ["a", "b", "c"], "text": ["one", None, "three"], "share": pl.Series([0.5, None, 1.0], dtype=pl.Float32)})


@pytest.fixture(params=["local", "memory", "s3"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return a folder that does not exist yet: local, in memory, on S3."""
    if request.param == "local":
        return tmp_path / "out"
    if request.param == "s3":
        request.getfixturevalue("s3")
    return path_of(f"{request.param}://bucket/{tmp_path.name}")


def contents(folder: Path) -> dict[str, bytes]:
    """Return the content of all files of a folder, local or remote, by relative path."""
    paths = (
        [file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()]
        if isinstance(folder, os.PathLike)
        else list_remote(folder)
    )
    return {path: (folder / path).read_bytes() for path in paths}


def test_a_local_copy_follows_the_folder(folder: Path) -> None:
    """Calling `local_copy` again updates the copy with changed, new and deleted files."""
    with atomic_folder(folder, "last") as temporary:
        for name in ("a", "b", "last"):
            (temporary / name).write_text(name, encoding="utf-8")
    assert contents(local_copy(folder)) == {"a": b"a", "b": b"b", "last": b"last"}

    (folder / "a").write_bytes(b"A")
    (folder / "b").unlink()
    (folder / "c").write_bytes(b"c")

    assert contents(local_copy(folder)) == {"a": b"A", "c": b"c", "last": b"last"}


def test_a_part_of_a_folder_can_be_copied(folder: Path) -> None:
    """Only the requested subfolders are downloaded; the others follow when they are requested."""
    for path in ("all/a", "documents/a", "README.md"):
        with atomic_write(folder / path) as temporary:
            temporary.write_text(path, encoding="utf-8")

    partial = contents(local_copy(folder, "all"))
    assert partial["all/a"] == b"all/a"
    assert len(partial) == (3 if folder is local_copy(folder) else 1)
    assert len(contents(local_copy(folder))) == 3


def test_a_missing_folder_has_an_empty_copy(folder: Path) -> None:
    """The copy of a folder that does not exist has no files."""
    assert not list(local_copy(folder / "none").glob("*"))


def test_a_folder_is_written_atomically(folder: Path) -> None:
    """A block that raises leaves the folder as it was; a block that succeeds replaces it."""
    with pytest.raises(RuntimeError), atomic_folder(folder, "last") as temporary:  # noqa: PT012 - the error is raised within the block
        (temporary / "a").write_text("incomplete", encoding="utf-8")
        raise RuntimeError
    assert contents(folder) == {}

    with atomic_folder(folder, "last") as temporary:
        (temporary / "last").write_text("complete", encoding="utf-8")

    assert contents(folder) == {"last": b"complete"}
    assert not list(temporary.parent.glob(temporary.name))


def test_a_fresh_folder_is_emptied_first(folder: Path) -> None:
    """The old content of the folder is deleted, and its local copy is up to date without a download."""
    for names in (("a", "made.json"), ("b", "made.json")):
        with fresh_folder(folder, "made.json") as filled:
            for name in names:
                (filled / name).write_text(name, encoding="utf-8")
        assert contents(folder).keys() == set(names)

    assert local_copy(folder) == filled
    assert contents(filled) == {"b": b"b", "made.json": b"made.json"}


def test_tables_are_written_and_read(folder: Path) -> None:
    """A written table is read with the same values and types: completely, by columns, and lazily."""
    write_table(folder / "table.parquet", TABLE) if not isinstance(folder, os.PathLike) else folder.mkdir()
    write_table(folder / "table.parquet", TABLE)

    assert read_table(folder / "table.parquet").equals(TABLE)
    selected = read_columns(folder / "table.parquet", ["share", "id"])
    assert selected.equals(TABLE.select("share", "id"))
    assert selected.schema == TABLE.select("share", "id").schema
    assert pl.scan_parquet(local_files([folder / "table.parquet"])).collect().equals(TABLE)


def test_a_file_is_written_atomically(folder: Path) -> None:
    """A block that raises leaves no file."""
    with pytest.raises(RuntimeError), atomic_write(folder / "a.json") as temporary:  # noqa: PT012 - the error is raised within the block
        temporary.write_text("incomplete", encoding="utf-8")
        raise RuntimeError

    assert contents(folder) == {}
