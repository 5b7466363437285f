"""Integrity check of a release: commands report damage before they read anything from it."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from saring import release
from saring.cli import app
from saring.core.errors import ReleaseError
from saring.storage.paths import path_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TEXTS = {
    "market": "The mayor opened the covered market on Monday together with two hundred traders from the hills.",
    "ferry": "The ferry to the island was cancelled on Friday because of the storm, and forty passengers spent the night in the school.",
    "library": "The library in the valley lends seeds along with its books, and thirty people came to collect some on Tuesday.",
}


def _delete_table(folder: Path) -> None:
    (folder / "all" / "train-00000.parquet").unlink()


def _truncate_table(folder: Path) -> None:
    file = folder / "edits" / "train-00000.parquet"
    file.write_bytes(file.read_bytes()[:-100])


def _empty_table(folder: Path) -> None:
    (folder / "all" / "train-00000.parquet").write_bytes(b"")


def _flip_bit(folder: Path) -> None:
    file = folder / "all" / "train-00000.parquet"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def _add_unlisted_table(folder: Path) -> None:
    shutil.copy(folder / "all" / "train-00000.parquet", folder / "all" / "train-00001.parquet")


def _edit_manifest(folder: Path) -> None:
    file = folder / "manifest.json"
    manifest = json.loads(file.read_text(encoding="utf-8"))
    manifest["files"][0]["bytes"] += 1
    file.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def _delete_manifest(folder: Path) -> None:
    (folder / "manifest.json").unlink()


def _truncate_manifest(folder: Path) -> None:
    (folder / "manifest.json").write_text('{"version": ', encoding="utf-8")


DAMAGE: dict[str, tuple[Callable[[Path], None], str]] = {
    "a missing table": (_delete_table, "all/train-00000.parquet: missing"),
    "a table that is cut off": (_truncate_table, "edits/train-00000.parquet: expected "),
    "an empty file": (_empty_table, "all/train-00000.parquet: expected "),
    "a flipped bit": (_flip_bit, "all/train-00000.parquet: its bytes have changed"),
    "a table that nobody listed": (_add_unlisted_table, "all/train-00001.parquet: a file that manifest.json does not list"),
    "an edited manifest": (_edit_manifest, "manifest.json: expected the manifest as it was written, found one that was changed"),
    "no manifest": (_delete_manifest, "manifest.json: expected a manifest, found none"),
    "half a manifest": (_truncate_manifest, "manifest.json: expected a manifest, found: "),
}


def saring(folder: Path, *args: str) -> tuple[int, str]:
    """Run a command on the folders of a test; return its exit code and its output for people."""
    done = CliRunner().invoke(app, [*args, "--config", str(folder / "corpus.toml"), "--out", str(folder / "processed")])
    assert not isinstance(done.exception, AssertionError)
    if isinstance(done.exception, ReleaseError):  # what `main` prints
        return done.exception.exit_code, str(done.exception)
    return done.exit_code, done.stderr


def build(folder: Path, *args: str) -> tuple[int, str]:
    """Run `saring build` on the scrapes of a test."""
    return saring(folder, "build", "--raw", str(folder / "raw"), "--workers", "0", *args)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with two releases, and a scrape that is in neither."""
    folder = tmp_path_factory.mktemp("two")
    (folder / "raw").mkdir()
    (folder / "corpus.toml").write_text('[dataset]\nname = "corpus"\n', encoding="utf-8")
    for name in ("market", "ferry"):
        (folder / "raw" / f"{name}.txt").write_text(f"IKLAN\n\n{TEXTS[name]}", encoding="utf-8")
        assert build(folder)[0] == 0
    (folder / "raw" / "library.txt").write_text(TEXTS["library"], encoding="utf-8")
    return folder


