"""Build flow on a real Prefect server: the same steps and bytes as `saring build`."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from saring.flows import build as flow
from saring.runs import STEPS

HOME = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Path, dict[str, str]]:
    """Run the build flow once, as `make dataset` does, with its own folder for Prefect's database."""
    home = tmp_path_factory.mktemp("prefect")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PREFECT_")} | {"PREFECT_HOME": str(home)}
    out = tmp_path_factory.mktemp("processed")
    command = [sys.executable, "-m", "flows.build", "--raw", "raw", "--out", str(out), "--config", "corpus.toml", "--workers", "1"]
    done = subprocess.run(command, cwd=HOME, env=environment, capture_output=True, text=True, check=False, timeout=600)
    return done, out, environment


def test_the_flow_makes_the_release_that_build_makes(
    run: tuple[subprocess.CompletedProcess[str], Path, dict[str, str]], tmp_path: Path
) -> None:
    """The flow writes the same bytes as `saring build`, and prints the folder of the release."""
    done, out, _ = run
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(out / "sample" / "v1.0.0")
    subprocess.run([sys.executable, "-m", "saring.cli", "build", "--out", str(tmp_path)], cwd=HOME, check=True, capture_output=True)

    assert hashes(out / "sample" / "v1.0.0") == hashes(tmp_path / "sample" / "v1.0.0")


def test_the_run_and_its_artifacts_are_on_the_server(run: tuple[subprocess.CompletedProcess[str], Path, dict[str, str]]) -> None:
    """The server has one completed task per step, finished progress, a summary and a table of removals."""
    _, _, environment = run
    code = """
import asyncio, json
from flows import settings
from flows.progress import Progress
from prefect import flow
from prefect.client.orchestration import get_client

@flow
def half():
    progress = Progress(4)
    seen = []
    for done in (0, 1, 50, 51, 200):
        progress.callback(1)("cleaning", done, 200)
        with get_client(sync_client=True) as client:
            artifacts = [artifact for artifact in client.read_artifacts() if artifact.key == "progress"]
            newest = max(artifacts, key=lambda artifact: artifact.created)
        seen.append([newest.data, newest.description])
    return seen

async def main():
    async with get_client() as client:
        flows = await client.read_flow_runs()
        tasks = await client.read_task_runs()
        artifacts = await client.read_artifacts()
    return {
        "flows": [run.state_name for run in flows],
        "tasks": sorted([run.name.rsplit("-", 1)[0], run.state_name] for run in tasks),
        "artifacts": {artifact.key: artifact.data for artifact in artifacts},
        "descriptions": [artifact.description for artifact in artifacts if artifact.key == "progress"],
    }

print(json.dumps(asyncio.run(main()) | {"half": half()}))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=HOME, env=environment, capture_output=True, text=True, check=True, timeout=600)
    state = json.loads(done.stdout)

    assert state["flows"] == ["Completed"]
    assert state["tasks"] == sorted([step.__name__.replace("_", " "), "Completed"] for step in STEPS)
    assert "scrapes read" in state["artifacts"]["summary"]
    assert {row["kind"] for row in json.loads(state["artifacts"]["removals"])} >= {"ad", "spam", "name"}
    assert (state["artifacts"]["progress"], state["descriptions"]) == (100, ["Done: v1.0.0"])
    # Only whole percents are sent: one batch of two hundred is less than that.
    steps = [(25, 0), (25, 0), (31.25, 50), (31.25, 50), (50, 200)]
    assert state["half"] == [[percent, f"Step 2 of 4: cleaning, {done} of 200 batches"] for percent, done in steps]


def test_a_wrong_configuration_ends_as_on_the_command_line(tmp_path: Path) -> None:
    """An invalid configuration gives a message and exit code 2, before any server starts."""
    file = tmp_path / "corpus.toml"
    file.write_text("[dataset]\nname = 5\n", encoding="utf-8")
    command = [sys.executable, "-m", "flows.build", "--config", str(file)]
    done = subprocess.run(command, cwd=HOME, capture_output=True, text=True, check=False, timeout=600)

    assert done.returncode == 2
    assert "dataset.name: expected string, found integer" in done.stderr
    assert "Traceback" not in done.stderr


def test_only_reading_is_retried() -> None:
    """Only the step that reads scrapes is retried, since raw/ may lie on a network."""
    assert [flow.as_task(step).retries for step in STEPS] == [2, 0, 0, 0, 0, 0, 0, 0]


def hashes(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file of a folder, by path."""
    return {
        file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.rglob("*") if file.is_file()
    }
