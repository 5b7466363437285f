"""pipeline/cli: what a person types and what comes back; cases in cases/cli.toml."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

if TYPE_CHECKING:
    from typing import Any

HOME = Path(__file__).parent.parent.parent
CASES = tomllib.loads((HOME / "tests" / "cases" / "cli.toml").read_text(encoding="utf-8"))["case"]
TEXT = "The mayor opened the market on Monday together with two hundred traders."


def saring(*args: str, folder: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run the command in a folder."""
    environment = os.environ | {"PYTHONPATH": f"{HOME}/pipeline:{HOME}", "COLUMNS": "200"}
    command = [sys.executable, "-m", "saring.cli", *args]
    return subprocess.run(command, cwd=folder, env=environment, input=stdin, capture_output=True, text=True, check=False, timeout=300)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["label"])
def test_the_command_line(case: dict[str, Any], tmp_path: Path) -> None:
    """Each case gives the exit code and the output that it names, and never a traceback."""
    for name, content in case.get("files", {}).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")

    done = saring(*case["args"], folder=tmp_path, stdin=case.get("stdin", ""))

    assert "Traceback" not in done.stderr
    assert done.returncode == case["status"], done.stderr
    assert done.stdout == case.get("stdout", done.stdout)
    assert [part for part in case.get("stdout_has", ()) if part not in done.stdout] == []
    assert [part for part in case.get("stderr_has", ()) if part not in done.stderr] == []
    assert all((tmp_path / name).exists() for name in case.get("present", ()))
    assert not any((tmp_path / name).exists() for name in case.get("absent", ()))


def test_explain_and_verify_a_release(tmp_path: Path) -> None:
    """A document is found by id, by the start of its id and by source; damage is told by file."""
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "a.txt").write_text(f"Market opens today\n\nIKLAN\n\n{TEXT}", encoding="utf-8")
    saring("build", "--workers", "0", folder=tmp_path)
    id_ = pl.read_parquet(tmp_path / "processed" / "corpus" / "v1.0.0" / "all" / "*.parquet")["id"][0]

    for wanted in (id_, id_[:8], "a.txt"):
        shown = saring("explain", wanted, folder=tmp_path)
        assert shown.returncode == 0, shown.stderr
        assert "⟦IKLAN⟧{ad-label}" in shown.stdout
        assert TEXT in shown.stdout
    scrape = saring("explain", "raw/a.txt", folder=tmp_path)
    assert re.search(rf"id +{id_}", scrape.stdout)
    (tmp_path / "corpus.toml").write_text('[dataset]\nname = "corpus"\n[[rule]]\nid = "x"\n', encoding="utf-8")
    warned = saring("explain", id_[:4], folder=tmp_path)
    assert (warned.returncode, "⟦IKLAN⟧{ad-label}" in warned.stdout) == (0, True), warned.stderr
    assert "saring: warning: corpus.toml: rule[0].kind: expected one of" in warned.stderr
    for command in (["diff", "v1.0.0", "v1.0.0"], ["publish", "--to", "there"], ["rollback", "v1.0.0"], ["takedown", "--id", id_[:4]]):
        assert saring(*command, folder=tmp_path).returncode == 0
    assert f'id = "{id_}"' in (tmp_path / "takedowns.toml").read_text(encoding="utf-8")
    missing = saring("explain", "zzz", folder=tmp_path)
    assert (missing.returncode, "expected one document called 'zzz', found 0" in missing.stderr) == (2, True)

    verified = saring("verify", folder=tmp_path)
    assert (verified.returncode, verified.stdout) == (0, "processed/corpus/v1.0.0\n")

    card = tmp_path / "processed" / "corpus" / "v1.0.0" / "README.md"
    card.write_text(card.read_text(encoding="utf-8") + "more", encoding="utf-8")
    damaged = saring("verify", "v1.0.0", folder=tmp_path)
    assert damaged.returncode == 1
    assert "README.md" in damaged.stderr
    assert "Traceback" not in damaged.stderr


@pytest.mark.parametrize(("stage", "seconds"), [("reading", 0), ("reading", 0.5), ("extracting", 0), ("cleaning", 1)])
def test_an_interrupt_ends_a_build_with_a_sentence(tmp_path: Path, stage: str, seconds: float) -> None:
    """Ctrl-C reaches the whole group of processes, as on a terminal, those that only begin too: exit code 130, no traceback, nothing half."""
    (tmp_path / "raw").mkdir()
    for number in range(400):
        (tmp_path / "raw" / f"{number}.html").write_text(f"<p>{number} {TEXT}</p>" * 200, encoding="utf-8")
    (tmp_path / "corpus.toml").write_text('[dataset]\nname = "corpus"\n[build]\nbatch_bytes = 100000\n', encoding="utf-8")
    command = [sys.executable, "-m", "saring.cli", "build", "--workers", "2"]
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": f"{HOME}/pipeline:{HOME}"},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stderr
    for line in process.stderr:
        if line.startswith(stage):
            break
    time.sleep(seconds)
    os.killpg(process.pid, signal.SIGINT)
    rest = process.stderr.read()
    process.stderr.close()

    assert process.wait(timeout=60) == 130
    assert "saring: interrupted" in rest
    assert "Traceback" not in rest
    assert not list((tmp_path / "processed" / "corpus").glob("v*"))
