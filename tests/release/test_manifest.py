"""Contents of manifest.json: inputs, fingerprints and files, and detection of changes."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

import pytest

from saring.config import default_config
from saring.core.errors import ReleaseError
from saring.release import manifest
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
    assert listing["schemas"]["document"] == "1.2.0"
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
