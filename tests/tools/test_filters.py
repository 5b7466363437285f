"""JSON Lines filters: records are cleaned independently, in order, within limits; site lines are used only if given."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
from typing import TYPE_CHECKING, Any

from saring.config import Build, default_config
from saring.read.compression import Stream
from saring.read.scrape import Rejection
from saring.tools import filters
from saring.tools.clean_scrapes import CleanSettings
from tests.fixtures import junk

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from saring.read import jsonl

MENU = "Home\nWorld\nSports\nWeather\nMost viewed\nJobs\nGames\nMy account\n"
FOOT = "\nFive towns to visit before summer\nWhy the harbour is empty\nTen recipes for a rainy day\nPartners\nMobile edition"
BOX = "Our letter brings the harbour to your kitchen table every Friday"
BODIES = (
    "The ferry to the northern bank will run again from Monday, four months after its engine room was flooded in a storm.",
    "The library opens on Sundays from next week, and the children of the quarter will hear stories there in the morning.",
    "The bridge below the mill is to be painted blue, a colour that the pupils of the village chose after a long debate.",
)


def written(file: Path, *bodies: str) -> Path:
    """Write pages of one site to a JSON Lines file, and return the file."""
    pages = []
    for number, body in enumerate(bodies):
        more = "\n".join(f"{sentence[:-1]}, said the mayor in week {number}." for sentence in BODIES)
        pages.append({"id": number, "url": f"https://harbour.example/{number}", "text": f"{MENU}{body}\n{more}\n{BOX}{FOOT}"})
    file.write_text("".join(json.dumps(page) + "\n" for page in pages), encoding="utf-8")
    return file


def cleaned(file: Path, table: pl.DataFrame | None = None) -> list[dict[str, Any]]:
    """Return the output records of the filter `clean`."""
    return [record for records, _ in filters.clean(Stream(file, ""), default_config(), 0, table) for record in records]


def test_site_lines_are_used_if_given(tmp_path: Path) -> None:
    """A box repeated on three pages is deleted if a table of site lines is given, also from a single page; else it is kept."""
    all_pages, single = written(tmp_path / "all.jsonl", *BODIES), written(tmp_path / "one.jsonl", BODIES[0])

    table = filters.count_site_lines(Stream(all_pages, ""), default_config())

    assert BOX.lower() in set(table["line"])
    assert [BOX in record["text"] for record in cleaned(all_pages)] == [True, True, True]
    assert [BOX in record["text"] for record in cleaned(all_pages, table)] == [False, False, False]
    assert cleaned(single, table) == cleaned(all_pages, table)[:1]
    assert {edit["rule"] for edit in cleaned(single, table)[0]["edits"] if BOX in edit["original"]} == {"site-line"}


def test_records_are_cleaned_independently(tmp_path: Path) -> None:
    """A record is cleaned the same way alone and among pages of its site."""
    assert cleaned(written(tmp_path / "one.jsonl", BODIES[0])) == cleaned(written(tmp_path / "all.jsonl", *BODIES))[:1]


def test_a_slow_page_is_a_rejection_and_the_rest_comes_in_order(tmp_path: Path) -> None:
    """In worker processes, a page that times out becomes a rejection, and the other records keep their order."""
    config = dataclasses.replace(default_config(), build=Build(page_seconds=1))
    records: list[dict[str, Any]] = [{"id": number, "text": body} for number, body in enumerate(BODIES)]
    records.insert(1, {"id": "slow", "html": junk.slow_page(4_500)})
    (tmp_path / "some.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")

    output = list(filters.clean(Stream(tmp_path / "some.jsonl", ""), config, 1))

    assert [record["id"] for records, _ in output for record in records] == [0, 1, 2]
    assert [(row["source"], row["reason"]) for _, rows in output for row in rows] == [("line 2", "too-slow")]


def test_a_chunk_that_crashes_its_process_is_bisected(tmp_path: Path) -> None:
    """A chunk that crashes a worker is bisected until the bad record is alone; the other records keep their order."""
    (tmp_path / "some.jsonl").write_text("".join(json.dumps({"id": number}) + "\n" for number in range(7)), encoding="utf-8")

    settings = CleanSettings(default_config(), None)
    stream = Stream(tmp_path / "some.jsonl", "")

    parts = list(filters._map_chunks(crash_on_three, stream, 1, settings, lambda line: [filters._place(line)]))  # noqa: SLF001

    assert [place for places in parts for place in places] == [f"line {number}" for number in range(1, 8)]
    assert [len(places) for places in parts] == [3, 1, 1, 2]


def crash_on_three(chunk: list[jsonl.Line | Rejection], _: object) -> list[str]:
    """Return the positions of records; kill this process if one of them has the id 3."""
    if any(b": 3}" in line.line for line in chunk if not isinstance(line, Rejection)):
        os.kill(os.getpid(), signal.SIGKILL)
    return [filters._place(line) for line in chunk]  # noqa: SLF001


def test_site_lines_of_no_pages_are_empty(tmp_path: Path) -> None:
    """An empty input, or one without readable records, has no site lines."""
    (tmp_path / "none.jsonl").write_text("", encoding="utf-8")
    (tmp_path / "bad.jsonl").write_text("no\n{}\n", encoding="utf-8")

    assert filters.count_site_lines(Stream(tmp_path / "none.jsonl", ""), default_config()).is_empty()
    assert filters.count_site_lines(Stream(tmp_path / "bad.jsonl", ""), default_config()).is_empty()


def test_deeply_nested_ids_are_refused(tmp_path: Path) -> None:
    """Ids may be any JSON value up to a hundred levels; deeper ones, which cannot be sent to a worker, are rejected."""
    ids = ["null", '["a", {"b": [1]}]', "[" * 99 + "]" * 99, "[" * 330 + "]" * 330, '{"a":' * 400 + "1" + "}" * 400, '"last"']
    lines = [f'{{"id": {id_}, "text": "{BODIES[0]}"}}' for id_ in ids]
    (tmp_path / "some.jsonl").write_text("\n".join(lines), encoding="utf-8")

    for processes in (0, 1):
        output = list(filters.clean(Stream(tmp_path / "some.jsonl", ""), default_config(), processes))

        assert [record["id"] for records, _ in output for record in records] == [json.loads(ids[at]) for at in (0, 1, 2, 5)]
        assert [(row["source"], row["reason"]) for _, rows in output for row in rows] == [("line 4", "bad-field"), ("line 5", "bad-field")]


def test_rejections_of_overlaps_are_streamed(tmp_path: Path) -> None:
    """Rejections of the filter `overlaps` are yielded while the input is read, not collected until its end."""
    (tmp_path / "bad.jsonl").write_text("{}\n" * 1_300, encoding="utf-8")

    counts = [len(rows) for _, rows in filters.overlaps(Stream(tmp_path / "bad.jsonl", ""), default_config())]

    assert sum(counts) == 1_300
    assert max(counts) <= 512
