"""Flows on a long-running Prefect server: served flows run on schedule, and a failed build gives its reason in the state of its run."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from packaging.requirements import Requirement

from tests.fixtures.prefect_server import HOME, flow_runs, running, serving, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SERVE = """
import sys
from flows.build import build_dataset
parameters = {"raw": sys.argv[1], "out": sys.argv[2], "workers": 0}
build_dataset.serve(name="every five seconds", interval=5, parameters=parameters, limit=1)
"""

TEXT = "The ferry to the island was cancelled on {} because of the storm, and {} passengers spent the night in the school hall."


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Return environment variables for clients of the Prefect server of these tests."""
    with serving(tmp_path_factory.mktemp("prefect")) as environment:
        yield environment


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """Return a folder of raw scrapes with two texts."""
    folder = tmp_path / "raw"
    folder.mkdir()
    for day, count in (("Friday", "forty"), ("Sunday", "nine")):
        (folder / f"{day}.txt").write_text(TEXT.format(day, count), encoding="utf-8")
    return folder


def build(server: dict[str, str], *args: str) -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
    """Run the build flow as a command; return the completed process, and its flow run from the server."""
    before = {run["id"] for run in flow_runs(server)}
    command = [sys.executable, "-m", "flows.build", "--workers", "0", *args]
    done = subprocess.run(command, cwd=HOME, env=server, capture_output=True, text=True, check=False, timeout=600)
    # The server still schedules runs of the flow served by another test.
    (run,) = [run for run in flow_runs(server) if run["id"] not in before and not run["deployment_id"]]
    return done, run


def test_a_served_build_is_scheduled_and_runs(server: dict[str, str], raw: Path, tmp_path: Path) -> None:
    """A served build flow is scheduled by its interval, and its first run writes the release."""
    out, log = tmp_path / "processed", tmp_path / "serve.log"

    def finished() -> list[dict[str, Any]]:
        return [run for run in flow_runs(server) if run["deployment_id"] and run["state_type"] in ("COMPLETED", "FAILED", "CRASHED")]

    with running([sys.executable, "-c", SERVE, str(raw), str(out)], server, log):
        run = until(finished, log)[0]

    assert (run["state_type"], run["state"]["message"]) == ("COMPLETED", None), log.read_text(encoding="utf-8")[-4_000:]
    assert run["auto_scheduled"]
    assert (out / "sample" / "latest").read_text(encoding="utf-8") == "v1.0.0\n"


def test_the_scheduler_fails_with_the_next_sqlalchemy() -> None:
    """The project requires a version of SQLAlchemy with which Prefect schedules runs (below 2.1), and that one is installed."""
    project = tomllib.loads((HOME / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (requirement,) = [entry for entry in map(Requirement, project["dependencies"]) if entry.name == "sqlalchemy"]

    assert not requirement.specifier.contains("2.1.0")
    assert requirement.specifier.contains(importlib.metadata.version("sqlalchemy"))


def test_a_build_that_rejects_too_much_fails_with_the_share(server: dict[str, str], raw: Path, tmp_path: Path) -> None:
    """A build that rejects too many scrapes ends with exit code 3, keeps its release, and its run is Failed with the share."""
    for name in "abc":
        (raw / f"{name}.html").write_text("", encoding="utf-8")

    done, run = build(server, "--raw", str(raw), "--out", str(tmp_path / "out"))

    assert done.returncode == 3, done.stderr
    assert done.stdout.strip() == str(tmp_path / "out" / "sample" / "v1.0.0")
    assert "saring: More than 25% of the scrapes were rejected, namely 60.0%" in done.stderr
    assert run["state_type"] == "FAILED"
    sentence = (
        "More than 25% of the scrapes were rejected, namely 60.0%; the config `rejections` of the release lists each with its reason."
    )
    assert run["state"]["message"] == sentence


def test_a_drift_alert_about_duplicates_fails_with_its_source(server: dict[str, str], tmp_path: Path) -> None:
    """A drift alert about duplicates stops the release, and the run is Failed with the name of the source."""
    (tmp_path / "raw" / "bay").mkdir(parents=True)
    for number in range(30):
        (tmp_path / "raw" / "bay" / f"{number:02}.txt").write_text(TEXT.format("Monday", "two hundred") + f" ({number})", encoding="utf-8")

    done, run = build(server, "--raw", str(tmp_path / "raw"), "--out", str(tmp_path / "out"))

    assert done.returncode == 1, done.stderr
    assert run["state_type"] == "FAILED"
    sentence = "bay: 29 of 30 documents are duplicates, more than [overlap] alarm_share = 0.9 allows."
    assert run["state"]["message"] == sentence


def test_a_damaged_release_fails_with_its_first_file(server: dict[str, str], raw: Path, tmp_path: Path) -> None:
    """A build whose parent release is damaged fails, and the state of the run names the damaged file."""
    build(server, "--raw", str(raw), "--out", str(tmp_path / "out"))
    release = tmp_path / "out" / "sample" / "v1.0.0"
    (release / "all" / "train-00000.parquet").unlink()

    done, run = build(server, "--raw", str(raw), "--out", str(tmp_path / "out"))

    assert done.returncode == 1, done.stderr
    assert run["state_type"] == "FAILED"
    assert run["state"]["message"] == (
        f"{release}: expected the release that its manifest.json lists, found all/train-00000.parquet: missing"
    )
