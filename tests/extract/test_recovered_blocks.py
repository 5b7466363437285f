"""pipeline/saring/extract/recovered_blocks.py: lost blocks of the text are marked, those of the frame are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml.html import document_fromstring

from saring.extract.align_blocks import align
from saring.extract.recovered_blocks import mark_recovered
from saring.extract.visible_blocks import text_key, visible_blocks
from tests.fixtures.markup import MARKUP

_FIRST = "The ferry to the outer islands goes twice a week in winter, and those who miss it wait three days."
_LAST = "This year the boat was painted green, since that was the only colour that the shop had left."


def recovered(between: str, title: str = "") -> list[str]:
    """Return the blocks that are recovered of an article of which extraction kept the first and the last paragraph."""
    blocks = visible_blocks(document_fromstring(f"<body><article><p>{_FIRST}</p>{between}<p>{_LAST}</p></article></body>"))
    align(blocks, [_FIRST, _LAST])
    mark_recovered(blocks, text_key(title))
    return [block.text for block in blocks if block.recovered]


@pytest.mark.parametrize(
    ("between", "lines"),
    [
        ("<ul><li>Bring a torch.</li><li>Leave the dog.</li></ul>", ["Bring a torch.", "Leave the dog."]),
        ("<div>Its captain keeps a log of every crossing.</div>", ["Its captain keeps a log of every crossing."]),
        ("<table><tr><td>Monday</td><td>nine</td></tr></table>", ["Monday", "nine"]),
        ("<pre>bow\n  stern</pre>", ["bow stern"]),
        ("<h2>Winter</h2>", ["Winter"]),
    ],
)
def test_a_lost_block_comes_back(between: str, lines: list[str]) -> None:
    """Lists, bare text, table rows, code and headings between kept paragraphs, each as a block."""
    assert recovered(between) == lines


@pytest.mark.parametrize(
    "between",
    [
        "<div class='share-bar'><p>Tell your friends about this page, they will be glad of it.</p></div>",
        "<ul><li><a href='/a'>Quay closed for a day</a></li><li><a href='/b'>Boats for sale</a></li></ul>",
        "<div><img src='a.png'>The boat at the quay.</div>",
        "<aside>Its captain keeps a log of every crossing.</aside>",
        "<div>Its captain keeps a log of every crossing...</div>",
    ],
    ids=["share bar", "teasers", "caption", "aside", "cut short"],
)
def test_the_frame_stays_out(between: str) -> None:
    """Parts that a class name, their links, a picture, their tag or an ellipsis mark as frame are not recovered."""
    assert recovered(between) == []


def test_the_title_is_not_recovered() -> None:
    """A heading that repeats the page's title is no lost text."""
    assert recovered("<h2>Winter</h2>", "Winter") == []


@given(markup=MARKUP, kept=st.sets(st.integers(0, 20)))
def test_only_lost_blocks_are_recovered(markup: str, kept: set[int]) -> None:
    """A block that extraction kept is not recovered, and without any kept block none is."""
    blocks = visible_blocks(document_fromstring(f"<body>{markup}</body>"))
    align(blocks, [block.text for number, block in enumerate(blocks) if number in kept] or [""])

    mark_recovered(blocks, "")

    assert not any(block.recovered and block.line is not None for block in blocks)
    assert not any(block.recovered for block in blocks) or any(block.line is not None for block in blocks)
