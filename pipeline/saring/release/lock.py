"""A lock for each dataset, so that two builds of it never write at once."""

from __future__ import annotations

import contextlib
import fcntl
import os
import platform
from typing import TYPE_CHECKING

from saring.core.errors import LockedError
from saring.release import lease
from saring.storage.paths import is_local, make_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["lock"]


@contextlib.contextmanager
def lock(out: Path, dataset: str, work: str = "build") -> Iterator[Path]:
    """Hold the lock of a dataset.

    The kernel frees it when the process ends, however it ends: no lock outlives a crash. Elsewhere than on a disk it is a lease. Not reentrant. Whatever changes releases
    (`release.write_release`, a purge) takes the lock `release` by itself; a caller that guards more than that, such as a build with its
    workspace, takes `build`.

    Args:
        out: the folder of all releases, `processed`.
        dataset: its name.
        work: what is locked.

    Raises:
        LockedError: somebody holds it; the message says who.
    """
    home = out / dataset
    make_folder(home)
    file = home / f".{work}.lock"
    if not is_local(file):
        with lease.hold_lease(file, dataset):
            yield file
        return
    with file.open("a+", encoding="utf-8") as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            opened.seek(0)
            holder = opened.read().strip() or "another process"
            msg = f"{file}: {holder} is writing the dataset {dataset!r}. Wait until it is done, or end it, and try again."
            raise LockedError(msg) from error
        opened.truncate(0)
        opened.write(f"process {os.getpid()} on {platform.node()}\n")
        opened.flush()
        try:
            yield file
        finally:
            opened.truncate(0)
