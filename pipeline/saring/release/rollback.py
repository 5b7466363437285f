"""Roll back a dataset: make an older version the latest again, without changing any release.

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
    """Make a version of a dataset the latest, and return its folder. Naming a newer version undoes an earlier rollback.

    Args:
        out: the folder of all releases.
        dataset: the name of the dataset.
        version: `v1.2.0` or `1.2.0`.

    Raises:
        LockedError: a release is being written.
        NoInputError: there is no such version.
        ReleaseError: the version fails verification; nothing was changed.
    """
    home = out / dataset
    folder = locate.find_release(out, dataset, version)
    if folder.parent.resolve() != home.resolve():
        raise NoInputError(f"{version}: expected a version such as v1.0.0 in {home}, found a folder elsewhere. Name the version.")
    with lock(out, dataset, "release"):
        verify.verify(folder)
        staging.pin_version(home, folder.name.removeprefix("v"))
    return folder
