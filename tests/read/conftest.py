"""Fixtures of the tests of reading: a function that writes files and reads one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest

from saring import read
from saring.config import Build, Config, Dataset

if TYPE_CHECKING:
    from pathlib import Path

    from saring.config import Source


class Reading(Protocol):
    """Function that writes files into an empty folder and reads the first of them."""

    def __call__(self, files: dict[str, bytes], sources: tuple[Source, ...] = (), **limits: int) -> read.Batch:
        """Return the scrapes and rejections of the first file."""


@pytest.fixture
def reading(tmp_path: Path) -> Reading:
    """Return a function that writes files and reads the first of them."""

    def run(files: dict[str, bytes], sources: tuple[Source, ...] = (), **limits: int) -> read.Batch:
        for name, data in files.items():
            (tmp_path / name).write_bytes(data)
        config = Config(dataset=Dataset(name="test"), sources=sources, build=Build(**limits))
        return read.read_one(tmp_path / next(iter(files)), config)

    return run
