"""Tests of pipeline/saring/read/record_fields.py: the same records in each format become the same scrapes."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from saring import read
from saring.config import Build, Config, Dataset

if TYPE_CHECKING:
    import polars as pl
    import pytest

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
