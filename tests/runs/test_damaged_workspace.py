"""Damaged files of a workspace count as missing: the next build ends with the same release.

By default a few random damages are tried; `SARING_FAULTS=1000` tries all of them.
"""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from saring.config import load_config
from saring.runs import build
from saring.runs.workspace import Job
from tests.runs.test_build_steps import tree

if TYPE_CHECKING:
    from collections.abc import Callable

HOME = Path(__file__).parents[2]
POINTS = int(os.environ.get("SARING_FAULTS", "12"))
CONFIG = load_config(HOME / "corpus.toml")


def emptied(path: Path) -> None:
    """Empty a file."""
    path.write_bytes(b"")


def truncated(path: Path) -> None:
    """Truncate a file to its first half."""
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def garbled(path: Path) -> None:
    """Replace the content of a file with bytes of no format."""
    path.write_bytes(b"\x00\xff{]PAR1" * 40)


def flipped(path: Path) -> None:
    """Flip the bits of the byte in the middle of a file."""
    content = bytearray(path.read_bytes())
    if content:
        content[len(content) // 2] ^= 0xFF
    path.write_bytes(bytes(content))


def replaced_by_json(path: Path) -> None:
    """Replace the content of a file with a JSON array."""
    path.write_text("[1, null]", encoding="utf-8")


def replaced_by_an_object(path: Path) -> None:
    """Replace the content of a file with an empty JSON object."""
    path.write_text("{}", encoding="utf-8")


def replaced_by_a_folder(path: Path) -> None:
    """Replace a file with a folder that holds a file."""
    path.unlink()
    path.mkdir()
    (path / "something").write_text("else", encoding="utf-8")


def removed(path: Path) -> None:
    """Delete a file."""
    path.unlink()


def replaced_by_a_file(path: Path) -> None:
    """Replace a folder with a file."""
    shutil.rmtree(path)
    path.write_text("a file", encoding="utf-8")


def removed_folder(path: Path) -> None:
    """Delete a folder with all that is in it."""
    shutil.rmtree(path)


FILES: tuple[Callable[[Path], None], ...] = (
    emptied,
    truncated,
    garbled,
    flipped,
    replaced_by_json,
    replaced_by_an_object,
    replaced_by_a_folder,
    removed,
)
FOLDERS: tuple[Callable[[Path], None], ...] = (replaced_by_a_file, removed_folder)


def damages(work: Path) -> list[tuple[Callable[[Path], None], Path]]:
    """Return each kind of damage with each file and folder of a workspace that it applies to."""
    entries = [work, *sorted(work.rglob("*"))]
    return [(damage, path.relative_to(work)) for path in entries for damage in (FOLDERS if path.is_dir() else FILES)]


def pages(raw: Path) -> None:
    """Write four scrapes: three pages of a site that share a line, and an empty file, which is rejected."""
    raw.mkdir()
    for number in range(3):
        text = f"Le conseil a voté le budget de la ville pour l'année {number}, malgré les réserves.\nLisez aussi nos autres pages du port"
        (raw / f"{number}.txt").write_text(text, encoding="utf-8")
        (raw / f"{number}.txt.meta.toml").write_text(f'url = "https://port.example/{number}"\n', encoding="utf-8")
    (raw / "empty.txt").write_text("", encoding="utf-8")


@pytest.mark.parametrize("is_new", [False, True], ids=["nothing new", "a new page"])
def test_a_damaged_workspace_is_repaired(tmp_path: Path, is_new: bool) -> None:  # noqa: FBT001 - a parameter
    """After each damage by itself, the release is that of an undamaged workspace, with or without a new page."""
    raw, first = tmp_path / "raw", tmp_path / "first"
    pages(raw)
    build(Job(raw=raw, out=first, config=CONFIG, workers=0))
    straight = tmp_path / "straight"
    shutil.copytree(first, straight)
    if is_new:
        (raw / "more.txt").write_text("Le maire a ouvert le marché lundi matin avec tous les marchands du port.", encoding="utf-8")
    build(Job(raw=raw, out=straight, config=CONFIG, workers=0))
    work = Path(CONFIG.dataset.name) / ".work"
    possible = damages(first / work)
    assert len(possible) > 100

    drawn = random.Random(11)  # noqa: S311 - not a secret
    for damage, path in drawn.sample(possible, min(POINTS, len(possible))):
        out = tmp_path / "out"
        shutil.copytree(first, out)
        damage(out / work / path)

        try:
            build(Job(raw=raw, out=out, config=CONFIG, workers=0))
        except Exception as error:
            raise AssertionError(f"{damage.__name__}: {path}") from error

        assert tree(out) == tree(straight), f"{damage.__name__}: {path}"
        shutil.rmtree(out)
