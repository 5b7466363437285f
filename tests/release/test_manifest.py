"""Contents of manifest.json, croissant.json and CHANGELOG.md."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from saring.config import default_config
from saring.core.errors import ReleaseError
from saring.release import manifest
from saring.storage.files import digest
from tests.release.conftest import INPUTS, Corpus, document

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from saring.config import Config
    from saring.release import WriteResult

    Build = Callable[..., WriteResult]


def test_the_manifest_lists_inputs_and_files(corpus: Corpus, build: Build, tmp_path: Path) -> None:
    """The manifest has inputs, fingerprints, configuration and files, but no machine names, times or absolute paths."""
    build(corpus)
    written = build(corpus.with_documents(document("pages/7.html", "Pasar malam dibuka.")))

    listing = manifest.load_manifest(written.folder)

    assert list(listing) == ["dataset", "version", "parent", "build", "inputs", "code", "rules", "schemas", "config", "files", "seal"]
    assert (listing["dataset"], listing["version"], listing["parent"], listing["inputs"]) == ("warung", "1.1.0", "1.0.0", INPUTS)
    assert listing["schemas"]["document"] == "1.1.0"
    assert listing["config"]["dataset"]["license"] == "cc-by-4.0"
    assert "publish" not in listing["config"]
    rows = {file["path"]: file.get("rows") for file in listing["files"]}
    assert (rows["all/train-00000.parquet"], rows["README.md"]) == (5, None)
    assert str(tmp_path) not in manifest.manifest_text(listing)


def test_a_changed_manifest_is_refused(corpus: Corpus, build: Build) -> None:
    """A manifest whose content or formatting was changed is refused."""
    folder = build(corpus).folder
    original = (folder / "manifest.json").read_text(encoding="utf-8")
    for changed in (original.replace("1.0.0", "1.0.1", 1), original.replace("\n", "\r\n"), json.dumps(json.loads(original)), "[]", "{}"):
        (folder / "manifest.json").write_bytes(changed.encode())
        with pytest.raises(ReleaseError, match="changed since"):
            manifest.load_manifest(folder)


def test_the_fingerprint_of_rules_ignores_their_folder(config: Config) -> None:
    """The same rules from another folder have the same fingerprint; different rules have a different one."""
    full = default_config()
    moved = dataclasses.replace(full, rules=tuple(dataclasses.replace(rule, file="elsewhere") for rule in full.rules))

    assert manifest.rules_fingerprint(moved) == manifest.rules_fingerprint(full)
    if full.rules:
        assert manifest.rules_fingerprint(config) != manifest.rules_fingerprint(full)


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


def test_the_changelog_counts_changes(corpus: Corpus, build: Build) -> None:
    """The section of a version counts added, removed and edited records by source, column and rule, above older sections."""
    build(corpus)
    ids = corpus.documents["id"]
    changed = (
        corpus.without(ids[3]).edited(ids[1], text="Kapal berlayar lagi.").with_documents(document("new", "Hujan turun.", title="Hujan"))
    )

    changelog = (build(changed).folder / "CHANGELOG.md").read_text(encoding="utf-8")

    assert changelog.index("## 2.0.0") < changelog.index("## 1.0.0")
    assert changelog.count("# Changelog\n") == 1
    section = changelog.split("## 1.0.0")[0]
    assert "1 record added, 1 removed, 1 edited; 4 words added, 16 removed." in section
    assert f"| `{document('new', '')['id']}` | `Hujan` | `new` |" in section
    assert "| `gazette.example` | 0 | 1 | 0 | 0 | 9 |" in section
    assert "| text | 1 |" in section
    assert "| noise | navigation | `read-also` | 5 | 3 | 15 | 11 |" in section
    assert "Kapal penyeberangan" not in changelog


def test_removed_records_are_not_quoted(corpus: Corpus, build: Build) -> None:
    """The changelog counts removed records without quoting them, since somebody may have asked for their removal."""
    build(corpus)
    removed = corpus.documents.row(3, named=True)

    changelog = (build(corpus.without(removed["id"])).folder / "CHANGELOG.md").read_text(encoding="utf-8")

    assert removed["title"] not in changelog
    assert removed["id"] not in changelog
