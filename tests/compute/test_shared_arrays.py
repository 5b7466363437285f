"""What is lent to other processes arrives there as it is here, and what they find is what is found here."""

from __future__ import annotations

import os
import pickle
import signal
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from saring.compute import pool as workers
from saring.compute.disk_arrays import ArrayStore
from saring.compute.shared_arrays import ArraySharer, SharedArray, sharing_arrays
from saring.config import Overlap
from saring.core.errors import SaringError
from saring.corpus import overlaps
from saring.translation import alignment, pairs, sentence_index

FILE = Path(__file__).parents[1] / "cases" / "translations.toml"
TEXTS = [text for case in tomllib.loads(FILE.read_text("utf-8"))["case"] for text in case["texts"].values()]


@settings(deadline=None)
@given(arrays.arrays(st.sampled_from([np.uint32, np.float16, np.int8]), st.tuples(st.integers(0, 5), st.integers(0, 3))))
def test_an_array_arrives_as_it_is(tmp_path_factory: pytest.TempPathFactory, array: np.ndarray[Any, Any]) -> None:
    """Of whatever type and shape, even without anything in it; nobody can write to it."""
    lent = ArraySharer(workers.SERIAL, tmp_path_factory.mktemp("lent"), ArrayStore()).lend(array)

    found = pickle.loads(pickle.dumps(lent)).on(ArrayStore())  # noqa: S301 - our own

    assert found.dtype == array.dtype
    assert np.array_equal(found, array, equal_nan=array.dtype == np.float16)
    assert not found.size or not found.flags.writeable


@settings(deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8"))))
def test_texts_arrive_as_they_are(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    """Empty ones, and those of many bytes a letter."""
    lent = ArraySharer(workers.SERIAL, tmp_path_factory.mktemp("lent"), ArrayStore()).texts(pl.Series("text", texts, dtype=pl.String))

    assert pickle.loads(pickle.dumps(lent)).on(ArrayStore(), 0, len(texts)).to_list() == texts  # noqa: S301 - our own


def total(item: int, given: tuple[int, SharedArray[np.uint32]]) -> int:
    """Sum, but die in any process that is not the one that asks, at 3."""
    asking, array = given
    if item == 3 and os.getpid() != asking:
        os.kill(os.getpid(), signal.SIGKILL)
    return item + int(array.on(ArrayStore()).sum())


def test_what_a_worker_dies_of_is_done_here() -> None:
    """In its place among the others; and what was lent is gone afterwards."""
    with workers.process_pool(2) as executor:
        with sharing_arrays(executor, ArrayStore()) as lender:
            array = lender.lend(np.arange(10, dtype=np.uint32))
            assert list(lender.each(total, range(5), (os.getpid(), array))) == [45, 46, 47, 48, 49]
            assert executor.shared
            assert list(executor.shared.rglob("*.bin"))
        assert not list(executor.shared.rglob("*.bin"))


def test_no_room_is_told(tmp_path: Path) -> None:
    """Where, and what to do."""
    lender = ArraySharer(workers.SERIAL, tmp_path / "lent", ArrayStore())
    (tmp_path / "lent").touch()  # no file can be made in it

    with pytest.raises(SaringError, match=r"lent/0\.bin: cannot be written: .* Make room"):
        lender.lend(np.zeros(3))


@pytest.mark.parametrize("memory", [1, overlaps.MEMORY])
def test_a_crew_changes_no_link(monkeypatch: pytest.MonkeyPatch, memory: int) -> None:
    """Whoever compares, however little at a time, with memory and without: the links are the same, to the last digit."""
    pool = [*TEXTS[:18], *TEXTS[:3]]
    texts = pl.DataFrame({"id": [f"{place:03}" for place in range(len(pool))], "text": pool})
    alone = overlaps.find_overlaps(texts, Overlap())
    monkeypatch.setattr(pairs, "_MANY", 0)
    monkeypatch.setattr(pairs, "_PAIRS", 5)
    monkeypatch.setattr(alignment, "_PART", 5)
    monkeypatch.setattr(sentence_index, "_BATCH", 1_000)

    with workers.process_pool(2) as executor:
        found = overlaps.find_overlaps(texts, Overlap(), memory, executor)

    assert "translation" in set(found["kind"])
    assert found.equals(alone)
