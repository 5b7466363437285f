"""Old releases that still hold what was taken down, deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saring import release
from saring.core.errors import ReleaseError
from saring.release import staging
from saring.tools.takedown.reach import versions_holding

if TYPE_CHECKING:
    from pathlib import Path

    from saring.config import Config

__all__ = ["purge"]


def purge(out: Path, config: Config, *, dry_run: bool = False) -> list[str]:
    """Delete the releases that hold something that takedowns.toml names; return their versions, oldest first.

    Each disappears at once. What was published elsewhere is not touched.

    Raises:
        ReleaseError: the newest release holds something of it; nothing was deleted.
        LockedError: another process builds this dataset.
    """
    home = out / config.dataset.name
    found = versions_holding(home, config.takedowns)
    if found and found[-1] == staging.versions(home)[-1]:
        raise ReleaseError(
            f"{home}: v{found[-1]}, the newest release, holds what was taken down; expected a newer one without it. Run `saring build` first."
        )
    if dry_run or not found:
        return found
    with release.lock(out, config.dataset.name):
        for version in found:
            staging.delete_release(home, version)
    return found
