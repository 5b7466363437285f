"""Precision and recall of the names step on sentences written for it, and its speed where nothing matches.

python bench/names.py              the cases in bench/names.toml
python bench/names.py --speed      100 MB of text against a registry of 5,000 names that stand in none of it
"""

from __future__ import annotations

import argparse
import random
import re
import time
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl

from saring import names
from saring.config import Name
from saring.config import names as registry
from saring.config.toml_table import Table
from saring.core.tables import OVERLAP, empty_table
from saring.tools.suggest_names.suggest import suggest_names

CASES = Path(__file__).with_name("names.toml")
MARK = re.compile(r"⟦([^→⟧]*)→([^⟧]*)⟧")
SCRIPTS = {"ru": "Cyrl"}
SIZE = 100_000_000


def marked(sentence: str) -> tuple[str, set[tuple[int, int, str]]]:
    """Return a sentence without its marks, and what has to be corrected: start, end, replacement."""
    text, wanted, done = "", set(), 0
    for mark in MARK.finditer(sentence):
        text += sentence[done : mark.start()]
        wanted.add((len(text), len(text) + len(mark[1]), mark[2]))
        text += mark[1]
        done = mark.end()
    return text + sentence[done:], wanted


def smallest(text: str, start: int, end: int, replacement: str) -> tuple[int, int, str]:
    """Return a change without what it leaves as it is: "Pavel DuRove" to "Pavel Durov" is "DuRove" to "Durov", by words."""
    while " " in text[start:end] and text[start:end].split(" ", maxsplit=1)[0] == replacement.split(" ", maxsplit=1)[0]:
        width = text[start:end].index(" ") + 1
        start, replacement = start + width, replacement[width:]
    while " " in text[start:end] and text[start:end].rsplit(" ", maxsplit=1)[-1] == replacement.split(" ")[-1]:
        width = len(text[start:end].rsplit(" ", maxsplit=1)[-1]) + 1
        end, replacement = end - width, replacement[:-width]
    return start, end, replacement


def accuracy() -> None:
    """Print precision and recall, by kind of damage, and every miss."""
    cases = tomllib.loads(CASES.read_text("utf-8"))
    groups = cases["group"]
    listed = registry.parse_names(Table({"name": cases["name"]}, file=str(CASES)))
    rows: list[dict[str, Any]] = []
    wanted: dict[str, set[tuple[int, int, str]]] = {}
    for number, group in enumerate(groups):
        for place, sentence in enumerate(group["sentences"]):
            text, changes = marked(sentence)
            id_ = f"{number}.{place}"
            wanted[id_] = {smallest(text, *change) for change in changes}
            rows.append(
                {
                    "id": id_,
                    "text": text,
                    "title": None,
                    "language": group["language"],
                    "language_script": SCRIPTS.get(group["language"], "Latn"),
                    "damage": group["damage"].split(":")[0],
                }
            )
    texts = pl.DataFrame(rows, schema_overrides={"title": pl.String})
    found: dict[str, set[tuple[int, int, str]]] = {id_: set() for id_ in wanted}
    plain = dict(texts.select("id", "text").iter_rows())
    for id_, start, end, replacement in names.find(texts, listed).select("id", "start", "end", "replacement").iter_rows():
        found[id_].add(smallest(plain[id_], start, end, replacement))
    score: dict[str, Counter[str]] = {}
    for row in rows:
        id_ = row["id"]
        for key in ("all", row["language"], row["damage"]):
            counts = score.setdefault(key, Counter())
            counts["sentences"] += 1
            counts["right"] += len(found[id_] & wanted[id_])
            counts["wrong"] += len(found[id_] - wanted[id_])
            counts["missed"] += len(wanted[id_] - found[id_])
        if found[id_] != wanted[id_]:
            print(f"{row['language']}: {row['text']}\n   wrong {found[id_] - wanted[id_]} missed {wanted[id_] - found[id_]}")
    print(f"{len(listed)} names, {sum(len(g.variants) for n in listed for g in n.groups)} variants")
    for key, counts in score.items():
        precision = counts["right"] / max(counts["right"] + counts["wrong"], 1)
        recall = counts["right"] / max(counts["right"] + counts["missed"], 1)
        total = counts["right"] + counts["missed"]
        print(f"{key:30} {counts['sentences']:4} sentences {total:4} variants: precision {precision:.3f}, recall {recall:.3f}")


def speed() -> None:
    """Print how fast the step is where no name matches, on one thread (set POLARS_MAX_THREADS=1), in CPU time."""
    rng = random.Random(7)  # noqa: S311 - made-up words, no secrets
    syllables = ["ba", "ri", "ton", "ku", "mel", "a", "sa", "no", "ter", "di", "pra", "wi", "lo", "ngan", "é", "ment", "les", "que", "i"]
    small = ["".join(rng.choices(syllables, k=rng.randint(1, 4))) for _ in range(30_000)]
    words = [word.capitalize() if rng.random() < 0.1 else word for word in small]  # noqa: PLR2004 - a tenth of all words, as in news
    sentences = [" ".join(rng.choices(words, k=14)).capitalize() + "." for _ in range(8_000)]
    pages = ["\n".join(rng.choices(sentences, k=40)) for _ in range(2_500)]
    size = sum(len(page.encode()) for page in pages)
    texts = pl.DataFrame({"id": [str(n) for n in range(len(pages))], "text": pages, "language": "id", "language_script": "Latn"})
    texts = texts.with_columns(pl.lit(None, pl.String).alias("title"))
    while size < SIZE:
        texts, size = pl.concat([texts, texts.with_columns(("z" + pl.col("id")).alias("id"))]), size * 2
    made = ["".join(rng.choices(syllables, k=3)).capitalize() for _ in range(5_000)]
    many = [Name(canonical=f"{name}ov", kind="person", variants=(f"{name}ove", f"{name} Ove", f"{name}Of")) for name in made]
    names.find(texts.head(1), many)
    begun, wall = time.process_time(), time.perf_counter()
    found = names.find(texts, many)
    used, took = time.process_time() - begun, time.perf_counter() - wall
    print(
        f"{size / 1e6:.0f} MB, {len(many)} names, {found.height} edits: {size / 1e6 / used:.0f} MB/s of CPU time, {size / 1e6 / took:.0f} MB/s"
    )
    begun = time.process_time()
    part = texts.head(max(1, int(texts.height * 20e6 / size))).with_columns(pl.lit(None, pl.String).alias("site"), source="id")
    suggest_names(part, empty_table(OVERLAP), many)
    print(f"suggest, 20 MB: {20 / (time.process_time() - begun):.1f} MB/s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--speed", action="store_true")
    speed() if parser.parse_args().speed else accuracy()
