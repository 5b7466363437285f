"""Pages over their time limit, in the caches: their rejections go to cache entries of their own, which a higher limit invalidates.

The limit ([build] page_seconds) is no part of the key of other entries: raising it would clean every page again, though only the pages that
timed out depend on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from saring.compute.time_limit import TIMED_OUT
from saring.runs import cache_keys

if TYPE_CHECKING:
    from collections.abc import Mapping

    from saring.storage.cache import Cache

__all__ = ["Provenance", "provenance", "put_by_timeout", "timed_out_keys"]

_LIMIT = "limit"


class Provenance(NamedTuple):
    """What cache entries were computed with (`Cache.about`), for each of the two kinds of entry.

    Attributes:
        in_time: hashes of program, settings and rules, for entries of pages within the time limit.
        timed_out: a hash of the same and of the limit, for entries of pages over it.
    """

    in_time: Mapping[str, str]
    timed_out: Mapping[str, str]


def provenance(in_time: Mapping[str, str], page_seconds: int) -> Provenance:
    """Return the provenance of cache entries under a time limit of `page_seconds` a page; `in_time`: hashes by name, without the limit."""
    return Provenance(in_time, {_LIMIT: cache_keys.hash_of(sorted(in_time.items()), page_seconds)})


def put_by_timeout(cache: Cache, tables: Mapping[str, pl.DataFrame], keys: pl.DataFrame, made_with: Provenance) -> None:
    """Put documents into a cache as up to two entries: one of those in time, one of those whose rejection says that they timed out.

    Args:
        cache: one of its tables is `rejections`.
        tables: as for `Cache.put`.
        keys: the cache keys of the documents: columns key, id and bytes, as for `Cache.put`.
        made_with: the provenance of either entry.
    """
    rejected = tables["rejections"]
    has_timed_out = pl.col("id").is_in(rejected.filter(pl.col("reason") == TIMED_OUT)["id"].implode())
    for is_member, about in ((~has_timed_out, made_with.in_time), (has_timed_out, made_with.timed_out)):
        member_keys = keys.filter(is_member)
        if member_keys.height:
            cache.put({name: table.filter(is_member) for name, table in tables.items()}, member_keys, about)


def timed_out_keys(cache: Cache, places: pl.DataFrame) -> list[str]:
    """Return the sorted cache keys of those documents that timed out, among the ones that `places` locates in a cache (`CACHE_INDEX`).

    A result of all documents depends on these too: the same key gives another document once the limit is raised.
    """
    entries = [entry for entry in places["entry"].unique() if _LIMIT in cache.about(entry)]
    return places.filter(pl.col("entry").is_in(entries))["key"].sort().to_list()
