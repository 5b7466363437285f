"""The lock of a dataset on a disk has one holder at a time (in a bucket: test_lease.py)."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from saring.core.errors import LockedError
from saring.release.lock import lock

if TYPE_CHECKING:
    from pathlib import Path


def test_a_lock_has_one_holder(tmp_path: Path) -> None:
    """Whoever comes second gets an error that names the holder and what to do; afterwards the lock is free."""
    for _ in range(2):
        with lock(tmp_path, "warung") as file:
            assert file == tmp_path / "warung" / ".build.lock"
            with (
                pytest.raises(LockedError, match=rf"process {os.getpid()} on \S+ is writing the dataset 'warung'\. Wait"),
                lock(tmp_path, "warung"),
            ):
                pass


def test_locks_are_independent(tmp_path: Path) -> None:
    """A release of the same dataset, and a build of another, do not wait for a build."""
    with lock(tmp_path, "warung"), lock(tmp_path, "warung", "release") as file, lock(tmp_path, "kopi"):
        assert file.name == ".release.lock"


def test_an_error_frees_the_lock(tmp_path: Path) -> None:
    """A failure while the lock is held frees it, and the file names nobody any more."""
    with pytest.raises(RuntimeError), lock(tmp_path, "warung") as file:  # noqa: PT012 - it is the block that fails
        assert file.read_text(encoding="utf-8").startswith(f"process {os.getpid()} on ")
        raise RuntimeError

    assert file.read_text(encoding="utf-8") == ""
    with lock(tmp_path, "warung"):
        pass


def test_a_leftover_lock_file_locks_nothing(tmp_path: Path) -> None:
    """A file that a crashed build left behind names a process, but the kernel has freed its lock."""
    (tmp_path / "warung").mkdir()
    (tmp_path / "warung" / ".build.lock").write_text("process 1 on elsewhere, with a long name that is overwritten\n", encoding="utf-8")

    with lock(tmp_path, "warung") as file:
        assert "elsewhere" not in file.read_text(encoding="utf-8")
