"""Prefetch small remote files in threads while the files before them are read.

An object store answers each request after some tens of milliseconds: fetched one after the other, files of one page arrive more slowly than
one core reads them.
"""

from __future__ import annotations

import collections
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from saring.read.list_files import SIDECAR, File
from saring.storage.paths import is_local, read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Future

    from saring.read.scrape import Rejection

__all__ = ["prefetch_files"]

#: Files of more bytes than this are not prefetched but streamed. A judgement.
_MAX_BYTES = 1_000_000
#: The most files that are fetched or wait at a time, which bounds the memory to as many megabytes. A judgement.
_MAX_AHEAD = 32


def prefetch_files(entries: Iterable[File | Rejection]) -> Iterator[tuple[File | Rejection, bytes | None]]:
    """Yield the entries of `list_files.list_files` in their order, each with its bytes if it is a small remote file, else with None.

    A file that was removed since, or that cannot be read, comes with None too: opening it later gives the reason for its rejection.
    """
    with ThreadPoolExecutor(_MAX_AHEAD) as pool:
        pending: collections.deque[tuple[File | Rejection, Future[bytes] | None]] = collections.deque()
        for entry in entries:
            fetch = pool.submit(read_bytes, entry.path) if isinstance(entry, File) and _is_prefetched(entry) else None
            pending.append((entry, fetch))
            if pending[0][1] is None or len(pending) > _MAX_AHEAD:
                yield _with_bytes(*pending.popleft())
        while pending:
            yield _with_bytes(*pending.popleft())


def _is_prefetched(file: File) -> bool:
    """Tell whether a file is remote, small and not a sidecar."""
    return not is_local(file.path) and file.size <= _MAX_BYTES and not file.source.endswith(SIDECAR)


def _with_bytes(entry: File | Rejection, fetch: Future[bytes] | None) -> tuple[File | Rejection, bytes | None]:
    """Wait for the bytes of an entry; None where it is not fetched, was removed, or cannot be read."""
    try:
        return entry, fetch.result() if fetch else None
    except (FileNotFoundError, PermissionError):
        return entry, None
