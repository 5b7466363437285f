"""A release is whole or absent: it is built beside its place and renamed into it.

Elsewhere (`pipeline/saring/storage/paths.py`) nothing can be renamed: a release is built on this disk and sent, its manifest last, and a version is there
when its manifest is. What follows speaks of a disk.

A crash leaves at most a folder whose name starts with a point, which the next build removes, and perhaps a `latest` that names the
version before, which the next build mends. Everything is synced before the rename, so that a lost power supply counts as a crash.

`latest` names the newest version, unless a person chose another one: `.chosen` then names that one, and the newest of that moment, because a
choice ends with the next release.
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

__all__ = ["choose", "chosen", "latest", "newest", "place", "rolled_back", "staged", "sweep", "versions", "withdraw"]

_LATEST = "latest"
_CHOSEN = ".chosen"
_VERSION = re.compile(r"v(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)")


def versions(home: Path) -> list[str]:
    """Return the versions in the folder of a dataset, oldest first, such as `1.0.0`."""
    found = [match for path in home.iterdir() if (match := _VERSION.fullmatch(path.name)) and _is_there(path)] if home.is_dir() else []
    return [match[0][1:] for match in sorted(found, key=lambda match: tuple(map(int, match.groups())))]


def _is_there(folder: Path) -> bool:
    return folder.is_dir() if is_local(folder) else (folder / MANIFEST).is_file()


def newest(home: Path) -> str | None:
    """Return the newest version, and mend `latest` where a crash kept it from naming the version that it should.

    Raises:
        ReleaseError: the newest folder is not a release.
    """
    if not (found := versions(home)):
        return None
    folder = home / f"v{found[-1]}"
    if not (folder / MANIFEST).is_file():
        raise ReleaseError(f"{folder}: expected a release, found no {MANIFEST}. Move the folder away, or restore it, and build again.")
    named, wanted = home / _LATEST, latest(home) or found[-1]
    if not named.is_file() or named.read_text(encoding="utf-8") != f"v{wanted}\n":
        _name(home, _LATEST, f"v{wanted}")
    return found[-1]


def latest(home: Path) -> str | None:
    """Return the version that is to be used: the one that a person chose, else the newest."""
    found = versions(home)
    return chosen(home) or (found[-1] if found else None)


def chosen(home: Path) -> str | None:
    """Return the version that a person made the latest; None where none did, or where a release came since."""
    found = versions(home)
    try:
        wanted, newest_then = (home / _CHOSEN).read_text(encoding="utf-8").split()
    except (OSError, ValueError):
        return None
    return wanted.removeprefix("v") if found and newest_then == f"v{found[-1]}" and wanted.removeprefix("v") in found else None


def rolled_back(home: Path) -> str | None:
    """Return the version that a person made the latest in place of the newest; None where the newest is the latest."""
    version = chosen(home)
    return version if version and version != versions(home)[-1] else None


def choose(home: Path, version: str) -> None:
    """Make a version the latest, whatever newer ones there are. Only the holder of the lock may call it."""
    _name(home, _CHOSEN, f"v{version} v{versions(home)[-1]}")
    _name(home, _LATEST, f"v{version}")


def sweep(home: Path) -> None:
    """Remove what crashed builds left. Only the holder of the lock may call it."""
    if not is_local(home):
        for path in home.iterdir() if home.is_dir() else ():
            if _VERSION.fullmatch(path.name) and not _is_there(path):
                remove(path)
        return
    for path in home.glob(".v*.tmp-*"):
        shutil.rmtree(path, ignore_errors=True)
    for name in (_LATEST, _CHOSEN):
        (home / f".{name}.tmp").unlink(missing_ok=True)


@contextlib.contextmanager
def staged(home: Path, version: str) -> Iterator[Path]:
    """Make a folder beside the place of a release, and remove whatever is left in it."""
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


def place(release: Path, home: Path, version: str) -> Path:
    """Sync a staged release, rename it into its place, then name it in `latest`."""
    if not is_local(home):
        return _send(release, home, version)
    for folder, _, names in os.walk(release):
        for name in names:
            _sync(os.path.join(folder, name))  # noqa: PTH118 - os.walk speaks strings
        _sync(folder)
    target = home / f"v{version}"
    release.rename(target)
    _sync(home)
    _name(home, _LATEST, f"v{version}")
    return target


def withdraw(home: Path, version: str) -> None:
    """Delete a release; it disappears at once, so that none is ever half there. Only the holder of the lock may call it."""
    if is_local(home):
        going = home / f".v{version}.tmp-purged"  # a name that the next build removes, should this one be killed
        (home / f"v{version}").rename(going)
        shutil.rmtree(going)
    else:
        (home / f"v{version}" / MANIFEST).unlink()
        remove(home / f"v{version}")


def _send(release: Path, home: Path, version: str) -> Path:
    """Send a staged release elsewhere, see that all of it came, and only then put its manifest, then `latest`."""
    target = home / f"v{version}"
    # Before anything is sent over it, and once more below by the store itself: the lock may have been lost to another build.
    taken = f"{target}: expected no release, found one that came meanwhile. Build again: what is there stays as it is."
    if _is_there(target):
        raise ReleaseError(taken)
    files = {path.relative_to(release).as_posix(): path.stat().st_size for path in release.rglob("*") if path.is_file()}
    del files[MANIFEST]
    manifest = (release / MANIFEST).read_bytes()
    (release / MANIFEST).unlink()
    upload(release, target)
    came = {path: entry.size for path, entry in list_remote(target).items()}
    if came != files:
        wrong = ", ".join(sorted(path for path in files.keys() | came.keys() if files.get(path) != came.get(path))[:5])
        raise ReleaseError(
            f"{target}: expected the files that were sent, found others in {wrong}. Build again; the last release is as it was."
        )
    if not create_remote(target / MANIFEST, manifest):
        raise ReleaseError(taken)
    _name(home, _LATEST, f"v{version}")
    return target


def _name(home: Path, file: str, what: str) -> None:
    if not is_local(home):
        (home / file).write_bytes(f"{what}\n".encode())
        return
    new = home / f".{file}.tmp"
    new.write_text(f"{what}\n", encoding="utf-8")
    _sync(new)
    new.rename(home / file)
    _sync(home)


def _sync(path: Path | str) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
