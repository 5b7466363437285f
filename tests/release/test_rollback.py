"""Rollback: an older version is the latest again, until the next release."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from saring import release
from saring.core.errors import NoInputError, ReleaseError
from saring.release import staging
from tests.release.conftest import Corpus, document

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Build = Callable[..., release.WriteResult]


@pytest.fixture
def out(corpus: Corpus, build: Build, tmp_path: Path) -> Path:
    """Return a folder with two releases of a dataset."""
    build(corpus)
    build(corpus.with_documents(document("pages/9.html", "Pasar buka lagi.")))
    return tmp_path / "processed"


def latest_file(out: Path) -> str:
    """Return the content of the file `latest`."""
    return (out / "warung" / "latest").read_text(encoding="utf-8")


def bytes_of(folder: Path) -> dict[Path, bytes]:
    """Return the contents of all files of a folder, by path."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_an_older_version_is_the_latest_again(out: Path) -> None:
    """After a rollback `latest` names the older version, commands use it by default, and no release was changed."""
    before = bytes_of(out / "warung" / "v1.0.0") | bytes_of(out / "warung" / "v1.1.0")

    folder = release.rollback(out, "warung", "v1.0.0")

    assert folder == out / "warung" / "v1.0.0"
    assert latest_file(out) == "v1.0.0\n"
    assert release.find_release(out, "warung") == folder
    assert release.is_pinned_latest(folder)
    assert not release.is_pinned_latest(out / "warung" / "v1.1.0")
    assert bytes_of(out / "warung" / "v1.0.0") | bytes_of(out / "warung" / "v1.1.0") == before


def test_a_build_without_changes_keeps_the_pin(out: Path, corpus: Corpus, build: Build) -> None:
    """A build of the same tables writes no version and keeps the pinned version the latest, even if a crash left `latest` outdated."""
    release.rollback(out, "warung", "1.0.0")
    (out / "warung" / "latest").write_text("v1.1.0\n", encoding="utf-8")

    written = build(corpus.with_documents(document("pages/9.html", "Pasar buka lagi.")))

    assert (written.version, written.changed) == ("1.1.0", False)
    assert latest_file(out) == "v1.0.0\n"


def test_the_next_release_ends_the_pin(out: Path, corpus: Corpus, build: Build) -> None:
    """The next release is numbered after the newest version and is the latest; a rollback to the newest version undoes a rollback."""
    release.rollback(out, "warung", "v1.0.0")
    release.rollback(out, "warung", "v1.1.0")
    assert latest_file(out) == "v1.1.0\n"
    release.rollback(out, "warung", "v1.0.0")

    written = build(corpus.with_documents(document("pages/9.html", "Pasar buka lagi."), document("pages/10.html", "Hujan.")))

    assert written.version == "1.2.0"
    assert latest_file(out) == "v1.2.0\n"
    assert staging.pinned_version(out / "warung") is None
    assert staging.latest_version(out / "warung") == "1.2.0"


def test_a_damaged_version_is_not_pinned(out: Path, tmp_path: Path) -> None:
    """A rollback to a damaged release, to a missing version, or to a folder outside the dataset is refused."""
    (out / "warung" / "v1.0.0" / "CHANGELOG.md").write_text("", encoding="utf-8")
    with pytest.raises(ReleaseError, match=r"CHANGELOG\.md"):
        release.rollback(out, "warung", "v1.0.0")
    with pytest.raises(NoInputError, match=r"expected v3\.0\.0, found v1\.0\.0, v1\.1\.0"):
        release.rollback(out, "warung", "v3.0.0")
    with pytest.raises(NoInputError, match="found a folder elsewhere"):
        release.rollback(out, "warung", str(tmp_path))

    assert latest_file(out) == "v1.1.0\n"


def test_an_unreadable_pin_is_ignored(out: Path) -> None:
    """If the pin file is incomplete, or names a version that does not exist, the newest version is the latest."""
    for content in ("", "v1.0.0", "v0.9.0 v1.1.0", "v1.0.0 v1.0.5"):
        (out / "warung" / ".chosen").write_text(content, encoding="utf-8")
        assert staging.latest_version(out / "warung") == "1.1.0"
