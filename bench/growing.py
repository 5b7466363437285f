"""What a build costs when little is new: `python bench/growing.py DATA COUNT FOLDER [--workers N]`.

Writes COUNT varied pages into FOLDER/raw, builds them, and builds again with nothing new, with one percent of new pages scattered over all
files, and with one rule changed; prints the seconds of each step. DATA is as for bench/labelled.py: its pages are flattened, and in each
copy of a page three words in ten of its long lines are others of the same page, so that no two are alike. FOLDER has to be new.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import time
from pathlib import Path

import numpy as np

from bench import labelled
from saring import runs
from saring.config import default_config
from saring.runs.workspace import Job

__all__ = ["main", "samples", "vary", "write"]

_FILES = 20
_CHANGED = 0.3
#: Words of a line that one page has alone.
_LONG = 10


def vary(text: str, chance: np.random.Generator) -> str:
    """Return a text with three words in ten of its long lines replaced by others of them; short ones are its site's and stay."""
    lines = [line.split(" ") for line in text.split("\n")]
    sizes = [len(line) for line in lines]
    words = np.array([word for line in lines for word in line], dtype=object)
    long = np.repeat([len(" ".join(line).split()) >= _LONG for line in lines], sizes)
    filled = np.flatnonzero((words != "") & long)
    changed = filled[chance.random(len(filled)) < _CHANGED]
    words[changed] = words[chance.permutation(changed)]
    parts = np.split(words, np.cumsum(sizes)[:-1])
    return "\n".join(" ".join(part) for part in parts)


def main() -> None:
    """Parse, write, build, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("count", type=int)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    raw = asked.folder / "raw"
    raw.mkdir(parents=True)
    pages = samples(asked.data)
    chance = np.random.default_rng(1)
    write(raw, pages, chance, 0, asked.count)
    job = Job(raw=raw, out=asked.folder / "out", config=default_config(), workers=asked.workers)
    full = told("everything", job)
    told("nothing new", job, full)
    write(raw, pages, chance, asked.count, asked.count + asked.count // 100)
    told("1% new", job, full)
    rules = tuple(rule for rule in job.config.rules if rule.id != "icon-label")
    told("one rule less", dataclasses.replace(job, config=dataclasses.replace(job.config, rules=rules)), full)


def samples(data: Path) -> list[tuple[str, str]]:
    """Return the pages that are varied: host and flattened text."""
    flat = labelled.flattenings(data)["inscriptis"]
    return [(labelled.host_of(record["url"]), flat(record["html"])) for record in labelled.load(data, "aeb")]


def write(raw: Path, pages: list[tuple[str, str]], chance: np.random.Generator, first: int, last: int) -> None:
    """Write pages, scattered over the files."""
    files = [(raw / f"{number:02d}.jsonl").open("a", encoding="utf-8") for number in range(_FILES)]
    for number in range(first, last):
        site, text = pages[number % len(pages)]
        record = {"url": f"https://{site}/{number}", "text": vary(text, chance)}
        files[number % _FILES].write(json.dumps(record, ensure_ascii=False) + "\n")
    for file in files:
        file.close()


def told(what: str, job: Job, full: dict[str, float] | None = None) -> dict[str, float]:
    """Build, print the seconds of each step, and return them; beside those of `full` as shares."""
    seconds = {}
    with runs.executor_for(job) as executor:
        shared = dataclasses.replace(job, executor=executor)
        for step in runs.STEPS:
            begun = time.perf_counter()
            step(shared)
            seconds[step.__name__] = time.perf_counter() - begun
    seconds["cleaning"] = sum(seconds[name] for name in ("extract_pages", "count_site_lines", "clean_pages"))
    seconds["all"] = sum(seconds[step.__name__] for step in runs.STEPS)
    shares = {name: f" ({value / full[name]:.1%})" if full else "" for name, value in seconds.items()}
    print(f"{what}: " + ", ".join(f"{name} {value:.1f} s{shares[name]}" for name, value in seconds.items()))
    return seconds


if __name__ == "__main__":
    main()
