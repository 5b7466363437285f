"""What the steps after cleaning cost, in time and in memory: `python bench/tables.py COUNT FOLDER`.

Puts COUNT made-up documents (bench/short.py) into the cache as if they had been cleaned, a third of them with an edit, and relates, validates
and releases them, without looking for overlaps; then again with nothing new, and with ten thousand of them edited. FOLDER has to be new.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import time
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import polars as pl

from bench import short
from saring import runs
from saring.config import default_config
from saring.core.ledger import number_edits
from saring.core.tables import CLEANED, OVERLAP, REJECTION, empty_table
from saring.corpus import overlaps
from saring.noise import site_lines
from saring.read.metadata_rank import RANK
from saring.runs import reuse_documents
from saring.runs.workspace import Job
from saring.storage.cache import CACHE_INDEX
from saring.storage.files import write_json, write_table

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["main", "put_into_cache"]

_BATCH = 10_000
_CUT = "\nIkuti kami di WhatsApp"


def cleaned(count: int, end: str = "") -> Iterator[pl.DataFrame]:
    """Yield documents as cleaning leaves them, `_BATCH` at a time, their texts with this end."""
    records = enumerate(short.documents(count))
    while some := list(itertools.islice(records, _BATCH)):
        hashes = [hashlib.sha256(record["url"].encode()).hexdigest() for _, record in some]
        texts = [record["text"] + end for _, record in some]
        given = {
            "id": [f"{text[:20]}.{text[-8:]}" for text in hashes],
            "scrape_sha256": hashes,
            "text": texts,
            "sha256": [hashlib.sha256(text.encode()).hexdigest() for text in texts],
            "title": [record["title"] for _, record in some],
            "url": [record["url"] for _, record in some],
            "source": [f"part{number % 20:02}.jsonl#{number // 20 + 1}" for number, _ in some],
        }
        same = {
            "site": "site.example",
            "language": "id",
            "language_script": "Latn",
            "language_score": 0.9,
            "words": 70,
            "removed_share": 0.1,
            "dropped_share": None,
        }
        rows = pl.DataFrame(given).with_columns(characters=pl.col("text").str.len_chars(), **{name: pl.lit(same[name]) for name in same})
        missing = [pl.lit(None).alias(name) for name in CLEANED if name not in rows.columns]
        yield rows.with_columns(missing).select(pl.col(name).cast(dtype) for name, dtype in CLEANED.items())


def put_into_cache(job: Job, rows: pl.DataFrame, made: str) -> pl.DataFrame:
    """Put documents into the cache; return its index of them."""
    place = pl.col("characters")
    found = {"kind": "share", "rule": "made-up", "field": "text", "original": _CUT, "replacement": ""}
    spans = rows[::3].select("id", start=place, end=place + len(_CUT), score=1.0, **{name: pl.lit(found[name]) for name in found})
    keys = rows.select("id", key=pl.format("{}{}", pl.lit(made), pl.col("scrape_sha256").str.head(31)), bytes=place)
    tables = {"documents": rows, "edits": number_edits("noise", spans), "rejections": empty_table(REJECTION)}
    entry = reuse_documents.clean_cache(job).put(tables, keys, {"made": made})
    return keys.select(pl.col("key"), pl.col("id"), pl.col("bytes"), pl.lit(entry).alias("entry")).cast(CACHE_INDEX)


def measured(what: str, job: Job) -> None:
    """Run the steps, and print the seconds and the memory of each."""
    print(what)
    with mock.patch.object(overlaps, "find_overlaps", return_value=empty_table(OVERLAP)):
        for step in runs.STEPS[-3:]:
            start, busy = time.perf_counter(), time.process_time()
            with short.peaks() as peak:
                step(job)
                memory = peak().main
            seconds = f"{time.perf_counter() - start:8.1f} s {time.process_time() - busy:8.1f} s of the processor"
            print(f"  {step.__name__:18} {seconds} {memory / 1e6:8.0f} MB", flush=True)


def main() -> None:
    """Parse, fill the cache, measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int)
    parser.add_argument("folder", type=Path)
    asked = parser.parse_args()
    job = Job(raw=asked.folder / "raw", out=asked.folder / "out", config=default_config(), workers=0)
    for folder in (job.scrapes, job.rejections.parent):
        folder.mkdir(parents=True)
    for file, schema in ((job.rejections, REJECTION), (job.site_lines, site_lines.SITE_LINES_SCHEMA), (job.pages, CACHE_INDEX)):
        write_table(file, pl.DataFrame(schema=schema))
    write_json(job.scrapes / "index.json", {"scrapes": asked.count, "bytes": 0, "sha256": "0" * 64})
    places = [put_into_cache(job, rows, "0") for rows in cleaned(asked.count)]
    write_table(job.documents, pl.concat(places))
    declared = [pl.lit(0).cast(dtype).alias(name) for name, dtype in RANK.items()]
    write_table(job.scrape_index, pl.concat(places).select("key", "id", *declared))
    measured(f"{asked.count:,} documents", job)
    measured("nothing new", job)
    (edited,) = (put_into_cache(job, rows, "1") for rows in cleaned(min(_BATCH, asked.count), " Tambahan."))
    write_table(job.documents, pl.concat([edited, *places[1:]]))
    measured(f"{edited.height:,} edited", job)


if __name__ == "__main__":
    main()
