"""What a build of HTML pages costs beside the extractor alone: `python bench/markup.py DATA FOLDER [--count N]`.

Writes COUNT pages of DATA, which is as for bench/labelled.py, into FOLDER/raw as JSON Lines; from the second round on, three words in ten of
their paragraphs are others of the same paragraph. Then trafilatura takes the text out of each of them: with the call that
`saring.extract` makes, and with its own defaults; then they are built. One after the other, on one core. FOLDER has to be new.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import trafilatura

from bench import cost, growing, labelled

__all__ = ["main", "vary"]

#: Paragraphs of some length; not what scripts and styles hold.
_PARAGRAPH = re.compile(r"<(script|style)\b.*?</\1\s*>|>([^<>]{60,})<", re.IGNORECASE | re.DOTALL)


def main() -> None:
    """Parse, write, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="or a folder of JSON Lines, with --alone")
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--count", type=int, default=2_500)
    parser.add_argument("--alone", choices=("same", "defaults"), help="only run the extractor, in this process")
    asked = parser.parse_args()
    if asked.alone:
        print(extract(asked.data, defaults=asked.alone == "defaults"), "pages with text")
        return
    folder: Path = asked.folder.resolve()
    raw = folder / "raw"
    raw.mkdir(parents=True)
    megabytes = write(raw, asked.data, asked.count)
    print(f"{asked.count:,} pages, {megabytes:.1f} MB of markup; load {os.getloadavg()[0]:.1f}")

    cost.on_one_core()
    alone = (sys.executable, "-m", "bench.markup", raw, "--alone")
    costs = {
        "trafilatura, same call": cost.run((*alone, "same"), folder / "same.log"),
        "trafilatura, defaults": cost.run((*alone, "defaults"), folder / "defaults.log"),
        "saring build": cost.build(raw, folder / "build", "[overlap]\ntranslations = false"),
    }
    for name, spent in costs.items():
        print(
            f"{name:24s} {spent.seconds:8.1f} s, of the processor {spent.processor:8.1f} s, {asked.count / spent.processor:7.1f} pages/s,"
            f" {spent.megabytes:6.0f} MB of memory; the build takes {costs['saring build'].processor / spent.processor:5.2f} times as long"
        )
    print(f"load {os.getloadavg()[0]:.1f}")


def write(raw: Path, data: Path, count: int) -> float:
    """Write pages, a file a round; return the megabytes of their markup."""
    pages = [(page["url"], page["html"]) for name in labelled.SETS for page in labelled.load(data, name)]
    chance = np.random.default_rng(1)
    written = 0
    for begin in range(0, count, len(pages)):
        with (raw / f"{begin:07d}.jsonl").open("w", encoding="utf-8") as file:
            for number, (url, html) in enumerate(pages[: count - begin], start=begin):
                markup = vary(html, chance) if begin else html
                written += len(markup.encode(errors="replace"))
                record = {"url": f"https://{labelled.host_of(url)}/{number}", "html": markup}
                file.write(json.dumps(record) + "\n")
    return written / 1e6


def vary(html: str, chance: np.random.Generator) -> str:
    """Return a page whose paragraphs have some words in other places."""

    def varied(match: re.Match[str]) -> str:
        return f">{growing.vary(match[2], chance)}<" if match[2] else match[0]

    return _PARAGRAPH.sub(varied, html)


def _same(record: dict[str, Any]) -> object:
    # A format without a field tells it to look for no date.
    dates = {"outputformat": "none"}
    return trafilatura.bare_extraction(
        record["html"],
        url=record["url"],
        fast=True,
        include_comments=False,
        deduplicate=False,
        with_metadata=True,
        date_extraction_params=dates,
    )


def extract(raw: Path, *, defaults: bool) -> int:
    """Run trafilatura over a folder of JSON Lines; return of how many pages it found the text."""
    logging.disable(logging.CRITICAL)
    found = 0
    for path in sorted(raw.glob("*.jsonl")):
        with path.open(encoding="utf-8") as lines:
            for record in map(json.loads, lines):
                page = trafilatura.extract(record["html"], url=record["url"]) if defaults else _same(record)
                found += page is not None
    return found


if __name__ == "__main__":
    main()
