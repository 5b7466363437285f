"""Files of a release as they are published: its own bytes but for the card and the manifest."""

from __future__ import annotations

import hashlib
import json
import shutil
from typing import TYPE_CHECKING

import pytest

from saring.core.errors import ReleaseError
from saring.publish.release_files import manifest_checksums, read_release, version_key
from tests.publish import published

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(releases: Path, tmp_path: Path) -> Path:
    """Return a copy of a release that a test may damage."""
    shutil.copytree(releases / "v1.0.0", tmp_path / "v1.0.0")
    return tmp_path / "v1.0.0"


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """Return an empty folder for rewritten files."""
    (tmp_path / "scratch").mkdir()
    return tmp_path / "scratch"


def test_card_and_manifest_name_the_address(folder: Path, scratch: Path) -> None:
    """The card names the address, the manifest lists that card; all other files are those of the folder, which is not changed."""
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    local = read_release(folder, "hf://datasets/org/name", scratch)

    expected = published.files(folder, "hf://datasets/org/name")
    assert {path: local.file(path).read_bytes() for path in local.files} == expected
    assert local.files == {path: hashlib.sha256(content).hexdigest() for path, content in expected.items()}
    assert set(local.replaced) == {"README.md", "manifest.json"}
    assert (local.dataset, local.version) == ("warung", "1.0.0")
    assert {path: path.read_bytes() for path in before} == before
    assert local.size(["README.md", "manifest.json"]) == sum(len(expected[path]) for path in ("README.md", "manifest.json"))
    assert local.size([]) == 0


def test_a_card_that_names_the_address_stays(folder: Path, scratch: Path, tmp_path: Path) -> None:
    """A release whose card names the address already is published byte for byte."""
    local = read_release(folder, "hf://datasets/org/name", scratch)
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    for path, file in local.replaced.items():
        shutil.copyfile(file, copy / path)

    again = read_release(copy, "hf://datasets/org/name", scratch)

    assert again.replaced == {}
    assert again.files == local.files
    assert again.file("README.md") == copy / "README.md"


@pytest.mark.parametrize(("content", "found"), [(b"other", "other bytes"), (None, "no file")])
def test_a_damaged_release_is_refused(content: bytes | None, found: str, folder: Path, scratch: Path) -> None:
    """A file that is missing or has other bytes is an error that names it."""
    file = folder / "all" / "train-00000.parquet"
    file.unlink()
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(
        ReleaseError, match=rf"train-00000\.parquet: expected the file that manifest\.json lists, found {found}\. .*nothing was"
    ):
        read_release(folder, "there", scratch)


def test_replaced_files_have_their_own_hash(folder: Path, scratch: Path) -> None:
    """Contents that replace files are written to the scratch folder, and count in hashes and sizes."""
    local = read_release(folder, str(folder.parent), scratch)

    changed = local.with_files({"CHANGELOG.md": b"new"})

    assert changed.file("CHANGELOG.md").read_bytes() == b"new"
    assert changed.files["CHANGELOG.md"] == hashlib.sha256(b"new").hexdigest()
    assert (changed.size(["CHANGELOG.md"]), local.size(["CHANGELOG.md"])) == (3, (folder / "CHANGELOG.md").stat().st_size)
    assert local.file("CHANGELOG.md") == folder / "CHANGELOG.md"


def test_checksums_are_those_of_the_manifest(folder: Path) -> None:
    """Every file that the manifest lists has its checksum there; the manifest itself is not listed."""
    checksums = manifest_checksums(json.loads((folder / "manifest.json").read_text(encoding="utf-8")))

    assert checksums == {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }
    assert manifest_checksums({"files": []}) == {}


def test_versions_sort_as_numbers() -> None:
    """Version 1.10.0 comes after 1.9.0, and 10.0.0 after both."""
    assert sorted(["10.0.0", "1.10.0", "1.9.0", "1.9.10"], key=version_key) == ["1.9.0", "1.9.10", "1.10.0", "10.0.0"]
