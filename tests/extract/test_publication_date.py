"""pipeline/saring/extract/publication_date.py: the page's own date, from the most reliable place that states a complete one."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from lxml.html import document_fromstring

from saring.extract.json_ld import read_json_ld
from saring.extract.publication_date import publication_date

CASES: list[dict[str, Any]] = tomllib.loads((Path(__file__).parents[1] / "cases" / "html.toml").read_text("utf-8"))["date"]
PARAGRAPH = "The ferry to the outer islands goes twice a week in winter, and those who miss it wait three days in the inn by the quay."


def published(head: str = "", body: str = "", url: str | None = None, lang: str = "id") -> datetime | None:
    """Return the publication date of a page with this head and body in UTC."""
    tree = document_fromstring(f"<html lang='{lang}'><head>{head}</head><body>{body}<p>{PARAGRAPH}</p></body></html>")
    moment = publication_date(tree, url, read_json_ld(tree, [url] if url else [], ()))
    return moment and moment.utc


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["label"])
def test_a_date_is_the_pages_own(case: dict[str, Any]) -> None:
    """The publication date is never that of a teaser's page or of a comment."""
    created = case.get("created")
    article = f"<article>{case.get('inside', '')}<p>{PARAGRAPH * 3}</p></article>"

    date = published(case.get("head", ""), case.get("body", "") + article, lang="en")

    assert date == (datetime.fromisoformat(created).replace(tzinfo=UTC) if created else None)


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        ('<script type="application/ld+json">{"datePublished": "2021-08-02T07:16:00+09:00"}</script>', "", "2021-08-01T22:16:00Z"),
        ('<meta itemprop="datePublished" content="2021-08-02">', "", "2021-08-02T00:00:00Z"),
        ("", '<time datetime="2021-08-02T07:16:00Z">2 Agustus</time>', "2021-08-02T07:16:00Z"),
        ("", '<div class="tanggal date">Senin, 2 Agustus 2021 07:16 WIB</div>', "2021-08-02T00:16:00Z"),
        ("", '<time datetime="2021-08-02">a</time><time datetime="2019-01-01">b</time>', None),
        ("", '<time datetime="2021-08-02T07:16">a</time><time datetime="2021-08-02T09:00">b</time>', "2021-08-02T07:16:00Z"),
        ("", '<time datetime="2021-08-02">a</time><time pubdate datetime="2019-01-01">b</time>', "2019-01-01T00:00:00Z"),
        ("", "<time>2 Agustus 2021</time>", "2021-08-02T00:00:00Z"),
        ("", "<time>2 Agustus</time>", None),
        ("", '<span class="date">2 jam lalu</span><p>Hak cipta 2021</p>', None),
        ("", '<p id="posted-on">2 août 2021</p>', "2021-08-02T00:00:00Z"),
        ('<meta name="date" content="2021">', "", None),
        ('<meta name="date" content="2021-08">', "", None),
        ('<meta name="date" content="10:15">', "", None),
        ('<meta name="DC.date.issued" content="2021-08-02">', "", "2021-08-02T00:00:00Z"),
        ('<meta name="lastmod" content="2021-08-02">', "", None),
        ("", "", None),
    ],
)
def test_the_date_is_the_pages_own_or_none(head: str, body: str, expected: str | None) -> None:
    """Only a complete date in a place for publication dates counts; no missing part is made up."""
    assert published(head, f"<article>{body}<p>{PARAGRAPH * 3}</p></article>") == (datetime.fromisoformat(expected) if expected else None)


def test_the_url_gives_the_date_where_the_page_does_not() -> None:
    """A path such as /2021/08/02/ is the publication date of a page without another; a month alone is not."""
    assert published(url="https://laut.example/2021/08/02/pelabuhan") == datetime(2021, 8, 2, tzinfo=UTC)
    assert published(url="https://laut.example/2021/8/2") == datetime(2021, 8, 2, tzinfo=UTC)
    assert published(url="https://laut.example/2021/08/pelabuhan") is None
    assert published(url="https://laut.example/2021/18/42/pelabuhan") is None


def test_the_most_reliable_place_comes_first() -> None:
    """JSON-LD before <meta>, that before <time>, that before dated elements, those before the URL; an unusable date gives way."""
    json_ld = '<script type="application/ld+json">{"@type": "Article", "datePublished": "2011-01-01"}</script>'
    meta = '<meta property="article:published_time" content="2012-01-01">'
    time, element = '<time datetime="2013-01-01">a</time>', '<div class="date">1 Januari 2014</div>'
    url = "https://laut.example/2015/01/01/a"
    article = f"<article>{time}{element}<p>{PARAGRAPH * 3}</p></article>"

    assert published(json_ld + meta, article, url) == datetime(2011, 1, 1, tzinfo=UTC)
    assert published(meta, article, url) == datetime(2012, 1, 1, tzinfo=UTC)
    assert published("", article, url) == datetime(2013, 1, 1, tzinfo=UTC)
    assert published("", article.replace(time, ""), url) == datetime(2014, 1, 1, tzinfo=UTC)
    assert published(json_ld.replace("2011-01-01", "kemarin") + meta, article, url) == datetime(2012, 1, 1, tzinfo=UTC)


def test_an_earlier_name_of_meta_wins() -> None:
    """Of several <meta> the order of their names decides, not that of the page; of two with one name the first."""
    later, earlier = '<meta name="date" content="2012-01-01">', '<meta property="article:published_time" content="2013-01-01">'

    assert published(later + earlier) == datetime(2013, 1, 1, tzinfo=UTC)
    assert published(later + later.replace("2012", "2014")) == datetime(2012, 1, 1, tzinfo=UTC)


