"""pipeline/saring/extract/visible_blocks.py: the visible text of a page, block by block."""

from __future__ import annotations

import pytest
from hypothesis import given
from lxml.html import document_fromstring, fromstring

from saring.extract.visible_blocks import drop_hidden, text_key, visible_blocks, visible_characters
from tests.fixtures.markup import MARKUP

_LONG = "Gulls cry all day over the mud, and the boats lie on it until the tide comes back in the afternoon to lift them again."


@given(markup=MARKUP)
def test_blocks_partition_the_text(markup: str) -> None:
    """All text of a page without form controls is in exactly one visible block."""
    tree = fromstring(f"<div>{markup}</div>")

    assert "".join(block.key for block in visible_blocks(tree)) == text_key(tree.text_content())


def test_links_are_counted() -> None:
    """Characters in links count as linked, but for the link of a heading to itself."""
    tree = document_fromstring(
        "<body><p>See <a href='/x'>the log</a></p><h2><a href='#log'>Log</a></h2><p>a <button>Open</button></p></body>"
    )

    assert [(block.text, block.linked) for block in visible_blocks(tree)] == [("See the log", 6), ("Log", 0), ("a", 0)]


@pytest.mark.parametrize(
    ("markup", "is_dropped"),
    [
        (f"<div hidden>{_LONG}</div>", True),
        (f"<div style='display: none'>{_LONG}</div>", True),
        (f"<template>{_LONG}</template>", True),
        (f"<dialog>{_LONG}</dialog>", True),
        (f"<div hidden='until-found'>{_LONG}</div>", False),
        (f"<details>{_LONG}</details>", False),
        (f"<div hidden id='S:1f'>{_LONG}</div>", False),
    ],
)
def test_hidden_elements_are_dropped(markup: str, is_dropped: bool) -> None:  # noqa: FBT001 - a case
    """All but those that a reader or a script of the page can open."""
    tree = document_fromstring(f"<body><p>{_LONG}</p>{markup}</body>")
    drop_hidden(tree)

    assert tree.text_content().count(_LONG) == (1 if is_dropped else 2)


def test_visible_characters_leave_out_scripts_and_controls() -> None:
    """White space and hyphens do not count either, as in `text_key`."""
    tree = document_fromstring("<body><p>one-two three</p><script>let a = 1</script><select><option>four</select><nav>five</nav></body>")

    assert visible_characters(tree) == len("onetwothreefive")
