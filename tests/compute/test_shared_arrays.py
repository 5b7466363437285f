"""pipeline/saring/compute/shared_arrays.py: shared arrays arrive in workers unchanged, and search results do not depend on workers."""

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
    """Of any type and shape, empty ones too; the mapped array is read-only."""
    shared = ArraySharer(workers.SERIAL, tmp_path_factory.mktemp("arrays"), ArrayStore()).share(array)

    mapped = pickle.loads(pickle.dumps(shared)).open(ArrayStore())  # noqa: S301 - our own

    assert mapped.dtype == array.dtype
    assert np.array_equal(mapped, array, equal_nan=array.dtype == np.float16)
    assert not mapped.size or not mapped.flags.writeable


@settings(deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8"))))
def test_texts_arrive_as_they_are(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    """Empty texts, and texts with characters of several bytes, too."""
    shared = ArraySharer(workers.SERIAL, tmp_path_factory.mktemp("arrays"), ArrayStore()).share_texts(
        pl.Series("text", texts, dtype=pl.String)
    )

    assert pickle.loads(pickle.dumps(shared)).open(ArrayStore(), 0, len(texts)).to_list() == texts  # noqa: S301 - our own


def total(item: int, context: tuple[int, SharedArray[np.uint32]]) -> int:
    """Add an item to the sum of an array, but kill any worker process at item 3."""
    main_process, array = context
    if item == 3 and os.getpid() != main_process:
        os.kill(os.getpid(), signal.SIGKILL)
    return item + int(array.open(ArrayStore()).sum())


def test_an_item_that_kills_a_worker_runs_in_the_main_process() -> None:
    """Its result comes in order; the files of shared arrays are deleted afterwards."""
    with workers.process_pool(2) as executor:
        with sharing_arrays(executor, ArrayStore()) as sharer:
            array = sharer.share(np.arange(10, dtype=np.uint32))
            assert list(sharer.map_tasks(total, range(5), (os.getpid(), array))) == [45, 46, 47, 48, 49]
            assert executor.shared
            assert list(executor.shared.rglob("*.bin"))
        assert not list(executor.shared.rglob("*.bin"))


def test_a_file_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    """The message names the file and says what to do."""
    sharer = ArraySharer(workers.SERIAL, tmp_path / "arrays", ArrayStore())
    (tmp_path / "arrays").touch()  # no file can be made in it

    with pytest.raises(SaringError, match=r"arrays/0\.bin: cannot be written: .* Make room"):
        sharer.share(np.zeros(3))


@pytest.mark.parametrize("memory", [1, overlaps.MEMORY])
def test_workers_change_no_pair(monkeypatch: pytest.MonkeyPatch, memory: int) -> None:
    """With workers or without, in parts of any size, with little memory or enough: the pairs are the same, to the last digit of a score."""
    pool = [*TEXTS[:18], *TEXTS[:3]]
    texts = pl.DataFrame({"id": [f"{place:03}" for place in range(len(pool))], "text": pool})
    serial = overlaps.find_overlaps(texts, Overlap())
    monkeypatch.setattr(pairs, "_PARALLEL_BYTES", 0)
    monkeypatch.setattr(pairs, "_PAIRS", 5)
    monkeypatch.setattr(alignment, "_PART", 5)
    monkeypatch.setattr(sentence_index, "_BATCH", 1_000)

    with workers.process_pool(2) as executor:
        parallel = overlaps.find_overlaps(texts, Overlap(), memory, executor)

    assert "translation" in set(parallel["kind"])
    assert parallel.equals(serial)