def test_the_language_of_the_page_orders_day_and_month() -> None:
    """3/4/2020 is in March in American English and in April in French; several dates in broken JSON-LD are no date."""
    element = "<div class='date'>3/4/2020</div>"

    assert published(body=element, lang="en-US") == datetime(2020, 3, 4, tzinfo=UTC)
    assert published(body=element, lang="fr") == datetime(2020, 4, 3, tzinfo=UTC)
    broken = '<script type="application/ld+json">{"datePublished": "2020-03-04", "datePublished": "2020-03-05", "a" b}</script>'
    assert published(broken) is None
    assert published(broken.replace("05", "04")) == datetime(2020, 3, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<h1>$T</h1><p>2 Agustus 2021</p>", "2021-08-02"),
        ("<h1>$T</h1><p>Oleh Ani<br>2 Agustus<b>2021</b></p>", "2021-08-02"),
        ("<div><div>2. August 2021</div><h1>$T</h1></div>", "2021-08-02"),
        ("<h2>$T</h2><p>Dimulai oleh Ani, 2 Agustus 2021</p><p>2 Mei 2020</p>", "2021-08-02"),
        ("<h1>$T</h1><p>Diperbarui</p><p>5 Agustus 2021</p><p>2 Agustus 2021</p>", "2021-08-02"),
        ("<h1>$T</h1><p>Mis à jour le 5 août 2021</p>", "2021-08-05"),
        ("<h1>$T</h1><p>© 2 Agustus 2021</p>", None),
        ("<h1>$T</h1><p>Member since</p><p>2 Agustus 2021</p>", None),
        ("<h1>$T</h1><h3><a href='/x'>Tali kapal datang terlambat lagi</a></h3><p>2 Agustus 2021</p>", "2021-08-02"),
        ("<div><h1>$T</h1></div><div><h3><a href='/x'>Tali datang terlambat</a></h3><p>2 Agustus 2021</p></div>", None),
        ("<h1>$T</h1><p>$P</p><p>$P</p><p>2 Agustus 2021</p>", None),
    ],
)
def test_a_date_by_the_heading_is_the_pages_own(body: str, expected: str | None) -> None:
    """A short line with a date around the heading needs no class; that of the last change counts if there is no other."""
    head = "<title>Atap pasar diganti - Kabar Laut</title>"
    body = body.replace("$T", "Atap pasar diganti").replace("$P", PARAGRAPH * 2)

    assert published(head, body) == (datetime.fromisoformat(expected).replace(tzinfo=UTC) if expected else None)


def test_a_heading_is_in_no_sidebar() -> None:
    """An element that holds the heading is none of another page, whatever its class is called."""
    body = "<div class='with-sidebar node--promoted'><h1>Roof renewed</h1><span class='date'>2 August 2021</span></div>"

    assert published("<title>Roof renewed</title>", body) == datetime(2021, 8, 2, tzinfo=UTC)
    assert published("<title>Roof renewed</title>", body.replace("<h1>Roof renewed</h1>", "")) is None


def test_of_the_posts_of_a_thread_the_first_dates_it() -> None:
    """Of several <time> the first counts if no other is earlier."""
    posts = "".join(f"<div><time datetime='2021-08-0{day}'>x</time><p>{PARAGRAPH}</p></div>" for day in (2, 3, 3, 5))

    assert published(body=posts) == datetime(2021, 8, 2, tzinfo=UTC)
    assert published(body=posts + "<div><time datetime='2019-01-01'>x</time></div>") is None


def test_an_earlier_date_by_the_heading_comes_before_a_declared_one() -> None:
    """A page that was moved declares the day of the move; one day may be the time zone, and a later date an update."""
    head = "<title>Roof renewed</title><meta property='article:published_time' content='2021-08-10T23:30:00Z'>"

    def dated(day: str) -> datetime | None:
        return published(head, f"<h1>Roof renewed</h1><p>{day} August 2021</p>")

    assert dated("2") == datetime(2021, 8, 2, tzinfo=UTC)
    assert dated("9") == dated("20") == datetime(2021, 8, 10, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("<meta name='w-published-date' content='2021-08-02'>", ""),
        ("<meta name='citation_online_date' content='2021/08/02'>", ""),
        ("<meta name='expiry-date' content='2022-01-01'><meta name='DC.Date.Created' content='2021-08-02'>", ""),
        ("<script type='application/ld+json'>{'@type': 'VideoObject', 'uploadDate': '2021-08-02'}</script>".replace("'", '"'), ""),
        ("", "<abbr itemprop='datePublished' title='2021-08-02T00:00:00Z'>Monday</abbr>"),
        ("", "<time itemprop='dateCreated' datetime='2021-08-02'>x</time><time datetime='2019-01-01'>y</time>"),
    ],
)
def test_dates_have_many_names(head: str, body: str) -> None:
    """Names of <meta> are compared without punctuation and prefix; microdata stand on any element."""
    assert published(head, body) == datetime(2021, 8, 2, tzinfo=UTC)


@pytest.mark.parametrize("path", ["2021/aug/02/roof", "2021-08-02-roof", "20210802/roof.html"])
def test_a_url_has_several_forms_of_dates(path: str) -> None:
    """Month names and dates in one part of the path are read too."""
    assert published(url=f"https://quay.example/{path}", lang="en") == datetime(2021, 8, 2, tzinfo=UTC)
