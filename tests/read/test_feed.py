"""Tests of pipeline/saring/read/feed.py: the cases of RSS, Atom and RDF feeds in cases/formats.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from saring.read import feed

if TYPE_CHECKING:
    from tests.read.conftest import FileCaseCheck

FILES: list[dict[str, Any]] = tomllib.loads((Path(__file__).parents[1] / "cases" / "formats.toml").read_text("utf-8"))["file"]
CASES = [case for case in FILES if case["name"].endswith(feed.SUFFIXES)]


@pytest.mark.parametrize("case", CASES, ids=[case["label"] for case in CASES])
def test_case(case: dict[str, Any], check_file_case: FileCaseCheck) -> None:
    """A file becomes exactly the scrapes and rejections of its case."""
    check_file_case(case)
