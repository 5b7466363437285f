"""Lease lock in a remote folder: one holder at a time, and leases of crashed holders become free."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from saring.core.errors import LockedError
from saring.release import lease, lock
from saring.storage.paths import path_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(params=["memory", "s3"])
def out(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return a folder of releases in memory and in S3."""
    if request.param == "s3":
        request.getfixturevalue("s3")
    return path_of(f"{request.param}://bucket/{tmp_path.name}")


def lease_of(host: str, process: int) -> bytes:
    """Return the content of a lease held by another process."""
    return json.dumps({"process": process, "host": host, "token": "0"}).encode()


def ended_process() -> int:
    """Return the id of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    return process.pid


def test_a_lease_has_one_holder(out: Path) -> None:
    """A second process gets an error that names the holder; afterwards the lease is free. Other locks are independent."""
    for _ in range(2):
        with lock(out, "warung") as file:
            assert file.exists()
            with (
                pytest.raises(LockedError, match=rf"process {os.getpid()} on \S+ is writing the dataset 'warung'. Wait"),
                lock(out, "warung"),
            ):
                pass
            with lock(out, "warung", "release"), lock(out, "kopi"):
                pass
        assert not file.exists()


def test_the_lease_of_an_ended_process_is_free_at_once(out: Path) -> None:
    """A lease whose process on this machine has ended is taken over without waiting."""
    (out / "warung" / ".build.lock").write_bytes(lease_of(socket.gethostname(), ended_process()))

    with lock(out, "warung") as file:
        assert json.loads(file.read_bytes())["process"] == os.getpid()


def test_the_lease_of_a_living_process_is_respected(out: Path) -> None:
    """A lease of a living process on this machine, a fresh one of another machine, or an unreadable fresh one is not taken over."""
    for content in (lease_of(socket.gethostname(), os.getppid()), lease_of("elsewhere", ended_process()), b"no JSON", b"[]"):
        (out / "warung" / ".build.lock").write_bytes(content)
        with pytest.raises(LockedError), lock(out, "warung"):
            pass
        assert (out / "warung" / ".build.lock").read_bytes() == content


def test_an_expired_lease_is_taken_over(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lease of another machine that was not renewed for `EXPIRE_SECONDS` is taken over."""
    (out / "warung" / ".build.lock").write_bytes(lease_of("elsewhere", 1))
    monkeypatch.setattr(lease, "EXPIRE_SECONDS", -1.0)

    with lock(out, "warung") as file:
        assert json.loads(file.read_bytes())["process"] == os.getpid()


def test_a_lease_is_renewed(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While its holder runs, a lease is rewritten, so that it does not expire."""
    monkeypatch.setattr(lease, "RENEW_SECONDS", 0.05)
    with lock(out, "warung") as file:
        first = file.fs.modified(file.path)  # type: ignore[attr-defined]  # a path elsewhere has its file system
        for _ in range(200):
            if file.fs.modified(file.path) > first:  # type: ignore[attr-defined]  # see above
                return
            time.sleep(0.05)
    pytest.fail("the lease was not renewed")


def test_a_lost_lease_is_an_error(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If another process takes over a lease, the new lease stays, and the previous holder ends with an error."""
    monkeypatch.setattr(lease, "RENEW_SECONDS", 0.05)
    foreign_lease = lease_of("elsewhere", 1)

    with pytest.raises(LockedError, match="another process took it"), lock(out, "warung") as file:  # noqa: PT012 - the end raises
        file.write_bytes(foreign_lease)
        time.sleep(0.5)

    assert file.read_bytes() == foreign_lease
