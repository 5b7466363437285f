"""pipeline/saring/runs/reproduce.py: a release is reproduced from its scrapes, or the error says what differs."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import polars as pl
import pytest

from saring.config import load_config
from saring.core.errors import ReleaseError
from saring.release import manifest
from saring.runs import build
from saring.runs.reproduce import reproduce_release
from saring.runs.workspace import Job

HOME = Path(__file__).parents[2]
CONFIG = load_config(HOME / "corpus.toml")


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Job:
    """Build a release of a few samples once for all tests."""
    folder = tmp_path_factory.mktemp("again")
    shutil.copytree(HOME / "raw" / "fr", folder / "raw")
    job = Job(raw=folder / "raw", out=folder / "out", config=CONFIG, workers=0)
    build(job)
    return job


def test_a_release_is_reproduced(job: Job, tmp_path: Path) -> None:
    """From a copy of the scrapes in another folder, with a worker, the same files are built."""
    shutil.copytree(job.raw, tmp_path / "copy")

    assert reproduce_release(dataclasses.replace(job, raw=tmp_path / "copy", workers=1), job.out / "sample" / "v1.0.0") >= 4


def test_other_scrapes_are_an_error(job: Job, tmp_path: Path) -> None:
    """With one more byte in one scrape, the error says that the inputs differ."""
    shutil.copytree(job.raw, tmp_path / "copy")
    file = next(file for file in (tmp_path / "copy").rglob("*") if file.suffix in (".txt", ".html"))
    file.write_bytes(file.read_bytes() + b"x")

    with pytest.raises(ReleaseError, match="built with other inputs"):
        reproduce_release(dataclasses.replace(job, raw=tmp_path / "copy"), job.out / "sample" / "v1.0.0")


def test_other_rules_are_an_error(job: Job) -> None:
    """Without one rule, the error says that the rules differ."""
    fewer = dataclasses.replace(CONFIG, rules=CONFIG.rules[1:])

    with pytest.raises(ReleaseError, match="built with other rules"):
        reproduce_release(dataclasses.replace(job, config=fewer), job.out / "sample" / "v1.0.0")


def test_a_forged_file_is_detected(job: Job, tmp_path: Path) -> None:
    """A row is changed by hand, and the manifest is adapted to it: only building again detects that."""
    forged = tmp_path / "v1.0.0"
    shutil.copytree(job.out / "sample" / "v1.0.0", forged)
    forged_manifest = manifest.load_manifest(forged)
    file = next(file for file in forged_manifest["files"] if file["path"].startswith("documents/"))
    rows = pl.read_parquet(forged / file["path"])
    rows.with_columns(pl.lit("Never said.").alias("text")).write_parquet(forged / file["path"])
    file["sha256"] = "0" * 64
    forged_manifest["seal"] = manifest.seal(forged_manifest)
    (forged / "manifest.json").write_text(manifest.manifest_text(forged_manifest), encoding="utf-8", newline="\n")

    with pytest.raises(ReleaseError, match=file["path"]):
        reproduce_release(job, forged)
