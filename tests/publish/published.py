"""What a release looks like where it is published: its bytes, but for the card that names the place, and the manifest that lists the card."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from saring.release import load_example, manifest

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["digests", "files"]


def files(folder: Path, place: str) -> dict[str, bytes]:
    """Return the files of a release by their paths, as they are to be at a place."""
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    listed = json.loads(found["manifest.json"])
    card = load_example.replace(found["README.md"].decode(), manifest.data_files(listed), listed["version"], place).encode()
    (entry,) = [file for file in listed["files"] if file["path"] == "README.md"]
    entry |= {"sha256": hashlib.sha256(card).hexdigest(), "bytes": len(card)}
    listed["seal"] = manifest.seal(listed)
    return found | {"README.md": card, "manifest.json": manifest.manifest_text(listed).encode()}


def digests(folder: Path, place: str) -> dict[str, str]:
    """Return the SHA-256 of these files."""
    return {path: hashlib.sha256(content).hexdigest() for path, content in files(folder, place).items()}
