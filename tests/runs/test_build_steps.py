"""pipeline/saring/runs/build_steps.py: builds from raw/ to a release, repeated, killed, with more workers, on a full disk."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

from saring import release
from saring.config import Config, default_config, load_config
from saring.core.errors import LockedError, NoInputError
from saring.runs import STEPS, build, preview, report
from saring.runs.workspace import Job
from tests.fixtures import junk

if TYPE_CHECKING:
    from typing import Any

HOME = Path(__file__).parents[2]
CONFIG = load_config(HOME / "corpus.toml")

#: Batches of a page or two, so that even a small build can be killed between batches.
SMALL = """
[dataset]
name = "sample"
languages = ["id", "fr", "en"]
[[name]]
canonical = "Durov"
variants = ["DuRove"]
[build]
batch_bytes = 1500
"""


def tree(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file of a folder, by relative path, but for hidden files and the workspace."""
    files = [file for file in sorted(folder.rglob("*")) if file.is_file() and ".work" not in file.parts and not file.name.startswith(".")]
    return {file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Job, dict[str, dict[str, Any]]]:
    """Build the samples of raw/ once for all tests of this module."""
    job = Job(raw=HOME / "raw", out=tmp_path_factory.mktemp("processed"), config=CONFIG, workers=1)
    return job, build(job)


def test_every_scrape_is_a_document_or_a_rejection(built: tuple[Job, dict[str, dict[str, Any]]]) -> None:
    """The counts add up, and the sources of both tables are the files of raw/."""
    job, reports = built
    documents = pl.read_parquet(job.tables / "documents.parquet")
    rejections = pl.read_parquet(job.tables / "rejections.parquet")

    assert reports["read_scrapes"]["scrapes"] + reports["read_scrapes"]["rejected"] == documents.height + rejections.height
    sources = {Path(source.split("#")[0]) for source in [*documents["source"], *rejections["source"]]}
    files = {file.relative_to(job.raw) for file in job.raw.rglob("*") if file.is_file() and file.name != "README.md"}
    assert sources == {file for file in files if not file.name.endswith(".meta.toml")}


def test_the_samples_show_every_kind_of_edit(built: tuple[Job, dict[str, dict[str, Any]]]) -> None:
    """The samples of raw/ have all kinds of noise, damaged encodings, variants of names, revisions and duplicates."""
    job, _ = built
    kinds = {(row["step"], row["kind"]) for row in report.removals(job.tables).to_dicts()}
    links = set(pl.read_parquet(job.tables / "overlaps.parquet")["kind"])

    noise = {
        "ad",
        "byline",
        "caption",
        "comment",
        "copyright",
        "dateline",
        "icon",
        "image",
        "login",
        "navigation",
        "related",
        "share",
        "spam",
    }
    assert {kind for step, kind in kinds if step == "noise"} >= noise - {"copyright"}
    assert ("repair", "encoding") in kinds
    assert ("names", "name") in kinds
    assert links >= {"near", "revision"}


def test_a_build_without_new_input_makes_no_new_version(built: tuple[Job, dict[str, dict[str, Any]]]) -> None:
    """A second build extracts, cleans and writes nothing, and the release is unchanged."""
    job, _ = built
    before = tree(job.out)

    reports = build(job)

    assert reports["extract_pages"]["extracted"] == reports["clean_pages"]["cleaned"] == 0
    assert reports["write_release"]["changed"] is False
    assert tree(job.out) == before


def test_a_preview_writes_nothing(built: tuple[Job, dict[str, dict[str, Any]]], tmp_path: Path) -> None:
    """The report says what a build would change; neither an existing nor a new folder of releases is written to."""
    job, _ = built
    assert preview(job)["write_release"]["changed"] is False

    fresh = Job(raw=job.raw, out=tmp_path / "processed", config=CONFIG, workers=0)

    assert preview(fresh)["write_release"]["version"] == "1.0.0"
    assert not fresh.out.exists()

    more = Job(raw=tmp_path / "raw", out=job.out, config=CONFIG, workers=0)
    shutil.copytree(job.raw, more.raw)
    (more.raw / "more.txt").write_text("Le maire a ouvert le marché lundi matin avec tous les marchands du port.", encoding="utf-8")
    before = sorted(job.out.rglob("*"))

    assert preview(more)["write_release"]["version"] == "1.1.0"
    assert sorted(job.out.rglob("*")) == before


