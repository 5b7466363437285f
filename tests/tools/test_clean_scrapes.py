"""Scrapes are cleaned outside a build, under its limits, each page independently of the others."""

from __future__ import annotations

import dataclasses

import polars as pl
import pytest

from saring.compute.task_context import TaskContext
from saring.compute.time_limit import Watchdog
from saring.config import Build, default_config
from saring.core.tables import CLEANED, EDIT, EFFECT, REJECTION
from saring.read.declared_metadata import NO_METADATA
from saring.read.scrape import Scrape, scrape_table
from saring.tools.clean_scrapes import SCRAPE_BYTES, CleanSettings, clean_scrapes, clean_within_limit
from tests.fixtures import junk

BODIES = (
    "The ferry to the northern bank will run again from Monday, four months after its engine room was flooded in a storm.",
    "The library opens on Sundays from next week, and the children of the quarter will hear stories there in the morning.",
    "The bridge below the mill is to be painted blue, a colour that the pupils of the village chose after a long debate.",
)


def scrape(name: str, content: str, media_type: str = "text/plain") -> Scrape:
    """Return a scrape of a page without metadata."""
    return Scrape(name, media_type, "utf-8", "0" * 64, len(content.encode()), content, NO_METADATA)


def test_a_large_scrape_is_cleaned_under_the_time_limit() -> None:
    """A large scrape that exceeds the time limit becomes a rejection, also in `clean_scrapes`, which `saring explain` uses."""
    config = dataclasses.replace(default_config(), build=Build(page_seconds=1))
    slow = Scrape("slow.html", "text/html", "utf-8", "0" * 64, 1, junk.slow_page(6_000), NO_METADATA)

    cleaned_batch = clean_scrapes(scrape_table([slow]), config)

    assert cleaned_batch.rejections.select("source", "reason").rows() == [("slow.html", "too-slow")]
    assert cleaned_batch.documents.is_empty()


@pytest.mark.parametrize("batch_bytes", [1, 300, 1 << 20])
def test_batches_change_nothing(batch_bytes: int) -> None:
    """Each scrape becomes a document, in the order of the scrapes, or a rejection, whatever the size of a batch."""
    scrapes = scrape_table([scrape(f"{number}.txt", f"IKLAN\n\n{body}") for number, body in enumerate(BODIES)] + [scrape("empty.txt", " ")])
    config = default_config()
    small = dataclasses.replace(config, build=dataclasses.replace(config.build, batch_bytes=batch_bytes))

    cleaned, expected = clean_scrapes(scrapes, small, processes=0), clean_scrapes(scrapes, config, processes=0)

    assert cleaned.documents["source"].to_list() == ["0.txt", "1.txt", "2.txt"]
    assert cleaned.documents["text"].to_list() == list(BODIES)
    assert cleaned.rejections["source"].to_list() == ["empty.txt"]
    assert cleaned.edits.height >= len(BODIES)
    assert cleaned.documents.equals(expected.documents)
    order = ["id", "step", "field", "seq"]
    assert cleaned.edits.sort(order).equals(expected.edits.sort(order))


def test_no_scrapes() -> None:
    """A table without scrapes gives empty tables with their columns."""
    cleaned = clean_scrapes(scrape_table([]), default_config())

    assert [table.height for table in cleaned] == [0, 0, 0, 0]
    assert [table.schema for table in cleaned] == [CLEANED, EDIT, REJECTION, EFFECT]


def test_sizes_are_bytes() -> None:
    """The size of a scrape counts its UTF-8 bytes, not its characters."""
    assert scrape_table([scrape("a", "é大"), scrape("b", "")]).select(SCRAPE_BYTES)["content"].to_list() == [5, 0]


def test_a_page_that_was_too_slow_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that the watchdog noted as too slow is a rejection, with its size; the other page of its batch is a document."""
    scrapes = scrape_table([scrape("slow.txt", BODIES[0]), scrape("good.txt", BODIES[1])])
    slow = pl.col("source") == "slow.txt"
    monkeypatch.setattr(Watchdog, "split_slow", lambda _, rows: (rows.filter(~slow), rows.filter(slow)))
    monkeypatch.setattr(Watchdog, "_groups", lambda _, pages: [pages])
    settings = CleanSettings(default_config(), None)

    cleaned = clean_within_limit(scrapes, TaskContext(settings, Watchdog(7, None)))

    assert cleaned.documents["source"].to_list() == ["good.txt"]
    assert cleaned.rejections.select("source", "step", "reason", "bytes").rows() == [("slow.txt", "extract", "too-slow", len(BODIES[0]))]
