"""pipeline/saring/extract/canonical_url.py: the URL that a page declares as its own, if it is the web address of a page."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml.html import document_fromstring

from saring.core import urls
from saring.extract.canonical_url import canonical_url

CASES: list[dict[str, Any]] = tomllib.loads((Path(__file__).parents[1] / "cases" / "html.toml").read_text("utf-8"))["address"]


def declared(head: str) -> str | None:
    """Return the URL that a page with this head declares."""
    return canonical_url(document_fromstring(f"<html><head>{head}</head><body><p>Text</p></body></html>"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["label"])
def test_a_page_declares_its_url(case: dict[str, Any]) -> None:
    """A canonical link or `og:url` is the page's URL, if it is the web address of a page."""
    assert declared(case["head"]) == case.get("url")


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("", None),
        ("<link rel='canonical' href=''>", None),
        ("<link rel='canonical'>", None),
        ("<link href='https://a.example/b'>", None),
        ("<link rel='stylesheet' href='https://a.example/b'>", None),
        ("<link rel='canonical' href=' https://A.example/b#c '>", "https://a.example/b"),
        ("<link rel='canonical' href='https://a.example/?p=5'>", "https://a.example/?p=5"),
        ("<link rel='canonical' href='//'><link rel='canonical' href='https://a.example/b'>", "https://a.example/b"),
        ("<meta name='og:url' content='https://a.example/b'>", "https://a.example/b"),
        ("<meta property='og:title' content='https://a.example/b'>", None),
        ("<link rel='canonical' href='http://localhost/b'>", None),
        ("<base href=''><base href='https://a.example/'><link rel='canonical' href='b'>", "https://a.example/b"),
        ("<link rel='canonical' href='https://a.example/été'>", "https://a.example/%C3%A9t%C3%A9"),
    ],
)
def test_the_first_usable_declaration_counts(head: str, expected: str | None) -> None:
    """Empty, foreign and unusable declarations are passed over; the URL is cleaned as those of scrapes are."""
    assert declared(head) == expected


@given(st.text(st.sampled_from("htps:/.?#&=@[]%\\ aZé中xn-0"), max_size=30) | st.builds("https://a.b/{}".format, st.text(max_size=8)))
def test_any_declaration_gives_a_clean_url_or_none(href: str) -> None:
    """No string raises an exception; a URL that is returned is not changed by cleaning it again."""
    tree = document_fromstring("<html><head><link rel='canonical'></head><body><p>Text</p></body></html>")
    tree.find(".//link").set("href", "".join(character for character in href if character.isprintable()))
    url = canonical_url(tree)

    assert url is None or urls.clean_url(url) == url
