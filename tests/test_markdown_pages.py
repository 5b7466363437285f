"""HTML pages as Markdown, from extraction to the document: tests/pages/markdown has the text that each page should give."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

import saring
from saring.config import Extract, default_config

PAGES = Path(__file__).parent / "pages" / "markdown"
MARKDOWN = dataclasses.replace(default_config(), extract=Extract(format="markdown"))
TITLES = {"guide": "Setting up the tide logger", "forum": "Barnacles on the rudder, again"}


@pytest.mark.parametrize("name", TITLES)
def test_a_page_becomes_markdown(name: str) -> None:
    """Blank lines, indents and fences survive every step, and the heading that is the title leaves the text."""
    result = saring.clean({"html": [(PAGES / f"{name}.html").read_text(encoding="utf-8")]}, MARKDOWN)

    document = result.documents.row(0, named=True)
    assert document["title"] == TITLES[name]
    assert f"{document['text']}\n" == (PAGES / f"{name}.md").read_text(encoding="utf-8")
    extracted = saring.undo_edits(result.documents, result.edits)
    assert saring.apply_edits(extracted, result.edits)["text"].equals(result.documents["text"])


def test_flat_text_is_the_same_in_both_formats() -> None:
    """The setting is for HTML pages alone."""
    texts = {"text": [(PAGES / "guide.md").read_text(encoding="utf-8"), "# Gulls\n\nThey cry all day over the mud, and nobody minds."]}

    assert saring.clean(texts, MARKDOWN).documents.equals(saring.clean(texts).documents)
