"""pipeline/saring/extract/page_heading.py: the heading that the declared titles of a page repeat."""

from __future__ import annotations

import pytest
from lxml.html import document_fromstring

from saring.extract.page_heading import page_heading, repeated_share


@pytest.mark.parametrize(
    ("title", "body", "expected"),
    [
        ("Roof renewed - Quay News", "<h1>Quay News</h1><h1>Roof renewed at last</h1>", "Roof renewed at last"),
        ("Roof renewed - Quay News", "<h1>Ropes</h1>", "Ropes"),
        ("Roof renewed - Quay News", "<h1>Ropes</h1><h1>Sails</h1><h2>The roof renewed</h2>", "The roof renewed"),
        ("屋根の修理｜港新聞", "<h1>潮の時刻</h1><h1>屋根の修理が終わる</h1>", "屋根の修理が終わる"),
        ("Roof renewed", "<h2>Ropes</h2>", None),
        ("", "<p>x</p>", None),
    ],
)
def test_the_heading_is_the_one_that_titles_repeat(title: str, body: str, expected: str | None) -> None:
    """The <h1> most of whose words the title repeats, else the only <h1>, else such an <h2>."""
    heading = page_heading(document_fromstring(f"<html><head><title>{title}</title></head><body>{body}</body></html>"))

    assert (heading is None) if expected is None else (heading is not None and heading.text_content() == expected)


def test_a_share_of_no_words_is_none() -> None:
    """A heading without words is repeated by nothing, and nothing is repeated by no title."""
    assert repeated_share("—", ["—"]) == 0
    assert repeated_share("Roof", []) == 0
