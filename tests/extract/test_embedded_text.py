"""pipeline/saring/extract/embedded_text.py: text that stands in JSON-LD alone."""

from __future__ import annotations

import json

import pytest
from lxml.html import document_fromstring

from saring.extract.embedded_text import PLACES, embedded_blocks
from saring.extract.json_ld import read_json_ld
from saring.extract.visible_blocks import text_key

_QUESTION = "The hinge of the shed door squeaks at every turn. What do you put on it before winter comes?"
_ANSWER = "A drop of sewing machine oil, and then open and close it twenty times until nothing is heard."
_DESCRIPTION = "A brass hinge, ten centimetres long, with four screws that do not rust in salty air."


def embedded(node: dict[str, object], *visible: str) -> list[tuple[str, str]]:
    """Return place and text of the blocks that a page has in this node of JSON-LD."""
    tree = document_fromstring(f"<html><head><script type='application/ld+json'>{json.dumps(node)}</script></head><body></body></html>")
    blocks = embedded_blocks(read_json_ld(tree, [], []), [text_key(text) for text in visible], tree)
    return [(PLACES[block.embedded - 1], block.text) for block in blocks]


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        ({"@type": "NewsArticle", "articleBody": f"{_QUESTION}\n{_ANSWER}"}, [("articleBody", _QUESTION), ("articleBody", _ANSWER)]),
        ({"@type": "Product", "description": _DESCRIPTION}, [("description", _DESCRIPTION)]),
        ({"@type": "Recipe", "description": _DESCRIPTION}, []),
        (
            {"@type": "DiscussionForumPosting", "text": _QUESTION, "comment": [{"@type": "Comment", "text": _ANSWER}]},
            [("text", _QUESTION), ("comment", _ANSWER)],
        ),
        (
            {
                "@type": "QAPage",
                "mainEntity": {"@type": "Question", "text": _QUESTION, "acceptedAnswer": {"@type": "Answer", "text": _ANSWER}},
            },
            [("text", _QUESTION), ("answer", _ANSWER)],
        ),
        (
            {"@type": "NewsArticle", "articleBody": f"<p>{_QUESTION}</p><p>{_ANSWER}</p>"},
            [("articleBody", _QUESTION), ("articleBody", _ANSWER)],
        ),
        ({"@type": "NewsArticle", "articleBody": "Too short."}, []),
        ({"@type": "NewsArticle", "articleBody": 7}, []),
    ],
    ids=["article", "product", "description of something else", "forum", "question", "markup", "short", "no text"],
)
def test_text_in_json_ld_becomes_blocks(node: dict[str, object], expected: list[tuple[str, str]]) -> None:
    """Bodies, posts with their comments, answers, and descriptions of products, a block for each line."""
    assert [pair for pair in embedded(node) if pair[0] != "text" or pair in expected] == expected


def test_text_that_the_page_shows_is_left_out() -> None:
    """Most of it on the page is enough, since pages cut words out."""
    node: dict[str, object] = {"@type": "NewsArticle", "articleBody": f"{_QUESTION} {_ANSWER}"}

    assert embedded(node, _QUESTION, _ANSWER) == []
    assert embedded(node, _DESCRIPTION) != []
