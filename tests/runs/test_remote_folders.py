"""A build with raw/ and processed/ in an S3 bucket gives the release of a local build, also after damage, refused requests and kills."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from saring import read, release
from saring.config import load_config
from saring.core.errors import SaringError
from saring.read import prefetch
from saring.read.list_files import File, list_files
from saring.runs import build, preview
from saring.runs.workspace import Job
from saring.storage.paths import list_remote, path_of
from tests.fixtures import s3_server

HOME = Path(__file__).parents[2]

#: Batches of a few pages, so that even a small build can be killed between batches.
SMALL = """
[dataset]
name = "sample"
languages = ["id", "fr", "en"]
[build]
batch_bytes = 8000
"""
NEWS = "La mairie a rouvert le marché couvert lundi matin, devant deux cents marchands et leurs clients."


def tree(out: Path) -> dict[str, str]:
    """Return the SHA-256 of each file of local or remote releases, by relative path, but for workspaces and locks."""
    paths = (
        [file.relative_to(out).as_posix() for file in out.rglob("*") if file.is_file()]
        if isinstance(out, os.PathLike)
        else list_remote(out)
    )
    shown = [path for path in paths if not any(part.startswith(".") for part in path.split("/"))]
    return {path: hashlib.sha256((out / path).read_bytes()).hexdigest() for path in sorted(shown)}


def upload(folder: Path, to: Path) -> None:
    """Upload all files of a local folder to a remote one, without saring's own code."""
    remote: Any = to
    for file in folder.rglob("*"):
        if file.is_file():
            remote.fs.pipe_file(f"{remote.path}/{file.relative_to(folder).as_posix()}", file.read_bytes())


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of scrapes in every format, among them compressed, unreadable and hidden files, and files in deep folders."""
    folder = tmp_path_factory.mktemp("raw")
    shutil.copytree(HOME / "raw", folder, dirs_exist_ok=True)
    (folder / "a-b").mkdir()
    (folder / "a-b" / "x.txt").write_text(NEWS, encoding="utf-8")
    (folder / "a").mkdir()
    (folder / "a" / "x.txt").write_text(NEWS.upper(), encoding="utf-8")
    (folder / "a" / "x.txt.meta.toml").write_text('url = "https://kota.example/x"\n', encoding="utf-8")
    (folder / "a" / "alone.txt.meta.toml").write_text("", encoding="utf-8")
    (folder / "a" / "été #1?.txt").write_text(f"{NEWS} Fin.", encoding="utf-8")
    (folder / "a" / "picture.png").write_bytes(b"\x89PNG")
    (folder / "a" / ".hidden.txt").write_text(NEWS, encoding="utf-8")
    (folder / "a" / "half.txt.gz").write_bytes(b"\x1f\x8b\x08\x00half")
    (folder / ".cache").mkdir()
    (folder / ".cache" / "x.txt").write_text(NEWS, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a corpus.toml with small batches."""
    file = tmp_path_factory.mktemp("config") / "corpus.toml"
    file.write_text(SMALL, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def local(raw: Path, config: Path, tmp_path_factory: pytest.TempPathFactory) -> Job:
    """Build from and to local folders, for comparison."""
    job = Job(raw=raw, out=tmp_path_factory.mktemp("processed"), config=load_config(config), workers=0)
    build(job)
    return job


@pytest.fixture
def bucket(s3: dict[str, str], tmp_path: Path) -> Path:
    """Return an empty folder of a bucket."""
    return path_of(f"s3://bucket/{tmp_path.name}")


@pytest.mark.parametrize("small", [1_000_000, -1], ids=["fetched", "streamed"])
def test_a_remote_raw_folder_is_listed_the_same(small: int, raw: Path, bucket: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same files in the same order, with the same rows; hidden files are skipped, and a name that no disk could have is rejected."""
    monkeypatch.setattr(prefetch, "_MAX_BYTES", small)
    upload(raw, bucket)
    local_files, remote_files = (
        [(entry.source, entry.size) for entry in list_files(folder) if isinstance(entry, File)] for folder in (raw, bucket)
    )
    assert remote_files == local_files

    config = load_config(HOME / "corpus.toml")
    ours, theirs = (list(read.read_batches(folder, config)) for folder in (raw, bucket))
    assert len(ours) == len(theirs)
    assert all(a.scrapes.equals(b.scrapes) and a.rejections.equals(b.rejections) for a, b in zip(ours, theirs, strict=True))

    remote: Any = bucket
    remote.fs.pipe_file(f"{remote.path}/a//b.txt", NEWS.encode())
    rejected = [entry for entry in list_files(bucket) if not isinstance(entry, File)]
    assert [(entry.source, entry.reason) for entry in rejected] == [("a//b.txt", "unreadable")]


def test_the_folder_digest_shows_changes(raw: Path, bucket: Path) -> None:
    """Uploading the same files again leaves the digest; another content changes it."""
    upload(raw / "a", bucket)
    before = read.folder_digest(bucket)
    upload(raw / "a", bucket)
    assert read.folder_digest(bucket) == before

    (bucket / "x.txt").write_bytes(NEWS.encode())
    assert read.folder_digest(bucket) != before


@pytest.mark.parametrize("where", ["both", "raw", "out"])
def test_remote_folders_give_the_same_bytes(where: str, local: Job, bucket: Path, tmp_path: Path) -> None:
    """Whichever of the folders is remote, the release equals the local one, file by file."""
    upload(local.raw, bucket / "raw")
    job = Job(
        raw=local.raw if where == "out" else bucket / "raw",
        out=tmp_path / "processed" if where == "raw" else bucket / "processed",
        config=local.config,
        workers=0,
    )

    first = build(job)

    assert first["write_release"]["version"] == "1.0.0"
    assert tree(job.out) == tree(local.out)
    assert not [path for path in list_remote(bucket / "processed") if path.endswith(".lock")]


def test_nothing_new_is_nothing_done(local: Job, bucket: Path) -> None:
    """A second build reads no scrape, cleans none and writes no release; one more scrape is one more to clean."""
    upload(local.raw, bucket / "raw")
    job = Job(raw=bucket / "raw", out=bucket / "processed", config=local.config, workers=0)
    build(job)
    before = tree(job.out)

    phases: list[str] = []
    again = build(job, lambda phase, *_: phases.append(phase))
    assert "reading" not in phases
    assert again["extract_pages"]["extracted"] == again["clean_pages"]["cleaned"] == 0
    assert again["write_release"]["changed"] is False
    assert tree(job.out) == before

    (bucket / "raw" / "a" / "y.txt").write_bytes(
        "Trois pêcheurs ont ramené au port une tortue blessée, que le musée soigne depuis hier.".encode()
    )
    planned = preview(job)
    assert planned["write_release"]["added"] == 1
    assert tree(job.out) == before
    more = build(job)
    assert more["extract_pages"]["extracted"] == more["clean_pages"]["cleaned"] == 1
    assert more["write_release"]["version"] == planned["write_release"]["version"] == "1.1.0"
    assert tree(job.out).items() >= {path: sha256 for path, sha256 in before.items() if path != "sample/latest"}.items()


def test_a_damaged_remote_cache_is_computed_again(local: Job, bucket: Path) -> None:
    """A cache entry without its manifest, or without a table, counts as missing and is computed again; the release is unchanged."""
    job = Job(raw=local.raw, out=bucket / "processed", config=local.config, workers=0)
    build(job)
    before = tree(job.out)
    entries = sorted(list_remote(job.folder / "pages"))
    (job.folder / "pages" / next(path for path in entries if path.endswith("manifest.json"))).unlink()
    (job.folder / "pages" / next(path for path in reversed(entries) if path.endswith("pages.parquet"))).unlink()
    (job.tables / "edits.parquet").unlink()

    again = build(job)

    assert 0 < again["extract_pages"]["extracted"] < again["read_scrapes"]["scrapes"]
    assert again["clean_pages"]["cleaned"] == 0
    assert tree(job.out) == before


def test_refused_requests_leave_the_last_release_intact(local: Job, bucket: Path) -> None:
    """From whichever request on the store refuses, no partial release is visible, and the next build completes it."""
    raw, out = bucket / "raw", bucket / "processed"
    upload(local.raw / "fr", raw)
    job = Job(raw=raw, out=out, config=local.config, workers=0)
    s3_server.fault(0, 0)
    build(job)
    total = s3_server.fault(0, 0)
    want = tree(out)

    for number in (total // 2, total - 3):
        remote: Any = out
        remote.fs.rm(remote.path, recursive=True)
        s3_server.fault(0, number)
        with pytest.raises((OSError, SaringError)):
            build(job)
        s3_server.fault(0, 0)
        for version in release.staging.list_versions(out / "sample"):
            assert tree(out / "sample" / f"v{version}") == {
                path.removeprefix("sample/v1.0.0/"): sha256 for path, sha256 in want.items() if "v1.0.0" in path
            }
        assert build(job)["write_release"]["version"] == "1.0.0"
        assert tree(out) == want


def test_a_killed_remote_build_resumes_to_the_same_bytes(local: Job, config: Path, bucket: Path) -> None:
    """Killed with SIGKILL before a request that writes: the next build completes with the files of one that was never killed."""
    upload(local.raw / "fr", bucket / "raw")
    straight = Job(raw=bucket / "raw", out=bucket / "straight", config=local.config, workers=0)
    s3_server.fault(0, 0)
    build(straight)
    total = s3_server.fault(0, 0)

    options = ["--raw", str(bucket / "raw"), "--out", str(bucket / "killed"), "--config", str(config), "--workers", "0"]
    command = [sys.executable, "-m", "saring.cli", "build", *options]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=HOME)
    s3_server.fault(process.pid, total * 2 // 3)
    process.wait()
    s3_server.fault(0, 0)
    assert process.returncode < 0
    assert release.staging.list_versions(bucket / "killed" / "sample") == []
    assert "sample/.build.lock" in list_remote(bucket / "killed")

    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=HOME)

    assert done.stdout == f"{bucket}/killed/sample/v1.0.0\n"
    assert tree(bucket / "killed") == tree(bucket / "straight")
