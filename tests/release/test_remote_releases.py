"""Releases in a bucket: written, located, verified, compared, published, rolled back and purged like releases on disk."""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from saring import publish, release
from saring.config import Takedown
from saring.core.errors import NoInputError, ReleaseError
from saring.release import staging
from saring.storage.paths import list_remote, path_of
from saring.tools import diff_report, explain
from saring.tools.suggest_names.suggest import suggest_from_release
from saring.tools.takedown.purge import purge
from saring.tools.takedown.reach import find_reach
from tests.publish import published
from tests.release.conftest import INPUTS, document, made_config, small

if TYPE_CHECKING:
    from pathlib import Path

REMOVED_ID = small().documents["id"][1]


class Places(NamedTuple):
    """The same two releases on disk and in a bucket; the second lacks a document of the first and has a new one.

    Attributes:
        tables: the tables of the two releases, in folders `0` and `1`.
        local: the folder of all releases on disk.
        remote: the folder of all releases in the bucket.
    """

    tables: Path
    local: Path
    remote: Path


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the tables of two releases, and the releases written from them to disk."""
    folder = tmp_path_factory.mktemp("written")
    later = small().without(REMOVED_ID).with_documents(document("pages/9.html", "Pasar malam dibuka lagi."))
    for number, corpus in enumerate((small(), later)):
        release.write_release(corpus.save(folder / "tables" / str(number)), made_config(), INPUTS, folder / "processed")
    return folder


@pytest.fixture
def places(written: Path, s3: dict[str, str], tmp_path: Path) -> Places:
    """Return two releases on disk, and copies of them in a bucket."""
    both = Places(written / "tables", written / "processed", path_of(f"s3://bucket/{tmp_path.name}/processed"))
    for file in (written / "processed").rglob("*"):
        if file.is_file() and not file.name.startswith("."):
            (both.remote / file.relative_to(written / "processed").as_posix()).write_bytes(file.read_bytes())
    return both


def tree(out: Path) -> dict[str, str]:
    """Return the SHA-256 of every file that is not hidden, by path."""
    paths = list_remote(out) if "://" in str(out) else [file.relative_to(out).as_posix() for file in out.rglob("*") if file.is_file()]
    return {path: hashlib.sha256((out / path).read_bytes()).hexdigest() for path in sorted(paths) if "/." not in path}


def test_a_remote_release_has_the_same_files(places: Places) -> None:
    """Releases written to a bucket equal those on disk byte for byte; writing again changes nothing, and no lock remains."""
    places = places._replace(remote=places.remote / "made")
    for number in range(2):
        assert release.write_release(places.tables / str(number), made_config(), INPUTS, places.remote).changed
    assert tree(places.remote) == tree(places.local)
    assert not [path for path in list_remote(places.remote) if path.endswith(".lock")]

    again = release.write_release(places.tables / "1", made_config(), INPUTS, places.remote)
    assert (again.version, again.changed) == ("2.0.0", False)
    assert release.preview_release(places.tables / "0", made_config(), places.remote).version == "3.0.0"
    assert tree(places.remote) == tree(places.local)


def test_a_remote_release_is_located_and_verified(places: Places) -> None:
    """A remote release is found by version, by URL, and as the latest; verification reports damage with its URL."""
    home = places.remote / "warung"
    assert release.find_release(places.remote, "warung") == home / "v2.0.0"
    assert (
        release.find_release(places.remote, "warung", "v1.0.0")
        == release.find_release(places.local, "warung", f"{home}/v1.0.0")
        == home / "v1.0.0"
    )
    with pytest.raises(NoInputError, match=r"s3://bucket/\S+/warung: expected v3\.0\.0, found v1\.0\.0, v2\.0\.0"):
        release.find_release(places.remote, "warung", "v3.0.0")
    assert release.verify(home / "v1.0.0") == release.verify(places.local / "warung" / "v1.0.0")

    (home / "v1.0.0" / "README.md").write_bytes((home / "v1.0.0" / "README.md").read_bytes().replace(b"warung", b"kedai!"))
    with pytest.raises(
        ReleaseError, match=r"s3://bucket/\S+/v1\.0\.0: expected an intact release, found\n- README\.md: its bytes have changed"
    ):
        release.verify(home / "v1.0.0")


def test_a_remote_release_is_compared_and_explained(places: Places) -> None:
    """The diff, an explained document and suggested names are the same for remote releases as for local ones."""
    views = [
        diff_report.as_json(diff_report.compare(*(out / "warung" / name for name in ("v1.0.0", "v2.0.0"))))
        for out in (places.remote, places.local)
    ]
    assert views[0] == views[1]
    local, remote = (explain.published_document(out / "warung" / "v1.0.0", REMOVED_ID) for out in (places.local, places.remote))
    assert all(a.equals(b) for a, b in zip((*local[0], local[1]), (*remote[0], remote[1]), strict=True))
    assert suggest_from_release(places.remote / "warung" / "v1.0.0", ()).equals(
        suggest_from_release(places.local / "warung" / "v1.0.0", ())
    )


def test_a_remote_release_is_published(places: Places, tmp_path: Path) -> None:
    """A remote release is published to a folder like a local one, and so is a rollback to an older version."""
    for version in ("v1.0.0", "v2.0.0"):
        publish.publish(release.find_release(places.remote, "warung", version), str(tmp_path / "shared"))
        local = places.local / "warung" / version
        assert tree(tmp_path / "shared" / version) == published.digests(local, str(tmp_path / "shared"))
        assert release.verify(tmp_path / "shared" / version) == release.verify(local)

    folder = release.rollback(places.remote, "warung", "v1.0.0")
    assert folder == release.find_release(places.remote, "warung") == places.remote / "warung" / "v1.0.0"
    assert release.is_pinned_latest(folder)
    assert not release.is_pinned_latest(places.remote / "warung" / "v2.0.0")
    assert publish.publish(folder, str(tmp_path / "shared"), chosen=True).changed
    assert (tmp_path / "shared" / "latest").read_text(encoding="utf-8") == (places.remote / "warung" / "latest").read_text() == "v1.0.0\n"


def test_remote_releases_are_purged(places: Places) -> None:
    """A takedown finds the same versions in a bucket as on disk; a purge deletes the release that contains the document, and no other."""
    takedown = Takedown(id=REMOVED_ID)
    config = dataclasses.replace(made_config(), takedowns=(takedown,))
    assert find_reach(takedown, places.remote, config).versions == find_reach(takedown, places.local, config).versions == ["1.0.0"]
    before = tree(places.remote)

    assert purge(places.remote, config, dry_run=True) == ["1.0.0"]
    assert tree(places.remote) == before
    assert purge(places.remote, config) == ["1.0.0"]
    assert tree(places.remote) == {path: sha256 for path, sha256 in before.items() if "v1.0.0" not in path}


def test_an_incomplete_upload_is_not_a_release(places: Places) -> None:
    """A folder without a manifest does not count as a version, and the next release of that number removes it."""
    remote: Any = places.remote
    remote.fs.pipe_file(f"{remote.path}/warung/v3.0.0/all/stray-00000.parquet", b"PAR1")
    assert staging.list_versions(places.remote / "warung") == ["1.0.0", "2.0.0"]

    written = release.write_release(places.tables / "0", made_config(), INPUTS, places.remote)

    assert written.version == "3.0.0"
    assert not [path for path in list_remote(written.folder) if "stray" in path]
    release.verify(written.folder)


def test_a_concurrent_release_is_not_overwritten(places: Places, tmp_path: Path) -> None:
    """If two builds both believe they hold the lock, the second to finish is refused, and the first release is unchanged."""
    shutil.copytree(places.local / "warung" / "v1.0.0", tmp_path / "release")
    before = tree(places.remote)

    with pytest.raises(ReleaseError, match=r"v2\.0\.0: expected no release, found one that another build has written meanwhile"):
        staging.move_into_place(tmp_path / "release", places.remote / "warung", "2.0.0")

    assert tree(places.remote) == before
