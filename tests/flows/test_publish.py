"""Publish flow on a real Prefect server."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from saring import release
from tests.release.conftest import INPUTS, made_config, small

HOME = Path(__file__).parent.parent.parent


def test_the_flow_publishes(tmp_path: Path) -> None:
    """The flow publishes a release to the given folder, and its run completes."""
    folder = release.write_release(small().save(tmp_path / "tables"), made_config(), INPUTS, tmp_path / "processed").folder
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PREFECT_")} | {
        "PREFECT_HOME": str(tmp_path / "home")
    }
    command = [sys.executable, "-m", "flows.publish", str(folder), "--to", str(tmp_path / "shared")]

    done = subprocess.run(command, cwd=HOME, env=environment, capture_output=True, text=True, check=False, timeout=600)

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "shared" / "latest").read_text(encoding="utf-8") == "v1.0.0\n"
    assert "Completed" in done.stderr
    assert release.verify(tmp_path / "shared" / "v1.0.0")
