"""Where a release is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saring.core.errors import NoInputError
from saring.release import staging
from saring.storage.paths import path_of

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["find_release", "is_pinned_latest"]


def find_release(out: Path, dataset: str, wanted: str | None = None) -> Path:
    """Return the folder of a release.

    Args:
        out: the folder of all releases.
        dataset: its name.
        wanted: `v1.2.0`, `1.2.0`, a folder or its URL; default: the latest, which is the newest unless `rollback` made it another one.

    Raises:
        NoInputError: there is none; the message says which there are.
    """
    if wanted is not None and (folder := path_of(wanted)).is_dir():
        return folder
    home = out / dataset
    versions = staging.versions(home)
    chosen = wanted.removeprefix("v") if wanted else staging.latest(home)
    if chosen not in versions:
        there = ", ".join(f"v{found}" for found in versions[-5:]) or "no release"
        hint = "Name one of these" if versions else "Run `saring build` first"
        raise NoInputError(f"{home}: expected {wanted or 'a release'}, found {there}. {hint}, or name another folder with --out.")
    return home / f"v{chosen}"


def is_pinned_latest(release: Path) -> bool:
    """Tell whether a person made this release the latest, by `rollback`."""
    return staging.chosen(release.resolve().parent) == release.resolve().name.removeprefix("v")
