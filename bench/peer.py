"""The whole build against datatrove 0.10.1, same texts, same core, one after the other: `python bench/peer.py DATA FOLDER [--count N] [--only NAME ...]`.

Writes COUNT pages into FOLDER/raw as JSON Lines (those of DATA, which is as for bench/labelled.py, flattened and varied as by
bench/growing.py), makes an environment for datatrove in FOLDER/environment, and runs both from the JSON Lines to Parquet: datatrove through
`bench/peer_pipeline.py`, with its filters in two orders; saring as `saring build`, once without a search for translations, since datatrove
has none, and once as it comes. What is not the same: saring also repairs encodings, identifies languages, corrects names, keeps a ledger and
checks the release, and cleans every document to the end; datatrove drops most documents early, and its own language filter is left out,
because it fetches its model. FOLDER has to be new but for its environment.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench import cost, growing, labelled

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["main"]

#: English tokens are spaCy's, whose rules come with it. xxhash 3.6 takes no text any more, which datatrove gives it.
_PACKAGES = ("datatrove[processing,io]==0.10.1", "spacy", "xxhash<3.6")


def main() -> None:
    """Parse, write, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--only", nargs="+", choices=("c4", "fineweb", "same", "default"), help="some of the four runs, all by default")
    asked = parser.parse_args()
    folder: Path = asked.folder.resolve()
    python = environment(folder / "environment")
    raw = folder / "raw"
    raw.mkdir()
    flat = labelled.flattenings(asked.data)["inscriptis"]
    pages = [(labelled.host_of(page["url"]), flat(page["html"])) for name in labelled.SETS for page in labelled.load(asked.data, name)]
    growing.write(raw, pages, np.random.default_rng(1), 0, asked.count)
    megabytes = size(raw)
    print(f"{asked.count:,} documents, {megabytes:.1f} MB of text; load {os.getloadavg()[0]:.1f}")

    cost.on_one_core()
    script = Path(__file__).with_name("peer_pipeline.py")
    runs: dict[str, tuple[str, Callable[[], cost.Cost]]] = {
        "c4": ("datatrove, C4's filter first", lambda: cost.run((python, script, raw, folder / "c4", "c4"), folder / "c4.log")),
        "fineweb": (
            "datatrove, as for FineWeb",
            lambda: cost.run((python, script, raw, folder / "fineweb", "fineweb"), folder / "fineweb.log"),
        ),
        "same": ("saring, no translations", lambda: cost.build(raw, folder / "same", "[overlap]\ntranslations = false")),
        "default": ("saring", lambda: cost.build(raw, folder / "default", "")),
    }
    costs = {name: run() for key, (name, run) in runs.items() if not asked.only or key in asked.only}
    peers = [spent for name, spent in costs.items() if name.startswith("datatrove")]
    for name, spent in costs.items():
        times = ", ".join(f"{peer.processor / spent.processor:.1f}" for peer in peers)
        print(
            f"{name:28s} {spent.seconds:7.1f} s {asked.count / spent.seconds:7.1f} documents/s; of the processor {spent.processor:7.1f} s"
            f" {asked.count / spent.processor:7.1f} documents/s {megabytes / spent.processor:6.2f} MB/s, {times} times datatrove;"
            f" {spent.megabytes:5.0f} MB of memory"
        )
    print(f"load {os.getloadavg()[0]:.1f}")


def environment(folder: Path) -> Path:
    """Return the Python of an environment with datatrove; made where it is not there yet."""
    python = folder / "bin" / "python"
    if not python.exists():
        beside = Path(sys.executable).with_name("uv")
        uv = str(beside) if beside.exists() else shutil.which("uv")
        if uv:
            subprocess.run((uv, "venv", "--quiet", "--python", sys.executable, folder), check=True)
            subprocess.run((uv, "pip", "install", "--quiet", "--python", python, *_PACKAGES), check=True)
        else:
            subprocess.run((sys.executable, "-m", "venv", folder), check=True)
            subprocess.run((python, "-m", "pip", "install", "--quiet", *_PACKAGES), check=True)
    return python


def size(raw: Path) -> float:
    """Return the megabytes of text in a folder of JSON Lines."""
    total = 0
    for path in sorted(raw.glob("*.jsonl")):
        with path.open(encoding="utf-8") as lines:
            total += sum(len(json.loads(line)["text"].encode()) for line in lines)
    return total / 1e6


if __name__ == "__main__":
    main()
