"""pipeline/saring/release/lease.py: one holder at a time, and none that outlives a crash for long."""

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
    """Return the folder of releases on each kind of store."""
    if request.param == "s3":
        request.getfixturevalue("s3")
    return path_of(f"{request.param}://bucket/{tmp_path.name}")


def held_by(host: str, process: int) -> bytes:
    """Return a lease as another process writes it."""
    return json.dumps({"process": process, "host": host, "token": "0"}).encode()


def gone() -> int:
    """Return the number of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    return process.pid


def test_one_holds_it(out: Path) -> None:
    """Who comes second is told who holds it; afterwards it is free."""
    for _ in range(2):
        with lock(out, "warung") as file:
            assert file.exists()
            with (
                pytest.raises(LockedError, match=rf"process {os.getpid()} on \S+ is writing the dataset 'warung'. Wait"),
                lock(out, "warung"),
            ):
                pass
            with lock(out, "warung", "release"), lock(out, "kopi"):  # others are not concerned
                pass
        assert not file.exists()


def test_a_killed_holder_is_seen_at_once(out: Path) -> None:
    """On this machine nobody waits for what has ended."""
    (out / "warung" / ".build.lock").write_bytes(held_by(socket.gethostname(), gone()))

    with lock(out, "warung") as file:
        assert json.loads(file.read_bytes())["process"] == os.getpid()


def test_a_living_holder_is_left_alone(out: Path) -> None:
    """Another process of this machine, and one of another that renewed its lease just now."""
    for content in (held_by(socket.gethostname(), os.getppid()), held_by("elsewhere", gone()), b"no JSON", b"[]"):
        (out / "warung" / ".build.lock").write_bytes(content)
        with pytest.raises(LockedError), lock(out, "warung"):
            pass
        assert (out / "warung" / ".build.lock").read_bytes() == content


def test_a_lease_that_nobody_renews_ends(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What another machine left is taken over after a while."""
    (out / "warung" / ".build.lock").write_bytes(held_by("elsewhere", 1))
    monkeypatch.setattr(lease, "EXPIRES", -1.0)

    with lock(out, "warung") as file:
        assert json.loads(file.read_bytes())["process"] == os.getpid()


def test_a_holder_renews(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as it works, its lease grows no older."""
    monkeypatch.setattr(lease, "RENEWED", 0.05)
    with lock(out, "warung") as file:
        first = file.fs.modified(file.path)  # type: ignore[attr-defined]  # a path elsewhere has its file system
        for _ in range(200):
            if file.fs.modified(file.path) > first:  # type: ignore[attr-defined]  # see above
                return
            time.sleep(0.05)
    pytest.fail("the lease was not renewed")


def test_a_lost_lease_is_told(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever took it keeps it, and the one that lost it does not end as if nothing had been."""
    monkeypatch.setattr(lease, "RENEWED", 0.05)
    other = held_by("elsewhere", 1)

    with pytest.raises(LockedError, match="another process took it"), lock(out, "warung") as file:  # noqa: PT012 - the end raises
        file.write_bytes(other)
        time.sleep(0.5)

    assert file.read_bytes() == other
