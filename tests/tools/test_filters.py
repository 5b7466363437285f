"""pipeline/saring/tools/filters.py: a record's output is its own, unless a table of site lines is asked for."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
from typing import TYPE_CHECKING, Any

from tests.fixtures import junk

from saring.config import Build, default_config
from saring.read.compression import Stream
from saring.read.declared_metadata import NO_METADATA
from saring.read.scrape import Rejection, Scrape, scrape_table
from saring.tools import filters

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
    """Write pages of one site as JSON Lines."""
    pages = []
    for number, body in enumerate(bodies):
        more = "\n".join(f"{other[:-1]}, said the mayor in week {number}." for other in BODIES)
        pages.append({"id": number, "url": f"https://harbour.example/{number}", "text": f"{MENU}{body}\n{more}\n{BOX}{FOOT}"})
    file.write_text("".join(json.dumps(page) + "\n" for page in pages), encoding="utf-8")
    return file


def cleaned(file: Path, table: pl.DataFrame | None = None) -> list[dict[str, Any]]:
    """Return the records that the filter gives."""
    return [record for records, _ in filters.clean(Stream(file, ""), default_config(), 0, table) for record in records]


def test_a_survey_is_used_where_it_is_asked_for(tmp_path: Path) -> None:
    """The box of three pages goes with the table of these pages, or on one page with the table of the others; else it stays."""
    all_pages, one = written(tmp_path / "all.jsonl", *BODIES), written(tmp_path / "one.jsonl", BODIES[0])

    table = filters.count_site_lines(Stream(all_pages, ""), default_config())

    assert BOX.lower() in set(table["line"])
    assert [BOX in record["text"] for record in cleaned(all_pages)] == [True, True, True]
    assert [BOX in record["text"] for record in cleaned(all_pages, table)] == [False, False, False]
    assert cleaned(one, table) == cleaned(all_pages, table)[:1]
    assert {edit["rule"] for edit in cleaned(one, table)[0]["edits"] if BOX in edit["original"]} == {"site-line"}


def test_neighbours_do_not_matter_unless_asked(tmp_path: Path) -> None:
    """Alone or among pages of its site, a record comes out the same."""
    assert cleaned(written(tmp_path / "one.jsonl", BODIES[0])) == cleaned(written(tmp_path / "all.jsonl", *BODIES))[:1]


def test_a_slow_page_is_a_rejection_and_the_rest_comes_in_order(tmp_path: Path) -> None:
    """Where processes do the work; nobody waits for it twice."""
    config = dataclasses.replace(default_config(), build=Build(page_seconds=1))
    records: list[dict[str, Any]] = [{"id": number, "text": body} for number, body in enumerate(BODIES)]
    records.insert(1, {"id": "slow", "html": junk.slow_page(4_500)})
    (tmp_path / "some.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")

    found = list(filters.clean(Stream(tmp_path / "some.jsonl", ""), config, 1))

    assert [record["id"] for records, _ in found for record in records] == [0, 1, 2]
    assert [(row["source"], row["reason"]) for _, rows in found for row in rows] == [("line 2", "too-slow")]


def test_a_chunk_that_ends_its_process_is_halved(tmp_path: Path) -> None:
    """Until what ends it stands alone; the others keep their order."""
    (tmp_path / "some.jsonl").write_text("".join(json.dumps({"id": number}) + "\n" for number in range(7)), encoding="utf-8")

    given = filters._CleanSettings(default_config(), None)  # noqa: SLF001 - no page is known that ends a process

    found = list(filters._each(dies, Stream(tmp_path / "some.jsonl", ""), 1, given, lambda line: [filters._place(line)]))  # noqa: SLF001

    assert [place for places in found for place in places] == [f"line {number}" for number in range(1, 8)]
    assert [len(places) for places in found] == [3, 1, 1, 2]


def dies(chunk: list[jsonl.Line | Rejection], _: object) -> list[str]:
    """Say where records stand; end the process where one has the id 3."""
    if any(b": 3}" in line.line for line in chunk if not isinstance(line, Rejection)):
        os.kill(os.getpid(), signal.SIGKILL)
    return [filters._place(line) for line in chunk]  # noqa: SLF001


def test_a_survey_of_nothing_lists_nothing(tmp_path: Path) -> None:
    """No input, or none that can be read."""
    (tmp_path / "none.jsonl").write_text("", encoding="utf-8")
    (tmp_path / "bad.jsonl").write_text("no\n{}\n", encoding="utf-8")

    assert filters.count_site_lines(Stream(tmp_path / "none.jsonl", ""), default_config()).is_empty()
    assert filters.count_site_lines(Stream(tmp_path / "bad.jsonl", ""), default_config()).is_empty()


def test_an_id_may_be_any_value_but_a_bottomless_one(tmp_path: Path) -> None:
    """What is nested some hundred deep cannot be handed to another process; it is refused, and the others come out."""
    ids = ["null", '["a", {"b": [1]}]', "[" * 99 + "]" * 99, "[" * 330 + "]" * 330, '{"a":' * 400 + "1" + "}" * 400, '"last"']
    lines = [f'{{"id": {id_}, "text": "{BODIES[0]}"}}' for id_ in ids]
    (tmp_path / "some.jsonl").write_text("\n".join(lines), encoding="utf-8")

    for processes in (0, 1):
        found = list(filters.clean(Stream(tmp_path / "some.jsonl", ""), default_config(), processes))

        assert [record["id"] for records, _ in found for record in records] == [json.loads(ids[at]) for at in (0, 1, 2, 5)]
        assert [(row["source"], row["reason"]) for _, rows in found for row in rows] == [("line 4", "bad-field"), ("line 5", "bad-field")]


def test_rejections_of_a_pool_come_as_it_is_read(tmp_path: Path) -> None:
    """However many there are, they are not held until the end."""
    (tmp_path / "bad.jsonl").write_text("{}\n" * 1_300, encoding="utf-8")

    found = [len(rows) for _, rows in filters.overlaps(Stream(tmp_path / "bad.jsonl", ""), default_config())]

    assert sum(found) == 1_300
    assert max(found) <= 512


def test_a_large_scrape_is_cleaned_in_a_process_that_may_be_ended() -> None:
    """As `saring explain` does: one that takes too long is a rejection here, too."""
    config = dataclasses.replace(default_config(), build=Build(page_seconds=1))
    slow = Scrape("slow.html", "text/html", "utf-8", "0" * 64, 1, junk.slow_page(6_000), NO_METADATA)

    found = filters.clean_scrapes(scrape_table([slow]), config)

    assert found.rejections.select("source", "reason").rows() == [("slow.html", "too-slow")]
    assert found.documents.is_empty()
