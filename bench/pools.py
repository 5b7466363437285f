"""Pools of documents that a finder of duplicates could choke on: `python bench/pools.py KIND COUNT [POOL] > POOL.jsonl`.

Kinds: `copies` (one document again and again), `template` (a third of each document is the same), `distinct` (nothing in common), `counter`
(all the same but for a number in each paragraph); `mixed` (lines drawn from the documents of POOL, whose ids are NAME/LANGUAGE and whose
lines correspond: one draw a name, told in every language, with made-up names and numbers in every second line, alike in all languages).
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Words of two or three syllables that no language has, so that nothing is shared by chance but single words.
_SYLLABLES = ("ba", "ke", "lo", "mi", "nu", "pa", "ri", "so", "tu", "wa", "ne", "ga")


def prose(chance: random.Random, words: int) -> str:
    """Return sentences of made-up words."""
    made = ["".join(chance.choices(_SYLLABLES, k=chance.choice((2, 3)))) for _ in range(words)]
    return " ".join(word + "." * (not number % 12) for number, word in enumerate(made, 1))


_ONCE = random.Random(1)  # noqa: S311 - made-up words, not secrets
_PAGE, _TEMPLATE = prose(_ONCE, 400), prose(_ONCE, 140)

KINDS: dict[str, Callable[[random.Random, int], str]] = {
    "copies": lambda _chance, _number: _PAGE,
    "template": lambda chance, _number: f"{prose(chance, 280)}\n\n{_TEMPLATE}",
    "distinct": lambda chance, _number: prose(chance, 420),
    "counter": lambda _chance, number: "\n\n".join(f"{number} {part}." for part in _PAGE.split(". ")[:8]),
}


def mixed(pool: Path, count: int, chance: random.Random) -> Iterator[tuple[str, str]]:
    """Yield ids and texts of documents of 20 lines each."""
    told: dict[str, dict[str, list[str]]] = {}
    with pool.open(encoding="utf-8") as lines:
        for document in map(json.loads, lines):
            name, language = document["id"].split("/")
            told.setdefault(name, {})[language] = document["text"].split("\n")
    whole = {name: variants for name, variants in sorted(told.items()) if len({len(lines) for lines in variants.values()}) == 1}
    languages = sorted(set.intersection(*(set(variants) for variants in whole.values())))
    places = [(name, number) for name, variants in whole.items() for number in range(len(variants[languages[0]]))]
    for number in range(0, count, len(languages)):
        drawn = chance.sample(places, 20)
        marks = [f" {_name(chance)} {chance.randrange(10_000_000)}" if chance.random() < 0.5 else "" for _ in drawn]  # noqa: PLR2004 (every second)
        for language in languages[: count - number]:
            text = "\n".join(whole[name][language][line] + mark for (name, line), mark in zip(drawn, marks, strict=True))
            yield f"{number:08d}/{language}", text


def _name(chance: random.Random) -> str:
    """Return a word that stands for a name, of which there are millions."""
    return "".join(chance.choice("bdfghklmnprstvw") + chance.choice("aeiou") for _ in range(4)).title()


def main() -> None:
    """Print a pool."""
    kind, count = sys.argv[1], int(sys.argv[2])
    chance = random.Random(7)  # noqa: S311 - made-up words, not secrets
    if kind == "mixed":
        for id_, text in mixed(Path(sys.argv[3]), count, chance):
            print(json.dumps({"id": id_, "text": text}, ensure_ascii=False))
        return
    for number in range(count):
        print(json.dumps({"id": f"{number:08d}", "text": KINDS[kind](chance, number)}))


if __name__ == "__main__":
    main()
