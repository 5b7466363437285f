"""Bound the rejections of one file: the first hundred for each reason are kept, the rest are counted.

A compressed file of a few hundred kilobytes can contain 79 million lines that are not records; a rejection for each would fill the memory.
"""

from __future__ import annotations

import collections
from typing import TYPE_CHECKING

from saring.read.scrape import Rejection, Scrape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["MAX_PER_REASON", "limit_rejections"]

#: Rejections of one file and one reason that get a row of their own. A judgement.
MAX_PER_REASON = 100


def limit_rejections(rows: Iterable[Scrape | Rejection], source: str) -> Iterator[Scrape | Rejection]:
    """Yield the scrapes of one file, the first 100 rejections for each reason, and at the end one rejection per reason that counts the rest.

    Args:
        rows: the file's scrapes and rejections, in order.
        source: the file's path in raw/.
    """
    listed: collections.Counter[str] = collections.Counter()
    counted_only: collections.Counter[str] = collections.Counter()
    for row in rows:
        if isinstance(row, Scrape):
            yield row
        elif listed[row.reason] < MAX_PER_REASON:
            listed[row.reason] += 1
            counted_only[row.reason] += row.records - 1
            yield row
        else:
            counted_only[row.reason] += row.records
    for reason, count in counted_only.items():
        if count:
            more = "one more record" if count == 1 else f"{count:,} more records"
            was = "was" if count == 1 else "were"
            yield Rejection(source, reason, f"And {more} of this file {was} rejected for the same reason, counted here and not listed.")
