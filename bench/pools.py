"""Pools of documents that a finder of duplicates could choke on: `python bench/pools.py KIND COUNT > POOL.jsonl`.

Kinds: `copies` (one document again and again), `template` (a third of each document is the same), `distinct` (nothing in common), `counter`
(all the same but for a number in each paragraph).
"""

from __future__ import annotations

import json
import random
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

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


def main() -> None:
    """Print a pool."""
    kind, count = sys.argv[1], int(sys.argv[2])
    chance = random.Random(7)  # noqa: S311 - made-up words, not secrets
    for number in range(count):
        print(json.dumps({"id": f"{number:08d}", "text": KINDS[kind](chance, number)}))


if __name__ == "__main__":
    main()
