"""pipeline/saring/publish/huggingface.py: one commit, read back, tagged; against a hub of our own over real HTTP."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.fixtures.hub_server import TOKEN, Fault, Hub
from tests.publish import published
from tests.release.conftest import reseal

from saring import publish as hub
from saring import release
from saring.core.errors import ReleaseError, SaringError

if TYPE_CHECKING:
    from saring.publish import Published

# The library hands httpx2 its files in a way that httpx2 has given up.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

HOME = Path(__file__).parents[2]
NAME = "org/warung"


def publish(folder: Path, *, chosen: bool = False, dry_run: bool = False) -> Published:
    """Publish a release to the dataset that all tests use."""
    return hub.publish(folder, f"hf://datasets/{NAME}", chosen=chosen, dry_run=dry_run)


def state(server: Hub) -> dict[str, Any]:
    """Return what the hub holds of it."""
    repo = server.repo(NAME)
    assert repo
    return repo


def files(server: Hub, revision: str) -> dict[str, str]:
    """Return the SHA-256 of the files of a tag or commit, but for the hub's own."""
    repo = state(server)
    entries = repo["commits"][repo["tags"].get(revision, revision)]["files"]
    return {path: entry["sha256"] for path, entry in entries.items() if path != ".gitattributes"}


def digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of the files of a release as they are published there."""
    return published.digests(folder, f"hf://datasets/{NAME}")


def titles(server: Hub) -> list[str]:
    """Return the titles of the commits on the branch, first to last."""
    repo, found = state(server), []
    head = repo["head"]
    while head:
        found.append(repo["commits"][head]["title"])
        head = repo["commits"][head]["parent"]
    return found[::-1]


def writes(server: Hub) -> list[str]:
    """Return the requests that change something."""
    return [
        request
        for request in server.seen
        if "/commit/" in request or "/tag/" in request or request.startswith("PUT") or "create" in request
    ]


def test_a_release_is_one_commit_with_its_tag(server: Hub, releases: Path) -> None:
    """The dataset is made, holds the release byte for byte, and the tag names the commit."""
    found = publish(releases / "v1.0.0")

    assert (found.version, found.changed, found.revision) == ("1.0.0", True, state(server)["head"])
    assert titles(server) == ["initial commit", "v1.0.0"]
    assert files(server, "v1.0.0") == digests(releases / "v1.0.0")
    assert state(server)["tags"] == {"v1.0.0": state(server)["head"]}


def test_twice_is_once(server: Hub, releases: Path) -> None:
    """Publishing a release again, even when a newer one is there, writes nothing."""
    publish(releases / "v1.0.0")
    publish(releases / "v1.1.0")
    before = (state(server), writes(server))

    found = publish(releases / "v1.0.0"), publish(releases / "v1.1.0")

    assert [one.changed for one in found] == [False, False]
    assert (state(server), writes(server)) == before


def test_the_next_version_uploads_only_what_differs(server: Hub, releases: Path) -> None:
    """Files that did not change are not sent, those that are gone go, and the commit before stays what it was."""
    for version in ("v1.0.0", "v1.1.0"):
        publish(releases / version)
    sent = len(writes(server))

    found = publish(releases / "v2.0.0")

    assert files(server, "v2.0.0") == digests(releases / "v2.0.0")
    assert files(server, "v1.0.0") == digests(releases / "v1.0.0")
    assert "rejections/train-00000.parquet" not in found.written
    assert "all/test-00000.parquet" in files(server, "v1.1.0").keys() - files(server, "v2.0.0").keys()
    assert len([request for request in writes(server)[sent:] if request.startswith("PUT")]) == len([p for p in found.written if "/" in p])
    assert titles(server) == ["initial commit", "v1.0.0", "v1.1.0", "v2.0.0"]


def test_consumers_load_a_pinned_version(server: Hub, releases: Path, tmp_path: Path) -> None:
    """`load_dataset` with a revision gives that version's rows when newer ones are there, streaming and not, and every config loads."""
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
    """It names the files that would be sent: all of them first, then those that differ, then none."""
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
    "the server fails when asked": Fault("GET .*/refs", 503, times=2),
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
def test_what_passes_is_tried_again(fault: str, server: Hub, releases: Path) -> None:
    """Whatever fails once or twice, the release is published, in one commit."""
    one = FAULTS[fault]
    server.faults = [Fault(one.where, one.how, one.after, one.times)]

    found = publish(releases / "v1.0.0")

    assert server.faults[0].times == 0
    assert found.revision == state(server)["tags"]["v1.0.0"]
    assert files(server, "v1.0.0") == digests(releases / "v1.0.0")
    assert titles(server) == ["initial commit", "v1.0.0"]


