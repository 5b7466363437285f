"""pipeline/saring/extract/page_layout.py: what belongs to the page itself."""

from __future__ import annotations

import pytest
from lxml.html import document_fromstring

from saring.extract.page_layout import belongs_to_page, page_layout

LONG = "The ferry to the outer islands goes twice a week in winter. " * 12


@pytest.mark.parametrize(
    ("body", "is_own"),
    [
        ("<article><h1>Roof renewed</h1>$D</article>", True),
        ("<article><h1>Roof renewed</h1><article>$D</article></article>", False),
        ("<h1>Roof renewed</h1><aside>$D</aside>", False),
        ("<h1>Roof renewed</h1><footer>$D</footer>", False),
        ("<article><h1>Roof renewed</h1><footer>$D</footer></article>", True),
        ("<div class='sidebar'><h1>Roof renewed</h1>$D</div>", True),
        ("<h1>Roof renewed</h1><div class='sidebar'>$D</div>", False),
        ("<h1>Roof renewed</h1><ul><li><a>Ropes are late again</a>$D</li></ul>", False),
        (f"<h1>Roof renewed</h1><ul><li><a>Ropes are late again</a>$D<p>{LONG}</p></li></ul>", True),
        ("<div><h1>Roof renewed</h1></div><div><h3><a href='/x'>Ropes</a></h3>$D</div>", False),
        ("<div><h1>Roof renewed</h1></div><div><h3><a href='#2'>Re: Roof renewed</a></h3>$D</div>", True),
    ],
)
def test_a_date_belongs_to_the_page_or_to_another(body: str, *, is_own: bool) -> None:
    """Cards of other pages, comments, sidebars and footers are not the page's own; what holds its heading is."""
    html = f"<html><head><title>Roof renewed</title></head><body>{body.replace('$D', '<time>2 May 2021</time>')}</body></html>"
    tree = document_fromstring(html)
    date = tree.find(".//time")

    assert date is not None
    assert belongs_to_page(date, page_layout(tree)) is is_own
