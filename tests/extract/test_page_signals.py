"""pipeline/saring/extract/page_signals.py: what metadata, URL and tags say of a page's type."""

from __future__ import annotations

from lxml.html import document_fromstring

from saring.extract.json_ld import read_json_ld
from saring.extract.page_signals import page_signals


def signals_of(markup: str, url: str | None) -> dict[str, float]:
    """Return the signals of a page."""
    tree = document_fromstring(markup)
    return page_signals(tree, read_json_ld(tree, [], []), url)


def test_signals_are_read() -> None:
    """Open Graph and schema.org types, words of the URL, and counts of tags."""
    head = (
        '<meta property=\'og:type\' content=\'product\'><script type=\'application/ld+json\'>{"@type": "Product", "name": "Oar"}</script>'
    )
    signals = signals_of(f"<html><head>{head}</head><body><ul><li>a<li>b</ul></body></html>", "https://boats.test/shop/oars-12")

    assert (signals["og_product"], signals["type_product"], signals["url_product"], signals["tags_li"]) == (1, 1, 1, 2)
    assert (signals["url_depth"], signals["url_digits"], signals["url_dashes"]) == (1, 2, 1)


def test_every_page_has_the_same_signals() -> None:
    """A page without metadata and URL has all of them too."""
    bare, full = signals_of("<p>a</p>", None), signals_of("<article><h2>b</h2></article>", "https://boats.test/thread/4")

    assert bare.keys() == full.keys()
    assert bare["url_forum"] == 0
    assert full["url_forum"] == 1
