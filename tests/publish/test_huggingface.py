"""Publishing to the Hugging Face hub, against a local hub server over real HTTP: one commit, read back, tagged."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from saring import publish as hub
from saring import release
from saring.core.errors import ReleaseError, SaringError
from tests.fixtures.hub_server import TOKEN, Fault, Hub
from tests.publish import published
from tests.release.conftest import reseal

if TYPE_CHECKING:
    from saring.publish import PublishResult

# huggingface_hub passes files to httpx2 in a deprecated way.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

HOME = Path(__file__).parents[2]
NAME = "org/warung"


def publish(folder: Path, *, chosen: bool = False, dry_run: bool = False) -> PublishResult:
    """Publish a release to the dataset that all tests use, `NAME`."""
    return hub.publish(folder, f"hf://datasets/{NAME}", chosen=chosen, dry_run=dry_run)


def state(server: Hub) -> dict[str, Any]:
    """Return the state of the dataset on the hub: head, tags and commits."""
    repo = server.repo(NAME)
    assert repo
    return repo


def files(server: Hub, revision: str) -> dict[str, str]:
    """Return the SHA-256 of the files of a tag or commit by path, without .gitattributes."""
    repo = state(server)
    entries = repo["commits"][repo["tags"].get(revision, revision)]["files"]
    return {path: entry["sha256"] for path, entry in entries.items() if path != ".gitattributes"}


def digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of the files of a release as they are published on the hub, by path."""
    return published.digests(folder, f"hf://datasets/{NAME}")


def titles(server: Hub) -> list[str]:
    """Return the titles of the commits on the branch, oldest first."""
    repo, newest_first = state(server), []
    head = repo["head"]
    while head:
        newest_first.append(repo["commits"][head]["title"])
        head = repo["commits"][head]["parent"]
    return newest_first[::-1]


def writes(server: Hub) -> list[str]:
    """Return the requests to the hub that change something."""
    return [
        request
        for request in server.seen
        if "/commit/" in request or "/tag/" in request or request.startswith("PUT") or "create" in request
    ]


def test_a_release_is_one_commit_with_its_tag(server: Hub, releases: Path) -> None:
    """The dataset is created, contains the release byte for byte, and the tag names the commit."""
    result = publish(releases / "v1.0.0")

    assert (result.version, result.changed, result.revision) == ("1.0.0", True, state(server)["head"])
    assert titles(server) == ["initial commit", "v1.0.0"]
    assert files(server, "v1.0.0") == digests(releases / "v1.0.0")
    assert state(server)["tags"] == {"v1.0.0": state(server)["head"]}


def test_publishing_twice_changes_nothing(server: Hub, releases: Path) -> None:
    """Publishing a release again, even after a newer one, writes nothing."""
    publish(releases / "v1.0.0")
    publish(releases / "v1.1.0")
    before = (state(server), writes(server))

    results = publish(releases / "v1.0.0"), publish(releases / "v1.1.0")

    assert [result.changed for result in results] == [False, False]
    assert (state(server), writes(server)) == before


def test_the_next_version_uploads_only_what_differs(server: Hub, releases: Path) -> None:
    """Unchanged files are not uploaded, removed files are deleted, and the commit of the version before is not changed."""
    for version in ("v1.0.0", "v1.1.0"):
        publish(releases / version)
    sent = len(writes(server))

    result = publish(releases / "v2.0.0")

    assert files(server, "v2.0.0") == digests(releases / "v2.0.0")
    assert files(server, "v1.0.0") == digests(releases / "v1.0.0")
    assert "rejections/train-00000.parquet" not in result.written
    assert "all/test-00000.parquet" in files(server, "v1.1.0").keys() - files(server, "v2.0.0").keys()
    assert len([request for request in writes(server)[sent:] if request.startswith("PUT")]) == len([p for p in result.written if "/" in p])
    assert titles(server) == ["initial commit", "v1.0.0", "v1.1.0", "v2.0.0"]


def test_consumers_load_a_pinned_version(server: Hub, releases: Path, tmp_path: Path) -> None:
    """`load_dataset` with a revision loads the rows of that version even after newer ones, streaming or not."""
    for version in ("v1.0.0", "v1.1.0", "v2.0.0"):
        publish(releases / version)
    code = f"""
import json
from datasets import load_dataset
print(json.dumps({{
    "pinned": {{split: rows.num_rows for split, rows in load_dataset("{NAME}", revision="v1.0.0").items()}},
    "newest": {{split: rows.num_rows for split, rows in load_dataset("{NAME}").items()}},
    "streamed": len(list(load_dataset("{NAME}", "all", revision="v1.1.0", split="train", streaming=True))),
    "edits": load_dataset("{NAME}", "edits", revision="v1.0.0")["train"]["rule"][0],
    "passages": load_dataset("{NAME}", "overlaps", revision="v2.0.0")["train"]["passages"][0][0]["b_end"],
}}))
"""
    environment = os.environ | {"HF_HOME": str(tmp_path / "home")}
    del environment["HF_TOKEN"]  # a public dataset needs none
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False, cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    expected = {"pinned": {"train": 3, "test": 1}, "newest": {"train": 5}, "streamed": 5, "edits": "read-also", "passages": 12}
    assert json.loads(done.stdout) == expected


