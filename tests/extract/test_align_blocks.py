"""pipeline/saring/extract/align_blocks.py: blocks of a page and lines of the text extracted from it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml.html import document_fromstring

from saring.extract.align_blocks import align
from saring.extract.visible_blocks import visible_blocks
from tests.fixtures.markup import MARKUP

_LONG = "The ferry to the outer islands goes twice a week in winter, and those who miss it wait three days."


@pytest.mark.parametrize(
    ("markup", "text", "lines"),
    [
        (f"<p>{_LONG}</p><p>Boats</p>", f"{_LONG}\nBoats", [0, 1]),
        (f"<p>Boats</p><p>{_LONG}</p>", _LONG, [None, 0]),
        (f"<p>{_LONG}<b> Bring a torch.</b></p>", f"- {_LONG} Bring a torch.", [0]),
        (f"<p>{_LONG} <i>1</i> {_LONG}</p>", f"{_LONG} {_LONG}", [0]),
        (f"<p>{_LONG}</p>", "", [None]),
    ],
    ids=["in order", "a short line that is missing", "a list item", "a mark left out inside", "no text"],
)
def test_blocks_are_found_in_the_text(markup: str, text: str, lines: list[int | None]) -> None:
    """A block has the number of its line, or None where the text does not hold it."""
    blocks = visible_blocks(document_fromstring(f"<body>{markup}</body>"))

    align(blocks, text.split("\n"))

    assert [block.line for block in blocks] == lines


@given(markup=MARKUP, kept=st.sets(st.integers(0, 20)))
def test_blocks_that_are_lines_are_found(markup: str, kept: set[int]) -> None:
    """Whatever blocks a text was made of, a line is found for each of them that is long, and no line beyond the text's."""
    blocks = visible_blocks(document_fromstring(f"<body>{markup}</body>"))
    lines = [block.text for number, block in enumerate(blocks) if number in kept]

    align(blocks, lines or [""])

    assert all(block.line is not None for number, block in enumerate(blocks) if number in kept and len(block.key) > 25)
    assert all(block.line < len(lines) for block in blocks if block.line is not None)
