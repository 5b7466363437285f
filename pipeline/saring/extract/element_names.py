"""Groups of words in class names, ids and roles of HTML elements, as bit masks; the words are data, in element_names.toml."""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache
from pathlib import Path

__all__ = ["group_names", "name_groups"]

_INNER_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_GAPS = re.compile(r"[^a-z0-9]+")


@cache
def group_names() -> tuple[str, ...]:
    """Return the names of the groups, in the order of their bits."""
    return tuple(_groups())


@cache
def _groups() -> dict[str, re.Pattern[str]]:
    """Return a pattern for each group of words in element_names.toml."""
    table = tomllib.loads((Path(__file__).parent / "element_names.toml").read_text(encoding="utf-8"))
    return {
        name: re.compile("|".join(re.escape(word[1:]) if word.startswith("*") else f"-{re.escape(word)}" for word in words))
        for name, words in table.items()
    }


@lru_cache(65_536)
def name_groups(names: str) -> int:
    """Return the groups whose words occur in the class, id and role of an element, as a bit mask.

    >>> [group_names()[bit] for bit in range(64) if name_groups("postShareBar") >> bit & 1]
    ['share']
    """
    joined = f"-{_GAPS.sub('-', _INNER_CAPITAL.sub('-', names).lower())}-"
    mask = 0
    for bit, pattern in enumerate(_groups().values()):
        if pattern.search(joined):
            mask |= 1 << bit
    return mask
