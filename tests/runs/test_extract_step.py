"""pipeline/saring/runs/extract_step.py: which settings make a build extract its pages again."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import polars as pl
import pytest

from saring.config import Extract, default_config
from saring.runs import build
from saring.runs.workspace import Job

PAGE = Path(__file__).parents[1] / "pages" / "markdown" / "guide.html"


@pytest.mark.parametrize("workers", [0, 1])
def test_another_format_extracts_pages_again(tmp_path: Path, workers: int) -> None:
    """The cache holds the pages of one format: a change of it gives the texts of a first build, and so does changing it back."""
    raw = tmp_path / "raw"
    raw.mkdir()
    shutil.copy(PAGE, raw / "guide.html")
    plain = Job(raw=raw, out=tmp_path / "out", config=default_config(), workers=workers)
    markdown = dataclasses.replace(plain, config=dataclasses.replace(plain.config, extract=Extract(format="markdown")))

    reports, texts = [], []
    for job in (plain, plain, markdown, markdown, plain):
        reports.append(build(job))
        texts.append(pl.read_parquet(job.tables / "documents.parquet")["text"][0])

    assert [report["extract_pages"]["extracted"] for report in reports] == [1, 0, 1, 0, 1]
    assert [report["clean_pages"]["cleaned"] for report in reports] == [1, 0, 1, 0, 1]
    assert [report["write_release"]["version"] for report in reports] == ["1.0.0", "1.0.0", "2.0.0", "2.0.0", "3.0.0"]
    assert texts[2] == texts[3] == PAGE.with_suffix(".md").read_text(encoding="utf-8").rstrip("\n")
    assert texts[0] == texts[1] == texts[4]
