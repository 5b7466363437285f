"""pipeline/workspace.py: files appear whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline.config import Config, Dataset
from pipeline.workspace import Job, digest, read_json, whole, write_json

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_is_whole_or_absent(tmp_path: Path) -> None:
    """What fails in the middle leaves neither half a file nor a temporary one."""
    file = tmp_path / "deep" / "file.json"

    with pytest.raises(RuntimeError), whole(file) as temporary:  # noqa: PT012 - it is the middle that fails
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


def test_the_workspace_stands_beside_the_releases(tmp_path: Path) -> None:
    """It shares their file system, and its name keeps it out of their way."""
    job = Job(raw=tmp_path / "raw", out=tmp_path / "out", config=Config(dataset=Dataset(name="news")))

    assert job.folder == tmp_path / "out" / "news" / ".work"
    assert job.tables.parent == job.folder
