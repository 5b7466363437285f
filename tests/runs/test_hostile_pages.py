"""Builds of hostile pages, made to crash a build, to slow it down or to hide other pages: each becomes a document or a rejection."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saring import release
from saring.config import Build, Config, Dataset, default_config
from saring.core.errors import ConfigError
from saring.read.compression import Stream
from saring.runs import build
from saring.runs.workspace import Job, check_separate_folders
from saring.tools import filters
from tests.fixtures.faulty import MARK, failing

WITNESS = "The witness saw the ferry leave at nine, and wrote the hour into the book of the harbour."
STORY = "Hello from the town of ours, where the market opens at nine on Saturdays."

MARKS = "\u0323\u0345\u0301\u0316" * 20_000

#: Hostile files by name: of a tenth of the size that would take minutes in code of quadratic time.
HOSTILE: dict[str, str | bytes] = {
    "ampersands.txt": "Pasar dibuka &" + "amp;" * 30_000,
    "marks.txt": "kata a" + "\u0301\u0316\u0323\u0345" * 40_000,
    "marks.html": f"<html><head><title>a{MARKS}</title></head><body><p>a{MARKS}</p></body></html>",
    "marks by number.html": f"<html><body><p>a{'&#x301;&#x316;' * 20_000}</p></body></html>",
    "letters.txt": "x" * 400_000,
    "line.txt": "word and another word. " * 40_000,
    "empty lines.txt": "a story of the town.\n" + "\n" * 200_000 + "it ends here.",
    "angles.txt": "<" * 200_000,
    "angles.html": "<" * 200_000,
    "deep.html": "<html><body>" + "<div>" * 30_000 + "text",
    "links.html": "<html><body>" + '<p><a href="/x">w</a></p>' * 20_000,
    "attribute.html": f"<html><body><p title='{'x ' * 200_000}'>{STORY}</p></body></html>",
    "data.html": f'<script type="application/ld+json">{"[" * 200_000}</script><p>{STORY}</p>',
    "graph.html": f'<script type="application/ld+json">{json.dumps({"@graph": {"a": "b"}})}{"[" * 900}</script><p>{STORY}</p>',
    "brackets.md": "[a](" * 60_000,
    "spaces.txt": "a" + " \u00a0\u2003" * 100_000 + "b",
    "tabs.txt": ("\t" * 50 + "a") * 4_000,
    "title.html": f"<html><head><title>{'very long title ' * 20_000}</title></head><body><p>{STORY}</p></body></html>",
    "title.jsonl": json.dumps({"title": "T" * 300_000, "text": STORY}),
    "authors.jsonl": json.dumps({"authors": [f"Author {number} Durov" for number in range(5_000)], "text": STORY}),
    "fields.jsonl": json.dumps({f"k{number}\x1b[31m\u202e\n": 1 for number in range(2_000)}),
    "escapes.jsonl": json.dumps({"title": "\x1b]0;x\x07", "text": f"a\x1b[31mb \x9b2J. {STORY}", "id": "\x1b"}),
    "host.jsonl": json.dumps({"url": f"https://{'é' * 100_000}.com/", "text": STORY}),
    "date.jsonl": json.dumps({"created": "2024-" * 50_000, "text": STORY}),
    "dates.txt": "\n".join(f"12 Januari 2024 {number}" for number in range(5_000)),
    "names.txt": "DuRove Durova " * 20_000,
    "joiners.txt": "a\u200d" * 80_000,
    "jamo.txt": "\u1100\u1161\u11a8" * 30_000,
    "kana.txt": "\uff9e\uff9f\u0301" * 30_000,
    "labels.txt": "IKLAN\n" * 20_000,
    "mojibake.txt": "Ã©â€™" * 30_000,
    "objects.jsonl.gz": gzip.compress(b"{}\n" * 500_000),
    "backticks.txt": "`" + "&eth;" * 30_000,
    "name \x1b[31m\u202e.txt": STORY,
    "named.txt": f"{STORY} It has a sidecar.",
    "named.txt.meta.toml": '"\\u001b[31mkey" = 1\n',
}


def test_a_folder_of_hostile_pages_is_built(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """With a worker and a short time limit, every file is a document or a rejection, and no message holds terminal control characters."""
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "witness.txt").write_text(WITNESS, encoding="utf-8")
    for name, content in HOSTILE.items():
        (raw / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    job = Job(raw=raw, out=tmp_path / "out", config=Config(dataset=Dataset(name="hostile"), build=Build(page_seconds=20)), workers=1)

    report = build(job)

    release.verify(Path(report["write_release"]["folder"]))
    documents = pl.read_parquet(job.tables / "documents.parquet")
    rejections = pl.read_parquet(job.tables / "rejections.parquet")
    assert "witness.txt" in documents["source"].to_list()
    published = {source.partition("#")[0] for source in [*documents["source"], *rejections["source"]]}
    wanted = {name for name in HOSTILE if not name.endswith(".toml") and "\x1b" not in name}
    assert wanted <= published
    assert "crashed" not in set(rejections["reason"])
    assert rejections.filter(pl.col("source").str.starts_with("objects")).height <= 101
    steering = r"[\x00-\x1f\x7f-\x9f\u{202a}-\u{202e}\u{2066}-\u{2069}]"
    assert not rejections.select(pl.col("source", "message").str.contains(steering).any()).row(0).count(True)
    assert "Traceback" not in capfd.readouterr().err


@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fails=st.lists(st.booleans(), min_size=1, max_size=6), step=st.sampled_from(["extract", "repair", "noise", "language", "names"]))
def test_build_and_filter_reject_the_same_pages(tmp_path_factory: pytest.TempPathFactory, fails: list[bool], step: str) -> None:
    """The pages on which a step raises, and no others."""
    folder = tmp_path_factory.mktemp("both")
    (folder / "raw").mkdir()
    records = [{"id": number, "text": f"{STORY} Number {number}. {MARK if bad else ''}"} for number, bad in enumerate(fails)]
    file = folder / "raw" / "all.jsonl"
    file.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    bad_lines = [number for number, bad in enumerate(fails, start=1) if bad]
    job = Job(raw=folder / "raw", out=folder / "out", config=default_config(), workers=0)

    with failing(step, RecursionError):
        results = list(filters.clean(Stream(file, ""), job.config))
        build(job)

    assert [record["id"] for records_out, _ in results for record in records_out] == [number for number, bad in enumerate(fails) if not bad]
    assert [(row["source"], row["step"]) for _, rows in results for row in rows] == [(f"line {number}", step) for number in bad_lines]
    rejections = pl.read_parquet(job.tables / "rejections.parquet").filter(reason="failed")
    assert sorted(rejections["source"]) == sorted(f"all.jsonl#{number}" for number in bad_lines)
    assert pl.read_parquet(job.tables / "documents.parquet").height == fails.count(False)


@pytest.mark.parametrize(
    ("raw", "out"),
    [
        ("raw", "raw"),
        ("raw", "raw/out"),
        ("raw", "raw/../raw"),
        ("raw", "link"),
        ("raw", "link/out"),
        ("raw", "."),
        (".", "processed"),
        ("raw/a", "raw"),
    ],
)
def test_releases_inside_scrapes_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, raw: str, out: str) -> None:
    """Also scrapes inside releases, and the same folder under two names; before anything is written."""
    (tmp_path / "raw" / "a").mkdir(parents=True)
    (tmp_path / "link").symlink_to("raw")
    monkeypatch.chdir(tmp_path)

    with pytest.raises(ConfigError, match="expected the releases outside the folder of scrapes"):
        build(Job(raw=Path(raw), out=Path(out), config=default_config(), workers=0))

    assert [path.name for path in sorted(tmp_path.rglob("*"))] == ["link", "raw", "a"]


@pytest.mark.parametrize(
    ("raw", "out"), [("raw", "processed"), ("raw", "raw2"), ("a/raw", "a/processed"), ("../raw", "raw"), ("raw", "rawness/raw")]
)
def test_separate_folders_are_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, raw: str, out: str) -> None:
    """Also where one name begins with the other."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    check_separate_folders(Path(raw), Path(out))


def test_a_page_that_crashes_its_process_is_rejected_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a build and by the filter, with the reason `crashed`; the other pages come in order."""
    home = Path(__file__).parents[2]
    monkeypatch.setenv("PYTHONPATH", f"{home / 'tests' / 'deadly'}:{home / 'pipeline'}:{home}")  # for the workers
    (tmp_path / "raw").mkdir()
    file = tmp_path / "raw" / "all.jsonl"
    texts = [f"{STORY} One.", "Here stands a word that kills.", f"{STORY} Three.", f"{STORY} Four."]
    file.write_text("".join(json.dumps({"id": number, "text": text}) + "\n" for number, text in enumerate(texts)), encoding="utf-8")
    job = Job(raw=tmp_path / "raw", out=tmp_path / "out", config=default_config(), workers=1)

    results = list(filters.clean(Stream(file, ""), job.config, 1))
    build(job)

    assert [record["id"] for records, _ in results for record in records] == [0, 2, 3]
    assert [(row["source"], row["reason"]) for _, rows in results for row in rows] == [("line 2", "crashed")]
    rejections = pl.read_parquet(job.tables / "rejections.parquet").filter(step="clean")
    assert rejections.select("source", "reason").rows() == [("all.jsonl#2", "crashed")]