@pytest.fixture
def project(two: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the folder with two releases, as the working directory."""
    shutil.copytree(two, tmp_path / "project")
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path / "project"


@pytest.mark.parametrize("case", DAMAGE)
def test_a_build_does_not_go_on_from_a_damaged_release(case: str, project: Path) -> None:
    """A build, with or without new scrapes, and a preview stop before anything is cleaned, and say what is wrong and what to do."""
    damage, sentence = DAMAGE[case]
    home = project / "processed" / "corpus"
    damage(home / "v1.1.0")

    for args in ((), ("--dry-run",)):
        status, output = build(project, *args)
        assert status == 1
        assert sentence in output
        assert "`saring verify v1.1.0` lists all that is wrong" in output
        assert "a build goes on from v1.0.0" in output
        assert "saring rollback v1.0.0" in output
        assert "extracting" not in output
    (project / "raw" / "library.txt").unlink()
    assert sentence in build(project)[1]
    assert {path.name for path in home.iterdir() if path.name.startswith("v")} == {"v1.0.0", "v1.1.0"}

    # The advice in the message works.
    assert saring(project, "rollback", "v1.0.0")[0] == 0
    shutil.rmtree(home / "v1.1.0")
    status, output = build(project)
    assert (status, "v1.1.0: 1 added, 0 edited, 0 removed" in output) == (0, True)


COMMANDS = {
    "explain": ("explain", "market.txt"),
    "diff, as the newer": ("diff", "v1.0.0", "v1.1.0"),
    "diff, as the older": ("diff", "v1.1.0", "v1.0.0", "--json"),
    "publish": ("publish", "--to", "shared"),
    "names": ("names", "suggest"),
    "takedown": ("takedown", "--url", "https://example.org/a", "--in-advance"),
    "takedown of a text": ("takedown", "--like", "raw/market.txt"),
    "verify": ("verify",),
    "rollback to it": ("rollback", "v1.1.0"),
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("case", ["a missing table", "a flipped bit", "an edited manifest"])
def test_no_command_reads_a_damaged_release(case: str, command: str, project: Path) -> None:
    """Each command names the damaged file and changes nothing: a missing table does not count as one without rows."""
    damage, sentence = DAMAGE[case]
    damage(project / "processed" / "corpus" / "v1.1.0")

    status, output = saring(project, *COMMANDS[command])

    assert status == 1
    assert sentence in output
    assert not (project / "shared").exists()
    assert not (project / "takedowns.toml").exists()


def test_a_purge_reads_no_damaged_release(project: Path) -> None:
    """A purge deletes nothing if a release is damaged, because it cannot be searched completely."""
    assert saring(project, "takedown", "--like", "raw/market.txt")[0] == 0
    assert build(project)[0] == 0
    _delete_table(project / "processed" / "corpus" / "v1.0.0")

    status, output = saring(project, "purge")

    assert (status, "v1.0.0: expected the release" in output) == (1, True)
    assert (project / "processed" / "corpus" / "v1.0.0").is_dir()


@pytest.mark.parametrize("path", ["README.md", "croissant.json"])
def test_a_build_ignores_damage_to_files_that_it_does_not_read(path: str, project: Path) -> None:
    """An edited card does not stop a build; `verify` and `publish` report it."""
    (project / "processed" / "corpus" / "v1.1.0" / path).write_text("{}", encoding="utf-8")

    assert path in saring(project, "verify")[1]
    assert build(project)[0] == 0


def test_a_release_that_a_rollback_chose_is_checked_too(project: Path) -> None:
    """The release pinned by a rollback is checked before a build, which compares its removals with it."""
    assert saring(project, "rollback", "v1.0.0")[0] == 0
    _truncate_table(project / "processed" / "corpus" / "v1.0.0")

    status, output = build(project)

    assert (status, "v1.0.0: expected the release that its manifest.json lists" in output) == (1, True)


def test_a_release_in_a_bucket(s3: dict[str, str], project: Path, tmp_path: Path) -> None:
    """Of a remote release, sizes are compared by one listing, and checksums when its files are copied for a build."""
    from tests.fixtures.s3_server import files  # noqa: PLC0415 - s3fs takes a second to import

    remote, store = f"s3://bucket/{tmp_path.name}/processed", files()
    store.put(str(project / "processed" / "corpus" / "v1.1.0"), f"{remote}/corpus/v1.1.0", recursive=True)
    folder = path_of(f"{remote}/corpus/v1.1.0")
    release.check_release(folder, "all", "edits")
    file = f"{remote}/corpus/v1.1.0/all/train-00000.parquet"
    content = store.cat_file(file)

    store.pipe_file(file, content[:-4] + b"RAP1")
    release.check_release(folder)
    with pytest.raises(ReleaseError, match=r"all/train-00000\.parquet: its bytes have changed"):
        release.check_release(folder, "all")
    done = CliRunner().invoke(app, ["build", "--raw", str(project / "raw"), "--out", remote, "--workers", "0"])
    assert "its bytes have changed" in str(done.exception)
    store.pipe_file(file, content[:-4])
    with pytest.raises(ReleaseError, match=r"all/train-00000\.parquet: expected [\d,]+ bytes, found"):
        release.check_newest_release(path_of(remote), "corpus")
    store.rm_file(file)
    with pytest.raises(ReleaseError, match=r"all/train-00000\.parquet: missing"):
        release.check_newest_release(path_of(remote), "corpus")


def test_a_build_after_a_rollback_says_what_it_went_on_from(project: Path) -> None:
    """After a rollback, a build reports the pinned version and its parent; without anything new the pin stays."""
    assert saring(project, "rollback", "v1.0.0")[0] == 0
    (project / "raw" / "library.txt").rename(project / "library.txt")

    _, output = build(project)
    assert "v1.1.0 is unchanged: nothing new" in output
    assert "v1.0.0 is the latest, because `saring rollback` chose it, and remains so" in output
    (project / "library.txt").rename(project / "raw" / "library.txt")
    _, output = build(project, "--dry-run")
    assert "v1.2.0 would take its place. Compared with v1.1.0" in output
    _, output = build(project)
    assert "v1.2.0: 1 added, 0 edited, 0 removed" in output
    assert "v1.2.0 is the latest now, in place of v1.0.0, which `saring rollback` chose. Compared with v1.1.0" in output
    _, output = build(project)
    assert "rollback" not in output
