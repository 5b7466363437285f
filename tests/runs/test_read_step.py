"""The first step of a build: scrapes are read into batches, and nothing is read twice."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

import polars as pl
import pytest

from saring import read
from saring.compute.pool import SERIAL
from saring.config import Takedown, default_config
from saring.core.errors import ConfigError
from saring.core.tables import REJECTION
from saring.runs.read_step import load_takedown_record, read_scrapes, save_takedown_record, takedowns_matched, taken_down_ids
from saring.runs.workspace import Job

if TYPE_CHECKING:
    from pathlib import Path

PAGES = {"a.txt": "The ferry left.", "b/c.txt": "昨天下雨。", "empty.txt": ""}


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """Return a job over two texts and an empty file."""
    for name, text in PAGES.items():
        (tmp_path / "raw" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "raw" / name).write_text(text, encoding="utf-8")
    return Job(raw=tmp_path / "raw", out=tmp_path / "out", config=default_config(), workers=0, executor=SERIAL)


def batches(job: Job) -> list[list[str]]:
    """Return the sources in each batch of new scrapes."""
    return [pl.read_parquet(file)["source"].to_list() for file in sorted(job.scrapes.glob("*.parquet"))]


def with_batches(job: Job, size: int) -> Job:
    """Return the job with another size of batches, in bytes."""
    return dataclasses.replace(job, config=dataclasses.replace(job.config, build=dataclasses.replace(job.config.build, batch_bytes=size)))


def test_scrapes_are_counted_and_written(job: Job) -> None:
    """Scrapes, their bytes and rejections are counted; new scrapes are in batches, all in the index, and the rejections in their table."""
    seen: list[tuple[str, int, int]] = []

    totals = read_scrapes(job, lambda *report: seen.append(report))

    assert totals == {"scrapes": 2, "bytes": sum(len(text.encode()) for text in PAGES.values()), "rejected": 1, "unknown_languages": {}}
    assert batches(job) == [["a.txt", "b/c.txt"]]
    assert pl.read_parquet(job.scrape_index).height == 2
    rejections = pl.read_parquet(job.rejections)
    assert rejections.schema == REJECTION
    assert rejections["source"].to_list() == ["empty.txt"]
    assert seen[-1] == ("reading", 2, 0)


def test_an_empty_folder_has_no_scrapes(tmp_path: Path) -> None:
    """A file that cannot become a scrape alone gives tables without scrapes, and no batch."""
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "empty.txt").touch()
    job = Job(raw=tmp_path / "raw", out=tmp_path / "out", workers=0)

    assert read_scrapes(job)["scrapes"] == 0
    assert batches(job) == []
    assert pl.read_parquet(job.scrape_index).is_empty()


@pytest.mark.parametrize(
    ("size", "expected"), [(1, [["a.txt"], ["b/c.txt"]]), (29, [["a.txt"], ["b/c.txt"]]), (30, [["a.txt", "b/c.txt"]])]
)
def test_batches_stay_within_their_size(size: int, expected: list[list[str]], job: Job) -> None:
    """A batch has no more bytes than the configuration allows, but one scrape at least."""
    assert sum(len(text.encode()) for text in PAGES.values()) == 30

    read_scrapes(with_batches(job, size))

    assert batches(job) == expected


def test_nothing_is_read_twice(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing changed and all pages are cached, the totals are those of the last build, without reading."""
    totals = read_scrapes(job)
    index = pl.read_parquet(job.scrape_index)
    monkeypatch.setattr("saring.runs.extract_step.cached_pages", lambda _: index.select("key"))
    with monkeypatch.context() as patched:
        patched.delattr(read, "read_batches")
        assert read_scrapes(job) == totals

    (job.raw / "d.txt").write_text("Another page.", encoding="utf-8")

    assert read_scrapes(job)["scrapes"] == 3
    assert batches(job) == [["d.txt"]]


@pytest.mark.parametrize("damage", ["index", "table", "rejections"])
def test_a_damaged_workspace_is_read_again(damage: str, job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the record of the last build or a file beside it is damaged, everything is read again, with the same totals."""
    totals = read_scrapes(job)
    index = pl.read_parquet(job.scrape_index)
    monkeypatch.setattr("saring.runs.extract_step.cached_pages", lambda _: index.select("key"))
    file = {"index": job.scrapes / "index.json", "table": job.scrape_index, "rejections": job.rejections}[damage]
    file.write_bytes(b"{}")

    assert read_scrapes(job) == totals
    assert pl.read_parquet(job.scrape_index).equals(index)
    assert json.loads((job.scrapes / "index.json").read_text(encoding="utf-8"))["scrapes"] == 2


def test_unknown_languages_are_counted(job: Job) -> None:
    """Scrapes that declare a language which is none are counted by what they declare."""
    (job.raw / "a.txt.meta.toml").write_text('language = "klingonese"\n', encoding="utf-8")

    assert read_scrapes(job)["unknown_languages"] == {"klingonese": 1}


def test_releases_within_the_scrapes_are_refused(job: Job) -> None:
    """A folder of releases inside the folder of scrapes would be read as scrapes."""
    with pytest.raises(ConfigError):
        read_scrapes(dataclasses.replace(job, out=job.raw / "out"))


def test_a_taken_down_scrape_is_rejected(job: Job) -> None:
    """A scrape that an earlier search matched is a rejection and in no batch; with other takedowns the search is forgotten."""
    takedown = Takedown(prints=("00",))
    searching = dataclasses.replace(job, config=dataclasses.replace(job.config, takedowns=(takedown,)))
    read_scrapes(searching)
    index = pl.read_parquet(job.scrape_index)

    save_takedown_record(searching, [index["id"][0]], [0], "searched")

    assert taken_down_ids(searching).to_list() == [index["id"][0]]
    assert takedowns_matched(searching) == [0]
    assert load_takedown_record(searching)["searched"] == "searched"
    assert read_scrapes(searching)["scrapes"] == 1
    assert batches(job) == [["b/c.txt"]]
    assert set(pl.read_parquet(job.rejections)["source"]) == {"a.txt", "empty.txt"}
    assert load_takedown_record(job) == {}
    assert taken_down_ids(job).to_list() == []
    assert read_scrapes(job)["scrapes"] == 2


@pytest.mark.parametrize("content", ["{", "[]", '{"ids": 5}', '{"ids": [5, "a"]}'])
def test_a_damaged_record_of_takedowns_is_none(content: str, job: Job) -> None:
    """A damaged record, and one of other takedowns, names no scrapes."""
    job.takedown_record.parent.mkdir(parents=True)
    job.takedown_record.write_text(content, encoding="utf-8")

    assert taken_down_ids(job).to_list() == []
    assert taken_down_ids(job).dtype == pl.String
    assert takedowns_matched(job) == []
