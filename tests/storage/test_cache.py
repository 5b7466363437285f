"""Tests of pipeline/saring/storage/cache.py: entries are found again by key and provenance, damaged entries are ignored, waste is trimmed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from saring.core.errors import SaringError
from saring.storage.cache import Cache

if TYPE_CHECKING:
    from pathlib import Path

PROVENANCE = {"program": "p1", "rules": "r1"}


def put(cache: Cache, *keys: str, provenance: dict[str, str] | None = None) -> str:
    """Add an entry to a cache, with a document for each key whose text contains the key; return the entry's name."""
    ids = [f"id-{key}" for key in keys]
    tables = {"texts": pl.DataFrame({"id": ids, "text": [f"text of {key}" for key in keys]})}
    return cache.put(tables, pl.DataFrame({"key": keys, "id": ids, "bytes": [9] * len(keys)}), provenance or PROVENANCE)


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    """Return an empty cache."""
    return Cache(tmp_path / "cache", ("texts",))


def test_an_empty_cache_has_no_documents(cache: Cache) -> None:
    """A cache whose folder does not exist has no documents and no size."""
    assert cache.cached_index({}).is_empty()
    assert cache.usage() == (0, 0, 0)


def test_wanted_documents_are_read_back(cache: Cache) -> None:
    """`take` returns the rows of the wanted documents only, from several entries."""
    put(cache, "a", "b")
    put(cache, "c")
    wanted = cache.places(pl.Series(["c", "b"]), PROVENANCE)

    (texts,) = cache.take(wanted, "texts")

    assert wanted["key"].to_list() == ["c", "b"]
    assert sorted(texts["text"]) == ["text of b", "text of c"]
    assert cache.usage()[:2] == (2, 3)


def test_an_entry_is_addressed_by_content(cache: Cache) -> None:
    """The same keys with the same provenance give the same entry, another provenance gives another."""
    assert put(cache, "a") == put(cache, "a")
    assert put(cache, "a") != put(cache, "a", provenance={**PROVENANCE, "rules": "r2"})


def test_entries_of_another_provenance_are_not_listed(cache: Cache) -> None:
    """An entry is listed only if its provenance has all items asked for; it may have more."""
    put(cache, "a")

    assert cache.cached_index({**PROVENANCE, "rules": "r2"}).is_empty()
    assert cache.cached_index({"program": "p1"})["key"].to_list() == ["a"]


@pytest.mark.parametrize("file", ["texts.parquet", "keys.parquet", "manifest.json"])
@pytest.mark.parametrize("damage", ["truncated", "missing"])
def test_a_damaged_entry_counts_as_missing(cache: Cache, file: str, damage: str) -> None:
    """An entry with a truncated or missing file is not listed, and looking up its documents raises an error."""
    entry = cache.folder / put(cache, "a")
    put(cache, "b")
    if damage == "missing":
        (entry / file).unlink()
    else:
        (entry / file).write_bytes((entry / file).read_bytes()[:-3])

    assert cache.cached_index(PROVENANCE)["key"].to_list() == ["b"]
    with pytest.raises(SaringError, match="expected 2 documents, found 1"):
        cache.places(pl.Series(["a", "b"]), PROVENANCE)


def test_trimming_keeps_live_documents(cache: Cache) -> None:
    """Trimming deletes entries without live documents and leftovers, and rewrites mostly unused entries without the unused documents."""
    put(cache, "dead")
    put(cache, *"abcdefgh")
    put(cache, *"xy")
    (cache.folder / ".leftover.1").mkdir()
    live = cache.places(pl.Series(["a", "b", "x", "y"]), PROVENANCE)

    cache.trim(live)

    assert sorted(cache.cached_index(PROVENANCE)["key"]) == ["a", "b", "x", "y"]
    assert not [entry for entry in cache.folder.iterdir() if entry.name.startswith(".")]
    texts = pl.concat([pl.read_parquet(file) for file in cache.folder.glob("*/texts.parquet")])
    assert sorted(texts["text"]) == ["text of a", "text of b", "text of x", "text of y"]


def test_little_waste_is_kept_unless_none_is_allowed(cache: Cache) -> None:
    """An entry with one unused document of ten is not rewritten, unless no waste is allowed, as after a takedown."""
    put(cache, *"abcdefghij")
    live = cache.places(pl.Series(list("abcdefghi")), PROVENANCE)

    cache.trim(live)
    assert cache.usage().documents == 10

    cache.trim(live, waste=0)
    assert sorted(cache.cached_index(PROVENANCE)["key"]) == list("abcdefghi")
