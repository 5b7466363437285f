"""manifest.json of a release: inputs, configuration, code and rule fingerprints, and the checksum of every file.

It holds no times, machine names or absolute paths, so that the same input gives the same bytes.
"""

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

#: Advice in error messages about a missing or changed manifest.
HINT = "Restore the folder, or move it away and build again."


def make_manifest(
    *,
    version: str,
    parent: str | None,
    build: str,
    inputs: Mapping[str, Any],
    config: Config,
    data: Iterable[DataFile],
    plain_files: Mapping[str, tuple[str, int]],
) -> dict[str, Any]:
    """Return the manifest of a release as a dictionary: versions, inputs, configuration, checksums of all files, and a seal (its own SHA-256).

    Args:
        version: the version of the release.
        parent: the version that it was compared with.
        build: the build hash, from `build_hash`.
        inputs: number of scrapes, number of bytes and digest of the raw input.
        config: the corpus' configuration.
        data: the Parquet files.
        plain_files: SHA-256 and size of every other file but the manifest itself, by path.
    """
    files = [{"path": file.path, "sha256": file.sha256, "bytes": file.bytes, "rows": file.rows, "memory": file.memory} for file in data]
    files += [{"path": path, "sha256": sha256, "bytes": size} for path, (sha256, size) in plain_files.items()]
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
    """Serialise a manifest as JSON in its canonical form: two-space indent, keys in order, final newline."""
    return json.dumps(manifest, indent=2, ensure_ascii=False, sort_keys=False) + "\n"


def seal(manifest: Mapping[str, Any]) -> str:
    """Compute the seal of a manifest: the SHA-256 of all its other entries, by which a changed manifest is detected."""
    return _hash({key: value for key, value in manifest.items() if key != "seal"})


def load_manifest(release: Path) -> dict[str, Any]:
    """Read and validate the manifest of a release.

    Raises:
        ReleaseError: the manifest is missing, damaged, or was changed since it was written.
    """
    file = release / MANIFEST
    try:
        manifest = parse_manifest(file.read_bytes())
    except FileNotFoundError as error:
        if not any((release / config).exists() for config in CONFIGS):
            hint = "This folder is not a release: name a version such as v1.0.0, or the folder of a release."
            raise ReleaseError(f"{file}: expected a manifest, found none. {hint}") from error
        raise ReleaseError(f"{file}: expected a manifest, found none. {HINT}") from error
    except (OSError, ValueError) as error:
        raise ReleaseError(f"{file}: expected a manifest, found: {error}. {HINT}") from error
    if manifest is None:
        raise ReleaseError(f"{file}: expected the manifest as it was written, found one that was changed since. {HINT}")
    return manifest


def parse_manifest(content: bytes) -> dict[str, Any] | None:
    """Parse the bytes of a manifest; None if its seal or its canonical form shows that it was changed.

    Raises:
        ValueError: the bytes are not JSON.
    """
    raw = content.decode("utf-8")  # bytes: reading as text would hide changed line endings
    parsed = json.loads(raw)
    return parsed if isinstance(parsed, dict) and parsed.get("seal") == seal(parsed) and manifest_text(parsed) == raw else None


def with_card(manifest: Mapping[str, Any], sha256: str, size: int) -> dict[str, Any]:
    """Return a manifest with another checksum and size of the card, and a new seal."""
    files = [file | {"sha256": sha256, "bytes": size} if file["path"] == CARD else file for file in manifest["files"]]
    body = {**{key: value for key, value in manifest.items() if key != "seal"}, "files": files}
    return {**body, "seal": seal(body)}


def same_release(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    """Tell whether two manifests describe the same release, ignoring the card, which names the address where it was published."""
    return bool(with_card(first, "", 0) == with_card(second, "", 0))


def data_files(manifest: Mapping[str, Any]) -> list[DataFile]:
    """Return the Parquet files that a manifest lists."""
    return [DataFile(**file) for file in manifest["files"] if "rows" in file]


def build_hash(data: Iterable[DataFile], card: str) -> str:
    """Return the hash of the contents of a release: data files, schemas, and the card rendered without version and build hash.

    A build whose hash equals its parent's writes no new version.
    """
    return _hash({"files": {file.path: file.sha256 for file in data}, "schemas": schemas.digest(), "card": card})


@functools.cache  # the running code is that of the start of the process, whatever happens to the files later
def code_fingerprint() -> str:
    """Return the hash of the package's files: code, weights and word lists, but not the rule packs, which have a fingerprint of their own."""
    hasher = hashlib.sha256()
    packs = _PACKAGE / "rules"
    excluded = {_PACKAGE / "flows", _PACKAGE / "schemas"}  # flows change no data, and schemas have a hash of their own
    files = (
        path for path in _PACKAGE.rglob("*") if path.is_file() and "__pycache__" not in path.parts and excluded.isdisjoint(path.parents)
    )
    sources = [path for path in files if not (path.parent == packs and path.suffix == ".toml")]
    for path in sorted(sources, key=lambda path: path.relative_to(_PACKAGE).as_posix()):
        content = path.read_bytes().replace(b"\r\n", b"\n")
        hasher.update(f"{path.relative_to(_PACKAGE).as_posix()}\0{len(content)}\0".encode() + content)
    return hasher.hexdigest()


def rules_fingerprint(config: Config) -> str:
    """Return the hash of the active rules, independent of the paths of their files, and of the corpus' own line classifier weights."""
    rules = [{**dataclasses.asdict(rule), "file": ""} for rule in config.rules]
    return _hash([*rules, digest(Path(config.noise.weights))] if config.noise.weights else rules)


def config_data(config: Config) -> dict[str, Any]:
    """Return the configuration as JSON data for the manifest.

    Left out are `rules` and `off`, which the fingerprint of the rules covers, `publish`, which does not affect the data and may contain a
    secret, and `takedowns`, whose reasons are private.
    """
    plain = dataclasses.asdict(config)
    data: dict[str, Any] = json.loads(
        json.dumps({key: value for key, value in plain.items() if key not in ("rules", "off", "publish", "takedowns")})
    )
    return data


def _hash(data: object) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()
