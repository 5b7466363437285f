"""Every command that takes a release takes one of an older schema: `saring` was another when it was made."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import polars as pl
import pytest
from typer.testing import CliRunner

from saring.cli import app
from saring.release import manifest
from tests.release.older import age

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = {
    "a": "Pavel Durov opened the market on Monday together with two hundred traders.\n\nIKLAN\n\nThe harbour was closed for nine days.",
    "b": "The library in the hills lends seeds along with its books, said DuRove, and forty people came on Tuesday.",
    "c": "Kapal penyeberangan berhenti dua hari karena ombak tinggi, dan para pedagang menunggu di pelabuhan lama.",
}
CONFIG = '[dataset]\nname = "old"\n[[name]]\ncanonical = "Durov"\nkind = "person"\nvariants = ["DuRove"]\n'
#: What the release of old lacked, and had otherwise.
LACKING = {"table": "document", "without": ["created_offset", "removed_share", "words", "language_script", "kept_id"]}


class Here:
    """A folder with a configuration, scrapes, and two releases, of which the first is of older schemas."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "processed" / "old"

    def saring(self, *args: str, status: int = 0) -> tuple[str, str]:
        """Run a command; return what it printed and what it said."""
        done = CliRunner().invoke(app, [*args, "--config", str(self.folder / "corpus.toml"), "--out", str(self.folder / "processed")])
        assert done.exit_code == status, (args, done.stderr, done.exception)
        return done.stdout, done.stderr

    def build(self, *args: str) -> tuple[str, str]:
        """Run `saring build`."""
        return self.saring("build", "--raw", str(self.folder / "raw"), "--workers", "0", *args)

    def ids(self, version: str) -> list[str]:
        """Return the ids of a release, by source."""
        return pl.scan_parquet(self.home / version / "all" / "*.parquet").sort("source").collect()["id"].to_list()


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """Build, make the release one of older schemas, and build again; return the folder and what was said: as a preview, and as a release."""
    made = Here(tmp_path_factory.mktemp("older"))
    (made.folder / "raw").mkdir()
    (made.folder / "corpus.toml").write_text(CONFIG, encoding="utf-8")
    for name in "ab":
        (made.folder / "raw" / f"{name}.txt").write_text(TEXTS[name], encoding="utf-8")
    made.build()
    age(made.home / "v1.0.0", LACKING)
    (made.folder / "raw" / "c.txt").write_text(TEXTS["c"], encoding="utf-8")
    return made.folder, [made.build(*args)[1] for args in (["--dry-run"], [])]


@pytest.fixture
def here(two: tuple[Path, list[str]], tmp_path: Path) -> Here:
    """Return a copy of both releases."""
    shutil.copytree(two[0], tmp_path / "here")
    return Here(tmp_path / "here")


def test_the_next_build_says_what_changes(two: tuple[Path, list[str]], here: Here) -> None:
    """As a preview and as a release: columns that came are named, no record counts as edited, alarms have no past to compare with."""
    for said in two[1]:
        assert "schema: document.created_offset is new (int16, may be null)" in said
        assert "v1.1.0: 1 added, 0 edited, 0 removed" in said
    assert manifest.load_manifest(here.home / "v1.1.0")["parent"] == "1.0.0"
    _, said = here.build()
    assert "schema:" not in said
    assert "v1.1.0 is unchanged: nothing new" in said


def test_commands_that_look(here: Here) -> None:
    """verify, diff, publish to a folder and cache."""
    _, said = here.saring("verify", "v1.0.0")
    assert "its schemas are not today's: since then, document.created_offset is new (int16" in said
    text, _ = here.saring("diff", "v1.0.0", "v1.1.0")
    assert "1 record added, 0 removed, 0 edited" in text
    assert "created_offset" in text
    found = json.loads(here.saring("diff", "v1.1.0", "v1.0.0", "--json")[0])
    assert found["counts"]["removed"] == 1
    assert {row["change"] for row in found["schemas"]} == {"removed"}
    assert "<h2>Schemas</h2>" in here.saring("diff", "v1.0.0", "v1.1.0", "--html")[0]
    here.saring("publish", "v1.0.0", "--to", str(here.folder / "shared"))
    assert (here.folder / "shared" / "v1.0.0" / "schemas" / "document.schema.json").exists()
    here.saring("cache")


def test_commands_on_the_latest(here: Here) -> None:
    """Rolled back to, the old release is explained, searched for names, and looked through for what is to be taken down."""
    first, second = here.ids("v1.0.0")

    here.saring("rollback", "v1.0.0")
    assert "market" in here.saring("explain", first)[0]
    here.saring("names", "suggest")
    _, said = here.saring("takedown", "--like", str(here.folder / "raw" / "b.txt"), "--dry-run")
    assert f"goes: {second} (b.txt)" in said
    _, said = here.saring("takedown", "--url", "https://example.org/a", "--dry-run", "--in-advance")
    assert "No document of the newest release matches" in said
    here.saring("rollback", "v1.1.0")

    _, said = here.saring("takedown", "--id", second)
    assert "Releases that contain it: v1.0.0, v1.1.0" in said
    _, said = here.build()
    assert "v2.0.0" in said
    _, said = here.saring("purge")
    assert "v1.0.0 deleted" in said
    assert not (here.home / "v1.0.0").exists()
