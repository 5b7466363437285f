"""Releases are found by version, path, or as the latest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from saring.core.errors import NoInputError
from saring.release import staging
from saring.release.locate import find_release, is_pinned_latest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Return a folder of releases with three versions of one dataset, whose names do not sort as the versions do."""
    for version in ("1.9.0", "1.10.0", "2.0.0"):
        (tmp_path / "warung" / f"v{version}").mkdir(parents=True)
    return tmp_path


@pytest.mark.parametrize(("wanted", "version"), [(None, "2.0.0"), ("v1.9.0", "1.9.0"), ("1.10.0", "1.10.0")])
def test_a_release_is_found_by_its_version(wanted: str | None, version: str, out: Path) -> None:
    """A version is found with and without its v; without a version the newest is found."""
    assert find_release(out, "warung", wanted) == out / "warung" / f"v{version}"


def test_a_folder_is_a_release_wherever_it_is(out: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A path of a folder is taken as it is, of whichever dataset."""
    folder = tmp_path_factory.mktemp("copy")

    assert find_release(out, "warung", str(folder)) == folder


def test_a_missing_version_is_named(out: Path) -> None:
    """The message names what was wanted and the newest versions that exist; it says what to do if there is none."""
    with pytest.raises(NoInputError, match=r"warung: expected v3\.0\.0, found v1\.9\.0, v1\.10\.0, v2\.0\.0\. Name one of these"):
        find_release(out, "warung", "v3.0.0")
    with pytest.raises(NoInputError, match=r"kopi: expected a release, found no release\. Run `saring build` first, or name another"):
        find_release(out, "kopi")


def test_only_the_newest_versions_are_listed(out: Path) -> None:
    """The message about a missing version lists five that exist at most."""
    for number in range(3, 9):
        (out / "warung" / f"v{number}.0.0").mkdir()

    with pytest.raises(NoInputError, match=r"found v4\.0\.0, v5\.0\.0, v6\.0\.0, v7\.0\.0, v8\.0\.0\."):
        find_release(out, "warung", "1.0.0")


def test_a_pinned_version_is_the_latest(out: Path) -> None:
    """After a rollback the pinned version is the latest, until a newer one is written."""
    home = out / "warung"
    assert not is_pinned_latest(home / "v1.9.0")

    staging.pin_version(home, "1.9.0")

    assert find_release(out, "warung") == home / "v1.9.0"
    assert [is_pinned_latest(home / f"v{version}") for version in ("1.9.0", "2.0.0")] == [True, False]
    (home / "v2.1.0").mkdir()
    assert find_release(out, "warung") == home / "v2.1.0"
    assert not is_pinned_latest(home / "v1.9.0")
