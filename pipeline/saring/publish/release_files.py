"""What is to be published, and what became of it.

A release is published byte for byte but for its card, which names the place where it is published, and for what the manifest says of that
card. So `saring verify` holds there as it does here. Whether a release is there already is asked of the manifests without the card: it may
have been published under another name of the same place, or copied from another.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, NamedTuple

from saring.core.errors import ReleaseError
from saring.release import load_example, manifest
from saring.release.layout import CARD, MANIFEST
from saring.storage.files import digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

__all__ = ["LocalRelease", "Published", "manifest_checksums", "read_release", "version_key"]


class LocalRelease(NamedTuple):
    """A release on this disk.

    Attributes:
        folder: where it stands.
        dataset: its name.
        version: such as `1.2.0`.
        seal: the hash of its manifest in `folder`.
        files: the SHA-256 of every file by its path as it is to be published, the manifest's too.
        scratch: a folder for files that are published in another form.
        replaced: where the card and the manifest that are to be published stand, if they differ from those in `folder`.
    """

    folder: Path
    dataset: str
    version: str
    seal: str
    files: dict[str, str]
    scratch: Path
    replaced: dict[str, Path]

    def file(self, path: str) -> Path:
        """Return where the content of a file stands on this disk."""
        return self.replaced.get(path, self.folder / path)

    def with_files(self, contents: Mapping[str, bytes]) -> LocalRelease:
        """Return the release with other contents of some files."""
        for path, content in contents.items():
            (self.scratch / path).write_bytes(content)
        hashes = {path: hashlib.sha256(content).hexdigest() for path, content in contents.items()}
        return self._replace(files=self.files | hashes, replaced=self.replaced | {path: self.scratch / path for path in contents})

    def size(self, paths: Iterable[str]) -> int:
        """Return the size of some files together."""
        return sum(self.file(path).stat().st_size for path in paths)


class Published(NamedTuple):
    """What publishing did, or with `dry_run` would do.

    Attributes:
        to: where.
        version: such as `1.2.0`.
        changed: whether anything was written; else the release was there already.
        written: the files that were.
        bytes: their size.
        revision: on a hub the commit that holds the release.
    """

    to: str
    version: str
    changed: bool
    written: tuple[str, ...]
    bytes: int
    revision: str | None = None


def read_release(folder: Path, place: str, scratch: Path) -> LocalRelease:
    """Return a release, after its bytes were compared with its manifest.

    Args:
        folder: of the release.
        place: where it is to be published, as its card is to name it.
        scratch: a folder for the files that are published in another form.

    Raises:
        ReleaseError: it is not what its manifest says.
    """
    found = manifest.load_manifest(folder)
    files = manifest_checksums(found)
    for path, expected in files.items():
        file = folder / path
        if not file.is_file() or digest(file) != expected:
            there = "other bytes" if file.is_file() else "nothing"
            raise ReleaseError(
                f"{file}: expected the file that {MANIFEST} lists, found {there}. Run `saring verify`; nothing was published."
            )
    files[MANIFEST] = digest(folder / MANIFEST)
    local = LocalRelease(folder, found["dataset"], found["version"], found["seal"], files, scratch, {})
    here = (folder / CARD).read_bytes().decode("utf-8")
    there = load_example.replace(here, manifest.data_files(found), local.version, place)
    if there == here:
        return local
    card = there.encode()
    sealed = manifest.with_card(found, hashlib.sha256(card).hexdigest(), len(card))
    return local.with_files({CARD: card, MANIFEST: manifest.manifest_text(sealed).encode()})


def manifest_checksums(found: Mapping[str, Any]) -> dict[str, str]:
    """Return the SHA-256 of every file that a manifest lists, by path."""
    return {file["path"]: file["sha256"] for file in found["files"]}


def version_key(version: str) -> tuple[int, ...]:
    """Return what versions are sorted by."""
    return tuple(map(int, version.split(".")))
