"""pipeline/saring/compute/dask_pool.py: a build on a real cluster of two worker processes gives the same bytes as a build without one."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl
import pytest

from saring.compute import dask_pool, pool
from saring.config import load_config
from saring.core.errors import SaringError
from saring.runs import STEPS, build, cache_keys, relate_documents
from saring.runs.workspace import Job
from saring.storage.paths import path_of
from saring.translation import alignment, pairs, sentence_index
from tests.compute.test_pool import process, refuse, square
from tests.runs.test_build_steps import SMALL, tree
from tests.runs.test_remote_folders import tree as releases
from tests.runs.test_remote_folders import upload

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from saring.config import Config

distributed = pytest.importorskip("distributed", reason="the extra `dask` is not installed")

#: Batches of one page, so that workers can be killed in the middle of each step: batches of HTML are measured by its text.
TINY = SMALL.replace("batch_bytes = 1500", "batch_bytes = 500")

HOME = Path(__file__).parents[2]
DEADLY = HOME / "tests" / "deadly"


@contextlib.contextmanager
def started(
    folder: Path, count: int, environment: Mapping[str, str] = MappingProxyType({})
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Start a scheduler and workers with the commands of README.md; the workers die at a page that holds the deadly words."""
    more = {
        "PYTHONPATH": f"{DEADLY}:{HOME}/pipeline:{HOME}",
        "POLARS_MAX_THREADS": "1",
        "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1",
        **environment,
    }
    file = folder / "scheduler.json"
    with contextlib.ExitStack() as stack:

        def dask(*arguments: str) -> subprocess.Popen[bytes]:
            command = [sys.executable, "-m", "dask", *arguments, "--no-dashboard", "--scheduler-file", str(file)]
            process = subprocess.Popen(command, cwd=folder, env=os.environ | more, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            stack.callback(process.wait)
            stack.callback(process.terminate)
            return process

        scheduler = dask("scheduler", "--host", "127.0.0.1", "--port", "0")
        dask("worker", "--nworkers", str(count), "--nthreads", "1")
        while not (file.exists() and file.stat().st_size):
            assert scheduler.poll() is None
            time.sleep(0.05)
        address = str(json.loads(file.read_text(encoding="utf-8"))["address"])
        with distributed.Client(address, timeout=60, set_as_default=False) as client:
            client.wait_for_workers(count, timeout=120)
        yield address, scheduler


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, s3_server: dict[str, str]) -> Iterator[str]:
    """Start the cluster that all tests but one share, and return its address."""
    with started(tmp_path_factory.mktemp("cluster"), 2, s3_server) as (scheduler_address, _):
        yield scheduler_address


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """Return a configuration with batches of one page."""
    file = tmp_path_factory.mktemp("config") / "small.toml"
    file.write_text(TINY, encoding="utf-8")
    return load_config(file)


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory, config: Config) -> Job:
    """Build without a cluster, for comparison."""
    job = Job(raw=HOME / "raw" / "fr", out=tmp_path_factory.mktemp("local"), config=config, workers=0)
    build(job)
    return job


@pytest.fixture(autouse=True)
def translations_on_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Search for translations on the workers too, which otherwise begins with more texts, and in small parts."""
    monkeypatch.setattr(pairs, "_PARALLEL_BYTES", 0)
    monkeypatch.setattr(pairs, "_PAIRS", 3)
    monkeypatch.setattr(alignment, "_PART", 3)
    monkeypatch.setattr(sentence_index, "_BATCH", 2_000)


def test_a_cluster_gives_the_same_bytes(address: str, local: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers are killed while they extract, clean and compare; paths are relative, and workers run in another folder."""
    monkeypatch.chdir(tmp_path)
    killed: list[str] = []

    def kill(phase: str, done: int, total: int) -> None:
        if phase not in killed and (phase == "comparing" or (phase in ("extracting", "cleaning") and done < total - 2)):
            with distributed.Client(address, set_as_default=False) as client:
                os.kill(min(client.run(os.getpid).values()), signal.SIGKILL)
            killed.append(phase)

    build(Job(raw=local.raw, out=Path("out"), config=local.config, dask=address), kill)

    assert killed == ["extracting", "cleaning", "comparing"]
    assert tree(tmp_path / "out") == tree(local.out)


@pytest.mark.usefixtures("s3")
def test_a_cluster_builds_in_a_bucket_too(address: str, local: Job) -> None:
    """Scrapes, workspace and releases are in a bucket that every worker reaches; no disk is shared."""
    upload(local.raw, path_of("s3://bucket/cluster/raw"))
    job = Job(raw=path_of("s3://bucket/cluster/raw"), out=path_of("s3://bucket/cluster/out"), config=local.config, dask=address)

    build(job)

    assert releases(job.out) == releases(local.out)
    assert build(job)["clean_pages"]["cleaned"] == 0


