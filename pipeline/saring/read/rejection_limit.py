"""Rejections of one file, bounded: the first of each reason, and for the rest a count.

A packed file of a few hundred kilobytes can hold 79 million lines that are no records; a rejection for each of them would fill the memory.
"""

from __future__ import annotations

import collections
from typing import TYPE_CHECKING

from saring.read.scrape import Rejection, Scrape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["MOST", "limit_rejections"]

#: Rejections of one file and one reason that are kept as rows of their own.
MOST = 100


def limit_rejections(found: Iterable[Scrape | Rejection], source: str) -> Iterator[Scrape | Rejection]:
    """Yield what was read from one file, and of its rejections the first 100 of each reason; then a rejection that counts the others.

    Args:
        found: scrapes and rejections, in their order.
        source: the file.
    """
    kept: collections.Counter[str] = collections.Counter()
    others: collections.Counter[str] = collections.Counter()
    for row in found:
        if isinstance(row, Scrape):
            yield row
        elif kept[row.reason] < MOST:
            kept[row.reason] += 1
            others[row.reason] += row.records - 1
            yield row
        else:
            others[row.reason] += row.records
    for reason, count in others.items():
        if count:
            more = "one more record" if count == 1 else f"{count:,} more records"
            yield Rejection(source, reason, f"And {more} of this file rejected for the same reason, which are counted and not listed.")
