"""pipeline/saring/extract/render_blocks.py: blocks as plain text and as Markdown."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from lxml.html import document_fromstring

from saring.extract.render_blocks import render_markdown, render_text
from saring.extract.visible_blocks import text_key, visible_blocks
from tests.fixtures.markup import MARKUP

CASES = tomllib.loads((Path(__file__).parent.parent / "cases" / "render.toml").read_text(encoding="utf-8"))["case"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["label"])
def test_blocks_are_rendered(case: dict[str, str]) -> None:
    """Headings, lists, tables, code and quotations in both formats."""
    blocks = visible_blocks(document_fromstring(f"<body>{case['html']}</body>"))

    assert render_text(blocks) == case["text"]
    assert render_markdown(blocks) == case["markdown"]


@given(markup=MARKUP)
def test_both_formats_hold_every_word(markup: str) -> None:
    """No block is lost, and none comes out twice."""
    blocks = visible_blocks(document_fromstring(f"<body>{markup}</body>"))
    letters = sorted(filter(str.isalnum, "".join(block.key for block in blocks)))

    for rendered in (render_text(blocks), render_markdown(blocks)):
        assert sorted(filter(str.isalnum, text_key(rendered))) == letters
