"""What results depend on, as hashes: a result is used again when all that it depends on hashes to the same."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import importlib.metadata
import json
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from saring import schemas
from saring.core.tables import SCRAPE
from saring.noise import line_classifier
from saring.release.manifest import code_fingerprint
from saring.runs.config_snapshot import ConfigSnapshot
from saring.storage import files

if TYPE_CHECKING:
    from collections.abc import Collection

    from saring.config import Config

__all__ = [
    "ENCODERS",
    "LIBRARIES",
    "READERS",
    "clean_key",
    "hash_of",
    "prepare_key",
    "program_key",
    "read_key",
    "relate_key",
    "release_key",
    "scrape_keys",
]

#: Libraries whose own rules shape what comes out: those that the steps import, and below them those that do their work.
LIBRARIES = (
    *("babel", "courlan", "fastwarc", "ftfy", "lxml", "numpy", "polars", "py3langid", "rensa", "text-unidecode"),
    "trafilatura",
    *("dateparser", "htmldate", "justext", "lxml-html-clean", "python-dateutil", "regex", "tld"),
)

#: Libraries that run an encoder, where one is asked for.
ENCODERS = ("model2vec", "sentence-transformers", "tokenizers", "torch", "transformers")

#: Libraries that read documents, where they are installed.
READERS = ("pypdf", "python-docx")


def hash_of(*parts: object) -> str:
    """Return the hash of plain data or of anything whose `repr` says all of it."""
    return hashlib.sha256("\n".join(part if isinstance(part, str) else repr(part) for part in parts).encode()).hexdigest()


@functools.cache
def program_key() -> dict[str, str]:
    """Return the hash of saring's own code, and the versions of the libraries that shape what comes out."""
    versions = {name: importlib.metadata.version(name) for name in LIBRARIES}
    # Which characters are letters, and which are the same, changes with Unicode, which comes with Python.
    return {"saring": code_fingerprint(), **versions, "unicode": unicodedata.unidata_version}


@functools.cache
def _program() -> str:
    return hash_of(json.dumps(program_key()))


def read_key(config: Config) -> str:
    """Return the hash of what `read.read_batches` depends on besides the files."""
    return hash_of(_program(), config.sources, config.build.scrape_bytes, config.build.page_seconds, *_installed(READERS))


def prepare_key() -> dict[str, str]:
    """Return what `clean_batch.prepare` depends on besides the scrapes."""
    return {"program": _program()}


def clean_key(config: Config) -> dict[str, str]:
    """Return what `clean_batch.clean` depends on besides the pages: `choices` apart, since each of them touches some documents only."""
    judge = line_classifier.classifier_of(config.noise)
    weights = judge and (judge.drop_at, judge.kinds, line_classifier.weights_digest(Path(config.noise.weights or line_classifier.WEIGHTS)))
    return {
        "program": _program(),
        "settings": hash_of(weights),
        "choices": ConfigSnapshot.of(config).digest(),
    }


def relate_key(config: Config) -> str:
    """Return the hash of what `relate.relate_corpus`, and the check of its tables, depend on besides the documents."""
    return hash_of(_program(), schemas.digest(), config.overlap, _encoder(config.overlap.encoder), config.splits, config.takedowns)


def _installed(libraries: Collection[str]) -> list[tuple[str, str]]:
    """Return those of some libraries that are installed, with their versions."""
    return sorted({(package.name, package.version) for package in importlib.metadata.distributions() if package.name in libraries})


def _encoder(name: str | None) -> tuple[object, ...]:
    """Return what tells an encoder from others: its files where it is a folder, its name on the hub else, and what runs it."""
    if name is None:
        return ()
    folder = Path(name)
    inside = [file.relative_to(folder) for file in folder.rglob("*") if file.is_file()] if folder.is_dir() else []
    # What is hidden says when and from where a model was downloaded.
    shown = sorted(file.as_posix() for file in inside if not any(part.startswith(".") for part in file.parts))
    return (name, *_installed(ENCODERS), *((file, files.digest(folder / file)) for file in shown))


def release_key(config: Config) -> str:
    """Return the hash of what a release says besides its tables."""
    return hash_of(
        _program(), schemas.digest(), *(getattr(config, field.name) for field in dataclasses.fields(config) if field.name != "publish")
    )


def scrape_keys(scrapes: pl.DataFrame) -> pl.Series:
    """Return a key for each scrape: the hash of all its columns, the content by its own hash."""
    columns = [name for name in SCRAPE if name not in ("content", "authors")]
    said = [pl.col(name).cast(pl.String).fill_null("\0") for name in columns]
    joined = scrapes.select(pl.concat_str(*said, pl.col("authors").list.join("\x1e").fill_null("\0"), separator="\x1f")).to_series()
    # Polars has no SHA-256: a call a scrape, a microsecond.
    return pl.Series("key", [hashlib.sha256(text.encode()).hexdigest()[:32] for text in joined], dtype=pl.String)
