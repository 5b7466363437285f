"""Atomic placement of releases: a release is written to a temporary folder beside its place, and renamed into it when complete.

In a bucket (`storage/paths.py`) nothing can be renamed: a release is built on local disk and uploaded with its manifest last, and a
version exists once its manifest does. The rest of this text is about a disk.

A crash leaves at most a hidden temporary folder, which the next build removes, and perhaps a file `latest` that names the previous
version, which the next build corrects. Everything is synced before the rename, so a power failure is handled like any crash.

`latest` names the newest version, unless a rollback pinned another one. The file `.chosen` then holds the pinned version and the version that
was newest at that moment: a pin ends with the next release.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from saring.core.errors import ReleaseError
from saring.release.layout import MANIFEST
from saring.storage.paths import create_remote, is_local, list_remote, remove, upload

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "delete_release",
    "latest_version",
    "list_versions",
    "move_into_place",
    "newest_version",
    "pin_version",
    "pinned_version",
    "remove_leftovers",
    "rolled_back_version",
    "staging_folder",
]

_LATEST = "latest"
_CHOSEN = ".chosen"
_VERSION = re.compile(r"v(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)")


def list_versions(home: Path) -> list[str]:
    """Return the versions in the folder of a dataset, such as `1.0.0`, oldest first."""
    matches = [match for path in home.iterdir() if (match := _VERSION.fullmatch(path.name)) and _exists(path)] if home.is_dir() else []
    return [match[0][1:] for match in sorted(matches, key=lambda match: tuple(map(int, match.groups())))]


def _exists(folder: Path) -> bool:
    """Tell whether a release exists: its folder on a disk, its manifest in a bucket."""
    return folder.is_dir() if is_local(folder) else (folder / MANIFEST).is_file()


def newest_version(home: Path) -> str | None:
    """Return the newest version of a dataset, and correct the file `latest` if a crash left it outdated.

    Raises:
        ReleaseError: the newest folder is not a release.
    """
    if not (existing := list_versions(home)):
        return None
    folder = home / f"v{existing[-1]}"
    if not (folder / MANIFEST).is_file():
        raise ReleaseError(f"{folder}: expected a release, found no {MANIFEST}. Move the folder away, or restore it, and build again.")
    pointer, version = home / _LATEST, latest_version(home) or existing[-1]
    if not pointer.is_file() or pointer.read_text(encoding="utf-8") != f"v{version}\n":
        _write_pointer(home, _LATEST, f"v{version}")
    return existing[-1]


def latest_version(home: Path) -> str | None:
    """Return the latest version of a dataset: the one pinned by a rollback, else the newest."""
    existing = list_versions(home)
    return pinned_version(home) or (existing[-1] if existing else None)


def pinned_version(home: Path) -> str | None:
    """Return the version that a rollback pinned as the latest; None if there is no pin, or a release was written since."""
    existing = list_versions(home)
    try:
        pinned, newest_then = (home / _CHOSEN).read_text(encoding="utf-8").split()
    except (OSError, ValueError):
        return None
    valid = existing and newest_then == f"v{existing[-1]}" and pinned.removeprefix("v") in existing
    return pinned.removeprefix("v") if valid else None


def rolled_back_version(home: Path) -> str | None:
    """Return the pinned version if it is older than the newest one; None if the newest version is the latest."""
    version = pinned_version(home)
    return version if version and version != list_versions(home)[-1] else None


def pin_version(home: Path, version: str) -> None:
    """Pin a version as the latest, until the next release. Only the holder of the lock may call it."""
    _write_pointer(home, _CHOSEN, f"v{version} v{list_versions(home)[-1]}")
    _write_pointer(home, _LATEST, f"v{version}")


def remove_leftovers(home: Path) -> None:
    """Delete the temporary folders and incomplete uploads of crashed builds. Only the holder of the lock may call it."""
    if not is_local(home):
        for path in home.iterdir() if home.is_dir() else ():
            if _VERSION.fullmatch(path.name) and not _exists(path):
                remove(path)
        return
    for path in home.glob(".v*.tmp-*"):
        shutil.rmtree(path, ignore_errors=True)
    for name in (_LATEST, _CHOSEN):
        (home / f".{name}.tmp").unlink(missing_ok=True)


@contextlib.contextmanager
def staging_folder(home: Path, version: str) -> Iterator[Path]:
    """Yield a temporary folder in which to build a release, on the same disk as its final place, and delete it afterwards."""
    if not is_local(home):
        with tempfile.TemporaryDirectory(prefix="saring-") as temporary:
            yield Path(temporary)
        return
    root = home / f".v{version}.tmp-{os.getpid()}"
    root.mkdir()
    try:
        yield root
    finally:
        shutil.rmtree(root, ignore_errors=True)


def move_into_place(release: Path, home: Path, version: str) -> Path:
    """Sync a staged release to disk, rename it to `v<version>`, and point `latest` to it; return its folder."""
    if not is_local(home):
        return _upload(release, home, version)
    for folder, _, names in os.walk(release):
        for name in names:
            _sync(os.path.join(folder, name))  # noqa: PTH118 - os.walk yields strings
        _sync(folder)
    target = home / f"v{version}"
    release.rename(target)
    _sync(home)
    _write_pointer(home, _LATEST, f"v{version}")
    return target


def delete_release(home: Path, version: str) -> None:
    """Delete a release atomically: it is renamed, or loses its manifest, before its files go. Only the holder of the lock may call it."""
    if is_local(home):
        doomed = home / f".v{version}.tmp-purged"  # a name that the next build removes, should this process be killed
        (home / f"v{version}").rename(doomed)
        shutil.rmtree(doomed)
    else:
        (home / f"v{version}" / MANIFEST).unlink()
        remove(home / f"v{version}")


def _upload(release: Path, home: Path, version: str) -> Path:
    """Upload a staged release to a bucket, compare the sizes of all files, then write its manifest, then `latest`."""
    target = home / f"v{version}"
    # Checked before anything is uploaded over it, and by the conditional put below: the lock may have been lost to another build.
    exists_message = f"{target}: expected no release, found one that another build has written meanwhile. Build again; it stays as it is."
    if _exists(target):
        raise ReleaseError(exists_message)
    files = {path.relative_to(release).as_posix(): path.stat().st_size for path in release.rglob("*") if path.is_file()}
    del files[MANIFEST]
    manifest = (release / MANIFEST).read_bytes()
    (release / MANIFEST).unlink()
    upload(release, target)
    uploaded = {path: entry.size for path, entry in list_remote(target).items()}
    if uploaded != files:
        wrong = ", ".join(sorted(path for path in files.keys() | uploaded.keys() if files.get(path) != uploaded.get(path))[:5])
        raise ReleaseError(
            f"{target}: expected the files that were uploaded, found other sizes for {wrong}. Build again; the last release is as it was."
        )
    if not create_remote(target / MANIFEST, manifest):
        raise ReleaseError(exists_message)
    _write_pointer(home, _LATEST, f"v{version}")
    return target


def _write_pointer(home: Path, file: str, content: str) -> None:
    """Write a pointer file (`latest`, `.chosen`) atomically: to a temporary file, synced, then renamed."""
    if not is_local(home):
        (home / file).write_bytes(f"{content}\n".encode())
        return
    new = home / f".{file}.tmp"
    new.write_text(f"{content}\n", encoding="utf-8")
    _sync(new)
    new.rename(home / file)
    _sync(home)


def _sync(path: Path | str) -> None:
    """Flush a file or folder to disk (fsync)."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
