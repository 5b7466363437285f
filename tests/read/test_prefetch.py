"""Tests of pipeline/saring/read/prefetch.py: small remote files are fetched ahead, in the order of their listing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from saring import read
from saring.config import Config, Dataset
from saring.read import list_files, prefetch
from saring.storage.paths import path_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """Return a remote (in-memory) folder with a hundred files of one page, a large file, and one of an unknown format."""
    folder = path_of(f"memory://{tmp_path.name}")
    for number in range(100):
        (folder / f"{number % 7}" / f"{number}.txt").write_bytes(f"Halaman {number} di pasar malam.".encode())
    (folder / "3" / "large.jsonl").write_bytes(b'{"text": "satu dua tiga"}\n' * 60_000)
    (folder / "3" / "picture.png").write_bytes(b"PNG")
    return folder


def test_the_order_stays(raw: Path) -> None:
    """Files come in the order of `list_files`, each with its bytes, or without them where it is large."""
    fetched = list(prefetch.prefetch_files(list_files.list_files(raw)))

    assert [entry for entry, _ in fetched] == list(list_files.list_files(raw))
    for entry, content in fetched:
        assert isinstance(entry, list_files.File)
        assert content == (None if entry.size > 1_000_000 else entry.path.read_bytes())


def test_local_files_are_not_fetched(tmp_path: Path) -> None:
    """Local files come without their bytes."""
    (tmp_path / "a.txt").write_text("Halaman satu.", encoding="utf-8")

    assert [content for _, content in prefetch.prefetch_files(list_files.list_files(tmp_path))] == [None]


def test_a_file_that_was_removed_is_not_fetched(raw: Path) -> None:
    """A file that was removed after the listing comes without its bytes; the others are fetched."""
    entries = list(list_files.list_files(raw))
    remote: Any = raw
    remote.fs.rm(f"{remote.path}/0/0.txt")

    fetched = {entry.source: content for entry, content in prefetch.prefetch_files(entries)}

    assert fetched["0/0.txt"] is None
    assert sum(content is not None for content in fetched.values()) == len(entries) - 2


def test_all_files_are_read(raw: Path) -> None:
    """Every record of a remote folder becomes a row, fetched or streamed."""
    batches = list(read.read_batches(raw, Config(dataset=Dataset(name="test"))))

    assert sum(batch.scrapes.height for batch in batches) == 100 + 60_000
    assert [source for batch in batches for source in batch.rejections["source"]] == ["3/picture.png"]
