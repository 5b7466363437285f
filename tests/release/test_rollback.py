"""pipeline/saring/release/rollback.py: an older version is the latest again; the choice ends with the next release."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.release.conftest import Corpus, document

from saring import release
from saring.core.errors import NoInputError, ReleaseError
from saring.release import staging

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Build = Callable[..., release.Written]


@pytest.fixture
def out(corpus: Corpus, build: Build, tmp_path: Path) -> Path:
    """Return the folder of two releases."""
    build(corpus)
    build(corpus.with_documents(document("pages/9.html", "Pasar buka lagi.")))
    return tmp_path / "processed"


def named(out: Path) -> str:
    """Return what `latest` names."""
    return (out / "warung" / "latest").read_text(encoding="utf-8")


def bytes_of(folder: Path) -> dict[Path, bytes]:
    """Return all files of a folder."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_an_older_version_is_the_latest_again(out: Path) -> None:
    """`latest` names it, commands take it by default, and no release was touched."""
    before = bytes_of(out / "warung" / "v1.0.0") | bytes_of(out / "warung" / "v1.1.0")

    folder = release.rollback(out, "warung", "v1.0.0")

    assert folder == out / "warung" / "v1.0.0"
    assert named(out) == "v1.0.0\n"
    assert release.find_release(out, "warung") == folder
    assert release.is_pinned_latest(folder)
    assert not release.is_pinned_latest(out / "warung" / "v1.1.0")
    assert bytes_of(out / "warung" / "v1.0.0") | bytes_of(out / "warung" / "v1.1.0") == before


def test_a_build_with_nothing_new_leaves_the_choice(out: Path, corpus: Corpus, build: Build) -> None:
    """The same tables again make no version, and `latest` still names the older one, even where a crash kept it from doing so."""
    release.rollback(out, "warung", "1.0.0")
    (out / "warung" / "latest").write_text("v1.1.0\n", encoding="utf-8")

    written = build(corpus.with_documents(document("pages/9.html", "Pasar buka lagi.")))

    assert (written.version, written.changed) == ("1.1.0", False)
    assert named(out) == "v1.0.0\n"


def test_the_next_release_ends_the_choice(out: Path, corpus: Corpus, build: Build) -> None:
    """It takes the number after the newest one, and is the latest; to go forward again without one is a choice too."""
    release.rollback(out, "warung", "v1.0.0")
    release.rollback(out, "warung", "v1.1.0")
    assert named(out) == "v1.1.0\n"
    release.rollback(out, "warung", "v1.0.0")

    written = build(corpus.with_documents(document("pages/9.html", "Pasar buka lagi."), document("pages/10.html", "Hujan.")))

    assert written.version == "1.2.0"
    assert named(out) == "v1.2.0\n"
    assert staging.chosen(out / "warung") is None
    assert staging.latest(out / "warung") == "1.2.0"


def test_a_damaged_version_is_not_chosen(out: Path, tmp_path: Path) -> None:
    """Nobody is led to a release that breaks a promise, to one that is not there, or to a folder elsewhere."""
    (out / "warung" / "v1.0.0" / "CHANGELOG.md").write_text("", encoding="utf-8")
    with pytest.raises(ReleaseError, match=r"CHANGELOG\.md"):
        release.rollback(out, "warung", "v1.0.0")
    with pytest.raises(NoInputError, match=r"expected v3\.0\.0, found v1\.0\.0, v1\.1\.0"):
        release.rollback(out, "warung", "v3.0.0")
    with pytest.raises(NoInputError, match="found a folder elsewhere"):
        release.rollback(out, "warung", str(tmp_path))

    assert named(out) == "v1.1.0\n"


def test_a_choice_that_cannot_be_read_is_none(out: Path) -> None:
    """Half a file, or a version that is gone, leaves the newest the latest."""
    for content in ("", "v1.0.0", "v0.9.0 v1.1.0", "v1.0.0 v1.0.5"):
        (out / "warung" / ".chosen").write_text(content, encoding="utf-8")
        assert staging.latest(out / "warung") == "1.1.0"
