"""Folder layout of a release: names of its files and configs, and which Parquet files belong to which config and split."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["CARD", "CHANGELOG", "CONFIGS", "CROISSANT", "MANIFEST", "SCHEMAS", "SITE_LINES", "DataFile", "card_configs", "config_files"]

CARD = "README.md"
CHANGELOG = "CHANGELOG.md"
CROISSANT = "croissant.json"
MANIFEST = "manifest.json"
#: The folder of the JSON Schemas of the tables.
SCHEMAS = "schemas"
#: The table of lines that sites repeat across pages, by which their pages were cleaned. For `saring clean --site-lines` and `explain`;
#: not a config.
SITE_LINES = "site_lines.parquet"

#: The configs of a release, each a folder, with the table whose schema their rows have. The first is the default.
CONFIGS = {"documents": "document", "all": "document", "edits": "edit", "overlaps": "overlap", "rejections": "rejection"}


class DataFile(NamedTuple):
    """A Parquet file of a release, as an entry of the manifest.

    Attributes:
        path: relative to the release, `<config>/<split>-00000.parquet`.
        sha256: of its bytes, in hexadecimal.
        bytes: its size.
        rows: number of rows.
        memory: estimated number of bytes of the rows in memory.
    """

    path: str
    sha256: str
    bytes: int
    rows: int
    memory: int

    @property
    def config(self) -> str:
        """Config of the file, such as `documents`: the folder in its path."""
        return self.path.split("/")[0]

    @property
    def split(self) -> str:
        """Split of the file, such as `train`: the start of its file name."""
        return self.path.split("/")[1].rsplit("-", 1)[0]


def config_files(files: Iterable[DataFile]) -> dict[str, dict[str, list[DataFile]]]:
    """Group Parquet files by config and split, omitting splits and configs without rows.

    `datasets` cannot load a split without rows, so the card must not name one.
    """
    grouped: dict[str, dict[str, list[DataFile]]] = {}
    for config in CONFIGS:
        splits: dict[str, list[DataFile]] = {}
        for file in files:
            if file.config == config and file.rows:
                splits.setdefault(file.split, []).append(file)
        if splits:
            # `train` first: the order in the card is the order of the hub's menus.
            grouped[config] = dict(sorted(splits.items(), key=lambda item: (item[0] != "train", item[0])))
    return grouped


def card_configs(files: Iterable[DataFile], *, version: str, build: str) -> list[dict[str, Any]]:
    """Return the `configs` entry of the card's front matter, with the build hash in each description.

    `datasets` caches a local folder by its base name and the configs in its card, not by its files: with the same card it serves old rows
    for new files. `description` is a field that every builder has and ignores; the build hash in it gives other rows another cache entry.
    """
    first = next(iter(CONFIGS))
    return [
        {
            "config_name": config,
            **({"default": True} if config == first else {}),
            "version": version,
            "description": f"build {build}",
            "data_files": [{"split": split, "path": [file.path for file in parts]} for split, parts in splits.items()],
        }
        for config, splits in config_files(files).items()
    ]
