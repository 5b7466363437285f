"""Cleaned batches, kept by what they were made from: an interrupted build goes on where it stopped.

A batch's key hashes its scrapes, the rules and settings that cleaning looks at, the code, and the versions of the libraries whose output
it keeps. A folder `<key>` appears by renaming, with a manifest of its files; one that is missing or damaged is simply made again.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import shutil
from typing import TYPE_CHECKING

import polars as pl

from pipeline.clean import Cleaned
from pipeline.release.contents import digest
from pipeline.release.manifest import code_fingerprint, rules_fingerprint
from pipeline.workspace import read_json, write_json, write_table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pipeline.config import Config

__all__ = ["fingerprint", "holds", "key", "load", "save", "trim"]

#: Libraries whose own rules shape what cleaning gives.
_LIBRARIES = ("charset-normalizer", "courlan", "dateparser", "ftfy", "htmldate", "lxml", "polars", "py3langid", "trafilatura")

_MANIFEST = "manifest.json"


def fingerprint(config: Config) -> str:
    """Return the hash of all that cleaning a batch depends on, besides the batch."""
    versions = {name: importlib.metadata.version(name) for name in _LIBRARIES}
    settings = [repr(part) for part in (config.names, config.keeps, config.dataset.languages, config.noise)]
    parts = [code_fingerprint(), rules_fingerprint(config), json.dumps(versions), *settings]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def key(scrapes: str, fingerprint: str) -> str:
    """Return the key of a batch from the hash of its scrapes."""
    return hashlib.sha256(f"{scrapes} {fingerprint}".encode()).hexdigest()[:32]


def holds(folder: Path) -> bool:
    """Return whether a cleaned batch is there, whole and unchanged."""
    try:
        files = read_json(folder / _MANIFEST)["files"]
        return bool(files) and all(digest(folder / name) == sha256 for name, sha256 in files.items())
    except (OSError, ValueError, KeyError):
        return False


def save(folder: Path, cleaned: Cleaned) -> None:
    """Write a cleaned batch; the folder appears when all of it is there."""
    temporary = folder.with_name(f".{folder.name}.{os.getpid()}")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    try:
        for name, frame in cleaned._asdict().items():
            write_table(temporary / f"{name}.parquet", frame)
        write_json(temporary / _MANIFEST, {"files": {file.name: digest(file) for file in sorted(temporary.glob("*.parquet"))}})
        shutil.rmtree(folder, ignore_errors=True)
        temporary.rename(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def load(folders: Iterable[Path]) -> Cleaned:
    """Read cleaned batches as one."""
    found = list(folders)
    return Cleaned(*(pl.concat([pl.read_parquet(folder / f"{name}.parquet") for folder in found]) for name in Cleaned._fields))


def trim(folder: Path, keep: Iterable[str]) -> None:
    """Remove cleaned batches that the last build did not use, and leftovers of builds that were killed."""
    kept = set(keep)
    for entry in folder.iterdir() if folder.is_dir() else ():
        if entry.name not in kept:
            shutil.rmtree(entry, ignore_errors=True)
