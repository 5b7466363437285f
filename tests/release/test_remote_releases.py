"""Releases in a bucket: made, found, checked, compared, published, rolled back and purged as those of this disk are."""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from tests.publish import published
from tests.release.conftest import INPUTS, document, made_config, small

from saring import publish, release
from saring.config import Takedown
from saring.core.errors import NoInputError, ReleaseError
from saring.release import staging
from saring.storage.paths import list_remote, path_of
from saring.tools import diff_report, explain
from saring.tools.suggest_names.suggest import suggest_from_release
from saring.tools.takedown.purge import purge
from saring.tools.takedown.reach import find_reach

if TYPE_CHECKING:
    from pathlib import Path

GOING = small().documents["id"][1]


class Places(NamedTuple):
    """The same two releases, of which the second lacks a document and has another, here and in a bucket."""

    tables: Path
    here: Path
    there: Path


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the tables of two releases and the releases made of them here."""
    folder = tmp_path_factory.mktemp("written")
    later = small().without(GOING).with_documents(document("pages/9.html", "Pasar malam dibuka lagi."))
    for number, corpus in enumerate((small(), later)):
        release.write_release(corpus.save(folder / "tables" / str(number)), made_config(), INPUTS, folder / "processed")
    return folder


@pytest.fixture
def places(written: Path, s3: dict[str, str], tmp_path: Path) -> Places:
    """Copy the releases into a bucket."""
    found = Places(written / "tables", written / "processed", path_of(f"s3://bucket/{tmp_path.name}/processed"))
    for file in (written / "processed").rglob("*"):
        if file.is_file() and not file.name.startswith("."):
            (found.there / file.relative_to(written / "processed").as_posix()).write_bytes(file.read_bytes())
    return found


def tree(out: Path) -> dict[str, str]:
    """Return the hash of every file that is not hidden."""
    paths = list_remote(out) if "://" in str(out) else [file.relative_to(out).as_posix() for file in out.rglob("*") if file.is_file()]
    return {path: hashlib.sha256((out / path).read_bytes()).hexdigest() for path in sorted(paths) if "/." not in path}


def test_the_same_files(places: Places) -> None:
    """Byte for byte, `latest` too; made again, nothing is new; no lock stays."""
    places = places._replace(there=places.there / "made")
    for number in range(2):
        assert release.write_release(places.tables / str(number), made_config(), INPUTS, places.there).changed
    assert tree(places.there) == tree(places.here)
    assert not [path for path in list_remote(places.there) if path.endswith(".lock")]

    again = release.write_release(places.tables / "1", made_config(), INPUTS, places.there)
    assert (again.version, again.changed) == ("2.0.0", False)
    assert release.preview_release(places.tables / "0", made_config(), places.there).version == "3.0.0"
    assert tree(places.there) == tree(places.here)


def test_it_is_found_and_checked(places: Places) -> None:
    """By version, by the URL of its folder, as the latest; what was changed there since is told with its URL."""
    home = places.there / "warung"
    assert release.find_release(places.there, "warung") == home / "v2.0.0"
    assert (
        release.find_release(places.there, "warung", "v1.0.0")
        == release.find_release(places.here, "warung", f"{home}/v1.0.0")
        == home / "v1.0.0"
    )
    with pytest.raises(NoInputError, match=r"s3://bucket/\S+/warung: expected v3\.0\.0, found v1\.0\.0, v2\.0\.0"):
        release.find_release(places.there, "warung", "v3.0.0")
    assert release.verify(home / "v1.0.0") == release.verify(places.here / "warung" / "v1.0.0")

    (home / "v1.0.0" / "README.md").write_bytes((home / "v1.0.0" / "README.md").read_bytes().replace(b"warung", b"kedai!"))
    with pytest.raises(
        ReleaseError, match=r"s3://bucket/\S+/v1\.0\.0: expected a whole release, found\n- README\.md: its bytes have changed"
    ):
        release.verify(home / "v1.0.0")


def test_it_is_compared_and_shown(places: Places) -> None:
    """Differences, one document with its history, and names are those of the same releases here."""
    views = [
        diff_report.as_json(diff_report.compare(*(out / "warung" / name for name in ("v1.0.0", "v2.0.0"))))
        for out in (places.there, places.here)
    ]
    assert views[0] == views[1]
    ours, theirs = (explain.published_document(out / "warung" / "v1.0.0", GOING) for out in (places.here, places.there))
    assert all(a.equals(b) for a, b in zip((*ours[0], ours[1]), (*theirs[0], theirs[1]), strict=True))
    assert suggest_from_release(places.there / "warung" / "v1.0.0", ()).equals(suggest_from_release(places.here / "warung" / "v1.0.0", ()))


def test_it_is_published(places: Places, tmp_path: Path) -> None:
    """From the bucket to a folder, as from here; an older version that was made the latest goes back there too."""
    for version in ("v1.0.0", "v2.0.0"):
        publish.publish(release.find_release(places.there, "warung", version), str(tmp_path / "shared"))
        here = places.here / "warung" / version
        assert tree(tmp_path / "shared" / version) == published.digests(here, str(tmp_path / "shared"))
        assert release.verify(tmp_path / "shared" / version) == release.verify(here)

    folder = release.rollback(places.there, "warung", "v1.0.0")
    assert folder == release.find_release(places.there, "warung") == places.there / "warung" / "v1.0.0"
    assert release.is_pinned_latest(folder)
    assert not release.is_pinned_latest(places.there / "warung" / "v2.0.0")
    assert publish.publish(folder, str(tmp_path / "shared"), chosen=True).changed
    assert (tmp_path / "shared" / "latest").read_text(encoding="utf-8") == (places.there / "warung" / "latest").read_text() == "v1.0.0\n"


def test_what_is_taken_down_is_purged(places: Places) -> None:
    """What a takedown reaches is told as here; the release that holds it goes, all of it, and the newest stays."""
    takedown = Takedown(id=GOING)
    config = dataclasses.replace(made_config(), takedowns=(takedown,))
    assert find_reach(takedown, places.there, config).versions == find_reach(takedown, places.here, config).versions == ["1.0.0"]
    before = tree(places.there)

    assert purge(places.there, config, dry_run=True) == ["1.0.0"]
    assert tree(places.there) == before
    assert purge(places.there, config) == ["1.0.0"]
    assert tree(places.there) == {path: sha256 for path, sha256 in before.items() if "v1.0.0" not in path}


def test_a_release_without_its_manifest_is_none(places: Places) -> None:
    """What was left of one that was being sent is no version, and the next release removes it; one that came meanwhile is not overwritten."""
    there: Any = places.there
    there.fs.pipe_file(f"{there.path}/warung/v3.0.0/all/stray-00000.parquet", b"PAR1")
    assert staging.versions(places.there / "warung") == ["1.0.0", "2.0.0"]

    found = release.write_release(places.tables / "0", made_config(), INPUTS, places.there)

    assert found.version == "3.0.0"
    assert not [path for path in list_remote(found.folder) if "stray" in path]
    release.verify(found.folder)


def test_one_that_came_meanwhile_is_not_overwritten(places: Places, tmp_path: Path) -> None:
    """Two who both believe to hold the lock: the last to come is refused, and both releases are whole."""
    shutil.copytree(places.here / "warung" / "v1.0.0", tmp_path / "release")
    before = tree(places.there)

    with pytest.raises(ReleaseError, match=r"v2\.0\.0: expected no release, found one that came meanwhile"):
        staging.place(tmp_path / "release", places.there / "warung", "2.0.0")

    assert tree(places.there) == before
