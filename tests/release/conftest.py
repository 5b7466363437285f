"""A small corpus in our own words, cleaned by hand, with functions to change and release it."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import json
import shutil
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl
import pytest

from saring import release
from saring.config import Config, Dataset
from saring.core import ledger, tables
from saring.release import WriteResult, manifest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

INPUTS = {"scrapes": 6, "bytes": 4_321, "sha256": "0" * 64}

#: Site, language, split, and the page's text, in which ⟦ and ⟧ enclose the noise that cleaning deletes.
PAGES = [
    ("warta.example", "id", "train", "Harga beras turun lagi pekan ini.\n⟦Baca juga: Panen raya di Klaten\n⟧Pedagang pasar mengaku lega."),
    ("warta.example", "id", "train", "⟦IKLAN\n⟧Kapal penyeberangan berhenti dua hari karena ombak tinggi."),
    ("gazette.example", "fr", "train", "Le prix du riz baisse encore cette semaine.\n⟦Partager\n⟧Les marchands du marché respirent."),
    ("gazette.example", "fr", "train", "La traversée en bateau est suspendue pendant deux jours.⟦ (Photo : le port)⟧"),
    ("courier.example", "en", "test", "A library in the hills lends seeds along with its books.⟦ Log in to comment⟧"),
]


class Corpus(NamedTuple):
    """Tables of a small corpus, as the build steps hand them to the release."""

    documents: pl.DataFrame
    edits: pl.DataFrame
    overlaps: pl.DataFrame
    rejections: pl.DataFrame

    def save(self, folder: Path) -> Path:
        """Write the tables to a folder as Parquet files, sorted as a release expects them; return the folder."""
        folder.mkdir(parents=True, exist_ok=True)
        self.documents.sort("source", "id").write_parquet(folder / "documents.parquet")
        self.edits.sort("id", "step", "field", "seq").write_parquet(folder / "edits.parquet")
        self.overlaps.sort("a", "b").write_parquet(folder / "overlaps.parquet")
        self.rejections.sort("source").write_parquet(folder / "rejections.parquet")
        return folder

    def with_documents(self, *documents: dict[str, Any]) -> Corpus:
        """Return the corpus with the given documents added."""
        return self._replace(documents=pl.concat([self.documents, pl.DataFrame(documents, schema=tables.DOCUMENT)]))

    def without(self, id_: str) -> Corpus:
        """Return the corpus without a document, which no other document may refer to, and without its edits."""
        return self._replace(documents=self.documents.filter(pl.col("id") != id_), edits=self.edits.filter(pl.col("id") != id_))

    def edited(self, id_: str, **values: object) -> Corpus:
        """Return the corpus with changed columns of one document, and without its edits, which would no longer match."""
        if isinstance(text := values.get("text"), str):
            values |= {"sha256": hashlib.sha256(text.encode()).hexdigest(), "characters": len(text)}
        new = [
            pl.when(pl.col("id") == id_).then(pl.lit(value, dtype=tables.DOCUMENT[name])).otherwise(pl.col(name)).alias(name)
            for name, value in values.items()
        ]
        return self._replace(documents=self.documents.with_columns(new), edits=self.edits.filter(pl.col("id") != id_))


def document(source: str, text: str, **values: object) -> dict[str, Any]:
    """Return the row of a kept document with the given source, text and other columns; hash and length fit the text."""
    return {
        **dict.fromkeys(tables.DOCUMENT),
        "id": tables.content_id(source),
        "text": text,
        "language": "und",
        "source": source,
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
        "role": "kept",
        "split": "train",
        "characters": len(text),
        "words": len(text.split()),
        "removed_share": 0.0,
        "dropped_share": None,
        **values,
    }


@functools.cache
def small() -> Corpus:
    """Return a corpus of five documents in three languages, one of them a translation marked as a duplicate."""
    documents, spans = [], []
    for number, (site, language, split, marked) in enumerate(PAGES):
        parts = marked.replace("⟧", "⟦").split("⟦")
        row = document(f"pages/{number}.html", "".join(parts[::2]), site=site, language=language, split=split, language_script="Latn")
        row |= {
            "url": f"https://{site}/{number}",
            "title": f"Page {number}",
            "authors": ["Sari", "Élise"] if number % 2 else None,
            "created": dt.datetime(2024, 5, 1 + number, tzinfo=dt.UTC),
            "removed_share": 0.1,
            "dropped_share": None,
            "language_score": 0.9,
        }
        documents.append(row)
        start = 0
        for place, part in enumerate(parts):
            if place % 2:
                spans.append((row["id"], start, start + len(part), part))
            start += len(part)
    first, third = documents[0], documents[2]
    third |= {"role": "duplicate", "kept_id": first["id"], "cluster": first["id"]}
    first |= {"cluster": first["id"]}
    columns = {"id": pl.String, "start": pl.Int32, "end": pl.Int32, "original": pl.String}
    edits = pl.DataFrame(spans, schema=columns, orient="row").with_columns(
        field=pl.lit("text"), replacement=pl.lit(""), kind=pl.lit("navigation"), rule=pl.lit("read-also"), score=None
    )
    a, b = sorted([first["id"], third["id"]])
    passage = {"a_start": 0, "a_end": 10, "b_start": 0, "b_end": 12, "score": 0.75}
    overlap = {"a": a, "b": b, "kind": "translation", "score": 0.8, "coverage_a": 0.9, "coverage_b": 0.95, "passages": [passage]}
    rejection = {"source": "pages/empty.html", "id": None, "step": "read", "reason": "empty", "message": "The file is empty.", "bytes": 0}
    return Corpus(
        pl.DataFrame(documents, schema=tables.DOCUMENT),
        ledger.number_edits("noise", edits),
        pl.DataFrame([overlap], schema=tables.OVERLAP),
        pl.DataFrame([rejection], schema=tables.REJECTION),
    )


def reseal(folder: Path, **values: object) -> None:
    """Update checksums, row counts and seal of a manifest to the files of its release, as someone tampering with it would.

    Args:
        folder: the folder of the release.
        values: other entries of the manifest to change.
    """
    listing = json.loads((folder / "manifest.json").read_text(encoding="utf-8")) | values
    del listing["seal"]
    for file in listing["files"]:
        content = (folder / file["path"]).read_bytes()
        file |= {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        if "rows" in file:
            file["rows"] = pl.read_parquet(folder / file["path"]).height
    (folder / "manifest.json").write_text(manifest.manifest_text({**listing, "seal": manifest.seal(listing)}), encoding="utf-8")


@pytest.fixture
def corpus() -> Corpus:
    """Return the small corpus of five documents."""
    return small()


def made_config() -> Config:
    """Return a configuration without rules or names."""
    return Config(dataset=Dataset(name="warung", license="cc-by-4.0", title="Warung", contact="sari@example.org"))


@pytest.fixture
def config() -> Config:
    """Return a configuration without rules or names."""
    return made_config()


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of releases with one release of the small corpus."""
    folder = tmp_path_factory.mktemp("first")
    release.write_release(small().save(folder / "tables"), made_config(), INPUTS, folder / "processed")
    return folder / "processed"


@pytest.fixture
def build(tmp_path: Path, config: Config, first: Path) -> Callable[..., WriteResult]:
    """Return a function that writes a release of a corpus; the first release of the small corpus is copied, since many tests start with it."""

    def make(corpus: Corpus, *, out: Path = tmp_path / "processed", config: Config = config) -> WriteResult:
        if corpus is small() and config == made_config() and not (out / "warung").exists():
            shutil.copytree(first, out)
            return WriteResult("1.0.0", out / "warung" / "v1.0.0", changed=True, added=5, removed=0, edited=0)
        return release.write_release(corpus.save(tmp_path / "tables"), config, INPUTS, out)

    return make
