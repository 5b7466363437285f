"""Folders of datasets: what describes the data is no scrape.

Hugging Face, from a hub or of `Dataset.save_to_disk`    its card, dataset_info.json, state.json, caches of `map`
releases of saring                                       all but `documents/`, the default config: the other tables are not pages, or
                                                         hold the same ones again
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from saring.storage.paths import read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from saring.read.list_files import File

__all__ = ["Folders"]

#: What a description holds, by the name of its file: one of these keys, at the top or one level below.
_DESCRIPTIONS = {
    "dataset_dict.json": {"splits"},
    "dataset_info.json": {"features", "splits"},
    "dataset_infos.json": {"features", "splits"},
    "state.json": {"_data_files"},
}
_CACHE = re.compile(r"cache-[0-9a-f]{16}(?:_\d+_of_\d+)?\.arrow")
#: Front matter of a card: YAML between two lines of dashes, with one of the keys that hubs read.
_CARD = re.compile(r"\A\ufeff?---\s*\n(.*?\n)---\s*(?:\n|\Z)", re.DOTALL)
_KEYS = re.compile(
    r"^(?:annotations_creators|configs|dataset_info|language|language_creators|license|multilinguality|pretty_name|size_categories|"
    r"source_datasets|task_categories|task_ids|viewer)\s*:",
    re.MULTILINE,
)
_DATA = re.compile(r".*\.(?:arrow|csv|json|jsonl|ndjson|parquet|tar|tgz|tsv|zip)(?:\.gz|\.zst)?", re.IGNORECASE)
_MOST_BYTES = 16_000_000

#: A release: the file that lists it, some keys of that, the tables, and what stands beside them.
_MANIFEST, _MANIFEST_KEYS = "manifest.json", {"dataset", "version", "files", "rules", "schemas"}
_READ = "documents"
_TABLES = ("all", "edits", "overlaps", "rejections", "parallel", "schemas", "plots")
_BESIDE = ("README.md", "CHANGELOG.md", "croissant.json", "site_lines.parquet", _MANIFEST)


class Folders:
    """The folders of raw/, of which each is looked at once."""

    def __init__(self) -> None:
        self._releases: dict[Path, bool] = {}

    def describes(self, file: File) -> bool:
        """Tell whether a file describes a dataset that it stands in: it is to be passed over."""
        path, name = file.path, file.path.name
        if name in _DESCRIPTIONS and file.size <= _MOST_BYTES and _has_keys(path, _DESCRIPTIONS[name]):
            return True
        if _CACHE.fullmatch(name) and _exists(path.with_name("state.json")):
            return True
        if self._is_of_release(path):
            return True
        return name.lower() == "readme.md" and file.size <= _MOST_BYTES and _is_card(path)

    def _is_of_release(self, path: Path) -> bool:
        if path.name in _BESIDE:
            return self._is_release(path.parent)
        return path.parent.name in _TABLES and self._is_release(path.parent.parent)

    def _is_release(self, folder: Path) -> bool:
        if folder not in self._releases:
            manifest = folder / _MANIFEST
            self._releases[folder] = _exists(manifest) and _exists(folder / _READ) and _has_keys(manifest, _MANIFEST_KEYS, every=True)
        return self._releases[folder]


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False


def _has_keys(path: Path, keys: set[str], *, every: bool = False) -> bool:
    try:
        found = json.loads(read_bytes(path))
    except (OSError, ValueError, RecursionError):
        return False
    if not isinstance(found, dict) or "text" in found or "html" in found:
        return False
    if every:
        return keys <= found.keys()
    return any(isinstance(table, dict) and keys & table.keys() for table in (found, *found.values()))


def _is_card(path: Path) -> bool:
    """Tell whether a README has the front matter of a card, and stands beside data, or above folders of data."""
    try:
        text = read_bytes(path).decode("utf-8", "replace")
        front = _CARD.match(text)
        return bool(front and _KEYS.search(front[1])) and _holds_data(path.parent)
    except OSError:
        return False


def _holds_data(folder: Path) -> bool:
    inside = list(folder.iterdir())
    return _is_data(inside) or any(_is_data(below.iterdir()) for below in inside if below.is_dir())


def _is_data(files: Iterable[Path]) -> bool:
    return any(_DATA.fullmatch(file.name) for file in files)
