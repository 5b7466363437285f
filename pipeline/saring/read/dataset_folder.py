"""Recognise files about a dataset that was copied into raw/, such as its card or its manifest, so that they are skipped.

Recognised are:

Hugging Face datasets, from a hub or of `Dataset.save_to_disk`    the card, dataset_info.json, state.json, caches of `map`
releases of saring                                                everything but `documents/`, the default config: the other tables
                                                                  are not pages, or hold the same ones again
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

__all__ = ["DatasetFolders"]

#: Name of a JSON file that describes a dataset -> keys of which it has one, at the top or one level below.
_DESCRIPTION_KEYS = {
    "dataset_dict.json": {"splits"},
    "dataset_info.json": {"features", "splits"},
    "dataset_infos.json": {"features", "splits"},
    "state.json": {"_data_files"},
}
_CACHE = re.compile(r"cache-[0-9a-f]{16}(?:_\d+_of_\d+)?\.arrow")
#: Front matter of a dataset card: YAML between two lines of dashes, with one of the keys that hubs read.
_FRONT_MATTER = re.compile(r"\A\ufeff?---\s*\n(.*?\n)---\s*(?:\n|\Z)", re.DOTALL)
_CARD_KEYS = re.compile(
    r"^(?:annotations_creators|configs|dataset_info|language|language_creators|license|multilinguality|pretty_name|size_categories|"
    r"source_datasets|task_categories|task_ids|viewer)\s*:",
    re.MULTILINE,
)
_DATA_FILE = re.compile(r".*\.(?:arrow|csv|json|jsonl|ndjson|parquet|tar|tgz|tsv|zip)(?:\.gz|\.zst)?", re.IGNORECASE)
#: Larger files hold data. A judgement.
_MAX_BYTES = 16_000_000

#: A release of saring: its manifest and some keys of that, the folder of documents, and the folders and files that are skipped.
_MANIFEST, _MANIFEST_KEYS = "manifest.json", {"dataset", "version", "files", "rules", "schemas"}
_DOCUMENTS = "documents"
_SKIPPED_FOLDERS = ("all", "edits", "overlaps", "rejections", "parallel", "schemas", "plots")
_SKIPPED_FILES = ("README.md", "CHANGELOG.md", "croissant.json", "site_lines.parquet", _MANIFEST)


class DatasetFolders:
    """Recognises files about a dataset that was copied into raw/, such as its card or its manifest; they hold no scrapes and are skipped.

    Whether a folder is a release of saring is determined once and remembered.
    """

    def __init__(self) -> None:
        self._is_release_by_folder: dict[Path, bool] = {}

    def is_description(self, file: File) -> bool:
        """Tell whether a file only describes a dataset (a card, dataset_info.json, a manifest) or is a table of a release but not its documents."""
        path, name = file.path, file.path.name
        if name in _DESCRIPTION_KEYS and file.size <= _MAX_BYTES and _has_keys(path, _DESCRIPTION_KEYS[name]):
            return True
        if _CACHE.fullmatch(name) and _exists(path.with_name("state.json")):
            return True
        if self._is_skipped_in_release(path):
            return True
        return name.lower() == "readme.md" and file.size <= _MAX_BYTES and _is_card(path)

    def _is_skipped_in_release(self, path: Path) -> bool:
        """Tell whether a file is part of a release of saring, but not its documents: its manifest, its ledger of edits, and so on."""
        if path.name in _SKIPPED_FILES:
            return self._is_release(path.parent)
        return path.parent.name in _SKIPPED_FOLDERS and self._is_release(path.parent.parent)

    def _is_release(self, folder: Path) -> bool:
        """Tell whether a folder is a release of saring, by its manifest and its documents."""
        if folder not in self._is_release_by_folder:
            manifest = folder / _MANIFEST
            is_release = _exists(manifest) and _exists(folder / _DOCUMENTS) and _has_keys(manifest, _MANIFEST_KEYS, every=True)
            self._is_release_by_folder[folder] = is_release
        return self._is_release_by_folder[folder]


def _exists(path: Path) -> bool:
    """Tell whether a path exists; False where that cannot be found out."""
    try:
        return path.exists()
    except OSError:
        return False


def _has_keys(path: Path, keys: set[str], *, every: bool = False) -> bool:
    """Tell whether a JSON file is an object with certain keys and without the keys `text` and `html` of a record to be read.

    Args:
        path: the file.
        keys: the keys to look for.
        every: whether the object needs all of the keys; if not, one of them in the object, or in an object that is one of its values, is enough.
    """
    try:
        content = json.loads(read_bytes(path))
    except (OSError, ValueError, RecursionError):
        return False
    if not isinstance(content, dict) or "text" in content or "html" in content:
        return False
    if every:
        return keys <= content.keys()
    return any(isinstance(table, dict) and keys & table.keys() for table in (content, *content.values()))


def _is_card(path: Path) -> bool:
    """Tell whether a README is a dataset card: it has a card's front matter, and data files are beside it or one folder below."""
    try:
        text = read_bytes(path).decode("utf-8", "replace")
        front_matter = _FRONT_MATTER.match(text)
        return bool(front_matter and _CARD_KEYS.search(front_matter[1])) and _has_data_files(path.parent)
    except OSError:
        return False


def _has_data_files(folder: Path) -> bool:
    """Tell whether a folder, or a folder directly in it, contains files in a format of datasets."""
    entries = list(folder.iterdir())
    return _any_data_file(entries) or any(_any_data_file(entry.iterdir()) for entry in entries if entry.is_dir())


def _any_data_file(files: Iterable[Path]) -> bool:
    """Tell whether one of these paths has the suffix of a dataset format."""
    return any(_DATA_FILE.fullmatch(file.name) for file in files)
