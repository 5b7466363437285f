"""Pools of documents that a finder of duplicates could choke on: `python bench/pools.py KIND COUNT [POOL] > POOL.jsonl`.

Kinds: `copies` (one document again and again), `template` (a third of each document is the same), `distinct` (nothing in common), `counter`
(all the same but for a number in each paragraph); and two of lines drawn from the documents of POOL, whose ids are NAME/LANGUAGE and whose
lines correspond, with made-up names and numbers in every second line, alike in all languages: `mixed` (20 lines a name, told in every
language) and `short` (300 to 600 characters; most are alone, and one name in three has a copy, a near copy or a translation).
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


#: Characters of a short document from which on it gets no line more, and of the lines that it is made of, at most.
_LEAST, _LINE = 300, 250


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
    told = _lines(pool)
    languages = sorted(told)
    places = range(len(told[languages[0]]))
    for number in range(0, count, len(languages)):
        drawn = chance.sample(places, 20)
        marks = [_mark(chance) for _ in drawn]
        for language in languages[: count - number]:
            text = "\n".join(told[language][place] + mark for place, mark in zip(drawn, marks, strict=True))
            yield f"{number:08d}/{language}", text


def short(pool: Path, count: int, chance: random.Random) -> Iterator[tuple[str, str]]:
    """Yield ids and texts of short documents; those of one name say the same, and no name has more than two."""
    told = {language: lines for language, lines in _lines(pool).items() if language != "zh"}  # whose lines are a third as long
    languages, number, made = sorted(told), 0, 0
    while made < count:
        language, other = chance.sample(languages, 2)
        drawn: list[tuple[int, str]] = []
        size = 0
        while size < _LEAST:
            place = chance.randrange(len(told[language]))
            if len(told[language][place]) < _LINE:
                drawn.append((place, _mark(chance, 0.5 if drawn else 1.0)))
                size += len(told[language][place]) + len(drawn[-1][1]) + 1
        lines = [told[language][place] + mark for place, mark in drawn]
        twin = chance.random()
        documents = [(language, lines)]
        if twin < 0.05:  # noqa: PLR2004 - shares of names
            documents.append((f"{language}-copy", lines))
        elif twin < 0.15:  # noqa: PLR2004
            changed = lines[0].split(" ")
            changed[chance.randrange(len(changed))] = _name(chance)
            documents.append((f"{language}-near", [" ".join(changed), *lines[1:]]))
        elif twin < 0.33:  # noqa: PLR2004
            documents.append((other, [told[other][place] + mark for place, mark in drawn]))
        for variant, text in documents[: count - made]:
            yield f"{number:08d}/{variant}", "\n".join(text)
        made, number = made + len(documents), number + 1


def _lines(pool: Path) -> dict[str, list[str]]:
    """Return for each language all lines of the pool; those in one place of the lists correspond."""
    told: dict[str, dict[str, list[str]]] = {}
    with pool.open(encoding="utf-8") as lines:
        for document in map(json.loads, lines):
            name, language = document["id"].split("/")
            told.setdefault(name, {})[language] = document["text"].split("\n")
    whole = [variants for _, variants in sorted(told.items()) if len({len(lines) for lines in variants.values()}) == 1]
    languages = sorted(set.intersection(*(set(variants) for variants in whole)))
    return {language: [line for variants in whole for line in variants[language]] for language in languages}


def _mark(chance: random.Random, share: float = 0.5) -> str:
    """Return a name and a number for this share of lines, and nothing for the others."""
    return f" {_name(chance)} {chance.randrange(10_000_000)}" if chance.random() < share else ""


def _name(chance: random.Random) -> str:
    """Return a word that stands for a name, of which there are millions."""
    return "".join(chance.choice("bdfghklmnprstvw") + chance.choice("aeiou") for _ in range(4)).title()


DRAWN = {"mixed": mixed, "short": short}


def main() -> None:
    """Print a pool."""
    kind, count = sys.argv[1], int(sys.argv[2])
    chance = random.Random(7)  # noqa: S311 - made-up words, not secrets
    if kind in DRAWN:
        for id_, text in DRAWN[kind](Path(sys.argv[3]), count, chance):
            print(json.dumps({"id": id_, "text": text}, ensure_ascii=False))
        return
    for number in range(count):
        print(json.dumps({"id": f"{number:08d}", "text": KINDS[kind](chance, number)}))


if __name__ == "__main__":
    main()
