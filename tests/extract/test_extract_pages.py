"""Every scrape becomes a page or a rejection, and what a scrape states wins over what is found."""

from __future__ import annotations

import logging
import socket
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from saring.core.tables import PAGE, REJECTION, SCRAPE
from saring.extract import extract

PARAGRAPH = "Pelabuhan itu melayani kapal besar mulai hari ini, dan para nelayan dari pulau sekitar menyambutnya dengan gembira. "
ARTICLE = f"""<!doctype html>
<html lang="id"><head>
<title>Pelabuhan baru dibuka di Ambon | kabarLaut</title>
<meta property="og:title" content="Pelabuhan baru dibuka di Ambon | kabarLaut">
<meta property="og:site_name" content="kabarLaut">
<meta name="author" content="Ani Salampessy, Dul Tuasikal">
<meta property="article:published_time" content="2021-08-02T07:16:00+09:00">
</head><body>
<nav><a href="/">Beranda</a> <a href="/laut">Laut</a></nav>
<article><h1>Pelabuhan baru dibuka di Ambon</h1>
<p>{PARAGRAPH * 2}</p>
<h2>Dua dermaga</h2>
<ul><li>dermaga timur untuk kapal barang</li><li>dermaga barat untuk kapal penumpang</li></ul>
<p>{PARAGRAPH}</p></article>
<footer>Hak cipta</footer></body></html>"""


def scrapes(*rows: dict[str, Any]) -> pl.DataFrame:
    """Return scrapes, with what the rows leave out filled in."""
    plain = {"media_type": "text/html", "charset": "utf-8", "sha256": "0" * 64}
    filled = [dict.fromkeys(SCRAPE) | plain | {"id": f"id{number}", "source": f"{number}.html"} | row for number, row in enumerate(rows)]
    return pl.DataFrame(filled, schema=SCRAPE)


def only(row: dict[str, Any]) -> dict[str, Any]:
    """Return the one page that a scrape becomes."""
    pages, rejections = extract(scrapes(row))

    assert rejections.is_empty(), rejections["message"].to_list()
    return pages.row(0, named=True)


def test_an_article_comes_out_with_what_it_says_of_itself() -> None:
    """Text, title without the site, authors apart, moment with offset, site as it spells itself."""
    page = only({"content": ARTICLE})

    assert page["title"] == "Pelabuhan baru dibuka di Ambon"
    assert page["authors"] == ["Ani Salampessy", "Dul Tuasikal"]
    assert (page["created"], page["created_offset"]) == (datetime(2021, 8, 1, 22, 16, tzinfo=UTC), 540)
    assert page["site"] == "kabarLaut"
    assert page["extracted"] == len(page["text"])


def test_headings_and_list_items_are_lines() -> None:
    """Blocks of the markup are lines of the text; menus and footers are not among them."""
    lines = only({"content": ARTICLE})["text"].split("\n")

    assert lines == [
        (PARAGRAPH * 2).strip(),
        "Dua dermaga",
        "- dermaga timur untuk kapal barang",
        "- dermaga barat untuk kapal penumpang",
        PARAGRAPH.strip(),
    ]


def test_what_the_scrape_states_wins() -> None:
    """Stated fields stay as stated; a stated time has the stated offset or none."""
    stated = {
        "title": "Dermaga",
        "site": "laut.example",
        "authors": ["Redaksi"],
        "created": datetime(2020, 1, 1, tzinfo=UTC),
        "language": "id",
    }
    page = only({"content": ARTICLE, "url": "https://laut.example/a", "license": "cc-by-4.0", **stated})

    assert {name: page[name] for name in stated} == stated
    assert (page["created_offset"], page["url"], page["license"]) == (None, "https://laut.example/a", "cc-by-4.0")


def test_a_list_of_no_authors_states_nothing() -> None:
    """An empty list leaves the field to the page."""
    assert only({"content": ARTICLE, "authors": []})["authors"] == ["Ani Salampessy", "Dul Tuasikal"]


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        ('<script type="application/ld+json">{"datePublished": "2021-08-02T07:16:00+09:00"}</script>', "", "2021-08-01T22:16:00Z"),
        ('<meta itemprop="datePublished" content="2021-08-02">', "", "2021-08-02T00:00:00Z"),
        ("", '<time datetime="2021-08-02T07:16:00Z">2 Agustus</time>', "2021-08-02T07:16:00Z"),
        ("", '<div class="tanggal date">Senin, 2 Agustus 2021 07:16 WIB</div>', "2021-08-02T00:16:00Z"),
        ("", '<time datetime="2021-08-02">a</time><time datetime="2019-01-01">b</time>', None),
        ("", '<span class="date">2 jam lalu</span><p>Hak cipta 2021</p>', None),
        ('<meta name="date" content="2021">', "", None),
        ('<meta name="date" content="2021-08">', "", None),
        ('<meta name="date" content="10:15">', "", None),
    ],
)
def test_the_date_is_the_pages_own_or_none(head: str, body: str, expected: str | None) -> None:
    """A date counts where it is whole and stands where a page dates itself; nothing is made up."""
    page = only({"content": f"<html lang=id><head>{head}</head><body><article>{body}<p>{PARAGRAPH * 3}</p></article></body></html>"})

    assert page["created"] == (datetime.fromisoformat(expected) if expected else None)