def test_the_flow_runs_on_a_cluster(address: str, local: Job, tmp_path: Path) -> None:
    """`python -m flows.build --dask`, on a real Prefect server: the release is the same as without Prefect and Dask."""
    file = tmp_path / "corpus.toml"
    file.write_text(TINY, encoding="utf-8")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PREFECT_")} | {
        "PREFECT_HOME": str(tmp_path / "home")
    }
    out = tmp_path / "out"
    command = [sys.executable, "-m", "flows.build", "--raw", str(local.raw), "--out", str(out), "--config", str(file), "--dask", address]

    done = subprocess.run(command, cwd=HOME, env=environment, capture_output=True, text=True, check=False, timeout=600)

    assert done.returncode == 0, done.stderr
    assert releases(out) == releases(local.out)


def test_a_page_that_kills_workers_is_rejected_alone(address: str, local: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It kills workers of the cluster, then a process of this machine; the other pages are published as if it did not exist."""
    monkeypatch.setenv("PYTHONPATH", f"{DEADLY}:{HOME}/pipeline:{HOME}")  # for the process of this machine
    raw = tmp_path / "raw"
    shutil.copytree(local.raw, raw)
    (raw / "deadly.txt").write_text("Here stands a word that kills.", encoding="utf-8")
    job = Job(raw=raw, out=tmp_path / "out", config=local.config, dask=address)

    for step in STEPS[: STEPS.index(relate_documents) + 1]:
        step(job)

    rejections = pl.read_parquet(job.tables / "rejections.parquet")
    assert rejections.filter(pl.col("reason") == "crashed")["source"].to_list() == ["deadly.txt"]
    assert pl.read_parquet(job.tables / "documents.parquet").equals(pl.read_parquet(local.tables / "documents.parquet"))


def test_deaths_and_errors_are_those_of_the_process_pool(address: str, tmp_path: Path) -> None:
    """Results come in order, `WorkerDied` for deadly items; an exception of the function is raised."""
    with dask_pool.dask_executor(address, tmp_path, same) as executor:
        results = list(executor.map(square, range(1, 9), 7))
        assert [item for item, _ in results] == list(range(1, 9))
        assert [item for item, result in results if isinstance(result, pool.WorkerDied)] == [7]
        assert list(executor.map(process, [], None)) == []
        with pytest.raises(ValueError, match="no 1"):
            list(executor.map(refuse, [1, 2], None))


def same() -> Mapping[str, str]:
    """Return the same version in every process."""
    return {"saring": "1"}


def own() -> Mapping[str, str]:
    """Return another version in every process."""
    return {"saring": f"{os.getpid()}"}


def test_other_versions_are_refused(address: str, tmp_path: Path) -> None:
    """The error names the worker and both versions."""
    message = rf"Dask worker tcp://127\.0\.0\.1:\d+: expected saring {os.getpid()}, found \d+\. Install"
    with pytest.raises(SaringError, match=message), dask_pool.dask_executor(address, tmp_path, own):
        pass


def test_a_worker_that_does_not_see_the_files_is_refused(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a path that is another folder in each process."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SaringError, match="expected to see the folder /proc/self/cwd/work, but it does not"):
        build(Job(raw=HOME / "raw", out=tmp_path / "out", work=Path("/proc/self/cwd/work"), dask=address))


@pytest.mark.parametrize("nobody", ["127.0.0.1:9", "nonsense"])
def test_a_missing_scheduler_is_an_error(nobody: str, tmp_path: Path) -> None:
    """The error comes within seconds, and says what to start."""
    with pytest.raises(SaringError, match=f"--dask {nobody}: expected a Dask scheduler, found none"):
        build(Job(raw=HOME / "raw", out=tmp_path / "out", dask=nobody))


def test_a_lost_scheduler_ends_the_build_with_an_error(tmp_path: Path) -> None:
    """One message, without waiting forever."""

    def orphan(address: str, scheduler: subprocess.Popen[bytes]) -> None:
        with dask_pool.dask_executor(address, tmp_path, same) as executor:
            for _ in executor.map(square, range(1, 7), 7):
                scheduler.kill()

    with started(tmp_path, 1) as cluster, pytest.raises(SaringError, match="the connection to the scheduler was lost"):
        orphan(*cluster)


def test_without_dask_the_message_says_what_to_install(tmp_path: Path) -> None:
    """Dask is an optional dependency: the error names the extra to install."""
    code = "import sys; sys.modules['distributed'] = None; from saring import cli; cli.main()"
    command = [sys.executable, "-c", code, "build", "--raw", str(HOME / "raw"), "--out", str(tmp_path), "--dask", "tcp://127.0.0.1:9"]
    done = subprocess.run(command, cwd=HOME, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "pip install 'saring[dask]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_workers_are_compared_by_the_program_key() -> None:
    """Workers have to agree on what cached results depend on: the code of saring and its libraries."""
    assert {"saring", "polars", "trafilatura"} <= set(cache_keys.program_key())


def test_the_guide_starts_workers_as_these_tests_do() -> None:
    """A worker for each core, each with one Dask thread and one Polars thread."""
    guide = (HOME / "docs" / "how-to" / "use-a-cluster.md").read_text(encoding="utf-8")

    assert re.search(r"^POLARS_MAX_THREADS=1 dask worker tcp://\S+ --nworkers \d+ --nthreads 1$", guide, flags=re.MULTILINE)
    assert "saring build --dask tcp://" in guide