def test_workers_do_not_change_the_bytes(built: tuple[Job, dict[str, dict[str, Any]]], tmp_path: Path) -> None:
    """One worker or two, in batches of other sizes and in another folder: the same Parquet files."""
    job, _ = built
    config = Config(**{name: getattr(CONFIG, name) for name in CONFIG.__slots__ if name != "build"}, build=load_small(tmp_path).build)
    elsewhere = Job(raw=job.raw, out=tmp_path / "elsewhere", config=config, workers=2)

    build(elsewhere)

    assert {file: sha for file, sha in tree(elsewhere.out).items() if file.endswith(".parquet")} == {
        file: sha for file, sha in tree(job.out).items() if file.endswith(".parquet")
    }


def test_markup_is_batched_by_its_text(tmp_path: Path) -> None:
    """Pages of HTML with little text are extracted a few at a time, and cleaned all in one batch."""
    paragraph = "Pelabuhan itu melayani kapal besar mulai hari ini, kata kepala dinas di Ambon pada hari Senin."
    raw = tmp_path / "raw"
    raw.mkdir()
    for number in range(12):
        markup = f"<html><head><style>{'p{}' * 400}</style></head><body><p>{number} {paragraph}</p></body></html>"
        (raw / f"{number:02}.html").write_text(markup, encoding="utf-8")
    job = Job(raw=raw, out=tmp_path / "processed", config=load_small(tmp_path), workers=1)

    reports = build(job)

    pages, cleaned = (len(list((job.folder / cache).iterdir())) for cache in ("pages", "clean"))
    assert reports["clean_pages"]["documents"] == 12
    # Five batches of one page, while the worker has little to do; then four pages at a time.
    assert (pages, cleaned) == (7, 1)


def load_small(folder: Path) -> Config:
    """Return a configuration that makes small batches."""
    file = folder / "small.toml"
    file.write_text(SMALL, encoding="utf-8")
    return load_config(file)


