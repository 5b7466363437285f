"""Cache keys of the steps: hashes of the program, libraries and settings that a cached result depends on; it is reused while they are equal."""

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
from saring.compute import boosted_trees
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

#: Libraries whose version is part of every cache key, since they affect texts or relations: those that the steps import, and the libraries below
#: these that do the work.
LIBRARIES = (
    *("babel", "courlan", "fastwarc", "ftfy", "lxml", "numpy", "polars", "py3langid", "rensa", "text-unidecode"),
    "trafilatura",
    *("dateparser", "htmldate", "justext", "lxml-html-clean", "python-dateutil", "regex", "tld"),
)

#: Libraries that run a sentence encoder, where [overlap] encoder names one.
ENCODERS = ("model2vec", "sentence-transformers", "tokenizers", "torch", "transformers")

#: Optional libraries that read PDF and DOCX files.
READERS = ("pypdf", "python-docx")


def hash_of(*parts: object) -> str:
    """Return the SHA-256, in hexadecimal, of strings and of the `repr` of other values; a value's `repr` has to show all of it."""
    return hashlib.sha256("\n".join(part if isinstance(part, str) else repr(part) for part in parts).encode()).hexdigest()


@functools.cache
def program_key() -> dict[str, str]:
    """Return the hash of saring's own code and the versions of the libraries that affect results, by name.

    The workers of a cluster are compared by it, too.
    """
    versions = {name: importlib.metadata.version(name) for name in LIBRARIES}
    # The Unicode version comes with Python, and decides which characters are letters and which are equal.
    return {"saring": code_fingerprint(), **versions, "unicode": unicodedata.unidata_version}


@functools.cache
def _program() -> str:
    """Return the hash of `program_key`, as a part of other keys."""
    return hash_of(json.dumps(program_key()))


def read_key(config: Config) -> str:
    """Return the cache key of reading: the hash of what `read.read_batches` depends on besides the files of raw/."""
    return hash_of(_program(), config.sources, config.build.scrape_bytes, config.build.page_seconds, *_installed(READERS))


def prepare_key(config: Config) -> dict[str, str]:
    """Return the provenance of extracted pages: hashes, by name, of what `clean_batch.prepare` depends on besides the scrapes."""
    return {"program": _program(), "extract": hash_of(config.extract)}


def clean_key(config: Config) -> dict[str, str]:
    """Return the provenance of documents: hashes, by name, of what `clean_batch.clean` depends on besides the pages.

    The configuration snapshot (rules, exceptions, names, languages) has a hash of its own, since each change of it invalidates only some
    documents (`reuse_documents`); a change of anything else invalidates all.
    """
    classifier = line_classifier.classifier_of(config.noise)
    weights = classifier and (
        classifier.drop_at,
        classifier.kinds,
        boosted_trees.weights_digest(Path(config.noise.weights or line_classifier.WEIGHTS)),
    )
    return {
        **prepare_key(config),
        "settings": hash_of(weights),
        "snapshot": ConfigSnapshot.of(config).digest(),
    }


def relate_key(config: Config) -> str:
    """Return the cache key of relating: the hash of what `relate_corpus` and the validation of its tables depend on besides the documents."""
    return hash_of(_program(), schemas.digest(), config.overlap, _encoder(config.overlap.encoder), config.splits, config.takedowns)


def _installed(libraries: Collection[str]) -> list[tuple[str, str]]:
    """Return the name and version of each of these libraries that is installed, sorted."""
    return sorted({(package.name, package.version) for package in importlib.metadata.distributions() if package.name in libraries})


def _encoder(name: str | None) -> tuple[object, ...]:
    """Return what identifies a sentence encoder: its name, the versions of the libraries that run it, and the hashes of its files if it is a folder.

    A model of the hub is identified by its name alone: nothing is downloaded for it here.
    """
    if name is None:
        return ()
    folder = Path(name)
    files_below = [file.relative_to(folder) for file in folder.rglob("*") if file.is_file()] if folder.is_dir() else []
    # Hidden files are left out: they record when and from where a model was downloaded.
    model_files = sorted(file.as_posix() for file in files_below if not any(part.startswith(".") for part in file.parts))
    return (name, *_installed(ENCODERS), *((file, files.digest(folder / file)) for file in model_files))


def release_key(config: Config) -> str:
    """Return the cache key of a release: the hash of what its files depend on besides the tables, which is all settings but [publish]."""
    return hash_of(
        _program(), schemas.digest(), *(getattr(config, field.name) for field in dataclasses.fields(config) if field.name != "publish")
    )


def scrape_keys(scrapes: pl.DataFrame) -> pl.Series:
    """Return the cache key of each scrape: the hash of all its columns, with the column `sha256` in place of the content.

    Args:
        scrapes: columns of `tables.SCRAPE`.
    """
    columns = [name for name in SCRAPE if name not in ("content", "authors")]
    values = [pl.col(name).cast(pl.String).fill_null("\0") for name in columns]
    joined = scrapes.select(pl.concat_str(*values, pl.col("authors").list.join("\x1e").fill_null("\0"), separator="\x1f")).to_series()
    # Polars has no SHA-256: one call for each scrape takes a microsecond.
    return pl.Series("key", [hashlib.sha256(text.encode()).hexdigest()[:32] for text in joined], dtype=pl.String)
