"""A release is whole or absent: it is built beside its place and renamed into it.

A crash leaves at most a folder whose name starts with a point, which the next build removes, and perhaps a `latest` that names the
version before, which the next build mends. Everything is synced before the rename, so that a lost power supply counts as a crash.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from typing import TYPE_CHECKING

from pipeline.errors import ReleaseError
from pipeline.release.layout import MANIFEST

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["newest", "place", "staged", "sweep", "versions"]

_LATEST = "latest"
_VERSION = re.compile(r"v(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)")


def versions(home: Path) -> list[str]:
    """Return the versions in the folder of a dataset, oldest first, such as `1.0.0`."""
    found = [match for path in home.iterdir() if path.is_dir() and (match := _VERSION.fullmatch(path.name))] if home.is_dir() else []
    return [match[0][1:] for match in sorted(found, key=lambda match: tuple(map(int, match.groups())))]


def newest(home: Path) -> str | None:
    """Return the newest version, and mend `latest` where a crash kept it from naming that one.

    Raises:
        ReleaseError: the newest folder is not a release.
    """
    if not (found := versions(home)):
        return None
    folder = home / f"v{found[-1]}"
    if not (folder / MANIFEST).is_file():
        raise ReleaseError(f"{folder}: expected a release, found no {MANIFEST}. Move the folder away, or restore it, and build again.")
    latest = home / _LATEST
    if not latest.is_file() or latest.read_text(encoding="utf-8") != f"v{found[-1]}\n":
        _point(home, found[-1])
    return found[-1]


def sweep(home: Path) -> None:
    """Remove what crashed builds left. Only the holder of the lock may call it."""
    for path in home.glob(".v*.tmp-*"):
        shutil.rmtree(path, ignore_errors=True)
    (home / f".{_LATEST}.tmp").unlink(missing_ok=True)


@contextlib.contextmanager
def staged(home: Path, version: str) -> Iterator[Path]:
    """Make a folder beside the place of a release, and remove whatever is left in it."""
    root = home / f".v{version}.tmp-{os.getpid()}"
    root.mkdir()
    try:
        yield root
    finally:
        shutil.rmtree(root, ignore_errors=True)


def place(release: Path, home: Path, version: str) -> Path:
    """Sync a staged release, rename it into its place, then name it in `latest`."""
    for folder, _, names in os.walk(release):
        for name in names:
            _sync(os.path.join(folder, name))  # noqa: PTH118 - os.walk speaks strings
        _sync(folder)
    target = home / f"v{version}"
    release.rename(target)
    _sync(home)
    _point(home, version)
    return target


def _point(home: Path, version: str) -> None:
    new = home / f".{_LATEST}.tmp"
    new.write_text(f"v{version}\n", encoding="utf-8")
    _sync(new)
    new.rename(home / _LATEST)
    _sync(home)


def _sync(path: Path | str) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
