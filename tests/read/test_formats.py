"""Tests of csv_tables.py, json_file.py, json_stream.py, feed.py, feed_entry.py, mhtml.py and record_fields.py in pipeline/saring/read/.

The cases are in cases/formats.toml; a law for all formats of records follows.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import tomllib
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from saring import read
from saring.config import Build, Config, Dataset, Source

if TYPE_CHECKING:
    from tests.read.conftest import Reading

CASES: list[dict[str, Any]] = tomllib.loads((Path(__file__).parents[1] / "cases" / "formats.toml").read_text("utf-8"))["file"]
#: Key of a case -> the expression of the scrapes that it is compared with.
EXPECTATIONS = {
    "contents": pl.col("content"),
    "titles": pl.col("title").fill_null(""),
    "urls": pl.col("url").fill_null(""),
    "languages": pl.col("language").fill_null(""),
    "authors": pl.col("authors").list.join("; ").fill_null(""),
    "created": pl.col("created").map_elements(lambda time: time.isoformat(), pl.String).fill_null(""),
    "charsets": pl.col("charset"),
    "sources": pl.col("source"),
}


@pytest.mark.parametrize("case", CASES, ids=[f"{case['name'].partition('.')[2]}: {case['label']}" for case in CASES])
def test_case(case: dict[str, Any], reading: Reading) -> None:
    """A file becomes exactly the scrapes and rejections of its case."""
    columns = tuple((field, name or None) for field, name in case.get("columns", {}).items())
    data = case["data"].lstrip("\n").encode(case.get("encoding", "utf-8"))
    batch = reading(
        {case["name"]: data}, (Source(path="*", columns=columns),), **({"scrape_bytes": case["limit"]} if "limit" in case else {})
    )
    rejected = case.get("rejected", [])

    for key, column in EXPECTATIONS.items():
        if key in case:
            assert batch.scrapes.select(column).to_series().to_list() == case[key]
    assert batch.scrapes.height == len(case.get("contents", ()))
    assert batch.rejections.select("source", "reason").rows() == [(source, reason) for source, reason, _ in rejected]
    for message, (_, _, says) in zip(batch.rejections["message"], rejected, strict=True):
        assert says in message
        assert message.endswith(".")


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20).map(str.strip).filter(bool)
RECORDS = st.lists(
    st.fixed_dictionaries(
        {"text": WORDS},
        optional={
            "title": WORDS,
            "url": st.sampled_from(["https://a.example/1", "http://b.example/x?y=1", "https://c.example/é"]),
            "authors": WORDS,
            "created": st.sampled_from(["2024-09-06", "2024-09-06T10:00:00+07:00", "1999-12-31T23:59:59Z"]),
            "language": st.sampled_from(["id", "fr-CA", "zh"]),
            "license": st.just("cc0-1.0"),
        },
    ),
    min_size=1,
    max_size=5,
)


def written(records: list[dict[str, str]]) -> dict[str, bytes]:
    """Return the same records as a file in each format, by file name."""
    names = ["text", "title", "url", "authors", "created", "language", "license"]
    lines, table = io.StringIO(newline=""), io.BytesIO()
    writer = csv.DictWriter(lines, names)
    writer.writeheader()
    writer.writerows(records)
    arrow = pa.Table.from_pylist([dict.fromkeys(names) | record for record in records], pa.schema([(name, pa.string()) for name in names]))
    pq.write_table(arrow, table, row_group_size=2)
    stream = io.BytesIO()
    with pa.ipc.new_stream(stream, arrow.schema) as out:
        out.write_table(arrow, 2)
    files = {
        "a.jsonl": "\n".join(map(json.dumps, records)).encode(),
        "a.json": json.dumps(records, ensure_ascii=False, indent=1).encode(),
        "b.json": json.dumps({"n": len(records), "data": records}).encode(),
        "a.csv": lines.getvalue().encode(),
        "a.parquet": table.getvalue(),
        "a.arrow": stream.getvalue(),
    }
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as out_zip:
        out_zip.writestr("inside/a.jsonl", files["a.jsonl"])
    files["a.zip"] = archive.getvalue()
    return files | {"a.csv.gz": gzip.compress(files["a.csv"]), "a.parquet.zst": zstandard.compress(files["a.parquet"])}


@given(records=RECORDS)
def test_same_records(records: list[dict[str, str]], tmp_path_factory: pytest.TempPathFactory) -> None:
    """Equal records become equal scrapes in each format, with the same hash where the format has no bytes of its own for a record."""
    folder = tmp_path_factory.mktemp("same")
    config = Config(dataset=Dataset(name="test"), build=Build())
    scrapes_by_file: dict[str, pl.DataFrame] = {}
    for name, data in written(records).items():
        (folder / name).write_bytes(data)
        batch = read.read_one(folder / name, config)
        assert batch.rejections.is_empty(), name
        scrapes_by_file[name] = batch.scrapes
    first = scrapes_by_file["a.jsonl"].drop("id", "source", "sha256")

    for name, scrapes in scrapes_by_file.items():
        assert scrapes.drop("id", "source", "sha256").equals(first), name
        assert scrapes["source"].str.replace(r"^.*#", "").to_list() == [str(number) for number in range(1, len(records) + 1)]
        if name not in ("a.jsonl", "a.zip"):
            assert scrapes["sha256"].equals(scrapes_by_file["a.csv"]["sha256"]), name