def test_the_address_gives_the_day_where_the_page_does_not() -> None:
    """A path such as /2021/08/02/ dates a page."""
    page = only({"content": f"<p>{PARAGRAPH * 3}</p>", "url": "https://laut.example/2021/08/02/pelabuhan"})

    assert page["created"] == datetime(2021, 8, 2, tzinfo=UTC)


#: More attributes than a tag may keep.
CROWD = " ".join(f"a{number}=b" for number in range(300))


@pytest.mark.parametrize(
    ("label", "content", "words"),
    [
        ("a fragment", "<p>Potongan <b>tebal</b> saja.</p>", "Potongan tebal saja."),
        ("a root that closes itself", f"<html lang='id' /><body><p>{PARAGRAPH}</p>", PARAGRAPH),
        ("no markup at all", "tanpa markah sama sekali", "tanpa markah sama sekali"),
        ("broken entities", f"<p>&#xFFFFFFFF;&bogus;&#0;&amp {PARAGRAPH}", PARAGRAPH),
        ("NULs", f"\0\0<p>{PARAGRAPH}\0</p>", PARAGRAPH),
        ("an XML declaration", f"<?xml version='1.0' encoding='latin-1'?><html><body><p>{PARAGRAPH}</p></body></html>", PARAGRAPH),
        ("300,000 attributes", "<p " + " ".join(f"a{number}=b" for number in range(300_000)) + f">{PARAGRAPH}</p>", PARAGRAPH),
        ("two tags crowded alike", f"<p {CROWD}>satu</p><i {CROWD}>dua</i><p {CROWD}>{PARAGRAPH}</p>", f"satu\ndua\n{PARAGRAPH}"),
        ("a huge attribute", f"<p class='{'x' * 1_000_000}'>{PARAGRAPH}</p>", PARAGRAPH),
        ("1,500 nested elements, and text after them", "<div>" * 1_500 + "dalam" + "</div>" * 1_500 + f"<p>{PARAGRAPH}</p>", PARAGRAPH),
        ("50,000 siblings", "<div>satu dua</div>" * 50_000 + f"<p>{PARAGRAPH}</p>", PARAGRAPH),
        ("ten megabytes of <", "<" * 10_000_000 + f"<p>{PARAGRAPH}</p>", PARAGRAPH),
        ("unclosed everything", f"<html><body><div><p><b><i><a href='x{PARAGRAPH}'><table><td>{PARAGRAPH}", PARAGRAPH),
    ],
    ids=lambda value: value if len(value) < 50 else "",
)
def test_hostile_markup_keeps_its_text(label: str, content: str, words: str) -> None:
    """No markup, however made, costs a page its text or its neighbours theirs."""
    pages, rejections = extract(scrapes({"content": ARTICLE}, {"content": content}, {"content": ARTICLE}))

    assert rejections.is_empty(), label
    assert words.strip() in pages["text"][1]
    assert pages["text"][0] == pages["text"][2]


@pytest.mark.parametrize(
    ("content", "reason", "said"),
    [
        ("", "no-body", "no text"),
        ("<!doctype html>", "no-body", "no text"),
        ("<html><head><title>Pelabuhan</title></head><body></body></html>", "no-body", "no text"),
        ("<script>let a = 1</script>", "no-body", "no text"),
        ("<div>" * 100_000 + PARAGRAPH, "extract-failed", "nested more than"),
        ("<p>x" * 500_001, "extract-failed", "500,001 tags"),
    ],
)
def test_a_page_without_text_is_rejected(content: str, reason: str, said: str) -> None:
    """It says why, and its neighbour is unharmed."""
    pages, rejections = extract(scrapes({"content": content}, {"content": ARTICLE}))

    assert pages["id"].to_list() == ["id1"]
    assert rejections.schema == REJECTION
    assert rejections.select("source", "id", "step", "reason", "bytes").row(0) == ("0.html", "id0", "extract", reason, len(content))
    assert said in rejections["message"][0]


