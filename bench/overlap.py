"""Time and memory of `overlap.find` on a pool of documents.

    python bench/overlap.py POOL.jsonl [--scorer PATH]

POOL.jsonl has a line {"id", "text"} for each document. PATH is a script with the commands `score POOL PAIRS` and `passages POOL PAIRS`.
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

from pipeline import overlap
from pipeline.config import Overlap

__all__ = ["main"]


def main() -> None:
    """Run `find`, print what it took, and score what it found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pool", type=Path)
    parser.add_argument("--scorer", type=Path)
    arguments = parser.parse_args()

    texts = pl.read_ndjson(arguments.pool).select("id", "text")
    megabytes = int(texts["text"].str.len_bytes().sum() or 0) / 1e6
    before = _peak()
    started, burnt = time.perf_counter(), time.process_time()
    links = overlap.find(texts, Overlap())
    seconds, burnt = time.perf_counter() - started, time.process_time() - burnt
    print(f"{texts.height} documents, {megabytes:.1f} MB: {seconds:.2f} s, {burnt:.2f} s of processor, {megabytes / seconds:.1f} MB/s")
    print(f"peak memory {_peak():.0f} MB, of which {before:.0f} MB before the search")
    print(f"{links.height} links:", ", ".join(f"{count} {kind}" for kind, count in links["kind"].value_counts().sort("kind").iter_rows()))
    if arguments.scorer:
        with tempfile.TemporaryDirectory() as folder:
            pairs = Path(folder) / "pairs.jsonl"
            links.write_ndjson(pairs)
            for command in ("score", "passages"):
                subprocess.run([sys.executable, arguments.scorer, command, arguments.pool, pairs], check=True)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


if __name__ == "__main__":
    main()
