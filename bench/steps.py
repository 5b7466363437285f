"""How fast each step of cleaning is: `python bench/steps.py FOLDER [--times N]`.

Reads a folder of scrapes, cleans it in this process on one Polars thread, and prints MB/s of text for each step (of markup for extract),
and the peak memory. `--times` repeats the texts, so that fixed costs do not count.
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

from pipeline import edits, extract, language, names, noise, read, repair
from pipeline.config import default_config, load_config

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")


def timed(what: str, megabytes: float, work: Callable[[], Result]) -> Result:
    """Run a step and print how fast it was."""
    start = time.perf_counter()
    found = work()
    seconds = time.perf_counter() - start
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
    options = parser.parse_args()
    config = load_config(options.config) if options.config else default_config()

    scrapes = pl.concat([batch.scrapes for batch in read.batches(options.folder, config)])
    scrapes = pl.concat([scrapes.with_columns(pl.col("id") + f"-{number}") for number in range(options.times)])
    pages, _ = timed("extract", size(scrapes["content"]), lambda: extract.extract(scrapes))
    text = size(pages["text"])
    print(f"{pages.height} pages, {text:.1f} MB of text")
    repaired = timed("repair", text, lambda: repair.find(pages))
    pages = timed("apply", text, lambda: edits.apply(pages, repaired))
    classifier = noise.classifier_of(config.noise)
    noise.find(pages.head(50), config.rules, classifier)  # once: loading models is not what is measured
    cut = timed("noise", text, lambda: noise.find(pages, config.rules, classifier))
    print(f"{cut.height} cuts")
    pages = timed("apply", text, lambda: edits.apply(pages, cut))
    found = timed("language", text, lambda: language.identify(pages.select("id", "text", "title", "language"), config.dataset.languages))
    pages = pages.drop("language").join(found, on="id")
    timed("names", text, lambda: names.find(pages, config.names))
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f} MB")


if __name__ == "__main__":
    main()
