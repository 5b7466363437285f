"""Lock file per dataset, so that two processes never write its releases at the same time."""

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
    """Hold the exclusive lock of a dataset for the duration of a `with` block, and yield the lock file.

    On a disk it is a `flock`, which the kernel frees when the process ends, so no lock outlives a crash; in a bucket it is a `lease`. Not
    reentrant. `release.write_release` and a purge take the lock `release` themselves; a caller that protects more, such as a build with
    its workspace, takes the lock `build`.

    Args:
        out: the folder of all releases, `processed`.
        dataset: the name of the dataset.
        work: the name of the lock: `build` or `release`.

    Raises:
        LockedError: another process holds the lock; the message names it.
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
