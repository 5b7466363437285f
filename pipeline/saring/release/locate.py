"""Find the folder of a release by version, path or URL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saring.core.errors import NoInputError
from saring.release import staging
from saring.storage.paths import path_of

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["find_release", "is_pinned_latest"]


def find_release(out: Path, dataset: str, wanted: str | None = None) -> Path:
    """Return the folder of a release of a dataset, by default the latest.

    Args:
        out: the folder of all releases.
        dataset: the name of the dataset.
        wanted: `v1.2.0`, `1.2.0`, a folder or its URL; default: the latest version, which is the newest unless `rollback` pinned another.

    Raises:
        NoInputError: there is no such release; the message names the newest versions that exist.
    """
    if wanted is not None and (folder := path_of(wanted)).is_dir():
        return folder
    home = out / dataset
    versions = staging.list_versions(home)
    version = wanted.removeprefix("v") if wanted else staging.latest_version(home)
    if version not in versions:
        existing = ", ".join(f"v{each}" for each in versions[-5:]) or "no release"
        hint = "Name one of these" if versions else "Run `saring build` first"
        raise NoInputError(f"{home}: expected {wanted or 'a release'}, found {existing}. {hint}, or name another folder with --out.")
    return home / f"v{version}"


def is_pinned_latest(release: Path) -> bool:
    """Tell whether a release was made the latest version by `rollback`."""
    return staging.pinned_version(release.resolve().parent) == release.resolve().name.removeprefix("v")
