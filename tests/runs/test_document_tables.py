"""pipeline/saring/runs/document_tables.py: the tables are the same whatever part of the corpus is in memory at a time."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import polars as pl
import pytest

from saring.config import load_config
from saring.runs import build, relate_documents
from saring.runs.workspace import Job
from saring.storage import external_sort

HOME = Path(__file__).parents[2]
CONFIG = load_config(HOME / "corpus.toml")
TABLES = {"documents": ["source", "id"], "edits": ["id", "step", "field", "seq"], "overlaps": ["a", "b"]}


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Job:
    """Build the samples of raw/ once, in cache entries of a page or two."""
    config = dataclasses.replace(CONFIG, build=dataclasses.replace(CONFIG.build, batch_bytes=1_500))
    job = Job(raw=HOME / "raw", out=tmp_path_factory.mktemp("processed"), config=config, workers=0)
    build(job)
    return job


def tables(job: Job) -> dict[str, pl.DataFrame]:
    """Return the tables of a build."""
    return {file.stem: pl.read_parquet(file) for file in job.tables.glob("*.parquet")}


def test_tables_are_sorted(job: Job) -> None:
    """Each table is in the order that a release requires, and ids of documents are unique."""
    sorted_tables = tables(job)

    for name, by in TABLES.items():
        assert sorted_tables[name].equals(sorted_tables[name].sort(by))
        assert sorted_tables[name].height
    assert sorted_tables["documents"]["id"].is_unique().all()


@pytest.mark.parametrize("room", [0, 2_000, 10_000])
def test_partition_sizes_do_not_change_the_tables(job: Job, monkeypatch: pytest.MonkeyPatch, room: int) -> None:
    """Whether a sort partition holds one document or all of them, the tables have the same rows in the same order."""
    before = tables(job)
    (job.tables / "made.json").unlink()
    monkeypatch.setattr(external_sort, "PARTITION_BYTES", max(room, 1))
    relate_documents(job)
    after = tables(job)

    assert after.keys() == before.keys()
    assert all(after[name].equals(before[name]) for name in before)
    assert {path.name for path in job.tables.iterdir()} == {*(f"{name}.parquet" for name in before), "made.json"}
