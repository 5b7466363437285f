"""pipeline/saring/storage/cache.py: what was made is found again, and nothing that is damaged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from saring.core.errors import SaringError
from saring.storage.cache import Cache

if TYPE_CHECKING:
    from pathlib import Path

MADE_WITH = {"program": "p1", "rules": "r1"}


def put(cache: Cache, *keys: str, about: dict[str, str] | None = None) -> str:
    """Put an entry of documents on a cache, each with its key as its text."""
    ids = [f"id-{key}" for key in keys]
    tables = {"texts": pl.DataFrame({"id": ids, "text": [f"text of {key}" for key in keys]})}
    return cache.put(tables, pl.DataFrame({"key": keys, "id": ids, "bytes": [9] * len(keys)}), about or MADE_WITH)


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    """Return an empty cache."""
    return Cache(tmp_path / "cache", ("texts",))


def test_an_empty_shelf_holds_nothing(cache: Cache) -> None:
    """It need not even be there."""
    assert cache.held({}).is_empty()
    assert cache.usage() == (0, 0, 0)


def test_what_was_put_is_taken(cache: Cache) -> None:
    """Only the rows that are asked for come back."""
    put(cache, "a", "b")
    put(cache, "c")
    wanted = cache.places(pl.Series(["c", "b"]), MADE_WITH)

    (texts,) = cache.take(wanted, "texts")

    assert wanted["key"].to_list() == ["c", "b"]
    assert sorted(texts["text"]) == ["text of b", "text of c"]
    assert cache.usage()[:2] == (2, 3)


def test_the_same_is_put_once(cache: Cache) -> None:
    """An entry is named by what it holds and was made with."""
    assert put(cache, "a") == put(cache, "a")
    assert put(cache, "a") != put(cache, "a", about={**MADE_WITH, "rules": "r2"})


def test_what_was_made_otherwise_is_not_held(cache: Cache) -> None:
    """Unless one asks for less."""
    put(cache, "a")

    assert cache.held({**MADE_WITH, "rules": "r2"}).is_empty()
    assert cache.held({"program": "p1"})["key"].to_list() == ["a"]


@pytest.mark.parametrize("file", ["texts.parquet", "keys.parquet", "manifest.json"])
@pytest.mark.parametrize("damage", ["cut", "gone"])
def test_a_damaged_bundle_is_none(cache: Cache, file: str, damage: str) -> None:
    """Whatever is wrong with it, it counts as missing, and places that were in it are an error."""
    entry = cache.folder / put(cache, "a")
    put(cache, "b")
    if damage == "gone":
        (entry / file).unlink()
    else:
        (entry / file).write_bytes((entry / file).read_bytes()[:-3])

    assert cache.held(MADE_WITH)["key"].to_list() == ["b"]
    with pytest.raises(SaringError, match="expected 2 documents, found 1"):
        cache.places(pl.Series(["a", "b"]), MADE_WITH)


def test_trimming_leaves_what_lives(cache: Cache) -> None:
    """Entries that nothing needs go; one that is mostly dead is written anew without the dead, byte for byte gone."""
    put(cache, "dead")
    put(cache, *"abcdefgh")
    put(cache, *"xy")
    (cache.folder / ".leftover.1").mkdir()
    live = cache.places(pl.Series(["a", "b", "x", "y"]), MADE_WITH)

    cache.trim(live)

    assert sorted(cache.held(MADE_WITH)["key"]) == ["a", "b", "x", "y"]
    assert not [entry for entry in cache.folder.iterdir() if entry.name.startswith(".")]
    texts = pl.concat([pl.read_parquet(file) for file in cache.folder.glob("*/texts.parquet")])
    assert sorted(texts["text"]) == ["text of a", "text of b", "text of x", "text of y"]


def test_a_little_waste_stays_unless_none_may(cache: Cache) -> None:
    """Writing an entry anew for one row of ten is not worth it, but for a text that has to go."""
    put(cache, *"abcdefghij")
    live = cache.places(pl.Series(list("abcdefghi")), MADE_WITH)

    cache.trim(live)
    assert cache.usage().documents == 10

    cache.trim(live, waste=0)
    assert sorted(cache.held(MADE_WITH)["key"]) == list("abcdefghi")
