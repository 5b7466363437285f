"""Whether two builds give the same bytes: `python bench/same.py DATA COUNT [--folder FOLDER]`.

Writes COUNT varied pages as `bench/growing.py` does, copies them to a second folder, and builds both with `saring build`: one with one worker,
the other with two, another seed of Python's hashes, another number of Polars threads, another day on every file. Compares the SHA-256 of every
file of the releases, prints one line, and ends with 1 where one differs. FOLDER has to be new; a temporary one is removed.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bench import growing

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["differing", "files", "main"]

_HOME = Path(__file__).parent.parent


class Way(NamedTuple):
    """How a build is run: in which folder, by how many workers, in which environment."""

    folder: str
    workers: int
    environment: dict[str, str]


_WAYS = (
    Way("one", 1, {"PYTHONHASHSEED": "0", "POLARS_MAX_THREADS": "1"}),
    Way("elsewhere/two", 2, {"PYTHONHASHSEED": "4711", "POLARS_MAX_THREADS": "3", "TZ": "Asia/Jakarta", "LC_ALL": "C"}),
)


def main() -> None:
    """Parse, write, build twice, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("count", type=int)
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    with _folder(asked.folder) as folder:
        pages = growing.samples(asked.data)
        for way in _WAYS:
            raw = folder / way.folder / "raw"
            raw.mkdir(parents=True)
            growing.write(raw, pages, np.random.default_rng(1), 0, asked.count)
        for file in (folder / _WAYS[1].folder / "raw").iterdir():
            os.utime(file, (0, 0))
        seconds = [_build(folder / way.folder, way) for way in _WAYS]
        one, two = (files(folder / way.folder / "out") for way in _WAYS)
    differ = differing(one, two)
    times = ", ".join(f"{way.workers} worker{'s' * (way.workers > 1)} {took:.0f} s" for way, took in zip(_WAYS, seconds, strict=True))
    verdict = f"{len(differ)} differ, such as {', '.join(differ[:5])}" if differ else "all equal"
    print(f"{asked.count:,} documents, {times}: {len(one)} files of {sum(size for _, size in one.values()):,} bytes, {verdict}")
    sys.exit(1 if differ or not one else 0)


def files(out: Path) -> dict[str, tuple[str, int]]:
    """Return the SHA-256 and the size of every file of the releases, what is hidden aside (locks, and what builds keep)."""
    found = {}
    for file in sorted(path for path in out.rglob("*") if path.is_file()):
        name = file.relative_to(out)
        if not any(part.startswith(".") for part in name.parts):
            with file.open("rb") as opened:
                found[name.as_posix()] = (hashlib.file_digest(opened, "sha256").hexdigest(), file.stat().st_size)
    return found


def differing(one: dict[str, tuple[str, int]], two: dict[str, tuple[str, int]]) -> list[str]:
    """Return the files that are not the same in both."""
    return sorted(name for name in one.keys() | two.keys() if one.get(name) != two.get(name))


def _build(folder: Path, way: Way) -> float:
    """Build in a folder and return the seconds it took."""
    command = [sys.executable, "-m", "saring.cli", "build", "--workers", str(way.workers), "--raw", "raw", "--out", "out"]
    begun = time.perf_counter()
    environment = os.environ | way.environment | {"PYTHONPATH": str(_HOME)}
    subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - begun


@contextlib.contextmanager
def _folder(asked: Path | None) -> Iterator[Path]:
    if asked:
        asked.mkdir(parents=True)
        yield asked
    else:
        with tempfile.TemporaryDirectory(prefix="same-") as temporary:
            yield Path(temporary)


if __name__ == "__main__":
    main()
