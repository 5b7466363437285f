"""pipeline/saring/storage/local_copies.py: what stands elsewhere is made and read here, and follows what is there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import polars as pl
import pytest

from saring.storage.files import atomic_write, write_table
from saring.storage.local_copies import fresh_folder, local_copy, local_files, placed_folder, read_columns, read_table
from saring.storage.paths import list_remote, path_of

if TYPE_CHECKING:
    from pathlib import Path

TABLE = pl.DataFrame({"id": ["a", "b", "c"], "text": ["one", None, "three"], "share": pl.Series([0.5, None, 1.0], dtype=pl.Float32)})


@pytest.fixture(params=["here", "memory", "s3"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return a folder of each kind that is not there yet."""
    if request.param == "here":
        return tmp_path / "out"
    if request.param == "s3":
        request.getfixturevalue("s3")
    return path_of(f"{request.param}://bucket/{tmp_path.name}")


def contents(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder, here or elsewhere."""
    paths = (
        [file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()]
        if isinstance(folder, os.PathLike)
        else list_remote(folder)
    )
    return {path: (folder / path).read_bytes() for path in paths}


def test_a_copy_follows_what_is_there(folder: Path) -> None:
    """Files that change, come and go do so in the copy too, when it is asked for again."""
    with placed_folder(folder, "last") as temporary:
        for name in ("a", "b", "last"):
            (temporary / name).write_text(name, encoding="utf-8")
    assert contents(local_copy(folder)) == {"a": b"a", "b": b"b", "last": b"last"}

    (folder / "a").write_bytes(b"A")
    (folder / "b").unlink()
    (folder / "c").write_bytes(b"c")

    assert contents(local_copy(folder)) == {"a": b"A", "c": b"c", "last": b"last"}


def test_a_part_of_a_folder_is_enough(folder: Path) -> None:
    """What was not asked for is not fetched from elsewhere; asked for later, it comes."""
    for path in ("all/a", "documents/a", "README.md"):
        with atomic_write(folder / path) as temporary:
            temporary.write_text(path, encoding="utf-8")

    some = contents(local_copy(folder, "all"))
    assert some["all/a"] == b"all/a"
    assert len(some) == (3 if folder is local_copy(folder) else 1)
    assert len(contents(local_copy(folder))) == 3


def test_what_is_not_there_has_an_empty_copy(folder: Path) -> None:
    """It is as with a folder that does not exist."""
    assert not list(local_copy(folder / "none").glob("*"))


def test_a_folder_is_placed_whole_or_not_at_all(folder: Path) -> None:
    """What fails in the middle leaves what was there; what succeeds takes the whole place."""
    with pytest.raises(RuntimeError), placed_folder(folder, "last") as temporary:  # noqa: PT012 - it is the middle that fails
        (temporary / "a").write_text("half", encoding="utf-8")
        raise RuntimeError
    assert contents(folder) == {}

    with placed_folder(folder, "last") as temporary:
        (temporary / "last").write_text("whole", encoding="utf-8")

    assert contents(folder) == {"last": b"whole"}
    assert not list(temporary.parent.glob(temporary.name))


def test_a_fresh_folder_forgets(folder: Path) -> None:
    """What it held before is gone, and what was put into it need not be fetched back."""
    for names in (("a", "made.json"), ("b", "made.json")):
        with fresh_folder(folder, "made.json") as filled:
            for name in names:
                (filled / name).write_text(name, encoding="utf-8")
        assert contents(folder).keys() == set(names)

    assert local_copy(folder) == filled
    assert contents(filled) == {"b": b"b", "made.json": b"made.json"}


def test_tables_are_written_and_read(folder: Path) -> None:
    """All of a table, a few of its columns, and lazily: the same values and types."""
    write_table(folder / "table.parquet", TABLE) if not isinstance(folder, os.PathLike) else folder.mkdir()
    write_table(folder / "table.parquet", TABLE)

    assert read_table(folder / "table.parquet").equals(TABLE)
    some = read_columns(folder / "table.parquet", ["share", "id"])
    assert some.equals(TABLE.select("share", "id"))
    assert some.schema == TABLE.select("share", "id").schema
    assert pl.scan_parquet(local_files([folder / "table.parquet"])).collect().equals(TABLE)


def test_what_fails_is_not_put(folder: Path) -> None:
    """A file of which the middle fails is not there."""
    with pytest.raises(RuntimeError), atomic_write(folder / "a.json") as temporary:  # noqa: PT012 - it is the middle that fails
        temporary.write_text("half", encoding="utf-8")
        raise RuntimeError

    assert contents(folder) == {}
