"""manifest.json: what a release is made of. No times, no machine names, no absolute paths: same input, same bytes."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from saring import schemas
from saring.core.errors import ReleaseError
from saring.release.layout import CARD, CONFIGS, MANIFEST, DataFile
from saring.storage.files import digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from saring.config import Config

__all__ = [
    "HINT",
    "build_hash",
    "code_fingerprint",
    "config_data",
    "data_files",
    "load_manifest",
    "make_manifest",
    "manifest_text",
    "parse_manifest",
    "rules_fingerprint",
    "same_release",
    "seal",
    "with_card",
]

_PACKAGE = Path(__file__).parent.parent

#: What to do about a manifest that is not as it was written.
HINT = "Restore the folder, or move it away and build again."


def make_manifest(
    *,
    version: str,
    parent: str | None,
    build: str,
    inputs: Mapping[str, Any],
    config: Config,
    data: Iterable[DataFile],
    others: Mapping[str, tuple[str, int]],
) -> dict[str, Any]:
    """Return the manifest of a release.

    Args:
        version: of the release.
        parent: the version that it was compared with.
        build: what `build_hash` returns.
        inputs: what the release was built from: number of scrapes and bytes, and a digest.
        config: the corpus' configuration.
        data: the Parquet files.
        others: for every other file but the manifest itself its SHA-256 and size.
    """
    files = [{"path": file.path, "sha256": file.sha256, "bytes": file.bytes, "rows": file.rows, "memory": file.memory} for file in data]
    files += [{"path": path, "sha256": sha256, "bytes": size} for path, (sha256, size) in others.items()]
    body = {
        "dataset": config.dataset.name,
        "version": version,
        "parent": parent,
        "build": build,
        "inputs": dict(inputs),
        "code": code_fingerprint(),
        "rules": rules_fingerprint(config),
        "schemas": {table: schemas.load(table)["version"] for table in schemas.TABLES},
        "config": config_data(config),
        "files": sorted(files, key=lambda file: str(file["path"])),
    }
    return {**body, "seal": seal(body)}


def manifest_text(manifest: Mapping[str, Any]) -> str:
    """Return a manifest as the text of its file, in the one form that it has."""
    return json.dumps(manifest, indent=2, ensure_ascii=False, sort_keys=False) + "\n"


def seal(manifest: Mapping[str, Any]) -> str:
    """Return the hash of everything in a manifest but its seal, by which damage to the manifest itself shows."""
    return _hash({key: value for key, value in manifest.items() if key != "seal"})


def load_manifest(release: Path) -> dict[str, Any]:
    """Read the manifest of a release.

    Raises:
        ReleaseError: it is missing, damaged, or not what this module writes.
    """
    file = release / MANIFEST
    try:
        found = parse_manifest(file.read_bytes())
    except FileNotFoundError as error:
        if not any((release / config).exists() for config in CONFIGS):
            hint = "This is no release: name a version such as v1.0.0, or the folder of a release."
            raise ReleaseError(f"{file}: expected a manifest, found none. {hint}") from error
        raise ReleaseError(f"{file}: expected a manifest, found none. {HINT}") from error
    except (OSError, ValueError) as error:
        raise ReleaseError(f"{file}: expected a manifest, found: {error}. {HINT}") from error
    if found is None:
        raise ReleaseError(f"{file}: expected the manifest as it was written, found one that was changed since. {HINT}")
    return found


def parse_manifest(content: bytes) -> dict[str, Any] | None:
    """Return what the bytes of a manifest say; None where they are not as this module wrote them.

    Raises:
        ValueError: they are no JSON.
    """
    raw = content.decode("utf-8")  # bytes: reading as text would forgive changed line ends
    found = json.loads(raw)
    return found if isinstance(found, dict) and found.get("seal") == seal(found) and manifest_text(found) == raw else None


def with_card(found: Mapping[str, Any], sha256: str, size: int) -> dict[str, Any]:
    """Return the manifest of the same release with another card, sealed anew."""
    files = [file | {"sha256": sha256, "bytes": size} if file["path"] == CARD else file for file in found["files"]]
    body = {**{key: value for key, value in found.items() if key != "seal"}, "files": files}
    return {**body, "seal": seal(body)}


def same_release(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Tell whether two manifests are of the same release, whose card may say that it is in another place."""
    return bool(with_card(one, "", 0) == with_card(other, "", 0))


def data_files(manifest: Mapping[str, Any]) -> list[DataFile]:
    """Return the Parquet files that a manifest lists."""
    return [DataFile(**file) for file in manifest["files"] if "rows" in file]


def build_hash(data: Iterable[DataFile], card: str) -> str:
    """Return the hash of what consumers get: the data files and their schemas, and the card without version and build. Equal hashes, nothing new."""
    return _hash({"files": {file.path: file.sha256 for file in data}, "schemas": schemas.digest(), "card": card})


@functools.cache  # the code that runs is the one that was there when the process began
def code_fingerprint() -> str:
    """Return the hash of the package's own files, weights and word lists included; the rule packs have their own."""
    found = hashlib.sha256()
    packs = _PACKAGE / "rules"
    elsewhere = {_PACKAGE / "flows", _PACKAGE / "schemas"}  # flows change no data, and schemas have a hash of their own
    kept = (
        path for path in _PACKAGE.rglob("*") if path.is_file() and "__pycache__" not in path.parts and elsewhere.isdisjoint(path.parents)
    )
    sources = [path for path in kept if not (path.parent == packs and path.suffix == ".toml")]
    for path in sorted(sources, key=lambda path: path.relative_to(_PACKAGE).as_posix()):
        content = path.read_bytes().replace(b"\r\n", b"\n")
        found.update(f"{path.relative_to(_PACKAGE).as_posix()}\0{len(content)}\0".encode() + content)
    return found.hexdigest()


def rules_fingerprint(config: Config) -> str:
    """Return the hash of the rules that ran, wherever their files stand, and of a corpus' own weights of the line classifier."""
    rules = [{**dataclasses.asdict(rule), "file": ""} for rule in config.rules]
    return _hash([*rules, digest(Path(config.noise.weights))] if config.noise.weights else rules)


def config_data(config: Config) -> dict[str, Any]:
    """Return corpus.toml as plain data, without what does not shape the data: rules have their fingerprint, `publish` may hold a secret, takedowns private reasons."""
    plain = dataclasses.asdict(config)
    found: dict[str, Any] = json.loads(
        json.dumps({key: value for key, value in plain.items() if key not in ("rules", "off", "publish", "takedowns")})
    )
    return found


def _hash(data: object) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()
