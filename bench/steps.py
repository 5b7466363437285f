"""How fast each step of cleaning is: `python bench/steps.py FOLDER [--times N]`.

Reads a folder of scrapes, cleans it in this process on one Polars thread, and prints MB/s of text for each step (of markup for extract),
and the peak memory. Seconds are those of the processor, in all threads together, and the best of `--runs`: what else the machine does
counts as little as can be. `--times` repeats the texts, so that fixed costs do not count; lines that repeat cost less than new ones, so
different pages say more.
"""

from __future__ import annotations

import os

os.environ.setdefault("POLARS_MAX_THREADS", "1")  # before polars is imported

import argparse
import resource
import time
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import polars as pl

from saring import extract, language, names, noise, read, repair
from saring.config import default_config, load_config
from saring.core import ledger

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")


def timed(what: str, megabytes: float, work: Callable[[], Result], runs: int) -> Result:
    """Run a step and print how fast it was at best."""
    seconds = float("inf")
    for _ in range(runs):
        start = time.process_time()
        found = work()
        seconds = min(seconds, time.process_time() - start)
    print(f"{what:10s} {seconds:8.2f} s {megabytes / seconds:9.1f} MB/s")
    return found


def size(texts: pl.Series) -> float:
    """Return megabytes of UTF-8."""
    return float(texts.str.len_bytes().sum()) / 1e6


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--config", type=Path)
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    runs = max(1, options.runs)
    config = load_config(options.config) if options.config else default_config()

    scrapes = pl.concat([batch.scrapes for batch in read.read_batches(options.folder, config)])
    scrapes = pl.concat([scrapes.with_columns(pl.col("id") + f"-{number}") for number in range(options.times)])
    pages, _ = timed("extract", size(scrapes["content"]), lambda: extract.extract(scrapes), runs)
    text = size(pages["text"])
    print(f"{pages.height} pages, {text:.1f} MB of text")
    repaired = timed("repair", text, lambda: repair.find_repairs(pages), runs)
    pages = ledger.apply(pages, repaired)
    classifier = noise.classifier_of(config.noise)
    noise.find(pages.head(50), config.rules, classifier)  # once: loading models is not what is measured
    cut = timed("noise", text, lambda: noise.find(pages, config.rules, classifier), runs)
    print(f"{cut.height} cuts")
    clean = timed("apply", text, lambda: ledger.apply(pages, cut), runs)
    columns = clean.select("id", "text", "title", "language")
    language.identify(columns.head(1), config.dataset.languages)
    found = timed("language", text, lambda: language.identify(columns, config.dataset.languages), runs)
    clean = clean.drop("language").join(found, on="id")
    timed("names", text, lambda: names.find(clean, config.names), runs)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f} MB")


if __name__ == "__main__":
    main()
