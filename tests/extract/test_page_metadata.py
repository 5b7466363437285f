"""pipeline/saring/extract/page_metadata.py: site and authors are those of trafilatura, in less time."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest
from lxml.html import document_fromstring
from trafilatura import extract_metadata
from trafilatura.xpaths import AUTHOR_XPATHS

from saring.extract.page_metadata import AUTHOR_WORDS, page_metadata

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
COMBINED = [f"<html><head>{head}</head><body>{body}</body></html>" for head, body in itertools.product(HEADS, BODIES)]


@pytest.mark.parametrize("url", [None, "https://www.kabar.example/laut/1"])
def test_site_and_authors_are_those_of_trafilatura(url: str | None) -> None:
    """They equal the result of its own `extract_metadata`, on made-up pages and the samples; the tree is not changed."""
    for html in [*COMBINED, *(file.read_text("utf-8", "replace") for file in FILES)]:
        tree = document_fromstring(html)
        expected = extract_metadata(document_fromstring(html), default_url=url, date_config={"outputformat": "none"})

        may_name_author = re.search(AUTHOR_WORDS, html) is not None
        assert page_metadata(tree, url, may_name_author=may_name_author)[1:] == (expected.sitename, expected.author)
        assert tree.text_content() == document_fromstring(html).text_content()


def test_author_words_cover_the_rules_of_trafilatura() -> None:
    """Every word by which its rules recognise an element that names an author is matched by `AUTHOR_WORDS`, so that none is missed."""
    rules = "".join(xpath.path for xpath in AUTHOR_XPATHS).replace("rel='me'", "")  # an element <rel>, which HTML does not have
    words = [word for quoted in re.findall("'([^']+)'", rules) for word in quoted.split("|")]

    assert len(words) > 20
    plain = [re.sub(r"\[(.).\]", r"\1", word).replace("-?", "-") for word in words]
    assert [word for word in plain if not re.search(AUTHOR_WORDS, word)] == []
    assert set(re.findall(r"//(\w+)", rules)) == {"author"}
