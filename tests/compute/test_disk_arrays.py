"""pipeline/saring/compute/disk_arrays.py: disk-backed arrays hold what arrays in memory hold, and search results do not depend on memory."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from saring.compute.disk_arrays import ArrayStore, resident_memory
from saring.config import Overlap
from saring.corpus import overlaps
from saring.dedup import candidates, signatures, verification
from saring.translation import alignment, best_matches, pairs, retrieval

if TYPE_CHECKING:
    from types import ModuleType

FILE = Path(__file__).parents[1] / "cases" / "translations.toml"
TEXTS = [text for case in tomllib.loads(FILE.read_text("utf-8"))["case"] for text in case["texts"].values()]


def pool(texts: list[str | None]) -> pl.DataFrame:
    """Return a table of these texts with an id for each."""
    return pl.DataFrame({"id": [f"{place:03}" for place in range(len(texts))], "text": texts}, schema={"id": pl.String, "text": pl.String})


@settings(deadline=None, max_examples=4)
@given(st.lists(st.sampled_from(TEXTS) | st.none() | st.sampled_from(["", "two words", "one two three"]), max_size=12))
def test_memory_changes_no_pair(texts: list[str | None]) -> None:
    """With a memory limit of one byte all arrays are disk-backed, and the pairs are the same."""
    assert overlaps.find_overlaps(pool(texts), Overlap()).equals(overlaps.find_overlaps(pool(texts), Overlap(), memory=1))


#: Limits on how many rows are processed at a time: the result is the same with 7 as with millions.
PARTS = (
    (candidates, "_POSTINGS"),
    (candidates, "_ROWS"),
    (signatures, "_ROWS"),
    (verification, "_PAIRS"),
    (retrieval, "_FEATURES"),
    (retrieval, "_ROWS"),
    (alignment, "_PAIRS"),
    (best_matches, "_MATCHES"),
    (best_matches, "_BUFFERED_MATCHES"),
    (alignment, "_CELLS"),
    (alignment, "_PART"),
    (pairs, "_PAIRS"),
)


@pytest.mark.parametrize(("module", "limit"), PARTS, ids=[f"{module.__name__.rpartition('.')[2]}{limit}" for module, limit in PARTS])
def test_part_sizes_change_no_pair(monkeypatch: pytest.MonkeyPatch, module: ModuleType, limit: str) -> None:
    """However few rows are processed at a time, the pairs are the same: lists, pairs and matches continue in the next part."""
    texts = pool([*TEXTS[:12], *(f"{TEXTS[0]} {number}" for number in range(30)), *TEXTS[:3]])
    links = overlaps.find_overlaps(texts, Overlap())
    monkeypatch.setattr(module, limit, 7)

    assert set(links["kind"]) >= {"exact", "near", "translation"}
    assert links.equals(overlaps.find_overlaps(texts, Overlap(), memory=1))


def test_texts_may_come_in_parts(tmp_path: Path) -> None:
    """A data frame, a lazy scan and an iterator of data frames give the same pairs; other columns are ignored."""
    texts = pool([*TEXTS[:6], None, *TEXTS[:2]])
    texts.with_columns(more=1).write_parquet(tmp_path / "texts.parquet", row_group_size=2)
    links = overlaps.find_overlaps(texts, Overlap())

    assert links.height
    assert links.equals(overlaps.find_overlaps(pl.scan_parquet(tmp_path / "texts.parquet"), Overlap()))
    assert links.equals(overlaps.find_overlaps(texts.iter_slices(2), Overlap()))
    assert overlaps.find_overlaps(iter([]), Overlap()).height == 0


@given(st.lists(arrays.arrays(np.uint32, st.tuples(st.integers(0, 9), st.just(3))), min_size=1), st.booleans())
def test_parts_add_up_to_the_array(parts: list[np.ndarray[tuple[int, int], np.dtype[np.uint32]]], spill: bool) -> None:  # noqa: FBT001 (drawn)
    """Rows that are appended in parts give their concatenation, on disk and in memory."""
    grown = ArrayStore(spill=spill).new_array(np.uint32)
    for part in parts:
        grown.add(part)

    assert np.concatenate(parts).tolist() == grown.to_array().tolist()


@pytest.mark.parametrize("spill", [False, True])
def test_written_values_survive_the_release_of_memory(spill: bool) -> None:  # noqa: FBT001 (a parameter)
    """Pages that were released come back with the values that were written to them."""
    store = ArrayStore(spill=spill)
    array = store.zeros((1_500_000, 2), np.uint16)
    array[7, 1] = 3
    store.release_memory()
    array[1_400_000] = 5
    store.release_memory()

    assert array.shape == (1_500_000, 2)
    assert array.sum() == 13
    assert array[7, 1] == 3


def test_pages_of_files_are_released() -> None:
    """After the release, the pages of an array that was read do not count as memory of the process."""
    store = ArrayStore(spill=True)
    array = store.zeros((64_000_000,), np.uint8)
    assert array.sum() == 0
    before = resident_memory()
    store.release_memory()

    assert resident_memory().files <= before.files - 50_000_000 or before.files == float("inf")


def test_a_full_disk_says_where_to_make_room() -> None:
    """The size of files is limited for a process, as on a full disk; the error names the folder and TMPDIR."""
    script = (
        "import resource, numpy as np\n"
        "from saring.compute.disk_arrays import ArrayStore\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, 1 << 16))\n"
        "ArrayStore(spill=True).zeros((1 << 20,), np.uint8)\n"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "SaringError" in done.stderr.splitlines()[-1]
    assert "Make room there, or set TMPDIR to a folder with more room" in done.stderr