def test_a_second_writer_is_not_overwritten(server: Hub, releases: Path) -> None:
    """Somebody commits between the look and the commit: that is an error, theirs stays, and nothing is tagged."""
    publish(releases / "v1.0.0")
    server.faults = [Fault("POST .*/commit/", before=lambda: server.commit(NAME, {"notes.md": b"mine"}))]

    with pytest.raises(ReleaseError, match=r"expected main at [0-9a-f]+, found [0-9a-f]+: somebody else wrote there"):
        publish(releases / "v1.1.0")

    assert "notes.md" in files(server, state(server)["head"])
    assert state(server)["tags"].keys() == {"v1.0.0"}


def test_what_was_changed_there_by_hand_is_not_overwritten(server: Hub, releases: Path) -> None:
    """A card that was edited on the hub stops the next version, until that is taken back."""
    publish(releases / "v1.0.0")
    card = published.files(releases / "v1.0.0", f"hf://datasets/{NAME}")["README.md"]
    server.commit(NAME, {"README.md": card + b"by hand"})

    with pytest.raises(ReleaseError, match=r"main: expected v1\.0\.0 as it was published, found other content in README\.md"):
        publish(releases / "v1.1.0")

    server.commit(NAME, {"README.md": card})
    assert publish(releases / "v1.1.0").changed


def test_a_tag_with_other_content_is_an_error(server: Hub, releases: Path, tmp_path: Path) -> None:
    """Another release of the same version is refused, and names what differs."""
    publish(releases / "v1.0.0")
    other = tmp_path / "v1.0.0"
    shutil.copytree(releases / "v1.0.0", other)
    (other / "CHANGELOG.md").write_text("# Changelog\n\nrewritten\n", encoding="utf-8")
    reseal(other)
    before = writes(server)

    with pytest.raises(
        ReleaseError, match=r"the tag v1\.0\.0 to hold v1\.0\.0 as it is here, found other content in CHANGELOG\.md, manifest"
    ):
        publish(other)

    assert writes(server) == before


def test_what_is_not_ours_is_not_touched(server: Hub, releases: Path, tmp_path: Path) -> None:
    """A dataset with other files, another dataset's releases, or a newer version stop a release."""
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


def test_a_run_that_ended_before_its_tag_is_finished(server: Hub, releases: Path) -> None:
    """The same run again tags the commit that is there; the next version's run does so too, before its own."""
    server.faults = [Fault("POST .*/tag/", 400, times=2)]
    with pytest.raises(SaringError, match="Mend that and run the command again"):
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
    """An older version that was made the latest is what main holds again; its tag does not move; the newer one can come back."""
    home = tmp_path / "processed" / "warung"
    shutil.copytree(releases, home)
    for version in ("v1.0.0", "v1.1.0"):
        publish(home / version)
    tags = state(server)["tags"]

    for version in ("v1.0.0", "v1.1.0"):
        folder = release.rollback(home.parent, "warung", version)
        found = publish(folder, chosen=release.is_pinned_latest(folder))
        assert found.changed
        assert files(server, state(server)["head"]) == digests(folder)
        assert not publish(folder, chosen=True).changed
    assert state(server)["tags"] == tags


def test_a_refusal_is_told_and_not_tried_again(server: Hub, releases: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token that may not write is an error at once; it says what to set and does not show the token."""
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")

    with pytest.raises(SaringError, match="Set HF_TOKEN, or run `hf auth login`") as caught:
        publish(releases / "v1.0.0")

    assert "hf_wrong" not in str(caught.value)
    assert len([request for request in server.seen if "create" in request]) == 1


def test_a_damaged_release_is_not_published(server: Hub, releases: Path, tmp_path: Path) -> None:
    """A file that is not as the manifest lists it stops everything before the hub is asked."""
    folder = tmp_path / "v1.0.0"
    shutil.copytree(releases / "v1.0.0", folder)
    (folder / "README.md").write_text("---\n---\n", encoding="utf-8")

    with pytest.raises(ReleaseError, match=r"README\.md: expected the file that manifest\.json lists, found other bytes"):
        publish(folder)

    assert server.seen == []


def test_no_token_is_seen(server: Hub, releases: Path, tmp_path: Path) -> None:
    """`saring publish` shows neither token nor signature, not even in what the library logs when it tries again; no file holds them."""
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
