"""pipeline/saring/read/prefetch.py: what stands elsewhere comes in the order in which it was found, with its bytes."""

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
    """Return a folder in memory with a hundred files of one page, a large one, and one that nobody knows."""
    folder = path_of(f"memory://{tmp_path.name}")
    for number in range(100):
        (folder / f"{number % 7}" / f"{number}.txt").write_bytes(f"Halaman {number} di pasar malam.".encode())
    (folder / "3" / "large.jsonl").write_bytes(b'{"text": "satu dua tiga"}\n' * 60_000)
    (folder / "3" / "picture.png").write_bytes(b"PNG")
    return folder


def test_the_order_stays(raw: Path) -> None:
    """Each file comes where `files` has it, with all its bytes or, where it is large, with none."""
    found = list(prefetch.prefetch_files(list_files.list_files(raw)))

    assert [entry for entry, _ in found] == list(list_files.list_files(raw))
    for entry, content in found:
        assert isinstance(entry, list_files.File)
        assert content == (None if entry.size > 1_000_000 else entry.path.read_bytes())


def test_files_here_are_not_fetched(tmp_path: Path) -> None:
    """A disk is fast enough."""
    (tmp_path / "a.txt").write_text("Halaman satu.", encoding="utf-8")

    assert [content for _, content in prefetch.prefetch_files(list_files.list_files(tmp_path))] == [None]


def test_a_file_that_went_away_is_a_rejection(raw: Path) -> None:
    """Between the listing and the reading, somebody removed it: the others are read."""
    entries = list(list_files.list_files(raw))
    there: Any = raw
    there.fs.rm(f"{there.path}/0/0.txt")

    found = {entry.source: content for entry, content in prefetch.prefetch_files(entries)}

    assert found["0/0.txt"] is None
    assert sum(content is not None for content in found.values()) == len(entries) - 2


def test_all_is_read(raw: Path) -> None:
    """Fetched or streamed, every record becomes a row."""
    found = list(read.read_batches(raw, Config(dataset=Dataset(name="test"))))

    assert sum(batch.scrapes.height for batch in found) == 100 + 60_000
    assert [source for batch in found for source in batch.rejections["source"]] == ["3/picture.png"]
