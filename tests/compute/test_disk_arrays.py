"""What stands in files is what would stand in memory."""

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
    """Return texts with an id each."""
    return pl.DataFrame({"id": [f"{place:03}" for place in range(len(texts))], "text": texts}, schema={"id": pl.String, "text": pl.String})


@settings(deadline=None, max_examples=4)
@given(st.lists(st.sampled_from(TEXTS) | st.none() | st.sampled_from(["", "two words", "one two three"]), max_size=12))
def test_memory_changes_no_link(texts: list[str | None]) -> None:
    """With no memory to speak of, all goes through files, and the links are the same."""
    assert overlaps.find_overlaps(pool(texts), Overlap()).equals(overlaps.find_overlaps(pool(texts), Overlap(), memory=1))


#: How much is looked at together, for which half a dozen is as good as millions.
PARTS = (
    (candidates, "_POSTINGS"),
    (candidates, "_ROWS"),
    (signatures, "_ROWS"),
    (verification, "_PAIRS"),
    (retrieval, "_ANCHORS"),
    (retrieval, "_ROWS"),
    (alignment, "_PAIRS"),
    (best_matches, "_MATCHES"),
    (best_matches, "_NOTED"),
    (alignment, "_CELLS"),
    (alignment, "_PART"),
    (pairs, "_PAIRS"),
)


@pytest.mark.parametrize(("module", "limit"), PARTS, ids=[f"{module.__name__.rpartition('.')[2]}{limit}" for module, limit in PARTS])
def test_parts_change_no_link(monkeypatch: pytest.MonkeyPatch, module: ModuleType, limit: str) -> None:
    """However little is looked at together, what is found is the same: lists, pairs and matches go on in the next part."""
    texts = pool([*TEXTS[:12], *(f"{TEXTS[0]} {number}" for number in range(30)), *TEXTS[:3]])
    links = overlaps.find_overlaps(texts, Overlap())
    monkeypatch.setattr(module, limit, 7)

    assert set(links["kind"]) >= {"exact", "near", "translation"}
    assert links.equals(overlaps.find_overlaps(texts, Overlap(), memory=1))


def test_texts_may_come_in_parts(tmp_path: Path) -> None:
    """A frame, a scanned file and frames one by one give the same links, whatever else is in them."""
    texts = pool([*TEXTS[:6], None, *TEXTS[:2]])
    texts.with_columns(more=1).write_parquet(tmp_path / "texts.parquet", row_group_size=2)
    links = overlaps.find_overlaps(texts, Overlap())

    assert links.height
    assert links.equals(overlaps.find_overlaps(pl.scan_parquet(tmp_path / "texts.parquet"), Overlap()))
    assert links.equals(overlaps.find_overlaps(texts.iter_slices(2), Overlap()))
    assert overlaps.find_overlaps(iter([]), Overlap()).height == 0


@given(st.lists(arrays.arrays(np.uint32, st.tuples(st.integers(0, 9), st.just(3))), min_size=1), st.booleans())
def test_grown(parts: list[np.ndarray[tuple[int, int], np.dtype[np.uint32]]], spill: bool) -> None:  # noqa: FBT001 (drawn)
    """What was added part by part is what was added at once, in a file as in memory."""
    grown = ArrayStore(spill=spill).growing(np.uint32)
    for part in parts:
        grown.add(part)

    assert np.concatenate(parts).tolist() == grown.whole().tolist()


@pytest.mark.parametrize("spill", [False, True])
def test_what_is_written_stays_when_memory_is_given_back(spill: bool) -> None:  # noqa: FBT001 (a parameter)
    """Pages that were let go of come back as they were left."""
    store = ArrayStore(spill=spill)
    held = store.zeros((1_500_000, 2), np.uint16)
    held[7, 1] = 3
    store.release_memory()
    held[1_400_000] = 5
    store.release_memory()

    assert held.shape == (1_500_000, 2)
    assert held.sum() == 13
    assert held[7, 1] == 3


def test_memory_is_given_back() -> None:
    """A file that was read is no part of the process any more."""
    store = ArrayStore(spill=True)
    held = store.zeros((64_000_000,), np.uint8)
    assert held.sum() == 0
    before = resident_memory()
    store.release_memory()

    assert resident_memory().files <= before.files - 50_000_000 or before.files == float("inf")


def test_a_full_disk_says_where_to_make_room() -> None:
    """The system writes no more than it may: a temporary file is as large as a process' files may be."""
    script = (
        "import resource, numpy as np\n"
        "from saring.compute.disk_arrays import ArrayStore\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, 1 << 16))\n"
        "ArrayStore(spill=True).zeros((1 << 20,), np.uint8)\n"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "SaringError" in done.stderr.splitlines()[-1]
    assert "Make room there, or name a larger folder by TMPDIR" in done.stderr
