"""Class and id names of HTML elements that mark a page's frame (menus, share bars, teasers); the words are data, in frame_names.toml."""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

__all__ = ["names_frame", "names_other_pages"]

_WORDS = re.compile(r"[a-z]+")
_INNER_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@cache
def _word_lists() -> dict[str, tuple[str, ...]]:
    """Return the word lists of frame_names.toml by name."""
    table = tomllib.loads((Path(__file__).parent / "frame_names.toml").read_text(encoding="utf-8"))
    return {name: tuple(words) for name, words in table.items()}


@lru_cache(4096)
def names_frame(name: str) -> bool:
    """Tell whether a class or id value marks an element as part of the page's frame, such as a menu or a share bar.

    >>> names_frame("post_share-bar"), names_frame("shareholders-meeting"), names_frame("articleBody widget")
    (True, False, False)
    """
    lists = _word_lists()
    return _has_word(name, lists["prefixes"], lists["words"])


@lru_cache(4096)
def names_other_pages(name: str) -> bool:
    """Tell whether a class or id value marks an element as teasers of other pages or as comments.

    >>> names_other_pages("c-relatedPosts"), names_other_pages("entry-meta")
    (True, False)
    """
    return _has_word(name, _word_lists()["other_page_prefixes"], ())


def _has_word(name: str, prefixes: tuple[str, ...], words: tuple[str, ...]) -> bool:
    """Tell whether a word of a class or id value, or two adjacent ones joined, is listed or begins with a listed prefix."""
    lowered = _INNER_CAPITAL.sub("-", name).lower()
    if not lowered.strip() or any(article_name in lowered for article_name in _word_lists()["article_names"]):
        return False
    not_frame = _word_lists()["not_frame"]
    for token in lowered.split():
        parts = _WORDS.findall(token)
        pairs = [first + second for first, second in pairwise(parts)]  # read-more, skip-link
        if any(part in words or (part.startswith(prefixes) and part not in not_frame) for part in (*parts, *pairs)):
            return True
    return False
