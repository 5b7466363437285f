"""Tests of pipeline/saring/read/dataset_folder.py: descriptions of datasets are skipped, files that resemble them are read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl
import pytest
from datasets import Dataset, DatasetDict

from saring import read
from saring.config import Config, Source
from saring.config import Dataset as Named

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = Config(dataset=Named(name="test"))
PLAIN = b'{"text": "satu"}\n'
CARD = b"---\nlicense: mit\n---\n# Data\n"


def sources(raw: Path, config: Config = CONFIG) -> tuple[list[str], list[str]]:
    """Return the sources of the scrapes and of the rejections in a folder."""
    batches = list(read.read_batches(raw, config))
    scrapes = [source for batch in batches for source in batch.scrapes["source"]]
    return scrapes, [source for batch in batches for source in batch.rejections["source"]]


def put(raw: Path, files: dict[str, bytes]) -> None:
    """Write files into a folder by their relative paths."""
    for name, data in files.items():
        (raw / name).parent.mkdir(parents=True, exist_ok=True)
        (raw / name).write_bytes(data)


def test_saved_datasets(tmp_path: Path) -> None:
    """Of a folder of `save_to_disk`, and of one as on a hub, the rows are read and nothing else."""
    raw = tmp_path / "raw"
    rows = Dataset.from_dict({"article": ["satu", "dua", "tiga"], "meta": [{"url": f"https://a.example/{number}"} for number in range(3)]})
    DatasetDict({"train": rows.select(range(2)), "test": rows.select([2])}).save_to_disk(str(raw / "disk"))
    rows.save_to_disk(str(raw / "one"))
    (raw / "one/cache-0123456789abcdef.arrow").write_bytes((raw / "one/data-00000-of-00001.arrow").read_bytes())
    (raw / "hub/data").mkdir(parents=True)
    rows.to_parquet(str(raw / "hub/data/train-00000-of-00001.parquet"))
    infos = json.dumps({"default": {"features": {}, "splits": {}}}).encode()
    put(raw, {"hub/README.md": CARD, "hub/.gitattributes": b"x", "hub/dataset_infos.json": infos})
    config = Config(dataset=Named(name="test"), sources=(Source(path="*", columns=(("text", "article"), ("url", "meta.url"))),))

    assert sources(raw, config) == (
        [
            "disk/test/data-00000-of-00001.arrow#1",
            "disk/train/data-00000-of-00001.arrow#1",
            "disk/train/data-00000-of-00001.arrow#2",
            *(f"hub/data/train-00000-of-00001.parquet#{number}" for number in (1, 2, 3)),
            *(f"one/data-00000-of-00001.arrow#{number}" for number in (1, 2, 3)),
        ],
        [],
    )


@pytest.mark.parametrize(
    "card",
    [
        CARD,
        b"---\r\nlanguage:\r\n- id\r\n- fr\r\n---\r\n",
        b"\xef\xbb\xbf---\ndataset_info:\n  features: []\n---\nHalo\n",
        b"---\npretty_name: Taman\ntags: [a]\n---\n",
    ],
)
@pytest.mark.parametrize("data", ["hub/a.jsonl", "hub/data/a.jsonl"])
def test_cards(card: bytes, data: str, tmp_path: Path) -> None:
    """A dataset card beside its data, or above a folder of data, is skipped."""
    put(tmp_path, {"hub/README.md": card, data: PLAIN})

    assert sources(tmp_path) == ([f"{data}#1"], [])


@pytest.mark.parametrize(
    "files",
    [
        {"notes/README.md": CARD},
        {"notes/README.md": b"# Data\n\nlicense: mit\n", "notes/a.jsonl": PLAIN},
        {"notes/README.md": b"---\ntitle: Sungai\ndate: 2024-01-01\n---\nHalo\n", "notes/a.jsonl": PLAIN},
        {"notes/page.md": CARD, "notes/a.jsonl": PLAIN},
        {"notes/state.json": b'{"text": "Negara bagian", "_data_files": []}'},
        {"notes/state.json": b'[{"text": "Negara bagian"}]'},
        {"notes/dataset_info.json": b'{"text": "Halo", "features": {}}'},
        {"notes/manifest.json": b'{"text": "Halo", "dataset": "a", "version": "1", "files": [], "rules": "", "schemas": {}}'},
        {"notes/documents/a.jsonl": PLAIN, "notes/all/a.jsonl": PLAIN, "notes/manifest.json": b'{"text": "Halo", "version": 3}'},
        {"notes/CHANGELOG.md": b"# Perubahan", "notes/edits/a.jsonl": PLAIN},
    ],
)
def test_near_misses(files: dict[str, bytes], tmp_path: Path) -> None:
    """A file that only has the name or the form of a description is a scrape."""
    put(tmp_path, files)
    scrapes, rejections = sources(tmp_path)

    assert {source.partition("#")[0] for source in scrapes} == set(files)
    assert not rejections


def test_release(tmp_path: Path) -> None:
    """Of a release the documents are read with their metadata, and no other table."""
    manifest = {"dataset": "a", "version": "1.0.0", "files": [], "rules": "x", "schemas": {}, "code": "x"}
    row = {
        "text": ["Halo"],
        "url": ["https://a.example/1"],
        "created": ["2024-09-06T03:00:00"],
        "created_offset": [420],
        "authors": [["Ani"]],
    }
    table = pl.DataFrame(row).with_columns(pl.col("created").str.to_datetime(time_zone="UTC"))
    put(tmp_path, {"v1/manifest.json": json.dumps(manifest).encode(), "v1/README.md": b"---\nx: 1\n---\n", "v1/CHANGELOG.md": b"# 1.0.0"})
    put(tmp_path, {"v1/schemas/document.schema.json": b"{}", "v1/croissant.json": b"{}"})
    for name in ("documents", "all", "edits", "overlaps", "rejections"):
        (tmp_path / "v1" / name).mkdir()
        table.write_parquet(tmp_path / "v1" / name / "train-00000.parquet")
    table.write_parquet(tmp_path / "v1/site_lines.parquet")
    (batch,) = read.read_batches(tmp_path, CONFIG)

    assert batch.rejections.is_empty()
    assert batch.scrapes["source"].to_list() == ["v1/documents/train-00000.parquet#1"]
    assert batch.scrapes.select("url", "created_offset").rows() == [("https://a.example/1", 420)]
    assert batch.scrapes["created"][0].isoformat() == "2024-09-06T03:00:00+00:00"
