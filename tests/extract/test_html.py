"""Extraction from HTML: all visible text of the article and nothing of the frame; title, date and URL are the page's own."""

from __future__ import annotations

import string
import tomllib
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from saring.core.tables import SCRAPE
from saring.extract import extract

CASES = tomllib.loads((Path(__file__).parent.parent / "cases" / "html.toml").read_text(encoding="utf-8"))

PROSE = {
    "A": "The ferry to the outer islands goes twice a week in winter, and those who miss it wait three days in the inn by the quay.",
    "B": "Its captain keeps a log of every crossing, in which the wind stands beside the number of sheep that were on board that day.",
    "C": "This year the boat was painted green, since that was the only colour that the shop in the village had left in a sufficient amount.",
}


def filled(text: str) -> str:
    """Return a text with $A, $B and $C replaced by paragraphs of prose."""
    return string.Template(text).safe_substitute(PROSE)


def page_of(content: str, url: str | None = None) -> dict[str, Any]:
    """Return the page that is extracted from markup, as a dict of columns."""
    row = dict.fromkeys(SCRAPE) | {
        "id": "a",
        "source": "a.html",
        "media_type": "text/html",
        "sha256": "0" * 64,
        "content": content,
        "url": url,
    }
    pages, rejections = extract(pl.DataFrame([row], schema=SCRAPE))
    assert rejections.is_empty(), rejections["message"].to_list()
    return pages.row(0, named=True)


def page_of_case(case: dict[str, Any]) -> dict[str, Any]:
    """Return the page of a case: an article of three paragraphs, with the case's markup in <head>, before the article or inside it."""
    article = f"<article>{case.get('inside', '')}<p>{PROSE['A']}</p><p>{PROSE['B']}</p><p>{PROSE['C']}</p></article>"
    markup = f"<html lang=en><head>{case.get('head', '')}</head><body>{case.get('body', '')}{article}</body></html>"
    return page_of(markup, case.get("fetched"))


@pytest.mark.parametrize("case", [*CASES["lost"], *CASES["frame"], *CASES["hidden"]], ids=lambda case: case["label"])
def test_the_text_is_that_of_the_visible_article(case: dict[str, Any]) -> None:
    """Its blocks are extracted in document order, and nothing of the page's frame."""
    text = page_of(filled(case["html"]))["text"]

    assert [filled(part) for part in case.get("holds", []) if filled(part) not in text] == []
    if "lines" in case:
        assert text.split("\n") == [filled(line) for line in case["lines"]]


@pytest.mark.parametrize("case", CASES["title"], ids=lambda case: case["label"])
def test_a_title_is_the_pages_own(case: dict[str, Any]) -> None:
    """The title comes without the site's name, with all its dashes, and never cut in half."""
    assert page_of_case(case | {"fetched": case.get("url")})["title"] == case["title"]


def test_the_url_of_the_scrape_wins() -> None:
    """The URL from which a page was fetched is more reliable than the one that it declares, which is used without it."""
    case = {"head": "<link rel='canonical' href='https://quay.example/b'>", "fetched": "https://quay.example/a"}

    assert page_of_case(case)["url"] == "https://quay.example/a"
    assert page_of_case({"head": case["head"]})["url"] == "https://quay.example/b"


def test_the_share_dropped() -> None:
    """It is 0 for a page without a frame, large for a page that is mostly a menu, and null for flat text."""
    frameless = page_of(filled("<h1>Ferry times</h1><p>$A</p><ul><li>Bring a torch.</li></ul><p>$B</p><p>$C</p>"))
    menu = "".join(f"<li><a href='/{number}'>Channel number {number}</a></li>" for number in range(100))
    framed = page_of(filled(f"<nav><ul>{menu}</ul></nav><article><p>$A</p><p>$B</p><p>$C</p></article>"))
    flat, _ = extract(pl.DataFrame([dict.fromkeys(SCRAPE) | {"id": "a", "source": "a.txt", "content": PROSE["A"]}], schema=SCRAPE))

    assert frameless["dropped_share"] == 0
    assert 0.75 < framed["dropped_share"] < 0.9
    assert flat["dropped_share"].to_list() == [None]


def test_a_noscript_that_holds_the_article() -> None:
    """A page whose text stands in <noscript> alone has that text."""
    data = f"<script type='application/json'>{'[0], ' * 500}</script>"
    page = page_of(filled(f"{data}<div id=app></div><noscript><div><p>$A</p><p>$B</p><p>$C</p></div></noscript>"))

    assert all(paragraph in page["text"] for paragraph in PROSE.values())
