"""pipeline/saring/extract/article_blocks.py: doubtful blocks of an article are settled by those around them."""

from __future__ import annotations

import numpy as np
import pytest
from lxml.html import document_fromstring

from saring.extract.align_blocks import align
from saring.extract.article_blocks import settle_blocks
from saring.extract.page_nodes import PageTexts, page_nodes
from saring.extract.recovered_blocks import mark_recovered
from saring.extract.visible_blocks import visible_blocks

_FIRST = "The ferry to the outer islands goes twice a week in winter, and those who miss it wait three days."
_LAST = "This year the boat was painted green, since that was the only colour that the shop had left."


def settled(markup: str, kept: list[str], chosen: list[str]) -> list[str]:
    """Return the blocks that stay of a page of which extraction kept some lines, and the classifier chose some blocks."""
    blocks = visible_blocks(document_fromstring(f"<body><article>{markup}</article></body>"))
    align(blocks, kept)
    mark_recovered(blocks, "")
    nodes = page_nodes(blocks, PageTexts("", "", ""), {})
    is_text = settle_blocks(nodes, np.array([block.text in chosen for block in blocks]))
    return [block.text for block, is_kept in zip(blocks, is_text, strict=True) if is_kept]


@pytest.mark.parametrize(
    ("between", "kept", "chosen", "stays"),
    [
        ("<ul><li>Bring a torch.</li></ul>", [], [], ["Bring a torch."]),
        ("<table><tr><td>Monday</td><td>nine</td></tr></table>", ["Monday | nine"], [], ["Monday", "nine"]),
        ("<div class='share'>Tell a friend.</div>", [], [], []),
        ("<div>Was it of use?</div><hr><div>Was it of use?</div><hr><div>Was it of use?</div>", [], ["Was it of use?"], []),
        ("<h2>Winter</h2>", [], ["Winter"], ["Winter"]),
    ],
    ids=["a lost list", "a table", "a share bar", "a question three times", "a heading above text"],
)
def test_blocks_between_chosen_ones(between: str, kept: list[str], chosen: list[str], stays: list[str]) -> None:
    """Structures of text stay, and text that the page repeats goes."""
    markup = f"<p>{_FIRST}</p>{between}<p>{_LAST}</p>"

    assert settled(markup, [_FIRST, *kept, _LAST], [_FIRST, *chosen, _LAST]) == [_FIRST, *stays, _LAST]


def test_a_heading_without_text_below_it_goes() -> None:
    """What it was above was judged to be no text."""
    markup = f"<p>{_FIRST}</p><h2>You may like</h2><ul><li><a href='/b'>Boats for sale</a></li></ul>"

    assert settled(markup, [_FIRST], [_FIRST, "You may like"]) == [_FIRST]


def test_something_stays() -> None:
    """A page of nothing but its heading keeps it."""
    assert settled("<h1>Winter timetable</h1>", [], ["Winter timetable"]) == ["Winter timetable"]
