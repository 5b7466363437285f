"""A lock where there is no kernel to free it: an object that only one can put, and that its holder renews for as long as it lives.

A holder that was killed on this machine is seen to be gone at once; one on another machine when its lease has not been renewed for
`EXPIRES` seconds, by the clock of the store. Between two who take over the same dead lease at the same moment both may believe to hold it;
the one that lost finds out when it renews, and a release is put by a conditional put of its own: the last to come is refused.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import platform
import secrets
import threading
from typing import TYPE_CHECKING, Any

from saring.core.errors import LockedError
from saring.storage.paths import create_remote, read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["EXPIRES", "RENEWED", "hold_lease"]

#: Seconds between two renewals, and seconds without one after which a lease is free. Stores refuse clients whose clock is 15 minutes off.
RENEWED = 60.0
EXPIRES = 600.0

#: What this process holds now: a lease that it could not give back, because the store refused, is nobody's.
_held: set[bytes] = set()


@contextlib.contextmanager
def hold_lease(file: Path, dataset: str) -> Iterator[None]:
    """Hold a lease.

    Args:
        file: the object, elsewhere.
        dataset: for the message.

    Raises:
        LockedError: somebody holds it, or took it while this process could not renew it.
    """
    mine = json.dumps({"process": os.getpid(), "host": platform.node(), "token": secrets.token_hex(8)}).encode()
    if not create_remote(file, mine):
        holder = _read(file)
        if holder is not None and not _gone(file, holder):
            msg = f"{file}: {_named(holder)} is writing the dataset {dataset!r}. Wait until it is done, or end it, and try again."
            raise LockedError(msg)
        if holder is not None and _read(file) == holder:
            file.unlink(missing_ok=True)
        if not create_remote(file, mine):
            raise LockedError(
                f"{file}: another process began to write the dataset {dataset!r} just now. Wait until it is done, and try again."
            )
    _held.add(mine)
    done, lost = threading.Event(), threading.Event()
    renewing = threading.Thread(target=_renew, args=(file, mine, done, lost), daemon=True)
    renewing.start()
    try:
        yield
    finally:
        done.set()
        renewing.join()
        _held.discard(mine)
        with contextlib.suppress(Exception):  # what went wrong before is worth more to be told; the lease is known to be nobody's
            if not lost.is_set() and _read(file) == mine:
                file.unlink(missing_ok=True)
    if lost.is_set():
        raise LockedError(
            f"{file}: expected to hold it to the end, found that another process took it. See which release is right, and build again."
        )


def _renew(file: Path, mine: bytes, done: threading.Event, lost: threading.Event) -> None:
    while not done.wait(RENEWED):
        with contextlib.suppress(Exception):  # a store out of reach for a moment: the lease outlasts several renewals
            if _read(file) == mine:
                file.write_bytes(mine)
            else:
                lost.set()
                return


def _read(file: Path) -> bytes | None:
    try:
        return read_bytes(file)
    except FileNotFoundError:
        return None


def _gone(file: Path, holder: bytes) -> bool:
    """Tell whether the holder of a lease has ended."""
    said = _said(holder)
    if said.get("host") == platform.node() and said.get("process") == os.getpid():
        return holder not in _held
    if said.get("host") == platform.node() and isinstance(process := said.get("process"), int):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        except PermissionError:  # it runs, as another user
            return False
        return False
    there: Any = file
    try:
        renewed: dt.datetime = there.fs.modified(there.path)
    except FileNotFoundError:
        return True
    return (dt.datetime.now(dt.UTC) - renewed).total_seconds() > EXPIRES


def _named(holder: bytes) -> str:
    said = _said(holder)
    return f"process {said['process']} on {said['host']}" if {"process", "host"} <= said.keys() else "another process"


def _said(holder: bytes) -> dict[str, Any]:
    try:
        found = json.loads(holder)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
