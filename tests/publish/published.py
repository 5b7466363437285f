"""Expected files of a published release: its own bytes, except for the card that names the address and the manifest that lists the card."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from saring.release import load_example, manifest

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["digests", "files"]


def files(folder: Path, place: str) -> dict[str, bytes]:
    """Return the files of a release as they are published at an address, by path."""
    contents = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    listing = json.loads(contents["manifest.json"])
    card = load_example.replace(contents["README.md"].decode(), manifest.data_files(listing), listing["version"], place).encode()
    (entry,) = [file for file in listing["files"] if file["path"] == "README.md"]
    entry |= {"sha256": hashlib.sha256(card).hexdigest(), "bytes": len(card)}
    listing["seal"] = manifest.seal(listing)
    return contents | {"README.md": card, "manifest.json": manifest.manifest_text(listing).encode()}


def digests(folder: Path, place: str) -> dict[str, str]:
    """Return the SHA-256 of the files of a release as they are published at an address, by path."""
    return {path: hashlib.sha256(content).hexdigest() for path, content in files(folder, place).items()}
