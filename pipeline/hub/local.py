"""What is to be published, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pipeline.errors import ReleaseError
from pipeline.release import manifest
from pipeline.release.layout import MANIFEST
from pipeline.workspace import digest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Local", "Published", "listed", "order", "read"]


class Local(NamedTuple):
    """A release on this disk.

    Attributes:
        folder: where it stands.
        dataset: its name.
        version: such as `1.2.0`.
        seal: the hash of its manifest.
        files: the SHA-256 of every file by its path, the manifest's too.
    """

    folder: Path
    dataset: str
    version: str
    seal: str
    files: dict[str, str]


class Published(NamedTuple):
    """What publishing did, or with `dry_run` would do.

    Attributes:
        to: where.
        version: such as `1.2.0`.
        changed: whether anything was written; else the release was there already.
        written: the files that were.
        bytes: their size.
        revision: on a hub the commit that holds the release.
    """

    to: str
    version: str
    changed: bool
    written: tuple[str, ...]
    bytes: int
    revision: str | None = None


def read(folder: Path) -> Local:
    """Return a release, after its bytes were compared with its manifest.

    Raises:
        ReleaseError: it is not what its manifest says.
    """
    found = manifest.load(folder)
    files = listed(found)
    for path, expected in files.items():
        file = folder / path
        if not file.is_file() or digest(file) != expected:
            there = "other bytes" if file.is_file() else "nothing"
            raise ReleaseError(
                f"{file}: expected the file that {MANIFEST} lists, found {there}. Run `saring verify`; nothing was published."
            )
    return Local(folder, found["dataset"], found["version"], found["seal"], files | {MANIFEST: digest(folder / MANIFEST)})


def listed(found: Mapping[str, Any]) -> dict[str, str]:
    """Return the SHA-256 of every file that a manifest lists, by path."""
    return {file["path"]: file["sha256"] for file in found["files"]}


def order(version: str) -> tuple[int, ...]:
    """Return what versions are sorted by."""
    return tuple(map(int, version.split(".")))
