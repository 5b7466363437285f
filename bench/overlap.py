"""Benchmark the search for duplicates and translations (`overlaps.find_overlaps`): time, memory, precision and recall on a pool.

    python bench/overlap.py POOL [--scorer PATH] [--memory BYTES] [--same-words] [--workers N]

POOL is JSON Lines with a line {"id", "text"} for each document, read into memory before the search; or Parquet (POOL.parquet) with these
columns, which the search itself reads. --same-words leaves out translations; --workers searches for them in so many processes. Peak memory is
the resident size of this process, and that of all processes together (proportional set sizes, sampled). Where ids have the form NAME/LANGUAGE,
documents with the same name are translations of each other, and the pairs found are scored for each two scripts; Latin and Cyrillic also
together. PATH is a script with the commands `score POOL PAIRS` and `passages POOL PAIRS`.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import polars as pl

from bench import short
from saring import language
from saring.compute import pool
from saring.config import Overlap
from saring.corpus import overlaps

__all__ = ["main"]


def main() -> None:
    """Run the search, print its time and memory, and score its pairs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pool", type=Path)
    parser.add_argument("--scorer", type=Path)
    parser.add_argument("--memory", type=int, default=overlaps.MEMORY)
    parser.add_argument("--same-words", action="store_true")
    parser.add_argument("--workers", type=int, default=0)
    arguments = parser.parse_args()

    scanned = arguments.pool.suffix == ".parquet"
    texts = pl.scan_parquet(arguments.pool) if scanned else pl.read_ndjson(arguments.pool).select("id", "text")
    before = _peak()
    started, processor_start = time.perf_counter(), _processor_seconds()
    with short.peaks() as peaks:
        with pool.process_pool(arguments.workers) as executor:
            pairs = overlaps.find_overlaps(texts, Overlap(translations=not arguments.same_words), arguments.memory, executor)
        together = peaks().together / 1e6
    seconds, processor, peak = time.perf_counter() - started, _processor_seconds() - processor_start, _peak()
    size, documents = texts.lazy().select(pl.col("text").str.len_bytes().sum(), documents=pl.len()).collect().row(0)
    megabytes = size / 1e6
    print(f"{documents} documents, {megabytes:.1f} MB: {seconds:.2f} s, {processor:.2f} s of processor, {megabytes / seconds:.1f} MB/s")
    print(f"peak memory {peak:.0f} MB, of which {before:.0f} MB before the search; {together:.0f} MB with all workers")
    print(f"{pairs.height} pairs:", ", ".join(f"{count} {kind}" for kind, count in pairs["kind"].value_counts().sort("kind").iter_rows()))
    beginnings = texts.lazy().select("id", pl.col("text").str.head(1_000)).collect()
    if beginnings["id"].str.contains("/").all():
        _score(beginnings, pairs)
    if arguments.scorer:
        with tempfile.TemporaryDirectory() as folder:
            pairs_file = Path(folder) / "pairs.jsonl"
            pairs.write_ndjson(pairs_file)
            for command in ("score", "passages"):
                subprocess.run([sys.executable, arguments.scorer, command, arguments.pool, pairs_file], check=True)


def _score(texts: pl.DataFrame, pairs: pl.DataFrame) -> None:
    """Print precision, recall and F1 of the pairs found, by the scripts of both documents; the ids are NAME/LANGUAGE."""
    columns = texts.with_columns(title=pl.lit(None, pl.String), language=pl.lit(None, pl.String))
    scripts = dict(language.identify(columns, ()).select("id", "language_script").iter_rows())
    named = texts.select("id", name=pl.col("id").str.split("/").list.first())
    gold = named.join(named, on="name", suffix="_b").filter(pl.col("id") < pl.col("id_b")).select(a="id", b="id_b")
    family = pl.concat_list(pl.col("a", "b").replace_strict(scripts)).list.sort().list.join("-").alias("family")
    hits = pairs.join(gold, on=["a", "b"])
    counts = [
        rows.with_columns(family)["family"].value_counts(name=name) for name, rows in (("hit", hits), ("found", pairs), ("gold", gold))
    ]
    table = (
        counts[2]
        .join(counts[1], on="family", how="full", coalesce=True)
        .join(counts[0], on="family", how="left")
        .fill_null(0)
        .sort("family")
    )
    totals = [("Latin and Cyrillic", table.filter(pl.col("family").str.contains(r"^(Latn|Cyrl)-(Latn|Cyrl)$"))), ("all", table)]
    for name, rows in [*((row["family"][0], row) for row in table.iter_slices(1)), *totals]:
        hit, retrieved, relevant = (int(rows[column].sum()) for column in ("hit", "found", "gold"))
        precision, recall = hit / max(retrieved, 1), hit / max(relevant, 1)
        print(
            f"{name:20} P {precision:.4f}  R {recall:.4f}  F1 {2 * hit / max(retrieved + relevant, 1):.4f}  ({retrieved} found, {relevant} gold)"
        )


def _processor_seconds() -> float:
    """Return the processor time of this process and of its ended child processes, in seconds."""
    spent = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in spent)


def _peak() -> float:
    """Return the peak resident memory of this process in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


if __name__ == "__main__":
    main()
