"""Match regular expressions without compiling them again for every batch.

Polars keeps the 32 regular expressions that a thread used last, and forgets them all when more than that take turns. The rules have more than
70; to compile them and to build up their automata anew was a fifth of the time of the noise step on a batch of 7 MB, and most of it on
a page. So a few threads match in turn, never at once, each its own patterns.
"""

from __future__ import annotations

import functools
import itertools
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

    from saring.config.rules import Rule

__all__ = ["contains", "drop_unless"]

#: Patterns a thread is given: fewer than Polars keeps, which uses some itself.
_PATTERNS = 24
#: Threads at most. Beyond their patterns, which is three times the packs' own, some are compiled again.
_THREADS = 8


def contains(texts: pl.Series, pattern: str) -> pl.Series:
    """Return which texts hold a match of the pattern, as `Series.str.contains` does."""
    return _thread(_place(pattern)).submit(texts.str.contains, pattern).result()


def drop_unless(matches: pl.DataFrame, column: str, rule: Rule) -> pl.DataFrame:
    """Return the matches of a rule without those that its `unless` leaves alone.

    Args:
        matches: rows of a column of strings, and any others.
        column: what `unless` has to match as a whole, but for white space around it.
        rule: the rule that matched.
    """
    if rule.unless is None or matches.is_empty():
        return matches
    return matches.filter(~contains(matches[column].str.strip_chars(), f"^(?:{rule.unless})$"))


_counter = itertools.count()


@functools.lru_cache(maxsize=_PATTERNS * _THREADS)
def _place(pattern: str) -> int:  # noqa: ARG001 - what a place is remembered for
    return next(_counter) // _PATTERNS % _THREADS


@functools.cache
def _thread(number: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix=f"patterns-{number}")
