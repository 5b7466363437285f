"""pipeline/saring/runs/site_lines_step.py: what a site repeats counts for its pages, and a page is cleaned anew only where that changes."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from saring.config import load_config
from saring.noise import site_line_counts
from saring.runs import build
from saring.runs.workspace import Job

if TYPE_CHECKING:
    from typing import Any

    import pytest

HOME = Path(__file__).parents[2]
CONFIG = load_config(HOME / "corpus.toml")

BOX = "Every Friday the people behind this paper choose five stories for readers who like long walks and strong coffee"
STORIES = [
    "The ferry between the two islands was repaired in the spring, and the first passengers crossed on a grey morning in May.",
    "A baker in the old town has moved his ovens to the courtyard, because the smoke kept the whole street awake at night.",
    "The school at the harbour teaches knots again, after an old sailor offered to come in twice a week without pay.",
    "Two farmers argue about a well that their grandfathers dug together in a dry summer before the war.",
]


def page(number: int, *, box: bool) -> dict[str, Any]:
    """Return a record with a story, and below it perhaps the box that the site repeats."""
    middle = f"Nobody knows yet what happens in week {number}, said the clerk, but the papers are signed and the work goes on."
    return {
        "url": f"https://harbour.example/{number}",
        "title": f"Story {number}",
        "text": "\n\n".join([STORIES[number], middle, *([BOX, "Home | Contact | Harbour"] if box else [])]),
    }


def built(job: Job, *pages: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Write the pages, one a file, and build."""
    for record in pages:
        (job.raw / f"{record['title']}.jsonl").write_text(json.dumps(record) + "\n", encoding="utf-8")
    return build(job)


def test_a_third_page_changes_what_its_lines_change(tmp_path: Path) -> None:
    """With two pages the box is on no table; with a third one it is, and the two are cleaned again, but not a page without the box."""
    raw = tmp_path / "raw"
    raw.mkdir()
    job = Job(raw=raw, out=tmp_path / "out", config=CONFIG, workers=0)
    first = built(job, page(0, box=True), page(1, box=True), page(3, box=False))
    assert first["count_site_lines"] == {"sites": 0, "lines": 0}

    second = built(job, page(2, box=True))

    table = pl.read_parquet(Path(second["write_release"]["folder"]) / "site_lines.parquet")
    assert BOX.lower() in table["line"].to_list()
    assert table["pages"].to_list() == [3] * table.height
    assert second["extract_pages"]["extracted"] == 1
    assert second["clean_pages"]["cleaned"] == 3
    fresh = dataclasses.replace(job, out=tmp_path / "fresh")
    build(fresh)
    for name in ("documents", "edits"):
        assert (job.tables / f"{name}.parquet").read_bytes() == (fresh.tables / f"{name}.parquet").read_bytes()


def test_counts_go_on_from_the_last_survey(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many pages a few come and go, one returns changed: the table, to its bytes, is that of a first build; nothing else was read."""
    raw = tmp_path / "raw"
    raw.mkdir()
    job = Job(raw=raw, out=tmp_path / "out", config=CONFIG, workers=0)
    many = [
        page(number % 4, box=number % 3 > 0) | {"title": f"Story {number}", "url": f"https://harbour.example/{number}"}
        for number in range(24)
    ]
    built(job, *many)
    (raw / "Story 5.jsonl").unlink()
    built(
        job,
        many[1] | {"text": f"{STORIES[0]}\n\nNew box of the harbour"},
        page(2, box=True) | {"title": "More", "url": "https://harbour.example/more", "text": "New box of the harbour"},
    )
    with monkeypatch.context() as patched:
        patched.delattr(site_line_counts, "count_lines")
        built(job, many[2] | {"text": f"{STORIES[3]}\n\nNew box of the harbour"}, many[5])

    fresh = dataclasses.replace(job, out=tmp_path / "fresh")
    build(fresh)
    assert "new box of the harbour" in pl.read_parquet(job.sites)["line"].to_list()
    for file, other in ((job.sites, fresh.sites), (job.tables / "documents.parquet", fresh.tables / "documents.parquet")):
        assert file.read_bytes() == other.read_bytes()


def test_a_corpus_may_do_without(tmp_path: Path) -> None:
    """`[noise] site_lines = false`: no table, and nothing of it in the release."""
    raw = tmp_path / "raw"
    raw.mkdir()
    config = dataclasses.replace(CONFIG, noise=dataclasses.replace(CONFIG.noise, site_lines=False))
    job = Job(raw=raw, out=tmp_path / "out", config=config, workers=0)

    said = built(job, *(page(number, box=True) for number in range(3)))

    assert said["count_site_lines"] == {"sites": 0, "lines": 0}
    assert not (Path(said["write_release"]["folder"]) / "site_lines.parquet").exists()


def test_pages_that_moved_on_their_shelf_are_found(tmp_path: Path) -> None:
    """Trimming moves pages to another entry after the survey; what cleans them next looks for them there."""
    raw = tmp_path / "raw"
    raw.mkdir()
    job = Job(raw=raw, out=tmp_path / "out", config=CONFIG, workers=0)
    built(job, *(page(number, box=True) for number in range(4)))
    for number in (0, 1):
        (raw / f"Story {number}.jsonl").unlink()
    built(job)  # half of the entry is used no more: it is written anew

    noise = dataclasses.replace(CONFIG.noise, off=("classifier",))  # which touches every page
    said = build(dataclasses.replace(job, config=dataclasses.replace(CONFIG, noise=noise)))

    assert said["clean_pages"]["cleaned"] == 2