def test_flat_text_without_text_is_rejected() -> None:
    """White space is no text."""
    pages, rejections = extract(scrapes({"content": " \n\t\0", "media_type": "text/plain"}))

    assert pages.is_empty()
    assert rejections["reason"].to_list() == ["no-body"]


def test_a_failure_inside_the_library_is_a_rejection(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception of the extractor names itself in the message and stays in its page."""
    import trafilatura  # noqa: PLC0415 - imported where the step imports it

    real = trafilatura.bare_extraction

    def fails(tree: Any, **options: Any) -> Any:  # noqa: ANN401 - stands in for the library
        if "rekursi" in tree.text_content():
            raise RecursionError("maximum recursion depth exceeded")
        return real(tree, **options)

    monkeypatch.setattr(trafilatura, "bare_extraction", fails)
    pages, rejections = extract(scrapes({"content": "<p>rekursi</p>"}, {"content": ARTICLE}))

    assert pages["id"].to_list() == ["id1"]
    assert rejections["reason"].to_list() == ["extract-failed"]
    assert "RecursionError" in rejections["message"][0]


def test_order_and_columns_are_kept() -> None:
    """Pages come in the order of their scrapes, whatever their media types."""
    rows = [{"content": f"teks {number}", "media_type": ("text/plain", "text/html")[number % 2]} for number in range(9)]
    pages, rejections = extract(scrapes(*rows))

    assert (pages.schema, rejections.schema) == (PAGE, REJECTION)
    assert pages["text"].to_list() == [f"teks {number}" for number in range(9)]


def test_no_scrapes_are_no_pages() -> None:
    """An empty table gives empty tables, with their columns."""
    pages, rejections = extract(scrapes().clear())

    assert (pages.schema, rejections.schema) == (PAGE, REJECTION)
    assert pages.is_empty()
    assert rejections.is_empty()


def test_a_page_does_not_depend_on_what_was_read_before() -> None:
    """The same page many times in one batch is the same page: no deduplication remembers it."""
    pages, _ = extract(scrapes(*[{"content": ARTICLE}] * 6))

    assert pages["text"].n_unique() == 1
    assert pages.height == 6


def test_no_page_reaches_the_network_or_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Links and images are not followed, and what the libraries complain of stays with them."""

    def refuse(*_: object) -> None:
        raise AssertionError("a page was looked up")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    with caplog.at_level(logging.CRITICAL):
        extract(scrapes({"content": ARTICLE + "<img src='https://laut.example/a.png'>", "url": "https://laut.example/a"}, {"content": ""}))

    assert capfd.readouterr() == ("", "")


def page_of(article: str, below: str) -> dict[str, Any]:
    """Return the page that an article with markup below it becomes."""
    return only({"content": f"<html><body><article><p>{article}</p></article>{below}</body></html>"})


def test_a_body_that_the_first_look_lost_is_found_by_the_second() -> None:
    """Where little of a page comes out, the extractors that `fast` leaves out are asked."""
    paragraphs = "".join(f"<p>{PARAGRAPH}{number}</p>" for number in range(12))

    assert page_of(PARAGRAPH, f"<div class='caption'>{paragraphs}</div>")["text"].endswith(f"{PARAGRAPH}11")


def test_a_body_that_no_look_finds_is_in_the_whole_page() -> None:
    """A page whose paragraphs outweigh what was found is read whole: the noise step, whose cuts are in the ledger, decides."""
    paragraphs = "".join(f"<p>{PARAGRAPH}{number}</p>" for number in range(12))
    lines = page_of("Baca di bawah.", f"<footer>{paragraphs}</footer>")["text"].split("\n")

    assert lines == ["Baca di bawah.", *(f"{PARAGRAPH}{number}" for number in range(12))]


def test_a_short_article_is_not_its_menu() -> None:
    """Much text in short lines around a short body is no reason to read the page whole."""
    items = "".join(f"<li><a href='/{number}'>Kanal nomor {number}</a></li>" for number in range(100))

    assert page_of(PARAGRAPH, f"<footer><ul>{items}</ul></footer>")["text"] == PARAGRAPH.strip()


def test_an_article_that_is_long_enough_is_taken_as_found() -> None:
    """Comments may outweigh an article without becoming it."""
    comments = "".join(f"<p>{PARAGRAPH * 3}{number}</p>" for number in range(12))

    assert page_of(PARAGRAPH * 3, f"<footer>{comments}</footer>")["text"] == (PARAGRAPH * 3).strip()
