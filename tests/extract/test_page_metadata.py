"""Tests of pipeline/saring/extract/page_metadata.py."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest
from lxml.html import document_fromstring
from trafilatura import extract_metadata
from trafilatura.xpaths import AUTHOR_XPATHS

from saring.extract.page_metadata import NAMING, page_metadata

ROOT = Path(__file__).parents[2]
FILES = sorted(file for folder in ("raw", "tests/pages") for file in (ROOT / folder).rglob("*.html"))

HEADS = (
    '<meta property="og:site_name" content="kabar laut"><meta property="og:title" content="Judul dari kepala">',
    '<meta name="author" content="redaksi"><meta name="twitter:site" content="@kabarlaut">',
    '<script type="application/ld+json">{"@context": "https://schema.org", "@type": "NewsArticle", "author": {"@type": "Person", "name": "Ani Salampessy"}}</script>',
    '<script type="application/ld+json">{"@type": broken</script>',
    '<link rel="canonical" href="https://www.kabar.example/a"><title>Judul | kabar.example</title>',
    '<title>Judul &amp; anak judul</title><meta name="keywords" content="laut, ikan">',
)
BODIES = (
    "<h1>Pelabuhan dibuka</h1><p>Isi.</p>",
    '<div class="author">Oleh Dul Tuasikal</div><h2>Bukan judul</h2><a rel="license" href="https://x.example/by/4.0">CC</a>',
    '<p>Isi.</p><div class="footer"><a href="/category/laut/">Laut</a></div>',
)
MADE = [f"<html><head>{head}</head><body>{body}</body></html>" for head, body in itertools.product(HEADS, BODIES)]


@pytest.mark.parametrize("url", [None, "https://www.kabar.example/laut/1"])
def test_library(url: str | None) -> None:
    """Site and authors are what trafilatura finds when it looks for everything, and the page stays as it is."""
    for html in [*MADE, *(file.read_text("utf-8", "replace") for file in FILES)]:
        tree = document_fromstring(html)
        whole = extract_metadata(document_fromstring(html), default_url=url, date_config={"outputformat": "none"})

        is_naming = re.search(NAMING, html) is not None
        assert page_metadata(tree, url, is_naming=is_naming)[1:] == (whole.sitename, whole.author)
        assert tree.text_content() == document_fromstring(html).text_content()


def test_no_author_is_looked_for_in_vain() -> None:
    """Every word by which trafilatura knows an element that names an author is one that the page is searched for first."""
    looked_for = "".join(xpath.path for xpath in AUTHOR_XPATHS).replace("rel='me'", "")  # an element <rel>, which HTML does not have
    words = [word for quoted in re.findall("'([^']+)'", looked_for) for word in quoted.split("|")]

    assert len(words) > 20
    plain = [re.sub(r"\[(.).\]", r"\1", word).replace("-?", "-") for word in words]
    assert [word for word in plain if not re.search(NAMING, word)] == []
    assert set(re.findall(r"//(\w+)", looked_for)) == {"author"}
