"""Publishing to a folder, and to S3 over real HTTP (moto's server): the manifest last, one release at a time."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from saring import publish
from saring.core.errors import ConfigError, LockedError, ReleaseError, SaringError
from tests.fixtures.s3_server import files
from tests.publish import published
from tests.release.conftest import reseal


class Place:
    """An address to publish to, read and written without the code under test."""

    def __init__(self, to: str) -> None:
        self.to = to

    def all(self) -> dict[str, bytes]:
        """Return the contents of all files, by path."""
        if self.to.startswith("s3://"):
            root, store = self.to.removeprefix("s3://"), files()
            return {path.removeprefix(f"{root}/"): store.cat_file(path) for path in store.find(root)}
        folder = Path(self.to)
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    def write(self, path: str, content: bytes) -> None:
        """Write a file, as another program would."""
        if self.to.startswith("s3://"):
            files().pipe_file(f"{self.to}/{path}", content)
        else:
            (Path(self.to) / path).parent.mkdir(parents=True, exist_ok=True)
            (Path(self.to) / path).write_bytes(content)


@pytest.fixture(params=["folder", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Return an empty folder and an empty prefix of a bucket."""
    if request.param == "folder":
        return Place(str(tmp_path / "shared" / "warung"))
    request.getfixturevalue("s3")
    return Place(f"s3://bucket/{tmp_path.name}/warung")


def contents(folder: Path, place: Place) -> dict[str, bytes]:
    """Return the files of a release as they are published at an address, by path with the version."""
    return {f"{folder.name}/{path}": content for path, content in published.files(folder, place.to).items()}


def test_a_release_is_published_completely(place: Place, releases: Path) -> None:
    """Every file is published byte for byte, `latest` names the version, and no lock remains; the next version is added beside it."""
    result = publish.publish(releases / "v1.0.0", place.to)

    assert place.all() == contents(releases / "v1.0.0", place) | {"latest": b"v1.0.0\n"}
    assert (result.version, result.changed, result.written[-1]) == ("1.0.0", True, "manifest.json")

    publish.publish(releases / "v2.0.0", place.to)
    assert place.all() == contents(releases / "v1.0.0", place) | contents(releases / "v2.0.0", place) | {"latest": b"v2.0.0\n"}


def test_publishing_twice_changes_nothing(place: Place, releases: Path) -> None:
    """Publishing a version again, also after a newer one, changes nothing; an older version published late does not become the latest."""
    for version in ("v1.0.0", "v2.0.0", "v1.1.0"):
        assert publish.publish(releases / version, place.to).changed
    before = place.all()

    assert not any(publish.publish(releases / version, place.to).changed for version in ("v1.0.0", "v2.0.0", "v1.1.0"))
    assert place.all() == before
    assert before["latest"] == b"v2.0.0\n"


def test_a_rollback_changes_latest(place: Place, releases: Path) -> None:
    """Publishing a version pinned by a rollback changes `latest` and nothing else."""
    for version in ("v1.0.0", "v2.0.0"):
        publish.publish(releases / version, place.to)
    before = place.all()

    assert publish.publish(releases / "v1.0.0", place.to, chosen=True).changed

    assert place.all() == before | {"latest": b"v1.0.0\n"}


def test_a_dry_run_writes_nothing(place: Place, releases: Path) -> None:
    """A dry run lists the files that would be written, and writes none."""
    result = publish.publish(releases / "v1.0.0", place.to, dry_run=True)

    assert len(result.written) == 15
    assert not Path(place.to).exists() if "://" not in place.to else place.all() == {}


def test_other_content_of_a_version_is_an_error(place: Place, releases: Path, tmp_path: Path) -> None:
    """A version that is published with another manifest is not overwritten."""
    variant = tmp_path / "v1.0.0"
    shutil.copytree(releases / "v1.0.0", variant)
    reseal(variant, parent="0.9.0")
    publish.publish(releases / "v1.0.0", place.to)
    before = place.all()

    with pytest.raises(ReleaseError, match="expected this release or nothing, found another of the same version"):
        publish.publish(variant, place.to)

    assert place.all() == before


def test_an_interrupted_publication_is_completed(place: Place, releases: Path) -> None:
    """The next run replaces incomplete files, deletes stray files, and removes the lock that an interrupted run left."""
    seal = json.loads((releases / "v1.0.0" / "manifest.json").read_text(encoding="utf-8"))["seal"]
    place.write(".publishing", (json.dumps({"version": "1.0.0", "seal": seal}, indent=2) + "\n").encode())
    place.write("v1.0.0/README.md", b"---\nhalf")
    place.write("v1.0.0/all/stray-00000.parquet", b"PAR1")
    place.write("v1.0.0/CHANGELOG.md", (releases / "v1.0.0" / "CHANGELOG.md").read_bytes())

    publish.publish(releases / "v1.0.0", place.to)

    assert place.all() == contents(releases / "v1.0.0", place) | {"latest": b"v1.0.0\n"}

    place.write(
        ".publishing", (json.dumps({"version": "1.0.0", "seal": seal}, indent=2) + "\n").encode()
    )  # left by a run that ended after its last write
    assert not publish.publish(releases / "v1.0.0", place.to).changed
    assert ".publishing" not in place.all()


def test_another_release_is_locked_out(place: Place, releases: Path) -> None:
    """While a release is being published, no other one can be; the message names it and says what to do."""
    place.write(".publishing", b'{"version": "1.1.0", "seal": "0"}')
    before = place.all()

    with pytest.raises(LockedError, match=r"\.publishing: v1\.1\.0 is being published\. Wait for it, or publish that one again"):
        publish.publish(releases / "v1.0.0", place.to)

    assert place.all() == before


def test_datasets_loads_a_release_from_s3(s3: dict[str, str], releases: Path, tmp_path: Path) -> None:
    """The library `datasets` loads the Parquet files of a version from the bucket."""
    publish.publish(releases / "v1.0.0", f"s3://bucket/{tmp_path.name}")
    code = f"""
from datasets import load_dataset
print(load_dataset("parquet", data_files="s3://bucket/{tmp_path.name}/v1.0.0/documents/train-*.parquet")["train"].num_rows)
"""
    environment = os.environ | {"HF_HOME": str(tmp_path / "home")}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False, cwd=tmp_path)

    assert done.stdout == "3\n", done.stderr


@pytest.mark.parametrize("to", ["hf://models/org/name", "hf://datasets/name", "gs://bucket/prefix", "s3://", "s3://key:secret@bucket", ""])
def test_an_invalid_address_is_refused(to: str, releases: Path) -> None:
    """The error for an invalid address says what is expected, and does not repeat credentials."""
    with pytest.raises(ConfigError, match=r"expected (hf|an address)") as caught:
        publish.publish(releases / "v1.0.0", to)

    assert "secret" not in str(caught.value)


def test_a_missing_bucket_is_an_error(s3: dict[str, str], releases: Path) -> None:
    """A missing bucket is not created; the error quotes the server."""
    with pytest.raises(SaringError, match=r"s3://nowhere/x: .*bucket"):
        publish.publish(releases / "v1.0.0", "s3://nowhere/x")
