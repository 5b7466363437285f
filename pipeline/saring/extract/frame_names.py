"""Names in `class` and `id` that tell the frame of a page from its text; the words are data, in frame_names.toml."""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

__all__ = ["names_frame", "names_other_pages"]

_PARTS = re.compile(r"[a-z]+")
_INNER_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@cache
def _words() -> dict[str, tuple[str, ...]]:
    table = tomllib.loads((Path(__file__).parent / "frame_names.toml").read_text(encoding="utf-8"))
    return {name: tuple(words) for name, words in table.items()}


@lru_cache(4096)
def names_frame(name: str) -> bool:
    """Tell whether an element is of the frame of its page by the value of its class and id.

    >>> names_frame("post_share-bar"), names_frame("shareholders-meeting"), names_frame("articleBody widget")
    (True, False, False)
    """
    words = _words()
    return _holds(name, words["begins"], words["whole"])


@lru_cache(4096)
def names_other_pages(name: str) -> bool:
    """Tell whether an element speaks of other pages, or of comments, by the value of its class and id.

    >>> names_other_pages("c-relatedPosts"), names_other_pages("entry-meta")
    (True, False)
    """
    return _holds(name, _words()["other_pages"], ())


def _holds(name: str, begins: tuple[str, ...], whole: tuple[str, ...]) -> bool:
    lowered = _INNER_CAPITAL.sub("-", name).lower()
    if not lowered.strip() or any(spare in lowered for spare in _words()["spares"]):
        return False
    for token in lowered.split():
        parts = _PARTS.findall(token)
        pairs = [first + second for first, second in pairwise(parts)]  # read-more, skip-link
        if any(part in whole or part.startswith(begins) for part in (*parts, *pairs)):
            return True
    return False
