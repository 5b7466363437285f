"""pipeline/saring/read/feed_entry.py: one entry of a feed becomes a record with the standard field names."""

from __future__ import annotations

import contextlib
import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saring.read.column_names import ALIASES
from saring.read.feed_entry import entry_record
from saring.read.scrape import RefusedError

RSS = '<rss xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
ATOM = '<feed xmlns="http://www.w3.org/2005/Atom">'


def item(inside: str, head: str = "", root: str = RSS) -> dict[str, Any]:
    """Return the record of an RSS item with the text "Isi." and these other elements."""
    return entry_record(root, head, f"<item><description>Isi.</description>{inside}</item>")


@pytest.mark.parametrize(
    ("root", "xml", "expected"),
    [
        (RSS, "<item><description>Isi.</description></item>", {"text": "Isi."}),
        (RSS, "<item><description>&lt;p&gt;Isi.</description></item>", {"html": "<p>Isi."}),
        (RSS, "<item><description><![CDATA[<p>Isi & lain]]></description></item>", {"html": "<p>Isi & lain"}),
        (RSS, "<item><description>A</description><content:encoded>B</content:encoded></item>", {"text": "B"}),
        (RSS, "<item><description>A</description><content:encoded> </content:encoded></item>", {"text": "A"}),
        ("<rss>", "<item><content:encoded>B</content:encoded></item>", {"text": "B"}),
        (RSS, "<item><dc:description>A</dc:description></item>", {"text": "A"}),
        (RSS, "<item><description>Tom & Ani &eacute;t&eacute; &bogus;</description></item>", {"html": "Tom & Ani été &bogus;"}),
        (RSS, "<item><description>\x07市长\x00</description></item>", {"text": "市长"}),
        (ATOM, "<entry><content type='html'>&lt;p&gt;Isi.</content></entry>", {"html": "<p>Isi."}),
        (ATOM, "<entry><content>1 &lt; 2</content></entry>", {"text": "1 < 2"}),
        (ATOM, "<entry><content type='xhtml'><div><p>Isi.</p></div></content></entry>", {"html": "<div><p>Isi.</p></div>"}),
        (ATOM, "<entry><content type='image/png'>aGFsbw</content><summary>S</summary></entry>", {"text": "S"}),
        (ATOM, "<entry><content src='https://a.example/b' type='text/html'>x</content><summary>S</summary></entry>", {"text": "S"}),
    ],
)
def test_the_fullest_body_is_the_content(root: str, xml: str, expected: dict[str, str]) -> None:
    """Full content comes before descriptions and summaries; markup makes it HTML, unless an Atom element says that it is text."""
    assert entry_record(root, "", xml) == expected


@pytest.mark.parametrize(
    ("inside", "field", "expected"),
    [
        ("<title>Pasar &amp;amp; &lt;b&gt;kota&lt;/b&gt;</title>", "title", "Pasar & kota"),
        ("<title> </title><dc:title>Pasar</dc:title>", "title", "Pasar"),
        ("<link> https://a.example/b </link>", "url", "https://a.example/b"),
        ("<link rel='self' href='https://a.example/feed'/><link href='https://a.example/b'/>", "url", "https://a.example/b"),
        ("<guid>https://a.example/b</guid>", "url", "https://a.example/b"),
        ("<guid isPermaLink='false'>https://a.example/b</guid>", "url", None),
        ("<author>ani@a.example (Ani Roe)</author>", "authors", ["Ani Roe"]),
        ("<author>ani@a.example</author>", "authors", None),
        (
            "<author><name>Ani</name><email>ani@a.example</email></author><dc:creator>Budi</dc:creator><dc:creator>Ani</dc:creator>",
            "authors",
            ["Ani", "Budi"],
        ),
        ("<pubDate>Fri, 06 Sep 2024 10:00:00 GMT</pubDate>", "created", dt.datetime(2024, 9, 6, 10, tzinfo=dt.UTC)),
        ("<dc:date>2024-09-06</dc:date><pubDate> </pubDate>", "created", "2024-09-06"),
        ("<updated>2024-09-07</updated><published>2024-09-06</published>", "created", "2024-09-06"),
        ("<dc:language>fr</dc:language>", "language", "fr"),
    ],
)
def test_fields_of_an_entry(inside: str, field: str, expected: object) -> None:
    """Titles lose their markup, authors their addresses, RFC 822 dates become datetimes; a missing field is left out."""
    assert item(inside).get(field) == expected


@pytest.mark.parametrize(
    ("root", "head", "xml", "expected"),
    [
        (RSS, "<language>id</language>", "<item xml:lang='fr'><description>A</description></item>", "fr"),
        (RSS, "<language> id-ID </language>", "<item><description>A</description></item>", "id-ID"),
        (RSS, "<dc:language>id</dc:language>", "<item><description>A</description></item>", "id"),
        ("<rss xml:lang='de'>", "", "<item><description>A</description></item>", "de"),
        (RSS, "", "<item><description>A</description></item>", None),
    ],
)
def test_the_nearest_declared_language_counts(root: str, head: str, xml: str, expected: str | None) -> None:
    """That of the entry before that of the feed's head, and that before that of its root."""
    assert entry_record(root, head, xml).get("language") == expected


@pytest.mark.parametrize(
    ("xml", "reason", "says"),
    [
        ("", "bad-xml", "not valid XML"),
        ("halo", "bad-xml", "not valid XML"),
        ("<item></item>", "no-text", "Expected content, description or summary, found nothing."),
        ("<item><title>A</title><link>b</link></item>", "no-text", "found link, title. Fetch the page"),
        ("<item><description> </description></item>", "no-text", "found description."),
    ],
)
def test_an_entry_without_text_is_refused(xml: str, reason: str, says: str) -> None:
    """The message names the elements that the entry has instead."""
    with pytest.raises(RefusedError, match=says) as refused:
        entry_record(RSS, "", xml)

    assert refused.value.reason == reason


def test_entities_of_a_document_type_are_not_expanded() -> None:
    """A declaration within an entry neither reads files nor multiplies text."""
    xml = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><item><description>A &x; B</description></item>'

    record = entry_record(RSS, "", xml)

    assert set(record) <= {"text", "html"}
    assert "root:" not in str(record)


@given(st.text(st.sampled_from("<>/&;![]CDATA'\"= ab\0é"), max_size=30))
def test_any_entry_is_a_record_or_a_refusal(inside: str) -> None:
    """Whatever stands in an entry, no other exception is raised, and all fields have standard names and a value."""
    record: dict[str, Any] = {}
    with contextlib.suppress(RefusedError):
        record = item(inside)

    assert set(record) <= set(ALIASES)
    assert all(record.values())
