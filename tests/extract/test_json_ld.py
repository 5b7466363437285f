"""pipeline/saring/extract/json_ld.py: the JSON-LD nodes that describe the page itself."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lxml.html import document_fromstring

from saring.extract.json_ld import JsonLd, read_json_ld

URL = "https://quay.example/boats/"


def read(*nodes: Any, headlines: tuple[str, ...] = ()) -> JsonLd:  # noqa: ANN401 - JSON of a page may be anything
    """Return the JSON-LD of a page at `URL` with a script for each node; a string is the script as it is."""
    scripts = (node if isinstance(node, str) else json.dumps(node) for node in nodes)
    markup = "".join(f"<script type='application/ld+json'>{script}</script>" for script in scripts)
    return read_json_ld(document_fromstring(f"<html><head>{markup}</head><body><p>Text</p></body></html>"), [URL], headlines)


def test_articles_come_before_works_and_pages() -> None:
    """Nodes of persons, sites and publishers are listed apart, and others not at all."""
    nodes = [{"@type": kind} for kind in ("WebPage", "Book", "schema:NewsArticle", "Person", "NewsMediaOrganization", "BreadcrumbList")]

    json_ld = read({"@graph": nodes})

    assert json_ld.own == [nodes[2], nodes[1], nodes[0]]
    assert json_ld.others == [nodes[3], nodes[4]]


@pytest.mark.parametrize(
    "own",
    [
        {"@type": "Article", "url": "http://www.quay.example/boats?a=1"},
        {"@type": "Article", "mainEntityOfPage": {"@id": URL}},
        {"@type": "Article", "headline": "Boats for sale!"},
    ],
    ids=["url", "main entity", "headline"],
)
def test_articles_of_other_pages_are_left_out(own: dict[str, Any]) -> None:
    """Of several articles only those with the URL or the headline of the page are its own."""
    other_page = {"@type": "Article", "url": "https://quay.example/gulls", "headline": "Gulls"}

    assert read(other_page, own, headlines=("boatsforsale",)).own == [own]


def test_json_is_parsed_leniently() -> None:
    """Comments, CDATA marks and trailing commas are removed, but not in strings; what still does not parse is kept as text."""
    json_ld = read('/* a */ <![CDATA[ {"@type": "Article", "headline": "a // b, }",} ]]>', '{"@type": "Article", "headline": "Half')

    assert json_ld.own == [{"@type": "Article", "headline": "a // b, }"}]
    assert json_ld.unparsed == ['{"@type": "Article", "headline": "Half']
