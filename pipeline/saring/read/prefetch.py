"""Small files elsewhere, fetched while those before them are read.

A store answers each request after some tens of milliseconds: one after the other, files of one page come slower than one core reads them.
"""

from __future__ import annotations

import collections
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from saring.read.list_files import SIDECAR, File
from saring.storage.paths import is_local
from saring.storage.paths import read_bytes as content_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Future

    from saring.read.scrape import Rejection

__all__ = ["prefetch_files"]

#: Larger files are streamed.
_SMALL = 1_000_000
#: Files under way at a time: so much memory, in megabytes, at most.
_AHEAD = 32


def prefetch_files(entries: Iterable[File | Rejection]) -> Iterator[tuple[File | Rejection, bytes | None]]:
    """Yield what `list_files.list_files` found, in its order, each with its bytes if they have been fetched; files of this disk never are.

    A file that is not there any more, or that must not be read, comes without them: who opens it learns why.
    """
    with ThreadPoolExecutor(_AHEAD) as pool:
        waiting: collections.deque[tuple[File | Rejection, Future[bytes] | None]] = collections.deque()
        for entry in entries:
            waiting.append((entry, pool.submit(content_of, entry.path) if isinstance(entry, File) and _wanted(entry) else None))
            if waiting[0][1] is None or len(waiting) > _AHEAD:
                yield _with_bytes(*waiting.popleft())
        while waiting:
            yield _with_bytes(*waiting.popleft())


def _wanted(file: File) -> bool:
    return not is_local(file.path) and file.size <= _SMALL and not file.source.endswith(SIDECAR)


def _with_bytes(entry: File | Rejection, content: Future[bytes] | None) -> tuple[File | Rejection, bytes | None]:
    try:
        return entry, content.result() if content else None
    except (FileNotFoundError, PermissionError):
        return entry, None
