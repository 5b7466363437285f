"""Tests of pipeline/saring/read/rejection_limit.py: however many records of a file are bad, few rejections are kept, and all are counted."""

from __future__ import annotations

import gzip
import json
import re
import tracemalloc
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saring.read import jsonl
from saring.read.declared_metadata import NO_METADATA
from saring.read.rejection_limit import MAX_PER_REASON, limit_rejections
from saring.read.scrape import Rejection, Scrape

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.read.conftest import Reading

GOOD = b'{"text": "The lighthouse keeper retired in May."}\n'


def record(number: int) -> bytes:
    """Return a WARC record of a type that does not exist."""
    return b"WARC/1.0\r\nWARC-Type: nonsense%d\r\nContent-Length: 0\r\n\r\n\r\n\r\n" % number


#: Files of many bad records, each with the number of them and the reasons.
BOMBS: dict[str, tuple[str, bytes, dict[str, int]]] = {
    "empty objects": ("a.jsonl", b"{}\n" * 30_000, {"no-text": 30_000}),
    "empty objects, Windows line ends": ("a.jsonl", b"{}\r\n" * 30_000, {"no-text": 30_000}),
    "empty objects, no line end at the end": ("a.jsonl", b"{}\n" * 30_000 + b"{}", {"no-text": 30_001}),
    "different objects": ("a.jsonl", b"".join(b'{"n":%d}\n' % n for n in range(3_000)), {"no-text": 3_000}),
    "two in turn": ("a.jsonl", b'{}\n{"text":1}\n' * 2_000, {"no-text": 2_000, "bad-field": 2_000}),
    "half an object": ("a.jsonl", b'{"a\n' * 30_000, {"bad-json": 30_000}),
    "records of an archive": ("a.warc", b"".join(record(n) for n in range(2_000)), {"bad-warc": 2_000}),
    "UTF-16": ("a.jsonl", ("{}\n" * 2_000).encode("utf-16"), {"no-text": 2_000}),
}


@pytest.mark.parametrize("packing", ["", ".gz"])
@pytest.mark.parametrize(("name", "content", "reasons"), BOMBS.values(), ids=BOMBS)
def test_rejections_of_a_file_are_few_and_counted(
    reading: Reading, name: str, content: bytes, reasons: dict[str, int], packing: str
) -> None:
    """Each reason has at most a hundred rejections and one that counts the rest, whatever the container and its compression."""
    batch = reading({f"{name}{packing}": gzip.compress(content) if packing else content})

    assert batch.rejections.height <= (MAX_PER_REASON + 1) * len(reasons)
    for reason, count in reasons.items():
        rows = batch.rejections.filter(reason=reason)
        more = re.search(r"And ([\d,]+) more", rows["message"][-1])
        assert more
        if count:
            assert rows.height - 1 + int(more[1].replace(",", "")) == count


def test_a_record_after_a_million_bad_ones_is_read(reading: Reading) -> None:
    """A record after a million bad ones is read, and its number is that of its line."""
    batch = reading({"a.jsonl": GOOD + b"{}\n" * 1_000_000 + GOOD + b"\n" * 1_000_000 + GOOD})

    assert batch.scrapes["source"].to_list() == ["a.jsonl#1", "a.jsonl#1000002", "a.jsonl#2000003"]


def test_very_many_copies_of_a_record_are_counted(monkeypatch: pytest.MonkeyPatch, reading: Reading) -> None:
    """Scrapes and counted copies add up to all lines, and each scrape has the number of its line."""
    monkeypatch.setattr(jsonl, "_MAX_COPIES", 5_000)
    batch = reading({"a.jsonl": GOOD * 50_000 + b'{"text": "another"}\n'})

    more = re.search(r"And ([\d,]+) more", batch.rejections["message"][-1])
    assert more
    assert 5_000 < batch.scrapes.height < 6_000
    assert batch.scrapes["source"].n_unique() == batch.scrapes.height
    assert batch.scrapes.row(-1, named=True)["source"] == "a.jsonl#50001"
    assert batch.scrapes.height - 1 + batch.rejections.height - 1 + int(more[1].replace(",", "")) == 50_000


def test_few_rejections_are_as_they_were(reading: Reading) -> None:
    """Up to a hundred rejections for a reason keep a row each."""
    batch = reading({"a.jsonl": b"{}\n" * MAX_PER_REASON + b"no\n"})

    assert batch.rejections["source"].to_list() == [f"a.jsonl#{number}" for number in range(1, MAX_PER_REASON + 2)]


@given(reasons=st.lists(st.tuples(st.sampled_from(["a", "b", ""]), st.integers(1, 300)), max_size=400))
def test_nothing_is_lost_by_counting(reasons: list[tuple[str, int]]) -> None:
    """Scrapes keep their order; rows and counts of each reason add up to all rejections."""
    scrape = Scrape("s", "text/plain", "utf-8", "0", 1, "x", NO_METADATA)
    rows = [Rejection("f#1", reason, "why", records=count) if reason else scrape for reason, count in reasons]

    limited = list(limit_rejections(rows, "f"))

    assert sum(isinstance(row, Scrape) for row in limited) == sum(not reason for reason, _ in reasons)
    for reason in ("a", "b"):
        rejections = [row for row in limited if isinstance(row, Rejection) and row.reason == reason]
        counts = [re.match(r"And (one|[\d,]+) more", row.message) for row in rejections]
        counted = sum(1 if match[1] == "one" else int(match[1].replace(",", "")) for match in counts if match)
        assert len(rejections) <= MAX_PER_REASON + 1
        assert sum(match is None for match in counts) + counted == sum(count for name, count in reasons if name == reason)


def test_memory_is_bounded(reading: Reading) -> None:
    """Fifteen million bad lines in a small gzip file take little memory."""
    line = json.dumps({}).encode() + b"\n"
    packed: Callable[[bytes], bytes] = gzip.compress
    content = packed(line * 15_000_000)
    tracemalloc.start()
    batch = reading({"a.jsonl.gz": content})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert batch.rejections.height == MAX_PER_REASON + 1
    assert peak < 40_000_000
