"""Lease lock for remote folders: an object created by a conditional put, which its holder renews while it runs.

A lock file on a disk is freed by the kernel when its process ends (`lock`); an object in a bucket is not. A holder killed on this machine
is recognised at once, because its process no longer exists; one on another machine when its lease was not renewed for `EXPIRE_SECONDS`, by
the clock of the store. If two processes take over the same dead lease at the same moment, both may believe that they hold it: the one
whose lease was overwritten notices when it renews, and since the manifest of a release is written by a conditional put, only one of
them can publish a version.
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

__all__ = ["EXPIRE_SECONDS", "RENEW_SECONDS", "hold_lease"]

#: Seconds between two renewals, and seconds without renewal after which a lease is free. Both are judgements; stores refuse clients whose
#: clock is 15 minutes off.
RENEW_SECONDS = 60.0
EXPIRE_SECONDS = 600.0

#: Contents of the leases that this process holds now. A lease of this process that is not among them could not be deleted, because the
#: store refused, and is free.
_own_leases: set[bytes] = set()


@contextlib.contextmanager
def hold_lease(file: Path, dataset: str) -> Iterator[None]:
    """Hold the lease of a dataset in a remote folder for the duration of a `with` block.

    Args:
        file: the remote object.
        dataset: the name of the dataset, for the error message.

    Raises:
        LockedError: another process holds the lease, or took it over while this process could not renew it.
    """
    own_lease = json.dumps({"process": os.getpid(), "host": platform.node(), "token": secrets.token_hex(8)}).encode()
    if not create_remote(file, own_lease):
        holder = _read(file)
        if holder is not None and not _has_ended(file, holder):
            msg = f"{file}: {_holder_text(holder)} is writing the dataset {dataset!r}. Wait until it is done, or end it, and try again."
            raise LockedError(msg)
        if holder is not None and _read(file) == holder:
            file.unlink(missing_ok=True)
        if not create_remote(file, own_lease):
            raise LockedError(
                f"{file}: another process has just begun to write the dataset {dataset!r}. Wait until it is done, and try again."
            )
    _own_leases.add(own_lease)
    done, lost = threading.Event(), threading.Event()
    renewing = threading.Thread(target=_renew, args=(file, own_lease, done, lost), daemon=True)
    renewing.start()
    try:
        yield
    finally:
        done.set()
        renewing.join()
        _own_leases.discard(own_lease)
        with contextlib.suppress(Exception):  # an error raised in the block matters more; an undeleted lease counts as free
            if not lost.is_set() and _read(file) == own_lease:
                file.unlink(missing_ok=True)
    if lost.is_set():
        raise LockedError(
            f"{file}: expected to hold this lock until the end, but another process took it over. Check which release is right, and build again."
        )


def _renew(file: Path, own_lease: bytes, done: threading.Event, lost: threading.Event) -> None:
    """Renew a lease until `done` is set; set `lost` if another process has overwritten it. Runs in a thread."""
    while not done.wait(RENEW_SECONDS):
        with contextlib.suppress(Exception):  # the store may be unreachable for a moment: a lease outlasts several missed renewals
            if _read(file) == own_lease:
                file.write_bytes(own_lease)
            else:
                lost.set()
                return


def _read(file: Path) -> bytes | None:
    """Return the content of a lease; None if there is none."""
    try:
        return read_bytes(file)
    except FileNotFoundError:
        return None


def _has_ended(file: Path, holder: bytes) -> bool:
    """Tell whether the holder of a lease has ended: its process on this machine is gone, or its lease has expired."""
    fields = _parse(holder)
    if fields.get("host") == platform.node() and fields.get("process") == os.getpid():
        return holder not in _own_leases
    if fields.get("host") == platform.node() and isinstance(process := fields.get("process"), int):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        except PermissionError:  # it runs, as another user
            return False
        return False
    remote: Any = file
    try:
        renewed: dt.datetime = remote.fs.modified(remote.path)
    except FileNotFoundError:
        return True
    return (dt.datetime.now(dt.UTC) - renewed).total_seconds() > EXPIRE_SECONDS


def _holder_text(holder: bytes) -> str:
    """Return the holder of a lease in words: `process N on HOST`."""
    fields = _parse(holder)
    return f"process {fields['process']} on {fields['host']}" if {"process", "host"} <= fields.keys() else "another process"


def _parse(holder: bytes) -> dict[str, Any]:
    """Return the fields of a lease (process, host, token); empty if it is not a JSON object."""
    try:
        fields = json.loads(holder)
    except ValueError:
        return {}
    return fields if isinstance(fields, dict) else {}
