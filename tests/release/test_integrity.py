"""pipeline/saring/release/integrity.py: damage to a release is an error before anything is read from it."""

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


def _missing(folder: Path) -> None:
    (folder / "all" / "train-00000.parquet").unlink()


def _cut_off(folder: Path) -> None:
    file = folder / "edits" / "train-00000.parquet"
    file.write_bytes(file.read_bytes()[:-100])


def _empty(folder: Path) -> None:
    (folder / "all" / "train-00000.parquet").write_bytes(b"")


def _other_bytes(folder: Path) -> None:
    file = folder / "all" / "train-00000.parquet"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def _one_more(folder: Path) -> None:
    shutil.copy(folder / "all" / "train-00000.parquet", folder / "all" / "train-00001.parquet")


def _edited_manifest(folder: Path) -> None:
    file = folder / "manifest.json"
    found = json.loads(file.read_text(encoding="utf-8"))
    found["files"][0]["bytes"] += 1
    file.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def _no_manifest(folder: Path) -> None:
    (folder / "manifest.json").unlink()


def _broken_manifest(folder: Path) -> None:
    (folder / "manifest.json").write_text('{"version": ', encoding="utf-8")


DAMAGE: dict[str, tuple[Callable[[Path], None], str]] = {
    "a missing table": (_missing, "all/train-00000.parquet: missing"),
    "a table that is cut off": (_cut_off, "edits/train-00000.parquet: expected "),
    "an empty file": (_empty, "all/train-00000.parquet: expected "),
    "a flipped bit": (_other_bytes, "all/train-00000.parquet: its bytes have changed"),
    "a table that nobody listed": (_one_more, "all/train-00001.parquet: a file that manifest.json does not list"),
    "an edited manifest": (_edited_manifest, "manifest.json: expected the manifest as it was written, found one that was changed"),
    "no manifest": (_no_manifest, "manifest.json: expected a manifest, found none"),
    "half a manifest": (_broken_manifest, "manifest.json: expected a manifest, found: "),
}


def saring(folder: Path, *args: str) -> tuple[int, str]:
    """Run a command on the folders of a test; return its exit code and what it said."""
    done = CliRunner().invoke(app, [*args, "--config", str(folder / "corpus.toml"), "--out", str(folder / "processed")])
    assert not isinstance(done.exception, AssertionError)
    if isinstance(done.exception, ReleaseError):  # what `main` prints
        return done.exception.exit_code, str(done.exception)
    return done.exit_code, done.stderr


