"""pipeline/build: raw/ to a release, again, after a kill, with more workers; whatever happens, the last release is whole."""

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
from tests.fixtures import junk

from saring import read, release
from saring.clean_batch import Cleaned, clean, prepare
from saring.compute.bisection import run_bisected
from saring.compute.time_limit import Watchdog
from saring.config import Config, default_config, load_config
from saring.core.errors import LockedError, NoInputError, ReleaseError
from saring.runs import STEPS, build, preview, report, validate_tables
from saring.runs.workspace import Job

if TYPE_CHECKING:
    from typing import Any

HOME = Path(__file__).parents[2]
CONFIG = load_config(HOME / "corpus.toml")

#: Batches of a page or two, so that there is a middle of a build.
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
    """Return the hash of every file of a folder that is not hidden."""
    files = [file for file in sorted(folder.rglob("*")) if file.is_file() and ".work" not in file.parts and not file.name.startswith(".")]
    return {file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Job, dict[str, dict[str, Any]]]:
    """Build raw/ once."""
    job = Job(raw=HOME / "raw", out=tmp_path_factory.mktemp("processed"), config=CONFIG, workers=1)
    return job, build(job)


def test_every_scrape_is_a_document_or_a_rejection(built: tuple[Job, dict[str, dict[str, Any]]]) -> None:
    """Nothing vanishes."""
    job, reports = built
    documents = pl.read_parquet(job.tables / "documents.parquet")
    rejections = pl.read_parquet(job.tables / "rejections.parquet")

    assert reports["read_scrapes"]["scrapes"] + reports["read_scrapes"]["rejected"] == documents.height + rejections.height
    sources = {Path(source.split("#")[0]) for source in [*documents["source"], *rejections["source"]]}
    files = {file.relative_to(job.raw) for file in job.raw.rglob("*") if file.is_file() and file.name != "README.md"}
    assert sources == {file for file in files if not file.name.endswith(".meta.toml")}


def test_the_samples_show_every_kind_of_edit(built: tuple[Job, dict[str, dict[str, Any]]]) -> None:
    """raw/ holds what saring is for: all kinds of noise, damaged encodings, variants of names, revisions and duplicates."""
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


def test_nothing_new_makes_no_new_version(built: tuple[Job, dict[str, dict[str, Any]]]) -> None:
    """A second build reads, cleans and writes nothing, and leaves the release as it is."""
    job, _ = built
    before = tree(job.out)

    reports = build(job)

    assert reports["extract_pages"]["extracted"] == reports["clean_pages"]["cleaned"] == 0
    assert reports["write_release"]["changed"] is False
    assert tree(job.out) == before


def test_a_preview_writes_nothing(built: tuple[Job, dict[str, dict[str, Any]]], tmp_path: Path) -> None:
    """What would change is said, and neither the old nor a new folder is touched."""
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
    """In this process or in two others, in other batches and another folder: the same tables."""
    job, _ = built
    config = Config(**{name: getattr(CONFIG, name) for name in CONFIG.__slots__ if name != "build"}, build=load_small(tmp_path).build)
    other = Job(raw=job.raw, out=tmp_path / "elsewhere", config=config, workers=2)

    build(other)

    assert {file: sha for file, sha in tree(other.out).items() if file.endswith(".parquet")} == {
        file: sha for file, sha in tree(job.out).items() if file.endswith(".parquet")
    }


def test_markup_is_batched_by_its_text(tmp_path: Path) -> None:
    """Pages of which little is text are extracted a few at a time, and cleaned many at a time."""
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
    # Five alone, while the worker has little to do; then four at a time.
    assert (pages, cleaned) == (7, 1)


def load_small(folder: Path) -> Config:
    """Return a configuration that makes small batches."""
    file = folder / "small.toml"
    file.write_text(SMALL, encoding="utf-8")
    return load_config(file)


