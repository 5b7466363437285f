"""Pages that took too long, on a cache: their rejections stand apart, so that they are tried again when they may take longer.

The limit of time is no part of what an entry is made with: raising it would make everything anew, and nothing but these depends on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from saring.compute.time_limit import TIMED_OUT
from saring.runs import cache_keys

if TYPE_CHECKING:
    from collections.abc import Mapping

    from saring.storage.cache import Cache

__all__ = ["late_keys", "on_time_and_late", "put_by_lateness"]

_LIMIT = "limit"


def on_time_and_late(about: Mapping[str, str], seconds: int) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return what entries are made with: those of pages that were on time, and those of pages that were late.

    Args:
        about: what pages that were on time are made with.
        seconds: that a page may take.
    """
    return about, {_LIMIT: cache_keys.hash_of(sorted(about.items()), seconds)}


def put_by_lateness(
    cache: Cache, tables: Mapping[str, pl.DataFrame], rows: pl.DataFrame, made: tuple[Mapping[str, str], Mapping[str, str]]
) -> None:
    """Put documents on a cache, those apart whose rejection says that they were late.

    Args:
        cache: has a table of rejections.
        tables: as for `Cache.put`.
        rows: the `salt_by_row` of `Cache.put`.
        made: as `on_time_and_late` returns it.
    """
    rejected = tables["rejections"]
    is_late = pl.col("id").is_in(rejected.filter(pl.col("reason") == TIMED_OUT)["id"].implode())
    for wanted, about in ((~is_late, made[0]), (is_late, made[1])):
        mine = rows.filter(wanted)
        if mine.height:
            cache.put({name: table.filter(wanted) for name, table in tables.items()}, mine, about)


def late_keys(cache: Cache, places: pl.DataFrame) -> list[str]:
    """Return the keys of documents (`HELD`) that were late: what is made of all of them depends on which were."""
    entries = [entry for entry in places["entry"].unique() if _LIMIT in cache.about(entry)]
    return places.filter(pl.col("entry").is_in(entries))["key"].sort().to_list()
