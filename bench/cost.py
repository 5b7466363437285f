"""What a command costs: seconds by the clock and of the processor, and memory.

Commands are run one at a time on one core, with one thread in each library, so that programs of different make are compared by the work that
they do. The processor's seconds are the surer figure: other work on the machine changes them by a tenth where it doubles the clock's.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Cost", "build", "on_one_core", "run"]

_ROOT = Path(__file__).parent.parent
_THREADS = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS", "NUMEXPR_NUM_THREADS")
#: Nothing calls home, nothing is fetched.
_QUIET = ("DO_NOT_TRACK", "HF_HUB_DISABLE_TELEMETRY", "HF_HUB_OFFLINE")


class Cost(NamedTuple):
    """What a command took.

    Attributes:
        seconds: by the clock.
        processor: seconds of the processor, in it and all its children.
        megabytes: most memory of the largest of its processes.
    """

    seconds: float
    processor: float
    megabytes: float


def on_one_core() -> None:
    """Keep this process and those that it will start to one core, where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def run(command: Sequence[str | Path], log: Path) -> Cost:
    """Run a command to its end.

    Args:
        command: its words.
        log: takes what it prints.

    Raises:
        SystemExit: it failed; names the log.
    """
    environment = os.environ | dict.fromkeys((*_THREADS, *_QUIET), "1") | {"PYTHONPATH": str(_ROOT)}
    with log.open("w") as file:
        begun = time.perf_counter()
        process = subprocess.Popen(list(map(str, command)), stdout=file, stderr=file, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[0]} ended with {process.returncode}: see {log}.")
    scale = 1e6 if sys.platform == "darwin" else 1e3
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / scale)


def build(raw: Path, folder: Path, settings: str) -> Cost:
    """Build a release from nothing with one worker.

    Args:
        raw: the scrapes.
        folder: takes the configuration, the release and the log.
        settings: what the configuration says beside its name.
    """
    folder.mkdir()
    config = folder / "corpus.toml"
    config.write_text(f'[dataset]\nname = "bench"\n\n{settings}\n', encoding="utf-8")
    command = (sys.executable, "-m", "saring.cli", "build", "--raw", raw, "--out", folder / "out", "--config", config, "--workers", "1")
    return run(command, folder / "log")
