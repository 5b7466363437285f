"""Old releases with a taken-down document are deleted, and no others (with real releases: test_reach.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from saring import release
from saring.config import default_config
from saring.core.errors import LockedError, ReleaseError
from saring.tools.takedown import purge as purging
from saring.tools.takedown.purge import purge

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CONFIG = default_config()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return the folder of a dataset with three releases."""
    home = tmp_path / CONFIG.dataset.name
    for version in ("1.9.0", "1.10.0", "2.0.0"):
        (home / f"v{version}").mkdir(parents=True)
        (home / f"v{version}" / "manifest.json").write_text("{}", encoding="utf-8")
    return home


@pytest.fixture
def contained_in(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that says which versions contain a taken-down document."""

    def contain(*versions: str) -> None:
        monkeypatch.setattr(purging, "affected_versions", lambda *_: list(versions))

    return contain


def versions(home: Path) -> list[str]:
    """Return the releases in the folder of a dataset, and what else is in it but locks."""
    return sorted(path.name for path in home.iterdir() if not path.name.endswith(".lock"))


def test_affected_releases_are_deleted(home: Path, contained_in: Callable[..., None]) -> None:
    """The affected releases go, also if only one is affected, and nothing is left of them; they are returned."""
    contained_in("1.9.0")
    assert purge(home.parent, CONFIG) == ["1.9.0"]
    assert versions(home) == ["v1.10.0", "v2.0.0"]

    contained_in("1.10.0")
    assert purge(home.parent, CONFIG) == ["1.10.0"]
    assert versions(home) == ["v2.0.0"]


def test_a_dry_run_deletes_nothing(home: Path, contained_in: Callable[..., None]) -> None:
    """A dry run names the releases; neither it nor a purge without affected releases changes or locks anything."""
    contained_in("1.9.0", "1.10.0")
    assert purge(home.parent, CONFIG, dry_run=True) == ["1.9.0", "1.10.0"]
    contained_in()
    assert purge(home.parent, CONFIG) == []

    assert sorted(path.name for path in home.iterdir()) == ["v1.10.0", "v1.9.0", "v2.0.0"]


@pytest.mark.parametrize("dry_run", [False, True])
def test_the_newest_release_is_not_deleted(home: Path, contained_in: Callable[..., None], dry_run: bool) -> None:  # noqa: FBT001 - a parameter
    """If the newest release is affected, it is named, and nothing is deleted, in a dry run too."""
    contained_in("1.9.0", "2.0.0")

    with pytest.raises(ReleaseError, match=r"v2\.0\.0, the newest release, contains documents .*Run `saring build` first"):
        purge(home.parent, CONFIG, dry_run=dry_run)

    assert versions(home) == ["v1.10.0", "v1.9.0", "v2.0.0"]


def test_a_build_is_not_disturbed(home: Path, contained_in: Callable[..., None]) -> None:
    """While another process holds the lock of the dataset, nothing is deleted."""
    contained_in("1.9.0")

    with release.lock(home.parent, CONFIG.dataset.name), pytest.raises(LockedError):
        purge(home.parent, CONFIG)

    assert versions(home) == ["v1.10.0", "v1.9.0", "v2.0.0"]
