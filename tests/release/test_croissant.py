"""Contents of croissant.json, checked by hand and by the reference reader mlcroissant."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from saring.storage.files import digest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from saring.release import WriteResult
    from tests.release.conftest import Corpus

    Build = Callable[..., WriteResult]


def _described(corpus: Corpus, build: Build) -> tuple[Path, dict[str, Any]]:
    folder = build(corpus).folder
    return folder, json.loads((folder / "croissant.json").read_text(encoding="utf-8"))


def test_croissant_describes_every_file(corpus: Corpus, build: Build) -> None:
    """The Croissant file lists every Parquet file with its checksum and size, and every column of every config as a field."""
    folder, croissant = _described(corpus, build)

    objects = {entry["@id"]: entry for entry in croissant["distribution"] if entry["@type"] == "cr:FileObject"}
    assert set(objects) == {path.relative_to(folder).as_posix() for path in folder.rglob("*.parquet")}
    for path, entry in objects.items():
        assert entry["sha256"] == digest(folder / path)
        assert entry["contentSize"] == f"{(folder / path).stat().st_size} B"
    fields = {entry["@id"]: [field["name"] for field in entry["field"]] for entry in croissant["recordSet"]}
    assert fields == {config: pl.read_parquet(folder / config).columns for config in fields}
    assert list(fields) == ["documents", "all", "edits", "overlaps", "rejections"]


def test_croissant_ids_are_unique_and_resolve(corpus: Corpus, build: Build) -> None:
    """Ids of JSON-LD nodes are unique, since equal ones would be merged, and every reference is the id of a node."""
    _, croissant = _described(corpus, build)
    nodes: list[str] = []
    references: list[str] = []

    def visit(value: object) -> None:
        if isinstance(value, dict):
            if "@id" in value:
                (references if len(value) == 1 else nodes).append(value["@id"])
            for inner in value.values():
                visit(inner)
        elif isinstance(value, list):
            for inner in value:
                visit(inner)

    visit({key: value for key, value in croissant.items() if key != "@context"})
    assert len(nodes) == len(set(nodes))
    assert set(references) <= set(nodes)
    assert croissant["conformsTo"] == "http://mlcommons.org/croissant/1.1"
    assert "datePublished" not in croissant


# mlcroissant and the libraries below it use deprecated functions.
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning", "ignore:The inplace keyword:Warning")
def test_the_reference_reader_takes_croissant(corpus: Corpus, build: Build) -> None:
    """The library mlcroissant reports no errors, warns only of the missing publication date, and reads the records of every config."""
    import mlcroissant  # noqa: PLC0415 - takes seconds to import

    folder = build(corpus).folder

    dataset = mlcroissant.Dataset(jsonld=folder / "croissant.json")

    assert not dataset.metadata.issues.errors
    assert [issue for issue in dataset.metadata.issues.warnings if "datePublished" not in str(issue)] == []
    for config in ("documents", "all", "edits", "overlaps", "rejections"):
        rows = list(dataset.records(record_set=config))
        assert len(rows) == pl.read_parquet(folder / config / "*.parquet").height
        if config == "documents":
            assert {row["documents/id"].decode() for row in rows} == set(pl.read_parquet(folder / "documents")["id"])
