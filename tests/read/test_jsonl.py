"""Tests of pipeline/saring/read/jsonl.py."""

from __future__ import annotations

import hashlib
import json
import tomllib
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saring.read import compression, jsonl
from saring.read.declared_metadata import NO_METADATA
from saring.read.scrape import Scrape

if TYPE_CHECKING:
    from tests.read.conftest import Reading

CASES: list[dict[str, Any]] = tomllib.loads((Path(__file__).parents[1] / "cases" / "read.toml").read_text("utf-8"))["line"]
GOOD = b'{"text": "Halo"}'


@pytest.mark.parametrize("case", CASES, ids=[case["label"] for case in CASES])
def test_case(case: dict[str, Any], reading: Reading) -> None:
    """A line becomes a scrape, or a rejection whose message says what is wrong, and the lines around it are read."""
    batch = reading({"a.jsonl": b"\n".join([GOOD, case["json"].encode(), GOOD])})
    if "reason" in case:
        assert batch.scrapes["source"].to_list() == ["a.jsonl#1", "a.jsonl#3"]
        rejection = batch.rejections.row(0, named=True)
        assert (rejection["source"], rejection["reason"]) == ("a.jsonl#2", case["reason"])
        assert case["says"] in rejection["message"]
        assert rejection["sha256"] == hashlib.sha256(case["json"].encode()).hexdigest()
    else:
        assert batch.rejections.is_empty()
        scrape = batch.scrapes.row(1, named=True)
        assert {key: scrape[key] for key in case["scrape"]} == case["scrape"]


def test_hostile_lines(reading: Reading) -> None:
    """Deep nesting, huge numbers, bytes that are not UTF-8 and control characters do not affect other lines."""
    rejected = [b"[" * 100_000, b'{"text": ' + b'{"a":' * 50_000, b"\xff\xfe\xfd", b"\x00\x01", b'{"text": "a\x01b"}']
    accepted = [
        b'{"text": "Halo", "n": ' + b"9" * 10_000 + b"}",
        '{"text": "Le caf\xe9 de la plage est ferm\xe9 depuis l\'\xe9t\xe9."}'.encode("cp1252"),
    ]
    lines = [GOOD, *rejected, *accepted, b"", b"  ", GOOD]
    batch = reading({"a.jsonl": b"\r\n".join(lines)})

    assert batch.scrapes["source"].to_list() == [f"a.jsonl#{number}" for number in (1, 7, 8, 11)]
    assert batch.scrapes["content"].to_list() == ["Halo", "Halo", "Le café de la plage est fermé depuis l'été.", "Halo"]
    assert batch.rejections["source"].to_list() == [f"a.jsonl#{number}" for number in (2, 3, 4, 5, 6)]


def test_long_line(tmp_path: Path) -> None:
    """A line over the limit is skipped without being held in memory, and the next is read."""
    file = tmp_path / "a.jsonl"
    with file.open("wb") as out:
        out.write(GOOD + b"\n" + b'{"text": "')
        out.writelines(b"x" * 1_000_000 for _ in range(64))
        out.write(b'"}\n' + GOOD + b"\n")
    tracemalloc.start()
    try:
        with compression.Stream(file, "") as stream:
            rows = list(jsonl.read(stream, "a.jsonl", NO_METADATA, 1_000_000))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert [isinstance(row, Scrape) for row in rows] == [True, False, True]
    assert rows[1][:2] == ("a.jsonl#2", "too-large")
    assert peak < 16_000_000


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_marks(encoding: str, reading: Reading) -> None:
    """A file with a byte-order mark is decoded in that encoding."""
    text = '{"text": "Été"}\r\n{"text": "Żółć"}\n'
    batch = reading({"a.ndjson": text.encode(encoding)})

    assert batch.scrapes["content"].to_list() == ["Été", "Żółć"]


def test_image(reading: Reading) -> None:
    """A binary file without a single record is one rejection."""
    batch = reading({"a.jsonl": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 100})

    assert batch.rejections.select("source", "reason").rows() == [("a.jsonl", "binary")]


@given(
    records=st.lists(
        st.dictionaries(
            st.sampled_from(["text", "html", "title", "url", "date", "authors", "lang"]),
            st.recursive(
                st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
                lambda inner: st.lists(inner, max_size=3),
            ),
        )
    )
)
def test_any_records(records: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever the values of its fields, each line becomes exactly one scrape or rejection."""
    file = tmp_path_factory.mktemp("any") / "a.jsonl"
    file.write_text("\n".join(json.dumps(record) for record in records), "utf-8")
    with compression.Stream(file, "") as stream:
        rows = list(jsonl.read(stream, "a", NO_METADATA, 1_000_000))

    assert [row.source for row in rows] == [f"a#{number}" for number in range(1, len(records) + 1)]
