"""Where everything stands in a release."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["CARD", "CHANGELOG", "CONFIGS", "CROISSANT", "MANIFEST", "SCHEMAS", "SITE_LINES", "DataFile", "config_files", "configs"]

CARD = "README.md"
CHANGELOG = "CHANGELOG.md"
CROISSANT = "croissant.json"
MANIFEST = "manifest.json"
#: The folder of the schemas that the tables of a release keep to.
SCHEMAS = "schemas"
#: The lines that sites repeat, by which their pages were cleaned: for `saring clean --site-lines` and `explain`, not a config.
SITE_LINES = "site_lines.parquet"

#: The configs of a release, each a folder, and the table that its rows belong to. The first is the default.
CONFIGS = {"documents": "document", "all": "document", "edits": "edit", "overlaps": "overlap", "rejections": "rejection"}


class DataFile(NamedTuple):
    """One Parquet file of a release, as the manifest lists it.

    Attributes:
        path: relative to the release, `<config>/<split>-00000.parquet`.
        sha256: of its bytes.
        bytes: its size.
        rows: number of rows.
        memory: number of bytes of the rows in memory, nearly.
    """

    path: str
    sha256: str
    bytes: int
    rows: int
    memory: int

    @property
    def config(self) -> str:
        """The config that the file belongs to."""
        return self.path.split("/")[0]

    @property
    def split(self) -> str:
        """The split that the file belongs to."""
        return self.path.split("/")[1].rsplit("-", 1)[0]


def config_files(files: Iterable[DataFile]) -> dict[str, dict[str, list[DataFile]]]:
    """Return the files by config and split, leaving out splits and configs without rows.

    `datasets` cannot load a split without rows, so the card must not name one.
    """
    found: dict[str, dict[str, list[DataFile]]] = {}
    for config in CONFIGS:
        splits: dict[str, list[DataFile]] = {}
        for file in files:
            if file.config == config and file.rows:
                splits.setdefault(file.split, []).append(file)
        if splits:
            # The order of a card is that of the hub's menus: train first.
            found[config] = dict(sorted(splits.items(), key=lambda item: (item[0] != "train", item[0])))
    return found


def configs(files: Iterable[DataFile], *, version: str, build: str) -> list[dict[str, Any]]:
    """Return the `configs` of the card's front matter.

    `datasets` caches a local folder by its base name and what the card says of its configs, not by its files: with the same card it
    serves old rows for new files. `description` is a field that every builder has and ignores; with the hash of the build in it, other
    rows are another cache entry.
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