def test_a_killed_build_resumes_to_the_same_bytes(tmp_path: Path) -> None:
    """Killed with SIGKILL at four moments: every release so far verifies, and the last build gives the files of one that was never killed."""
    config = tmp_path / "small.toml"
    config.write_text(SMALL, encoding="utf-8")
    command = [sys.executable, "-m", "saring.cli", "build", "--raw", str(HOME / "raw"), "--config", str(config), "--workers", "2"]
    straight, killed = tmp_path / "straight", tmp_path / "killed"
    started = time.monotonic()
    subprocess.run([*command, "--out", str(straight)], check=True, capture_output=True)
    duration = time.monotonic() - started

    kept = []
    for share in (0.5, 0.7, 0.85, 0.95):
        process = subprocess.Popen([*command, "--out", str(killed)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(share * duration)
        process.send_signal(signal.SIGKILL)
        process.wait()
        kept.append(len(list((killed / "sample" / ".work").glob("[pc]*/[0-9a-f]*"))))
        for file in killed.glob("sample/v*"):
            release.verify(file)

    subprocess.run([*command, "--out", str(killed)], check=True, capture_output=True)

    assert max(kept) > 0, "no build was killed in its middle"
    assert tree(killed) == tree(straight)


def test_workers_end_with_a_killed_build(tmp_path: Path) -> None:
    """A build that is killed leaves no worker process behind."""
    code = """
import time
from saring.compute import pool
from tests.compute.test_pool import process

with pool.process_pool(1) as executor:
    for _, worker in executor.map(process, [1], None):
        print(worker, flush=True)
    time.sleep(60)
"""
    process = subprocess.Popen([sys.executable, "-c", code], cwd=HOME, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    worker = int(process.stdout.readline())
    process.kill()
    process.wait()
    process.stdout.close()

    for _ in range(600):
        try:
            os.kill(worker, 0)
        except ProcessLookupError:
            return
        if Path(f"/proc/{worker}/stat").read_text(encoding="utf-8").split()[2] == "Z":
            return  # a zombie: it has ended, and its new parent has not collected it yet
        time.sleep(0.05)
    pytest.fail("the worker lives on")


@pytest.mark.parametrize("blocks", [1, 24])
def test_a_full_disk_leaves_the_last_release_intact(blocks: int, tmp_path: Path) -> None:
    """Wherever writing fails, the build ends with a message; the last release verifies, and the next build completes."""
    raw, out = tmp_path / "raw", tmp_path / "out"
    shutil.copytree(HOME / "raw" / "fr", raw)
    command = [sys.executable, "-m", "saring.cli", "build", "--raw", str(raw), "--out", str(out), "--workers", "1"]
    subprocess.run(command, cwd=HOME, check=True, capture_output=True)
    (raw / "more.txt").write_text("Le maire a ouvert le marché lundi matin avec tous les marchands du port.", encoding="utf-8")

    limited = ["bash", "-c", f'ulimit -f {blocks} && exec "$@"', "-", *command]  # no file may grow beyond so many KiB
    failed = subprocess.run(limited, cwd=HOME, capture_output=True, text=True, check=False)

    assert failed.returncode == 1, failed.stderr
    assert "Traceback" not in failed.stderr
    assert "the last release is as it was" in failed.stderr.lower()
    release.verify(out / "sample" / "v1.0.0")
    done = subprocess.run(command, cwd=HOME, check=True, capture_output=True, text=True)
    assert done.stdout.strip().endswith("v1.1.0")


def test_a_damaged_cache_entry_is_computed_again(built: tuple[Job, dict[str, dict[str, Any]]]) -> None:
    """A truncated file invalidates its cache entry and no other; the release is unchanged."""
    job, first = built
    before = tree(job.out)
    for step, name in (("clean_pages", "documents"), ("extract_pages", "pages")):
        file = next(job.folder.glob(f"*/*/{name}.parquet"))
        file.write_bytes(file.read_bytes()[:-7])

        reports = build(job)

        assert reports[step]["kept"] < first["read_scrapes"]["scrapes"]
        assert tree(job.out) == before


def test_junk_is_rejected_and_affects_no_other_page(tmp_path: Path) -> None:
    """Among junk files of all kinds, a good page is published as if it were the only one."""
    raw = tmp_path / "raw"
    junk.make(raw, 2 * len(junk.KINDS), longest=20 * junk.MEGABYTE)
    good = "Pasar dibuka lagi hari ini\n\nWali kota membuka pasar itu pada hari Senin bersama para pedagang dan warga sekitar."
    (raw / "good.txt").write_text(good, encoding="utf-8")
    job = Job(raw=raw, out=tmp_path / "out", config=default_config(), workers=2)

    reports = build(job)

    documents = pl.read_parquet(job.tables / "documents.parquet").filter(pl.col("source") == "good.txt")
    assert documents["text"].to_list() == [good.split("\n\n")[1]]
    assert report.rejected_share(reports) > 0.5
    release.verify(Path(reports["write_release"]["folder"]))
    assert (
        pl.read_parquet(job.tables / "rejections.parquet")
        .filter(pl.any_horizontal(pl.col("source", "reason", "message").is_null()))
        .is_empty()
    )


def test_two_builds_of_a_dataset_exclude_each_other(built: tuple[Job, dict[str, dict[str, Any]]]) -> None:
    """The error of the second build names the process of the first."""
    job, _ = built
    with release.lock(job.out, CONFIG.dataset.name), pytest.raises(LockedError, match=f"process {os.getpid()}"):
        build(job)


def test_an_empty_raw_folder_is_an_error(tmp_path: Path) -> None:
    """No release is written."""
    (tmp_path / "raw").mkdir()

    with pytest.raises(NoInputError):
        build(Job(raw=tmp_path / "raw", out=tmp_path / "out"))

    assert not list(tmp_path.glob("out/corpus/v*"))


def test_steps_are_functions_over_a_job() -> None:
    """The names of the steps, in order: reports, flows and progress use them."""
    assert [step.__name__ for step in STEPS] == [
        "read_scrapes",
        "extract_pages",
        "count_site_lines",
        "clean_pages",
        "find_takedowns",
        "relate_documents",
        "validate_tables",
        "write_release",
    ]