def build(folder: Path, *args: str) -> tuple[int, str]:
    """Run a build."""
    return saring(folder, "build", "--raw", str(folder / "raw"), "--workers", "0", *args)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with two releases, and a scrape that is in none."""
    folder = tmp_path_factory.mktemp("two")
    (folder / "raw").mkdir()
    (folder / "corpus.toml").write_text('[dataset]\nname = "corpus"\n', encoding="utf-8")
    for name in ("market", "ferry"):
        (folder / "raw" / f"{name}.txt").write_text(f"IKLAN\n\n{TEXTS[name]}", encoding="utf-8")
        assert build(folder)[0] == 0
    (folder / "raw" / "library.txt").write_text(TEXTS["library"], encoding="utf-8")
    return folder


@pytest.fixture
def here(two: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of it, in which commands run."""
    shutil.copytree(two, tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


@pytest.mark.parametrize("case", DAMAGE)
def test_a_build_does_not_go_on_from_a_damaged_release(case: str, here: Path) -> None:
    """With something new, with nothing new, and as a preview: before anything is cleaned, with what is wrong and what to do."""
    damage, sentence = DAMAGE[case]
    home = here / "processed" / "corpus"
    damage(home / "v1.1.0")

    for args in ((), ("--dry-run",)):
        status, said = build(here, *args)
        assert status == 1
        assert sentence in said
        assert "`saring verify v1.1.0` lists all that is wrong" in said
        assert "a build goes on from v1.0.0" in said
        assert "saring rollback v1.0.0" in said
        assert "extracting" not in said
    (here / "raw" / "library.txt").unlink()
    assert sentence in build(here)[1]
    assert {path.name for path in home.iterdir() if path.name.startswith("v")} == {"v1.0.0", "v1.1.0"}

    # What the message says helps.
    assert saring(here, "rollback", "v1.0.0")[0] == 0
    shutil.rmtree(home / "v1.1.0")
    status, said = build(here)
    assert (status, "v1.1.0: 1 added, 0 edited, 0 removed" in said) == (0, True)


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
def test_no_command_reads_a_damaged_release(case: str, command: str, here: Path) -> None:
    """A table that is missing is none without rows: each command names it, and changes nothing."""
    damage, sentence = DAMAGE[case]
    damage(here / "processed" / "corpus" / "v1.1.0")

    status, said = saring(here, *COMMANDS[command])

    assert status == 1
    assert sentence in said
    assert not (here / "shared").exists()
    assert not (here / "takedowns.toml").exists()


def test_a_purge_reads_no_damaged_release(here: Path) -> None:
    """Of a release that cannot be read whole nobody knows what it holds: nothing is deleted."""
    assert saring(here, "takedown", "--like", "raw/market.txt")[0] == 0
    assert build(here)[0] == 0
    _missing(here / "processed" / "corpus" / "v1.0.0")

    status, said = saring(here, "purge")

    assert (status, "v1.0.0: expected the release" in said) == (1, True)
    assert (here / "processed" / "corpus" / "v1.0.0").is_dir()


@pytest.mark.parametrize("path", ["README.md", "croissant.json"])
def test_what_is_not_read_is_not_looked_at(path: str, here: Path) -> None:
    """A card that somebody edited stops no build; `verify` and `publish` name it."""
    (here / "processed" / "corpus" / "v1.1.0" / path).write_text("{}", encoding="utf-8")

    assert path in saring(here, "verify")[1]
    assert build(here)[0] == 0


def test_a_release_that_a_rollback_chose_is_checked_too(here: Path) -> None:
    """A build compares what it removes with the latest."""
    assert saring(here, "rollback", "v1.0.0")[0] == 0
    _cut_off(here / "processed" / "corpus" / "v1.0.0")

    status, said = build(here)

    assert (status, "v1.0.0: expected the release that its manifest.json lists" in said) == (1, True)


def test_a_release_in_a_bucket(s3: dict[str, str], here: Path, tmp_path: Path) -> None:
    """Sizes are compared by one listing; bytes when they are copied here, before a build goes on from them."""
    from tests.fixtures.s3_server import files  # noqa: PLC0415 - s3fs takes a second to import

    there, store = f"s3://bucket/{tmp_path.name}/processed", files()
    store.put(str(here / "processed" / "corpus" / "v1.1.0"), f"{there}/corpus/v1.1.0", recursive=True)
    folder = path_of(f"{there}/corpus/v1.1.0")
    release.check_release(folder, "all", "edits")
    file = f"{there}/corpus/v1.1.0/all/train-00000.parquet"
    content = store.cat_file(file)

    store.pipe_file(file, content[:-4] + b"RAP1")
    release.check_release(folder)
    with pytest.raises(ReleaseError, match=r"all/train-00000\.parquet: its bytes have changed"):
        release.check_release(folder, "all")
    done = CliRunner().invoke(app, ["build", "--raw", str(here / "raw"), "--out", there, "--workers", "0"])
    assert "its bytes have changed" in str(done.exception)
    store.pipe_file(file, content[:-4])
    with pytest.raises(ReleaseError, match=r"all/train-00000\.parquet: expected [\d,]+ bytes, found"):
        release.check_newest_release(path_of(there), "corpus")
    store.rm_file(file)
    with pytest.raises(ReleaseError, match=r"all/train-00000\.parquet: missing"):
        release.check_newest_release(path_of(there), "corpus")


def test_a_build_after_a_rollback_says_what_it_went_on_from(here: Path) -> None:
    """The choice, the version that it was compared with, the number; with nothing new the choice stays."""
    assert saring(here, "rollback", "v1.0.0")[0] == 0
    (here / "raw" / "library.txt").rename(here / "library.txt")

    _, said = build(here)
    assert "v1.1.0 is unchanged: nothing new" in said
    assert "v1.0.0 is the latest, because `saring rollback` chose it, and remains so" in said
    (here / "library.txt").rename(here / "raw" / "library.txt")
    _, said = build(here, "--dry-run")
    assert "v1.2.0 would take its place. Compared with v1.1.0" in said
    _, said = build(here)
    assert "v1.2.0: 1 added, 0 edited, 0 removed" in said
    assert "v1.2.0 is the latest now, in place of v1.0.0, which `saring rollback` had chosen. Compared with v1.1.0" in said
    _, said = build(here)
    assert "rollback" not in said
