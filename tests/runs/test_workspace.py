"""pipeline/saring/runs/workspace.py: the workspace is beside the releases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saring.config import Config, Dataset
from saring.runs.workspace import Job

if TYPE_CHECKING:
    from pathlib import Path


def test_the_workspace_is_beside_the_releases(tmp_path: Path) -> None:
    """In a hidden folder of the dataset, so on the file system of the releases."""
    job = Job(raw=tmp_path / "raw", out=tmp_path / "out", config=Config(dataset=Dataset(name="news")))

    assert job.folder == tmp_path / "out" / "news" / ".work"
    assert job.tables.parent == job.folder
