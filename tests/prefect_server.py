"""A Prefect server of the tests' own on loopback, and what it knows of flow runs."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["HOME", "flow_runs", "running", "serving", "until"]

HOME = Path(__file__).parent.parent

_PATIENCE = 300  # seconds: a busy machine starts the server slowly


@contextlib.contextmanager
def serving(home: Path) -> Iterator[dict[str, str]]:
    """Start a server with a database of its own; yield the environment of whoever talks to it, and end it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    plain = {key: value for key, value in os.environ.items() if not key.startswith("PREFECT_")}
    environment = plain | {
        "DO_NOT_TRACK": "1",
        "PREFECT_HOME": str(home),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_UI_ENABLED": "false",
        "PREFECT_RUNNER_POLL_FREQUENCY": "1",
        "PYTHONPATH": str(HOME),
    }
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    with running(command, environment, home / "server.log"):
        until(lambda: _answers(f"http://127.0.0.1:{port}/api/health"), home / "server.log")
        yield environment


@contextlib.contextmanager
def running(command: list[str], environment: dict[str, str], log: Path) -> Iterator[None]:
    """Run a command beside the test, in a process group of its own, which ends with it."""
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(command, cwd=HOME, env=environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            yield
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def until(condition: Callable[[], Any], log: Path) -> Any:  # noqa: ANN401 - whatever the condition gives
    """Wait until a condition gives something true, and return that; fail with a log after five minutes."""
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.5)
    raise AssertionError(log.read_text(encoding="utf-8")[-4_000:])


def flow_runs(environment: dict[str, str]) -> list[dict[str, Any]]:
    """Return all flow runs that the server knows, each as its API describes it, in the order of their start."""
    request = urllib.request.Request(  # noqa: S310 - our own server
        f"{environment['PREFECT_API_URL']}/flow_runs/filter",
        data=json.dumps({"sort": "START_TIME_ASC"}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310 - see above
        found: list[dict[str, Any]] = json.loads(answer.read())
    return found


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address):  # noqa: S310 - our own server
            return True
    except (urllib.error.URLError, OSError):
        return False
