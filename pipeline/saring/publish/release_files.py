"""Files of a release as they are published, and the result of a publication.

A release is published byte for byte except for its card, whose example names the address, and the card's entry in the manifest. So
`saring verify` also works on the published release. Whether a release is already published is decided by comparing the manifests without
the card: it may have been published under another name of the same address, or copied from elsewhere.
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

__all__ = ["LocalRelease", "PublishResult", "manifest_checksums", "read_release", "version_key"]


class LocalRelease(NamedTuple):
    """A release on local disk, ready to be published: its files with their checksums, and the card and manifest where publishing rewrites them.

    Attributes:
        folder: the folder of the release.
        dataset: the name of the dataset.
        version: such as `1.2.0`.
        seal: the seal of the manifest in `folder`.
        files: SHA-256 of every file as it is to be published, including the manifest, by path.
        scratch: a folder for the rewritten files.
        replaced: the rewritten card and manifest, by path, if they differ from those in `folder`.
    """

    folder: Path
    dataset: str
    version: str
    seal: str
    files: dict[str, str]
    scratch: Path
    replaced: dict[str, Path]

    def file(self, path: str) -> Path:
        """Return the file on disk whose content is to be published under a path."""
        return self.replaced.get(path, self.folder / path)

    def with_files(self, contents: Mapping[str, bytes]) -> LocalRelease:
        """Return the release with the contents of some files replaced."""
        for path, content in contents.items():
            (self.scratch / path).write_bytes(content)
        hashes = {path: hashlib.sha256(content).hexdigest() for path, content in contents.items()}
        return self._replace(files=self.files | hashes, replaced=self.replaced | {path: self.scratch / path for path in contents})

    def size(self, paths: Iterable[str]) -> int:
        """Return the total size in bytes of the files under the given paths."""
        return sum(self.file(path).stat().st_size for path in paths)


class PublishResult(NamedTuple):
    """The result of publishing a release, or of a dry run.

    Attributes:
        to: the address that it was published to.
        version: such as `1.2.0`.
        changed: whether anything was written; False if the release was already published.
        written: paths of the files that were written.
        bytes: their total size.
        revision: on the Hugging Face hub, the commit that contains the release.
    """

    to: str
    version: str
    changed: bool
    written: tuple[str, ...]
    bytes: int
    revision: str | None = None


def read_release(folder: Path, place: str, scratch: Path) -> LocalRelease:
    """Read a release for publication: check its files against the manifest, and rewrite the card for the address.

    Args:
        folder: the folder of the release.
        place: the address to publish to, as the card is to name it.
        scratch: a folder for the rewritten files.

    Raises:
        ReleaseError: the files do not match the manifest.
    """
    listing = manifest.load_manifest(folder)
    files = manifest_checksums(listing)
    for path, expected in files.items():
        file = folder / path
        if not file.is_file() or digest(file) != expected:
            actual = "other bytes" if file.is_file() else "no file"
            raise ReleaseError(
                f"{file}: expected the file that {MANIFEST} lists, found {actual}. Run `saring verify`; nothing was published."
            )
    files[MANIFEST] = digest(folder / MANIFEST)
    local = LocalRelease(folder, listing["dataset"], listing["version"], listing["seal"], files, scratch, {})
    own_card = (folder / CARD).read_bytes().decode("utf-8")
    published_card = load_example.replace(own_card, manifest.data_files(listing), local.version, place)
    if published_card == own_card:
        return local
    card = published_card.encode()
    sealed = manifest.with_card(listing, hashlib.sha256(card).hexdigest(), len(card))
    return local.with_files({CARD: card, MANIFEST: manifest.manifest_text(sealed).encode()})


def manifest_checksums(listing: Mapping[str, Any]) -> dict[str, str]:
    """Return the SHA-256 of every file listed in a manifest, by path."""
    return {file["path"]: file["sha256"] for file in listing["files"]}


def version_key(version: str) -> tuple[int, ...]:
    """Return the sort key of a version number: `1.10.0` gives (1, 10, 0)."""
    return tuple(map(int, version.split(".")))
