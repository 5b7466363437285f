"""manifest.json, croissant.json and CHANGELOG.md."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from tests.release.conftest import INPUTS, Corpus, document

from saring.config import default_config
from saring.core.errors import ReleaseError
from saring.release import manifest
from saring.storage.files import digest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from saring.config import Config
    from saring.release import Written

    Build = Callable[..., Written]


def test_the_manifest_says_what_a_release_is_made_of(corpus: Corpus, build: Build, tmp_path: Path) -> None:
    """The manifest has inputs, fingerprints, configuration and files; nothing of the machine or the hour."""
    build(corpus)
    written = build(corpus.with_documents(document("pages/7.html", "Pasar malam dibuka.")))

    found = manifest.load_manifest(written.folder)

    assert list(found) == ["dataset", "version", "parent", "build", "inputs", "code", "rules", "schemas", "config", "files", "seal"]
    assert (found["dataset"], found["version"], found["parent"], found["inputs"]) == ("warung", "1.1.0", "1.0.0", INPUTS)
    assert found["schemas"]["document"] == "1.1.0"
    assert found["config"]["dataset"]["license"] == "cc-by-4.0"
    assert "publish" not in found["config"]
    rows = {file["path"]: file.get("rows") for file in found["files"]}
    assert (rows["all/train-00000.parquet"], rows["README.md"]) == (5, None)
    assert str(tmp_path) not in manifest.manifest_text(found)


def test_a_changed_manifest_is_refused(corpus: Corpus, build: Build) -> None:
    """A manifest that was changed, or only laid out anew, is not the one that was written."""
    folder = build(corpus).folder
    whole = (folder / "manifest.json").read_text(encoding="utf-8")
    for changed in (whole.replace("1.0.0", "1.0.1", 1), whole.replace("\n", "\r\n"), json.dumps(json.loads(whole)), "[]", "{}"):
        (folder / "manifest.json").write_bytes(changed.encode())
        with pytest.raises(ReleaseError, match="changed since"):
            manifest.load_manifest(folder)


def test_rules_have_a_fingerprint_that_knows_no_folder(config: Config) -> None:
    """The same rules from another folder have the same fingerprint, other rules another."""
    full = default_config()
    moved = dataclasses.replace(full, rules=tuple(dataclasses.replace(rule, file="elsewhere") for rule in full.rules))

    assert manifest.rules_fingerprint(moved) == manifest.rules_fingerprint(full)
    if full.rules:
        assert manifest.rules_fingerprint(config) != manifest.rules_fingerprint(full)


def _described(corpus: Corpus, build: Build) -> tuple[Path, dict[str, Any]]:
    folder = build(corpus).folder
    return folder, json.loads((folder / "croissant.json").read_text(encoding="utf-8"))


def test_croissant_describes_every_file(corpus: Corpus, build: Build) -> None:
    """Every Parquet file is in the Croissant file with its real checksum and size, every column of every config as a field."""
    folder, found = _described(corpus, build)

    objects = {entry["@id"]: entry for entry in found["distribution"] if entry["@type"] == "cr:FileObject"}
    assert set(objects) == {path.relative_to(folder).as_posix() for path in folder.rglob("*.parquet")}
    for path, entry in objects.items():
        assert entry["sha256"] == digest(folder / path)
        assert entry["contentSize"] == f"{(folder / path).stat().st_size} B"
    fields = {entry["@id"]: [field["name"] for field in entry["field"]] for entry in found["recordSet"]}
    assert fields == {config: pl.read_parquet(folder / config).columns for config in fields}
    assert list(fields) == ["documents", "all", "edits", "overlaps", "rejections"]


def test_croissant_ids_are_unique_and_resolve(corpus: Corpus, build: Build) -> None:
    """No two nodes share an id, because JSON-LD would merge them, and every reference names one of them."""
    _, found = _described(corpus, build)
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

    visit({key: value for key, value in found.items() if key != "@context"})
    assert len(nodes) == len(set(nodes))
    assert set(references) <= set(nodes)
    assert found["conformsTo"] == "http://mlcommons.org/croissant/1.1"
    assert "datePublished" not in found


# The libraries below it use what other libraries, or they themselves, have given up.
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning", "ignore:The inplace keyword:Warning")
def test_the_reference_reader_takes_croissant(corpus: Corpus, build: Build) -> None:
    """The library mlcroissant finds no error, misses a date of publication alone, and reads the records of every config, links and passages too."""
    import mlcroissant  # noqa: PLC0415 - takes seconds to import

    folder = build(corpus).folder

    found = mlcroissant.Dataset(jsonld=folder / "croissant.json")

    assert not found.metadata.issues.errors
    assert [issue for issue in found.metadata.issues.warnings if "datePublished" not in str(issue)] == []
    for config in ("documents", "all", "edits", "overlaps", "rejections"):
        rows = list(found.records(record_set=config))
        assert len(rows) == pl.read_parquet(folder / config / "*.parquet").height
        if config == "documents":
            assert {row["documents/id"].decode() for row in rows} == set(pl.read_parquet(folder / "documents")["id"])


def test_the_changelog_says_what_changed(corpus: Corpus, build: Build) -> None:
    """A version's part counts what was added, removed and edited, by source, column and rule, above the parts before it."""
    build(corpus)
    ids = corpus.documents["id"]
    changed = (
        corpus.without(ids[3]).edited(ids[1], text="Kapal berlayar lagi.").with_documents(document("new", "Hujan turun.", title="Hujan"))
    )

    found = (build(changed).folder / "CHANGELOG.md").read_text(encoding="utf-8")

    assert found.index("## 2.0.0") < found.index("## 1.0.0")
    assert found.count("# Changelog\n") == 1
    part = found.split("## 1.0.0")[0]
    assert "1 record added, 1 removed, 1 edited; 4 words added, 16 removed." in part
    assert f"| `{document('new', '')['id']}` | `Hujan` | `new` |" in part
    assert "| `gazette.example` | 0 | 1 | 0 | 0 | 9 |" in part
    assert "| text | 1 |" in part
    assert "| noise | navigation | `read-also` | 5 | 3 | 15 | 11 |" in part
    assert "Kapal penyeberangan" not in found


def test_what_was_removed_is_not_quoted(corpus: Corpus, build: Build) -> None:
    """The changelog counts removed records without naming them: somebody may have asked for their removal."""
    build(corpus)
    gone = corpus.documents.row(3, named=True)

    found = (build(corpus.without(gone["id"])).folder / "CHANGELOG.md").read_text(encoding="utf-8")

    assert gone["title"] not in found
    assert gone["id"] not in found
