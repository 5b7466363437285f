"""Pages of markup: nothing that a reader sees of the text is lost, and what a page says of itself is its own."""

from __future__ import annotations

import string
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml.html import document_fromstring, fromstring

from saring.core.tables import SCRAPE
from saring.extract import extract
from saring.extract.recovered_blocks import recover_blocks
from saring.extract.site_name import name_key, without_site
from saring.extract.visible_blocks import text_key, visible_blocks

CASES = tomllib.loads((Path(__file__).parent.parent / "cases" / "html.toml").read_text(encoding="utf-8"))

PROSE = {
    "A": "The ferry to the outer islands goes twice a week in winter, and those who miss it wait three days in the inn by the quay.",
    "B": "Its captain keeps a log of every crossing, in which the wind stands beside the number of sheep that were on board that day.",
    "C": "This year the boat was painted green, since that was the only colour that the shop in the village had left in a sufficient amount.",
}


def filled(text: str) -> str:
    """Return a text with its paragraphs."""
    return string.Template(text).safe_substitute(PROSE)


def page_of(content: str, url: str | None = None) -> dict[str, Any]:
    """Return the page that markup becomes."""
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


def about_page(case: dict[str, Any]) -> dict[str, Any]:
    """Return the page of a case that has a head, a body beside the article, or something inside of it."""
    article = f"<article>{case.get('inside', '')}<p>{PROSE['A']}</p><p>{PROSE['B']}</p><p>{PROSE['C']}</p></article>"
    markup = f"<html lang=en><head>{case.get('head', '')}</head><body>{case.get('body', '')}{article}</body></html>"
    return page_of(markup, case.get("fetched"))


@pytest.mark.parametrize("case", [*CASES["lost"], *CASES["frame"], *CASES["hidden"]], ids=lambda case: case["label"])
def test_the_text_is_what_a_reader_sees_of_it(case: dict[str, Any]) -> None:
    """Its blocks come out in the order of the page, and nothing of its frame."""
    text = page_of(filled(case["html"]))["text"]

    assert [filled(part) for part in case.get("holds", []) if filled(part) not in text] == []
    if "lines" in case:
        assert text.split("\n") == [filled(line) for line in case["lines"]]


@pytest.mark.parametrize("case", CASES["title"], ids=lambda case: case["label"])
def test_a_title_is_the_pages_own(case: dict[str, Any]) -> None:
    """Without the site's name, with all its dashes, and never half of it."""
    assert about_page(case | {"fetched": case.get("url")})["title"] == case["title"]


@pytest.mark.parametrize("case", CASES["date"], ids=lambda case: case["label"])
def test_a_date_is_the_pages_own(case: dict[str, Any]) -> None:
    """Never that of another page that it names, nor of a comment."""
    created = case.get("created")

    assert about_page(case)["created"] == (datetime.fromisoformat(created).replace(tzinfo=UTC) if created else None)


@pytest.mark.parametrize("case", CASES["address"], ids=lambda case: case["label"])
def test_a_page_says_where_it_is(case: dict[str, Any]) -> None:
    """Its address counts where the scrape has none, if it is one of a page on the web."""
    assert about_page(case)["url"] == case.get("url")


def test_the_scrapes_address_wins() -> None:
    """Where a page was fetched is known better than it says."""
    case = {"head": "<link rel='canonical' href='https://quay.example/b'>", "fetched": "https://quay.example/a"}

    assert about_page(case)["url"] == "https://quay.example/a"


def test_the_share_dropped() -> None:
    """Nothing of a page without a frame, most of one that is a menu and a line, and null of flat text."""
    whole = page_of(filled("<h1>Ferry times</h1><p>$A</p><ul><li>Bring a torch.</li></ul><p>$B</p><p>$C</p>"))
    menu = "".join(f"<li><a href='/{number}'>Channel number {number}</a></li>" for number in range(100))
    framed = page_of(filled(f"<nav><ul>{menu}</ul></nav><article><p>$A</p><p>$B</p><p>$C</p></article>"))
    flat, _ = extract(pl.DataFrame([dict.fromkeys(SCRAPE) | {"id": "a", "source": "a.txt", "content": PROSE["A"]}], schema=SCRAPE))

    assert whole["dropped_share"] == 0
    assert 0.75 < framed["dropped_share"] < 0.9
    assert flat["dropped_share"].to_list() == [None]


def test_a_noscript_that_is_the_page() -> None:
    """A page whose text is there for readers without scripts alone has that text."""
    data = f"<script type='application/json'>{'[0], ' * 500}</script>"
    page = page_of(filled(f"{data}<div id=app></div><noscript><div><p>$A</p><p>$B</p><p>$C</p></div></noscript>"))

    assert all(paragraph in page["text"] for paragraph in PROSE.values())


TAGS = st.sampled_from(["p", "div", "li", "h2", "dd", "span", "b", "td", "section", "aside", "a href='/x'"])
MARKUP = st.recursive(
    st.sampled_from(["Sails", "Gulls cry all day over the mud.", "Boats leave at nine, and they come back at noon when the tide is in."]),
    lambda inner: st.builds(lambda tag, parts: f"<{tag}>{'<br>'.join(parts)}</{tag.split()[0]}>", TAGS, st.lists(inner, max_size=4)),
    max_leaves=12,
)


@given(markup=MARKUP, kept=st.sets(st.integers(0, 20)))
def test_what_was_extracted_stays(markup: str, kept: set[int]) -> None:
    """Whatever was kept stands in the text as it stood, and what comes back is of the page, in its order."""
    seen = visible_blocks(document_fromstring(f"<body>{markup}</body>"))
    text = "\n".join(block.text for number, block in enumerate(seen) if number in kept)
    recovered = recover_blocks(text, visible_blocks(document_fromstring(f"<body>{markup}</body>")))
    lines, before = recovered.split("\n"), iter(recovered.split("\n"))

    assert all(line in before for line in text.split("\n"))
    assert {text_key(line) for line in lines if line} <= {block.key for block in seen} | {text_key(line) for line in text.split("\n")}


@given(markup=MARKUP)
def test_blocks_are_the_whole_text(markup: str) -> None:
    """No text of a page without controls is in no block, and none is in two."""
    tree = fromstring(f"<div>{markup}</div>")

    assert "".join(block.key for block in visible_blocks(tree)) == text_key(tree.text_content())


NAMES = st.sampled_from(["Quay News", "Roof", "at last", "2024"])


@given(
    parts=st.lists(NAMES, min_size=1, max_size=5), separators=st.lists(st.sampled_from([" - ", " | ", ": ", " — ", "-", " "]), min_size=4)
)
def test_only_the_sites_name_leaves_a_title(parts: list[str], separators: list[str]) -> None:
    """What is cut is the name, once or several times, from the ends."""
    title = "".join(part + separator for part, separator in zip(parts, [*separators, ""], strict=False)).strip(" -|:—")
    left = without_site(title, {name_key("Quay News")})

    assert left in title
    assert set(name_key(title.replace(left, "", 1)).replace("quaynews", "")) == set()
