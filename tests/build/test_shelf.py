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


def put(shelf: Cache, *keys: str, about: dict[str, str] | None = None) -> str:
    """Put a bundle of documents on a shelf, each with its key as its text."""
    ids = [f"id-{key}" for key in keys]
    tables = {"texts": pl.DataFrame({"id": ids, "text": [f"text of {key}" for key in keys]})}
    return shelf.put(tables, pl.DataFrame({"key": keys, "id": ids, "bytes": [9] * len(keys)}), about or MADE_WITH)


@pytest.fixture
def shelf(tmp_path: Path) -> Cache:
    """Return an empty shelf."""
    return Cache(tmp_path / "shelf", ("texts",))


def test_an_empty_shelf_holds_nothing(shelf: Cache) -> None:
    """It need not even be there."""
    assert shelf.held({}).is_empty()
    assert shelf.usage() == (0, 0, 0)


def test_what_was_put_is_taken(shelf: Cache) -> None:
    """Only the rows that are asked for come back."""
    put(shelf, "a", "b")
    put(shelf, "c")
    wanted = shelf.places(pl.Series(["c", "b"]), MADE_WITH)

    (texts,) = shelf.take(wanted, "texts")

    assert wanted["key"].to_list() == ["c", "b"]
    assert sorted(texts["text"]) == ["text of b", "text of c"]
    assert shelf.usage()[:2] == (2, 3)


def test_the_same_is_put_once(shelf: Cache) -> None:
    """A bundle is named by what it holds and was made with."""
    assert put(shelf, "a") == put(shelf, "a")
    assert put(shelf, "a") != put(shelf, "a", about={**MADE_WITH, "rules": "r2"})


def test_what_was_made_otherwise_is_not_held(shelf: Cache) -> None:
    """Unless one asks for less."""
    put(shelf, "a")

    assert shelf.held({**MADE_WITH, "rules": "r2"}).is_empty()
    assert shelf.held({"program": "p1"})["key"].to_list() == ["a"]


@pytest.mark.parametrize("file", ["texts.parquet", "keys.parquet", "manifest.json"])
@pytest.mark.parametrize("damage", ["cut", "gone"])
def test_a_damaged_bundle_is_none(shelf: Cache, file: str, damage: str) -> None:
    """Whatever is wrong with it, it counts as missing, and places that were in it are an error."""
    bundle = shelf.folder / put(shelf, "a")
    put(shelf, "b")
    if damage == "gone":
        (bundle / file).unlink()
    else:
        (bundle / file).write_bytes((bundle / file).read_bytes()[:-3])

    assert shelf.held(MADE_WITH)["key"].to_list() == ["b"]
    with pytest.raises(SaringError, match="expected 2 documents, found 1"):
        shelf.places(pl.Series(["a", "b"]), MADE_WITH)


def test_trimming_leaves_what_lives(shelf: Cache) -> None:
    """Bundles that nothing needs go; one that is mostly dead is written anew without the dead, byte for byte gone."""
    put(shelf, "dead")
    put(shelf, *"abcdefgh")
    put(shelf, *"xy")
    (shelf.folder / ".leftover.1").mkdir()
    live = shelf.places(pl.Series(["a", "b", "x", "y"]), MADE_WITH)

    shelf.trim(live)

    assert sorted(shelf.held(MADE_WITH)["key"]) == ["a", "b", "x", "y"]
    assert not [entry for entry in shelf.folder.iterdir() if entry.name.startswith(".")]
    texts = pl.concat([pl.read_parquet(file) for file in shelf.folder.glob("*/texts.parquet")])
    assert sorted(texts["text"]) == ["text of a", "text of b", "text of x", "text of y"]


def test_a_little_waste_stays_unless_none_may(shelf: Cache) -> None:
    """Writing a bundle anew for one row of ten is not worth it, but for a text that has to go."""
    put(shelf, *"abcdefghij")
    live = shelf.places(pl.Series(list("abcdefghi")), MADE_WITH)

    shelf.trim(live)
    assert shelf.usage().documents == 10

    shelf.trim(live, waste=0)
    assert sorted(shelf.held(MADE_WITH)["key"]) == list("abcdefghi")
