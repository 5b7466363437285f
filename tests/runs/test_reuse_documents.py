"""pipeline/saring/runs/reuse_documents.py: after a change of rules or names, the documents that it does not touch are reused."""

from __future__ import annotations

import dataclasses
import shutil
from typing import TYPE_CHECKING

import pytest

from saring.config.settings import ExemptedText, Name
from saring.runs import build, preview
from saring.runs.config_snapshot import ConfigSnapshot
from saring.runs.workspace import Job
from tests.runs.test_config_snapshot import CONFIG, HOME, samples, without

if TYPE_CHECKING:
    from pathlib import Path


def test_documents_are_reused_after_scrapes_were_deleted(tmp_path: Path) -> None:
    """The remaining documents of trimmed cache entries are found in their new entries."""
    raw = tmp_path / "raw"
    shutil.copytree(HOME / "raw" / "fr", raw)
    job = Job(raw=raw, out=tmp_path / "out", config=CONFIG, workers=0)
    build(job)
    for file in raw.rglob("*"):
        if file.is_file() and file.suffix != ".md":
            file.unlink()
    remaining = build(job)["clean_pages"]["documents"]

    again = build(dataclasses.replace(job, config=without(set(range(len(CONFIG.rules))))))["clean_pages"]

    assert again["cleaned"] + again["spared"] == remaining


def test_a_dry_run_after_a_change_cleans_what_it_touches(tmp_path: Path) -> None:
    """It reads the snapshots of earlier builds as it reads their caches, and adds none."""
    job = Job(raw=HOME / "raw", out=tmp_path / "out", config=CONFIG, workers=0)
    documents = build(job)["clean_pages"]["documents"]
    before = sorted((job.folder / "snapshots").iterdir())
    spam = next(rule for rule in CONFIG.rules if rule.kind == "spam")

    trial = preview(
        dataclasses.replace(job, config=dataclasses.replace(CONFIG, rules=tuple(rule for rule in CONFIG.rules if rule != spam)))
    )

    assert trial["clean_pages"]["cleaned"] < documents / 2
    assert trial["clean_pages"]["cleaned"] + trial["clean_pages"]["spared"] == documents
    assert sorted((job.folder / "snapshots").iterdir()) == before


@pytest.mark.parametrize("changed", ["rule", "exception", "name", "languages"])
def test_a_build_after_a_change_cleans_what_it_touches(changed: str, tmp_path: Path) -> None:
    """The tables equal those of a build with empty caches, and most documents are not cleaned again."""
    first = Job(raw=HOME / "raw", out=tmp_path / "one", config=CONFIG, workers=0)
    documents = build(first)["clean_pages"]["documents"]
    spam = next(rule for rule in CONFIG.rules if rule.kind == "spam")
    if changed == "rule":
        config = dataclasses.replace(CONFIG, rules=tuple(rule for rule in CONFIG.rules if rule != spam))
    elif changed == "name":
        config = dataclasses.replace(CONFIG, names=(*CONFIG.names, Name(canonical="Kaliurang", kind="place", variants=("Danau",))))
    elif changed == "languages":
        config = dataclasses.replace(CONFIG, dataset=dataclasses.replace(CONFIG.dataset, languages=("id", "fr")))
    else:
        page = samples().pages["id"][0].partition(".")[0]
        config = dataclasses.replace(CONFIG, keeps=(ExemptedText(id=page, rule=spam.id, keep=""),))

    again = build(dataclasses.replace(first, config=config))["clean_pages"]
    fresh = Job(raw=HOME / "raw", out=tmp_path / "two", config=config, workers=0)
    build(fresh)

    assert again["cleaned"] < documents / 2
    assert again["cleaned"] or changed == "languages"  # none of the pages is identified as another language
    assert [file.stem for file in (first.folder / "snapshots").iterdir()] == [ConfigSnapshot.of(config).digest()]
    assert again["cleaned"] + again["spared"] == documents
    for table in ("documents", "edits", "overlaps", "rejections"):
        assert (first.tables / f"{table}.parquet").read_bytes() == (fresh.tables / f"{table}.parquet").read_bytes()
