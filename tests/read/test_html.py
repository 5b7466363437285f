"""Tests of pipeline/saring/read/html.py."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from saring.read import html

if TYPE_CHECKING:
    from tests.read.conftest import Reading

CASES: list[dict[str, Any]] = tomllib.loads((Path(__file__).parents[1] / "cases" / "read.toml").read_text("utf-8"))["declared"]


@pytest.mark.parametrize("case", CASES, ids=[case["label"] for case in CASES])
def test_declared(case: dict[str, Any]) -> None:
    """The charset labels that HTML declares are found, in the order of their strength."""
    assert html.declared_charsets(case["html"].encode()) == case["labels"]


def test_page(reading: Reading) -> None:
    """A page is decoded in the charset that it declares, and keeps its markup and its line breaks."""
    markup = "<meta charset='windows-1251'>\r\n<p>Привет"
    scrape = reading({"a.HTM": markup.encode("cp1251")}).scrapes.row(0, named=True)

    assert (scrape["content"], scrape["charset"], scrape["media_type"]) == (markup, "windows-1251", "text/html")


def test_deep_markup(reading: Reading) -> None:
    """Markup nested 100,000 levels deep is read, since reading does not parse it."""
    assert reading({"a.html": b"<div>" * 100_000 + b"Halo"}).scrapes.height == 1
