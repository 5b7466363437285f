"""Loading of a release through the library `datasets`, as consumers do."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from saring.release import load_check

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from saring.release import WriteResult
    from tests.release.conftest import Corpus

    Build = Callable[..., WriteResult]


def test_the_default_is_documents(corpus: Corpus, build: Build, tmp_path: Path) -> None:
    """Loading a release without naming a config gives its documents, by split, with the types in the card."""
    folder = build(corpus).folder
    with load_check.isolated_datasets() as datasets:
        loaded = datasets.load_dataset(str(folder), cache_dir=str(tmp_path / "cache"))
        info = datasets.load_dataset_builder(str(folder), cache_dir=str(tmp_path / "cache")).info

    assert {split: part.num_rows for split, part in loaded.items()} == {"train": 3, "test": 1}
    assert loaded["train"].features == info.features
    assert loaded["train"].features["text"].dtype == "string"
    assert loaded["train"].features["created"].dtype == "timestamp[us, tz=UTC]"
    assert loaded["train"][1]["authors"] == ["Sari", "Élise"]


def titles(folder: Path, cache: Path) -> list[str]:
    """Load the titles of all documents of a release through `datasets`."""
    with load_check.isolated_datasets() as datasets:
        return list(datasets.load_dataset(str(folder), "all", split="train", cache_dir=str(cache))["title"])


@pytest.mark.parametrize("hashed", [True, False])
def test_the_cache_serves_old_rows_only_where_the_card_has_no_hash(hashed: bool, corpus: Corpus, build: Build, tmp_path: Path) -> None:  # noqa: FBT001 - a case
    """New rows at the same path are loaded, and not old ones from the cache, because the card contains the build hash.

    Without the hash, `datasets` serves the old rows. Once that changes, the hash can be dropped from the card.
    """
    old = build(corpus, out=tmp_path / "old").folder
    new = build(corpus.edited(corpus.documents["id"][1], title="Page X"), out=tmp_path / "new").folder
    place, card = tmp_path / "v1.0.0", (old / "README.md").read_text(encoding="utf-8")
    loaded = []
    for folder in (old, new):
        build_hash = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["build"]
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(folder, place)
        same = re.sub("description: build [0-9a-f]{64}", f"description: build {build_hash if hashed else ''}".rstrip(), card)
        (place / "README.md").write_text(same, encoding="utf-8")
        loaded.append(titles(place, tmp_path / "cache"))

    assert "Page X" not in loaded[0]
    assert ("Page X" in loaded[1]) is hashed


def test_settings_of_datasets_are_restored(corpus: Corpus, build: Build, tmp_path: Path) -> None:
    """Network and progress bars are off only while a release is loaded, so that publishing may follow in the same process."""
    import datasets  # noqa: PLC0415 - takes a second to import

    before = datasets.config.HF_HUB_OFFLINE, datasets.are_progress_bars_disabled()
    folder = build(corpus).folder
    assert load_check.load_row_counts(folder, "edits", tmp_path / "cache") == {"train": 5}

    assert (datasets.config.HF_HUB_OFFLINE, datasets.are_progress_bars_disabled()) == before


def test_importing_is_cheap() -> None:
    """Importing `saring.release` imports none of the slow libraries."""
    script = (
        "import sys, saring.release; print([name for name in ('pyarrow', 'datasets', 'huggingface_hub', 'babel') if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"
