"""Make an older version the latest again, without touching it.

The newer versions stay where they are; the next release takes the number after the newest of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from saring.core.errors import NoInputError
from saring.release import locate, staging, verify
from saring.release.lock import lock

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["rollback"]


def rollback(out: Path, dataset: str, version: str) -> Path:
    """Make a version the latest; returns its folder. A newer version than the latest undoes an earlier rollback.

    Args:
        out: the folder of all releases.
        dataset: its name.
        version: `v1.2.0` or `1.2.0`.

    Raises:
        LockedError: a release is being written.
        NoInputError: there is no such version.
        ReleaseError: it does not keep its promises, so that nobody should be led to it; nothing was changed.
    """
    home = out / dataset
    folder = locate.find_release(out, dataset, version)
    if folder.parent.resolve() != home.resolve():
        raise NoInputError(f"{version}: expected a version such as v1.0.0 in {home}, found a folder elsewhere. Name the version.")
    with lock(out, dataset, "release"):
        verify.verify(folder)
        staging.choose(home, folder.name.removeprefix("v"))
    return folder
