"""Purge old releases: delete those that still contain documents that were taken down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saring import release
from saring.core.errors import ReleaseError
from saring.release import staging
from saring.tools.takedown.reach import affected_versions

if TYPE_CHECKING:
    from pathlib import Path

    from saring.config import Config

__all__ = ["purge"]


def purge(out: Path, config: Config, *, dry_run: bool = False) -> list[str]:
    """Delete the releases that contain documents named in takedowns.toml; return their versions, oldest first.

    Each release is deleted atomically. Copies published elsewhere are not affected.

    Args:
        out: the folder of all releases.
        config: the configuration, with its takedowns.
        dry_run: return the versions without deleting anything.

    Raises:
        ReleaseError: the newest release contains a document that was taken down; nothing was deleted.
        LockedError: another process is building this dataset.
    """
    home = out / config.dataset.name
    affected = affected_versions(home, config.takedowns)
    if affected and affected[-1] == staging.list_versions(home)[-1]:
        raise ReleaseError(
            f"{home}: v{affected[-1]}, the newest release, contains documents that were taken down. Run `saring build` first, to make one without."
        )
    if dry_run or not affected:
        return affected
    with release.lock(out, config.dataset.name):
        for version in affected:
            staging.delete_release(home, version)
    return affected