def test_a_killed_build_goes_on_to_the_same_bytes(tmp_path: Path) -> None:
    """Killed without warning again and again, at other moments each time: the next build completes, as if it had never been."""
    config = tmp_path / "small.toml"
    config.write_text(SMALL, encoding="utf-8")
    command = [sys.executable, "-m", "saring.cli", "build", "--raw", str(HOME / "raw"), "--config", str(config), "--workers", "2"]
    straight, killed = tmp_path / "straight", tmp_path / "killed"
    started = time.monotonic()
    subprocess.run([*command, "--out", str(straight)], check=True, capture_output=True)
    whole = time.monotonic() - started

    kept = []
    for share in (0.5, 0.7, 0.85, 0.95):
        process = subprocess.Popen([*command, "--out", str(killed)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(share * whole)
        process.send_signal(signal.SIGKILL)
        process.wait()
        kept.append(len(list((killed / "sample" / ".work").glob("[pc]*/[0-9a-f]*"))))
        for file in killed.glob("sample/v*"):
            release.verify(file)

    subprocess.run([*command, "--out", str(killed)], check=True, capture_output=True)

    assert max(kept) > 0, "no build was killed in its middle"
    assert tree(killed) == tree(straight)


def test_workers_end_with_a_killed_build(tmp_path: Path) -> None:
    """A build that is killed leaves no processes behind."""
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
            return  # ended; whoever adopted it has not asked yet
        time.sleep(0.05)
    pytest.fail("the worker lives on")


@pytest.mark.parametrize("blocks", [1, 24])
def test_a_full_disk_leaves_the_last_release_whole(blocks: int, tmp_path: Path) -> None:
    """Wherever writing fails, the build ends with a sentence; what was released stays, and the next build completes."""
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


def test_a_damaged_cache_is_made_again(built: tuple[Job, dict[str, dict[str, Any]]]) -> None:
    """Whatever changed on disk is made again, and nothing else."""
    job, first = built
    before = tree(job.out)
    for step, name in (("clean_pages", "documents"), ("extract_pages", "pages")):
        file = next(job.folder.glob(f"*/*/{name}.parquet"))
        file.write_bytes(file.read_bytes()[:-7])

        reports = build(job)

        assert reports[step]["kept"] < first["read_scrapes"]["scrapes"]
        assert tree(job.out) == before


def test_junk_is_rejected_and_harms_nothing(tmp_path: Path) -> None:
    """Among junk of all kinds, a good page comes out as if it stood alone."""
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


def dies(scrapes: pl.DataFrame, config: Config) -> Cleaned:
    """Clean, but end the process at a page that says so, as a fault in a native library does."""
    if scrapes["content"].str.contains("boulangerie|boulanger", literal=False).any():
        os.kill(os.getpid(), signal.SIGKILL)
    return clean(prepare(scrapes), config)


def test_a_page_that_ends_its_process_is_found_alone() -> None:
    """The batch is halved until the page stands alone; the others are cleaned."""
    scrapes = pl.concat([batch.scrapes for batch in read.read_batches(HOME / "raw" / "fr", CONFIG)])
    guilty = scrapes.filter(pl.col("content").str.contains("boulangerie|boulanger"))

    parts, lost = run_bisected(dies, scrapes, CONFIG, Watchdog(0, None))

    assert sorted(lost["source"]) == sorted(guilty["source"])
    assert sum(part.documents.height for part in parts) == scrapes.height - guilty.height > 0


def test_tables_that_break_their_schema_are_not_released(built: tuple[Job, dict[str, dict[str, Any]]], tmp_path: Path) -> None:
    """The message names the table, the column and the row."""
    job, _ = built
    bad = Job(raw=job.raw, out=job.out, config=CONFIG, work=tmp_path)
    bad.tables.mkdir()
    for file in job.tables.iterdir():
        (bad.tables / file.name).write_bytes(file.read_bytes())
    documents = pl.read_parquet(bad.tables / "documents.parquet")
    documents.with_columns(pl.lit("Indonesian").alias("language")).write_parquet(bad.tables / "documents.parquet")

    with pytest.raises(ReleaseError, match=r"values of documents break schemas/document\.schema\.json: language of row 0"):
        validate_tables(bad)


def test_two_builds_do_not_write_at_once(built: tuple[Job, dict[str, dict[str, Any]]]) -> None:
    """The second says who is at work."""
    job, _ = built
    with release.lock(job.out, CONFIG.dataset.name), pytest.raises(LockedError, match=f"process {os.getpid()}"):
        build(job)


def test_no_input_is_an_error_and_no_release(tmp_path: Path) -> None:
    """An empty folder makes nothing."""
    (tmp_path / "raw").mkdir()

    with pytest.raises(NoInputError):
        build(Job(raw=tmp_path / "raw", out=tmp_path / "out"))

    assert not list(tmp_path.glob("out/corpus/v*"))


def test_steps_are_functions_over_a_job() -> None:
    """Flows wrap the list that `build` runs."""
    assert [step.__name__ for step in STEPS] == [
        "read_scrapes",
        "extract_pages",
        "count_site_lines",
        "clean_pages",
        "relate_documents",
        "validate_tables",
        "write_release",
    ]
