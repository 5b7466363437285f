"""pipeline/saring/runs/validate_step.py: tables that break a schema are not released."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from saring.config import default_config
from saring.core.errors import ReleaseError
from saring.runs import build, validate_tables
from saring.runs.workspace import Job

if TYPE_CHECKING:
    from pathlib import Path


def test_tables_that_break_their_schema_are_not_released(tmp_path: Path) -> None:
    """The error names the table, the column and the row."""
    (tmp_path / "raw").mkdir()
    for number in range(2):
        text = f"The ferry left harbour {number} at nine and is back at noon, as it has been for forty years on this coast."
        (tmp_path / "raw" / f"{number}.txt").write_text(text, encoding="utf-8")
    job = Job(raw=tmp_path / "raw", out=tmp_path / "out", config=default_config(), workers=0)
    build(job)
    documents = pl.read_parquet(job.tables / "documents.parquet")
    documents.with_columns(pl.lit("Indonesian").alias("language")).write_parquet(job.tables / "documents.parquet")

    with pytest.raises(ReleaseError, match=r"values of documents break schemas/document\.schema\.json: language of row 0"):
        validate_tables(job)
