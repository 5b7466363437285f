"""Quick integrity check of a release against its manifest, before anything is read from it.

`verify` checks every row and takes as long as reading them all. This check compares the sizes of all tables, and the checksums of the
files about to be read: half a second of one processor for 500 MB. Without it a missing file would be mistaken for removed records, since
tables are read by file pattern.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from saring.core.errors import ReleaseError
from saring.core.plurals import counted
from saring.release import manifest, staging
from saring.release.layout import CHANGELOG, CONFIGS, MANIFEST, SCHEMAS
from saring.storage.files import digest
from saring.storage.local_copies import local_copy
from saring.storage.paths import is_local, list_remote

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["PARENT_PARTS", "check_newest_release", "check_release"]

#: The folders and files that a build reads of its parent release.
PARENT_PARTS = ("all", "edits", SCHEMAS, CHANGELOG)

_NAMED = 5  # problems that a message lists


def check_release(release: Path, *parts: str) -> None:
    """Compare a release with its manifest: the sizes of all tables, and the checksums of the named parts.

    Args:
        release: the folder of the release.
        parts: files and folders in it whose checksums are compared; those of a remote release are copied to local disk.

    Raises:
        ReleaseError: the manifest was changed, or a file is missing, truncated, changed or not listed.
    """
    try:
        listing = manifest.load_manifest(release)
    except ReleaseError as error:
        raise ReleaseError(f"{str(error).removesuffix(manifest.HINT)}{_hint(release)}") from error
    listed = {file["path"]: file for file in listing["files"] if "rows" in file or _top_level(file["path"]) in parts}
    sizes = _sizes(release)
    wrong = [
        f"{path}: a file that {MANIFEST} does not list" for path in sorted(sizes.keys() - listed.keys()) if _top_level(path) in CONFIGS
    ]
    for path, file in listed.items():
        if path not in sizes:
            wrong.append(f"{path}: missing")
        elif sizes[path] != file["bytes"]:
            wrong.append(f"{path}: expected {counted(file['bytes'], 'byte')}, found {sizes[path]:,}")
    if not wrong and parts:
        copy = local_copy(release, *parts)
        to_read = [path for path in listed if _top_level(path) in parts]
        wrong = [f"{path}: its bytes have changed" for path in to_read if digest(copy / path) != listed[path]["sha256"]]
    if wrong:
        lines = [f"- {line}" for line in wrong[:_NAMED]]
        more = [f"- and {len(wrong) - _NAMED:,} more"] if len(wrong) > _NAMED else []
        problems = "\n".join([*lines, *more])
        raise ReleaseError(f"{release}: expected the release that its {MANIFEST} lists, found\n{problems}\n{_hint(release)}")


def check_newest_release(out: Path, dataset: str) -> None:
    """Check the releases that a build reads: the newest one, and the one pinned by a rollback. A build does this first.

    Of remote releases only sizes are compared; their checksums are checked when the files are copied.

    Args:
        out: the folder of all releases.
        dataset: the name of the dataset.

    Raises:
        ReleaseError: the newest release, or the one that a rollback made the latest, is damaged.
    """
    home = out / dataset
    versions = staging.list_versions(home)
    for version in dict.fromkeys([*versions[-1:], *filter(None, [staging.pinned_version(home)])]):
        check_release(home / f"v{version}", *(PARENT_PARTS if is_local(home) else ()))


def _sizes(release: Path) -> dict[str, int]:
    """Return the size in bytes of every file of a local or remote release, by path."""
    if not is_local(release):
        return {path: entry.size for path, entry in list_remote(release).items()}
    return {path.relative_to(release).as_posix(): path.stat().st_size for path in release.rglob("*") if path.is_file()}


def _top_level(path: str) -> str:
    return path.partition("/")[0]


def _hint(release: Path) -> str:
    """Return the advice of an error message about a damaged release: restore it, or go back to the version before."""
    before = [version for version in staging.list_versions(release.parent) if f"v{version}" != release.name]
    restore = f"`saring verify {release.name}` lists all that is wrong. Restore the files from a copy, such as a published one"
    if not before:
        return f"{restore}; or move the folder away and build again."
    return (
        f"{restore}; or move the folder away, and a build goes on from v{before[-1]}. "
        f"Until then `saring rollback v{before[-1]}` makes that version the one that other commands read."
    )