def test_a_dry_run_changes_nothing(server: Hub, releases: Path) -> None:
    """A dry run lists the files that would be uploaded: all at first, then those that differ, then none."""
    first = publish(releases / "v1.0.0", dry_run=True)
    assert set(first.written) == digests(releases / "v1.0.0").keys()
    assert server.repo(NAME) is None

    publish(releases / "v1.0.0")
    before = writes(server)
    second, again = publish(releases / "v1.1.0", dry_run=True), publish(releases / "v1.0.0", dry_run=True)

    assert second.changed
    assert "rejections/train-00000.parquet" not in second.written
    assert not again.changed
    assert writes(server) == before


FAULTS = {
    "the server fails when queried": Fault("GET .*/refs", 503, times=2),
    "too many requests": Fault("POST .*/create", 429, times=2),
    "it fails before the upload": Fault("POST .*/preupload", 500, times=2),
    "it fails in the middle of the upload": Fault("PUT /lfs", 500, after=2, times=2),
    "the connection is cut in the middle of the upload": Fault("PUT /lfs", "cut", after=2),
    "the upload's answer is lost": Fault("PUT /lfs", "lost", after=1),
    "a page of HTML where JSON is expected": Fault("POST .*validate", 502),
    "the commit is refused for now": Fault("POST .*/commit/", 503),
    "the connection is cut before the commit": Fault("POST .*/commit/", "cut"),
    "the connection is cut after the commit": Fault("POST .*/commit/", "lost"),
    "it fails when read back": Fault("GET .*/tree/", 500, after=1),
    "a file cannot be read back at once": Fault("GET .*/resolve/", "cut", times=2),
    "the tag is refused for now": Fault("POST .*/tag/", 500),
    "the tag's answer is lost": Fault("POST .*/tag/", "lost"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_transient_errors_are_retried(fault: str, server: Hub, releases: Path) -> None:
    """After any transient error, the release is published in one commit."""
    template = FAULTS[fault]
    server.faults = [Fault(template.where, template.how, template.after, template.times)]

    result = publish(releases / "v1.0.0")

    assert server.faults[0].times == 0
    assert result.revision == state(server)["tags"]["v1.0.0"]
    assert files(server, "v1.0.0") == digests(releases / "v1.0.0")
    assert titles(server) == ["initial commit", "v1.0.0"]


def test_a_concurrent_commit_is_not_overwritten(server: Hub, releases: Path) -> None:
    """A commit by somebody else during the publication is an error; it is not overwritten, and nothing is tagged."""
    publish(releases / "v1.0.0")
    server.faults = [Fault("POST .*/commit/", before=lambda: server.commit(NAME, {"notes.md": b"mine"}))]

    with pytest.raises(ReleaseError, match=r"expected main at [0-9a-f]+, found [0-9a-f]+: somebody else wrote there"):
        publish(releases / "v1.1.0")

    assert "notes.md" in files(server, state(server)["head"])
    assert state(server)["tags"].keys() == {"v1.0.0"}


def test_manual_changes_on_the_hub_are_not_overwritten(server: Hub, releases: Path) -> None:
    """A card edited on the hub blocks the next version until the edit is reverted."""
    publish(releases / "v1.0.0")
    card = published.files(releases / "v1.0.0", f"hf://datasets/{NAME}")["README.md"]
    server.commit(NAME, {"README.md": card + b"by hand"})

    with pytest.raises(ReleaseError, match=r"main: expected v1\.0\.0 as it was published, found other content in README\.md"):
        publish(releases / "v1.1.0")

    server.commit(NAME, {"README.md": card})
    assert publish(releases / "v1.1.0").changed


def test_a_tag_with_other_content_is_an_error(server: Hub, releases: Path, tmp_path: Path) -> None:
    """Another release of the same version is refused, and the error names the files that differ."""
    publish(releases / "v1.0.0")
    variant = tmp_path / "v1.0.0"
    shutil.copytree(releases / "v1.0.0", variant)
    (variant / "CHANGELOG.md").write_text("# Changelog\n\nrewritten\n", encoding="utf-8")
    reseal(variant)
    before = writes(server)

    with pytest.raises(
        ReleaseError, match=r"the tag v1\.0\.0 to contain v1\.0\.0 as it is on this disk, found other content in CHANGELOG\.md, manifest"
    ):
        publish(variant)

    assert writes(server) == before


def test_foreign_content_is_not_overwritten(server: Hub, releases: Path, tmp_path: Path) -> None:
    """A dataset on the hub with other files, with releases of another dataset, or with a newer version blocks a publication."""
    publish(releases / "v1.0.0")
    server.commit(NAME, dict.fromkeys(digests(releases / "v1.0.0")) | {"data.csv": b"1,2"})
    with pytest.raises(ReleaseError, match=r"expected a release or nothing, found data\.csv"):
        publish(releases / "v1.1.0")

    renamed = tmp_path / "v9.0.0"
    shutil.copytree(releases / "v2.0.0", renamed)
    reseal(renamed, dataset="other", version="9.0.0")
    hub.publish(renamed, "hf://datasets/org/second")
    with pytest.raises(ReleaseError, match="expected the dataset 'warung', found 'other'"):
        hub.publish(releases / "v1.1.0", "hf://datasets/org/second")

    hub.publish(releases / "v2.0.0", "hf://datasets/org/third")
    with pytest.raises(ReleaseError, match=r"expected a version before v1\.1\.0, found v2\.0\.0.*saring rollback"):
        hub.publish(releases / "v1.1.0", "hf://datasets/org/third")


def test_a_run_that_ended_before_its_tag_is_completed(server: Hub, releases: Path) -> None:
    """If a run ended before its tag, the next run tags that commit, also if it publishes the next version."""
    server.faults = [Fault("POST .*/tag/", 400, times=2)]
    with pytest.raises(SaringError, match="Fix that and run the command again"):
        publish(releases / "v1.0.0")
    assert state(server)["tags"] == {}

    with pytest.raises(SaringError):
        publish(releases / "v1.0.0")
    assert titles(server) == ["initial commit", "v1.0.0"]

    publish(releases / "v1.1.0")
    assert files(server, "v1.0.0") == digests(releases / "v1.0.0")
    assert files(server, "v1.1.0") == digests(releases / "v1.1.0")
    assert titles(server) == ["initial commit", "v1.0.0", "v1.1.0"]


def test_a_rollback_reaches_the_hub(server: Hub, releases: Path, tmp_path: Path) -> None:
    """After a rollback, `main` contains the older version again; no tag moves; and the newer version can be restored."""
    home = tmp_path / "processed" / "warung"
    shutil.copytree(releases, home)
    for version in ("v1.0.0", "v1.1.0"):
        publish(home / version)
    tags = state(server)["tags"]

    for version in ("v1.0.0", "v1.1.0"):
        folder = release.rollback(home.parent, "warung", version)
        result = publish(folder, chosen=release.is_pinned_latest(folder))
        assert result.changed
        assert files(server, state(server)["head"]) == digests(folder)
        assert not publish(folder, chosen=True).changed
    assert state(server)["tags"] == tags


def test_a_refusal_is_not_retried(server: Hub, releases: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token that may not write is an error without retries; it says what to set and does not show the token."""
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")

    with pytest.raises(SaringError, match="Set HF_TOKEN, or run `hf auth login`") as caught:
        publish(releases / "v1.0.0")

    assert "hf_wrong" not in str(caught.value)
    assert len([request for request in server.seen if "create" in request]) == 1


def test_a_damaged_release_is_not_published(server: Hub, releases: Path, tmp_path: Path) -> None:
    """A file that differs from its entry in the manifest is an error before any request to the hub."""
    folder = tmp_path / "v1.0.0"
    shutil.copytree(releases / "v1.0.0", folder)
    (folder / "README.md").write_text("---\n---\n", encoding="utf-8")

    with pytest.raises(ReleaseError, match=r"README\.md: expected the file that manifest\.json lists, found other bytes"):
        publish(folder)

    assert server.seen == []


def test_no_secret_is_shown(server: Hub, releases: Path, tmp_path: Path) -> None:
    """Neither the output of `saring publish`, including the library's logs on retries, nor any file contains the token or signatures."""
    server.faults = [Fault("PUT /lfs", 500), Fault("POST .*/preupload", 500), Fault("POST .*/commit/", 500)]
    command = [sys.executable, "-m", "saring.cli", "publish", str(releases / "v1.0.0"), "--to", f"hf://datasets/{NAME}"]
    environment = os.environ | {"PYTHONPATH": f"{HOME}/pipeline:{HOME}"}

    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert done.stdout == f"hf://datasets/{NAME}\n"
    assert f"v1.0.0 is published in hf://datasets/{NAME} at {state(server)['head']}: 15 files" in done.stderr
    assert "HTTP Error 500" in done.stderr
    assert not [secret for secret in (TOKEN, "sesame") if secret in done.stdout + done.stderr]
    assert not [path for path in server.folder.rglob("*") if path.is_file() and TOKEN.encode() in path.read_bytes()]
