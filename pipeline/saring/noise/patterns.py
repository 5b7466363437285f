"""Regular expression matching that keeps compiled patterns across batches, by pinning each pattern to a thread.

Polars caches the 32 regular expressions that a thread used last, and the rules have more than 70, which evict each other in turn. Compiling
them and rebuilding their automata was a fifth of the time of the noise step on a batch of 7 MB, and most of it on a single page. So
patterns are divided among a few threads, which run one at a time.
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

#: Patterns per thread: fewer than the 32 that Polars caches, since it uses some patterns itself.
_PATTERNS_PER_THREAD = 24
#: The most threads. They keep 192 patterns, nearly three times those of the shipped rules; beyond that, patterns are compiled again.
_MOST_THREADS = 8


def contains(texts: pl.Series, pattern: str) -> pl.Series:
    """Return a mask of the texts that match the pattern, as `Series.str.contains` does, with the pattern compiled once per process."""
    return _executor(_thread_number(pattern)).submit(texts.str.contains, pattern).result()


def drop_unless(matches: pl.DataFrame, column: str, rule: Rule) -> pl.DataFrame:
    """Drop the matches of a rule that its `unless` pattern excepts.

    Args:
        matches: matches of the rule, with a column of strings and any others.
        column: the column whose stripped strings `unless` has to match in full.
        rule: the rule that matched.
    """
    if rule.unless is None or matches.is_empty():
        return matches
    return matches.filter(~contains(matches[column].str.strip_chars(), f"^(?:{rule.unless})$"))


_counter = itertools.count()


@functools.lru_cache(maxsize=_PATTERNS_PER_THREAD * _MOST_THREADS)
def _thread_number(pattern: str) -> int:  # noqa: ARG001 - the key of the cache
    """Return the number of the thread that runs a pattern, the same one each time as long as the pattern is in this cache."""
    return next(_counter) // _PATTERNS_PER_THREAD % _MOST_THREADS


@functools.cache
def _executor(number: int) -> ThreadPoolExecutor:
    """Return the single-thread executor of this number, started on first use."""
    return ThreadPoolExecutor(1, thread_name_prefix=f"patterns-{number}")
