"""pipeline/saring/runs/site_lines_step.py: site lines are counted over all pages, and a page is cleaned again only where its own change."""

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
    """Return a record of a page with a story and, with `box`, the lines that the site repeats."""
    middle = f"Nobody knows yet what happens in week {number}, said the clerk, but the papers are signed and the work goes on."
    return {
        "url": f"https://harbour.example/{number}",
        "title": f"Story {number}",
        "text": "\n\n".join([STORIES[number], middle, *([BOX, "Home | Contact | Harbour"] if box else [])]),
    }


def built(job: Job, *pages: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Write each page to a file of its own, and build."""
    for record in pages:
        (job.raw / f"{record['title']}.jsonl").write_text(json.dumps(record) + "\n", encoding="utf-8")
    return build(job)


def test_a_third_page_with_a_line_invalidates_the_other_two(tmp_path: Path) -> None:
    """A line on two pages is no site line; with a third page it is, and the two are cleaned again, but not a page without the line."""
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


def test_counts_are_updated_from_the_last_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a few of many pages are added, deleted and changed, the table equals, byte by byte, that of a first build, without counting all again."""
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
    assert "new box of the harbour" in pl.read_parquet(job.site_lines)["line"].to_list()
    for updated, counted in ((job.site_lines, fresh.site_lines), (job.tables / "documents.parquet", fresh.tables / "documents.parquet")):
        assert updated.read_bytes() == counted.read_bytes()


def test_site_lines_can_be_switched_off(tmp_path: Path) -> None:
    """With `[noise] site_lines = false` nothing is counted, and the release has no table of site lines."""
    raw = tmp_path / "raw"
    raw.mkdir()
    config = dataclasses.replace(CONFIG, noise=dataclasses.replace(CONFIG.noise, site_lines=False))
    job = Job(raw=raw, out=tmp_path / "out", config=config, workers=0)

    reports = built(job, *(page(number, box=True) for number in range(3)))

    assert reports["count_site_lines"] == {"sites": 0, "lines": 0}
    assert not (Path(reports["write_release"]["folder"]) / "site_lines.parquet").exists()


def test_pages_that_moved_to_another_cache_entry_are_found(tmp_path: Path) -> None:
    """Trimming the cache moves pages to another entry after lines were counted; the next build cleans them from there."""
    raw = tmp_path / "raw"
    raw.mkdir()
    job = Job(raw=raw, out=tmp_path / "out", config=CONFIG, workers=0)
    built(job, *(page(number, box=True) for number in range(4)))
    for number in (0, 1):
        (raw / f"Story {number}.jsonl").unlink()
    built(job)  # half of the cache entry is no longer used: it is rewritten

    noise = dataclasses.replace(CONFIG.noise, off=("classifier",))  # this touches every page
    reports = build(dataclasses.replace(job, config=dataclasses.replace(CONFIG, noise=noise)))

    assert reports["clean_pages"]["cleaned"] == 2
