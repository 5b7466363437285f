"""pipeline/saring/runs/timed_out.py: a page over its time limit is rejected alone, and tried again only once the limit is raised."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from saring import release
from saring.clean_batch import Prepared
from saring.compute.task_context import TaskContext
from saring.compute.time_limit import Watchdog, rejections
from saring.config import load_config
from saring.core.tables import REJECTION, empty_table
from saring.runs import build, clean_step, extract_step, reuse_documents, timed_out
from saring.runs.site_lines_step import counted_pages
from saring.runs.workspace import Job
from saring.storage.cache import Cache
from tests.fixtures import junk

if TYPE_CHECKING:
    from saring.config import Config

HOME = Path(__file__).parents[2]
CONFIG = load_config(HOME / "corpus.toml")
GOOD = "Wali kota membuka pasar itu pada hari Senin bersama para pedagang dan warga sekitar."


def within(seconds: int) -> Config:
    """Return the configuration with another time limit."""
    return dataclasses.replace(CONFIG, build=dataclasses.replace(CONFIG.build, page_seconds=seconds))


def test_a_slow_page_is_rejected_until_the_limit_is_raised(tmp_path: Path) -> None:
    """The other page of its batch is published; a second build does not try it again; under a higher limit it becomes a document."""
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "good.txt").write_text(f"Pasar dibuka\n\n{GOOD}", encoding="utf-8")
    (raw / "slow.html").write_text(junk.slow_page(6_000), encoding="utf-8")
    job = Job(raw=raw, out=tmp_path / "out", config=within(3), workers=1)

    first = build(job)

    release.verify(Path(first["write_release"]["folder"]))
    rejected = pl.read_parquet(job.tables / "rejections.parquet")
    assert rejected.select("source", "step", "reason").rows() == [("slow.html", "extract", "too-slow")]
    assert "the 3 seconds" in rejected["message"][0]
    assert pl.read_parquet(job.tables / "documents.parquet")["source"].to_list() == ["good.txt"]

    again = build(job)

    assert again["extract_pages"]["extracted"] == again["clean_pages"]["cleaned"] == 0
    assert again["write_release"]["changed"] is False

    patient = dataclasses.replace(job, config=within(600))
    last = build(patient)

    assert last["extract_pages"] == {"pages": 2, "extracted": 1, "kept": 1}
    assert (last["relate_documents"]["documents"], last["relate_documents"]["rejections"]) == (2, 0)
    assert extract_step.cached_pages(patient).height == 2
    assert not (job.folder / "late").exists()


def test_a_page_that_times_out_in_cleaning_is_rejected_too(tmp_path: Path) -> None:
    """Its repairs are dropped with it; the other page is cleaned as if it were the only one."""
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "good.txt").write_text(f"Pasar dibuka\n\n{GOOD}", encoding="utf-8")
    (raw / "late.txt").write_text(f"Pasar ditutup\n\n{GOOD} Tetapi donâ€™t worry, kata pedagang itu kepada warga.", encoding="utf-8")
    job = Job(raw=raw, out=tmp_path / "out", config=CONFIG, workers=0)
    build(job)
    cache = extract_step.page_cache(job)
    places = counted_pages(job)
    (prepared,) = cache.take(places, "pages")
    slow = prepared.filter(pl.col("source") == "late.txt")["id"][0]
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "one").write_bytes(slow.encode().ljust(64) + b"Timeout (0:01:00)!\n")

    made_with = timed_out.provenance({}, 60)
    inputs = clean_step._CleanInputs(cache, reuse_documents.clean_cache(job), made_with, job.site_lines, CONFIG)  # noqa: SLF001 - no rule is slow
    cleaned = clean_step._clean_watched(places, TaskContext(inputs, Watchdog(60, notes)))  # noqa: SLF001

    assert cleaned.documents["source"].to_list() == ["good.txt"]
    assert slow not in cleaned.edits["id"]
    assert cleaned.rejections.select("source", "step", "reason").rows() == [("late.txt", "clean", "too-slow")]


def test_timed_out_pages_have_a_cache_entry_of_their_own(tmp_path: Path) -> None:
    """It is valid under the same limit only; a document in time takes precedence over a timeout with the same key."""
    cache = Cache(tmp_path, Prepared._fields)
    rows = pl.DataFrame({"key": ["k1", "k2"], "id": ["a", "b"], "bytes": [1, 1]})
    texts = pl.DataFrame({"id": ["a"], "text": ["A"]})
    timeouts = rejections(pl.DataFrame({"source": ["b.html"], "id": ["b"], "sha256": ["0"], "bytes": [1]}), "extract", 60)
    short, long = (timed_out.provenance({"program": "p"}, seconds) for seconds in (60, 90))

    timed_out.put_by_timeout(cache, {"pages": texts, "edits": texts.clear(), "rejections": timeouts}, rows, short)

    places = cache.places(rows["key"], *short)
    assert timed_out.timed_out_keys(cache, places) == ["k2"]
    assert cache.cached_index(*long)["key"].to_list() == ["k1"]
    assert cache.cached_index({"program": "p"})["key"].to_list() == ["k1"]
    both = pl.DataFrame({"id": ["b"], "text": ["B"]})
    timed_out.put_by_timeout(cache, {"pages": both, "edits": both.clear(), "rejections": empty_table(REJECTION)}, rows[1:], long)
    assert timed_out.timed_out_keys(cache, cache.places(rows["key"], *short)) == []
