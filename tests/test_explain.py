"""pipeline/explain: what was cut, and what stays in doubt."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import polars as pl

from pipeline import read
from pipeline.clean import clean, prepare
from pipeline.config import Noise, default_config
from pipeline.explain import doubtful

SAMPLE = Path(__file__).parent.parent / "raw" / "id" / "menu-ikon.txt"


def test_lines_in_doubt_are_told_and_stay() -> None:
    """Each doubtful line stands in the clean text; a classifier that is switched off doubts nothing."""
    plain = default_config()
    careful = dataclasses.replace(plain, noise=Noise(drop_at=1.0, keep_at=0.0))
    cleaned = clean(prepare(read.one(SAMPLE, careful).scrapes), careful)

    found = doubtful(cleaned.documents, cleaned.edits, careful)

    text = cleaned.documents["text"][0]
    assert found.height == len([line for line in text.split("\n") if line.strip()])
    assert all(line in text for line in found["original"])
    off = dataclasses.replace(plain, noise=Noise(off=("classifier",)))
    assert doubtful(cleaned.documents, cleaned.edits, off).is_empty()
    assert doubtful(cleaned.documents, pl.DataFrame(schema=cleaned.edits.schema), careful).height == found.height
