"""Whether a release is still as its manifest lists it: the quick check before something is read from it.

`verify` checks every promise and takes as long as reading all rows. This compares sizes, and the checksums of those files that are about to
be read: half a second of one processor for 500 MB. A missing file would else be taken for records that were removed, since tables are read by pattern.
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

__all__ = ["PARENT", "check_newest_release", "check_release"]

#: What a build reads of the release that it goes on from.
PARENT = ("all", "edits", SCHEMAS, CHANGELOG)

_NAMED = 5


def check_release(release: Path, *parts: str) -> None:
    """Compare a release with its manifest: the sizes of all tables, and the checksums of some parts.

    Args:
        release: its folder.
        parts: files and folders in it whose checksums are compared; of a release at a URL they are copied here.

    Raises:
        ReleaseError: the manifest was changed, or a file is missing, cut off, changed or not listed.
    """
    try:
        found = manifest.load_manifest(release)
    except ReleaseError as error:
        raise ReleaseError(f"{str(error).removesuffix(manifest.HINT)}{_hint(release)}") from error
    listed = {file["path"]: file for file in found["files"] if "rows" in file or _head(file["path"]) in parts}
    sizes = _sizes(release)
    wrong = [f"{path}: a file that {MANIFEST} does not list" for path in sorted(sizes.keys() - listed.keys()) if _head(path) in CONFIGS]
    for path, file in listed.items():
        if path not in sizes:
            wrong.append(f"{path}: missing")
        elif sizes[path] != file["bytes"]:
            wrong.append(f"{path}: expected {counted(file['bytes'], 'byte')}, found {sizes[path]:,}")
    if not wrong and parts:
        copy = local_copy(release, *parts)
        read = [path for path in listed if _head(path) in parts]
        wrong = [f"{path}: its bytes have changed" for path in read if digest(copy / path) != listed[path]["sha256"]]
    if wrong:
        lines = [f"- {line}" for line in wrong[:_NAMED]]
        more = [f"- and {len(wrong) - _NAMED:,} more"] if len(wrong) > _NAMED else []
        named = "\n".join([*lines, *more])
        raise ReleaseError(f"{release}: expected the release that its {MANIFEST} lists, found\n{named}\n{_hint(release)}")


def check_newest_release(out: Path, dataset: str) -> None:
    """Check what a build reads of the releases before, as its first step; of releases at a URL the checksums wait until they are copied.

    Args:
        out: the folder of all releases.
        dataset: its name.

    Raises:
        ReleaseError: the newest release, or the one that a rollback made the latest, is damaged.
    """
    home = out / dataset
    found = staging.versions(home)
    for version in dict.fromkeys([*found[-1:], *filter(None, [staging.chosen(home)])]):
        check_release(home / f"v{version}", *(PARENT if is_local(home) else ()))


def _sizes(release: Path) -> dict[str, int]:
    if not is_local(release):
        return {path: entry.size for path, entry in list_remote(release).items()}
    return {path.relative_to(release).as_posix(): path.stat().st_size for path in release.rglob("*") if path.is_file()}


def _head(path: str) -> str:
    return path.partition("/")[0]


def _hint(release: Path) -> str:
    """Return what to do about a damaged release."""
    before = [version for version in staging.versions(release.parent) if f"v{version}" != release.name]
    restore = f"`saring verify {release.name}` lists all that is wrong. Restore the files from a copy, such as where it was published"
    if not before:
        return f"{restore}; or move the folder away, and build again."
    return (
        f"{restore}; or move the folder away, and a build goes on from v{before[-1]}. "
        f"Until then `saring rollback v{before[-1]}` makes that version the one that other commands read."
    )
