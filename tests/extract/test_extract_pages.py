"""pipeline/saring/extract/extract_pages.py: every scrape becomes a page or a rejection, and declared metadata wins over extracted."""

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
    """Return a table of scrapes from rows with some of its columns; the others get defaults."""
    plain = {"media_type": "text/html", "charset": "utf-8", "sha256": "0" * 64}
    filled = [dict.fromkeys(SCRAPE) | plain | {"id": f"id{number}", "source": f"{number}.html"} | row for number, row in enumerate(rows)]
    return pl.DataFrame(filled, schema=SCRAPE)


def only_page(row: dict[str, Any]) -> dict[str, Any]:
    """Return the page that is extracted from one scrape, as a dict of columns."""
    pages, rejections = extract(scrapes(row))

    assert rejections.is_empty(), rejections["message"].to_list()
    return pages.row(0, named=True)


def test_an_article_gives_its_metadata() -> None:
    """Its title without the site, a list of authors, publication time with UTC offset, and the site as it is spelled."""
    page = only_page({"content": ARTICLE})

    assert page["title"] == "Pelabuhan baru dibuka di Ambon"
    assert page["authors"] == ["Ani Salampessy", "Dul Tuasikal"]
    assert (page["created"], page["created_offset"]) == (datetime(2021, 8, 1, 22, 16, tzinfo=UTC), 540)
    assert page["site"] == "kabarLaut"
    assert page["extracted"] == len(page["text"])


def test_headings_and_list_items_are_lines() -> None:
    """Block elements become lines of the text; menus and footers are left out."""
    lines = only_page({"content": ARTICLE})["text"].split("\n")

    assert lines == [
        (PARAGRAPH * 2).strip(),
        "Dua dermaga",
        "- dermaga timur untuk kapal barang",
        "- dermaga barat untuk kapal penumpang",
        PARAGRAPH.strip(),
    ]


def test_declared_metadata_wins() -> None:
    """Declared fields stay as the scrape declares them; a declared time has the declared UTC offset or none."""
    declared = {
        "title": "Dermaga",
        "site": "laut.example",
        "authors": ["Redaksi"],
        "created": datetime(2020, 1, 1, tzinfo=UTC),
        "language": "id",
    }
    page = only_page({"content": ARTICLE, "url": "https://laut.example/a", "license": "cc-by-4.0", **declared})

    assert {name: page[name] for name in declared} == declared
    assert (page["created_offset"], page["url"], page["license"]) == (None, "https://laut.example/a", "cc-by-4.0")


def test_an_empty_list_of_authors_declares_nothing() -> None:
    """The authors are then extracted from the page."""
    assert only_page({"content": ARTICLE, "authors": []})["authors"] == ["Ani Salampessy", "Dul Tuasikal"]


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
    """Malformed or malicious markup costs neither its page nor the other pages of the batch their text."""
    pages, rejections = extract(scrapes({"content": ARTICLE}, {"content": content}, {"content": ARTICLE}))

    assert rejections.is_empty(), label
    assert words.strip() in pages["text"][1]
    assert pages["text"][0] == pages["text"][2]


@pytest.mark.parametrize(
    ("content", "reason", "message"),
    [
        ("", "no-body", "no text"),
        ("<!doctype html>", "no-body", "no text"),
        ("<html><head><title>Pelabuhan</title></head><body></body></html>", "no-body", "no text"),
        ("<script>let a = 1</script>", "no-body", "no text"),
        ("<div>" * 100_000 + PARAGRAPH, "extract-failed", "nested more than"),
        ("<p>x" * 500_001, "extract-failed", "500,001 tags"),
    ],
)
def test_a_page_without_text_is_rejected(content: str, reason: str, message: str) -> None:
    """The rejection says why, and the other page of the batch is extracted."""
    pages, rejections = extract(scrapes({"content": content}, {"content": ARTICLE}))

    assert pages["id"].to_list() == ["id1"]
    assert rejections.schema == REJECTION
    assert rejections.select("source", "id", "step", "reason", "bytes").row(0) == ("0.html", "id0", "extract", reason, len(content))
    assert message in rejections["message"][0]


def test_flat_text_without_text_is_rejected() -> None:
    """A page of white space alone has no text."""
    pages, rejections = extract(scrapes({"content": " \n\t\0", "media_type": "text/plain"}))

    assert pages.is_empty()
    assert rejections["reason"].to_list() == ["no-body"]


def test_a_failure_inside_the_library_is_a_rejection(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception of trafilatura is named in the message, and rejects no other page."""
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
    """Pages are in the order of their scrapes, whatever their media types, and have the columns of `PAGE`."""
    rows = [{"content": f"teks {number}", "media_type": ("text/plain", "text/html")[number % 2]} for number in range(9)]
    pages, rejections = extract(scrapes(*rows))

    assert (pages.schema, rejections.schema) == (PAGE, REJECTION)
    assert pages["text"].to_list() == [f"teks {number}" for number in range(9)]


def test_an_empty_batch_gives_empty_tables() -> None:
    """Tables of pages and rejections without rows have all their columns."""
    pages, rejections = extract(scrapes().clear())

    assert (pages.schema, rejections.schema) == (PAGE, REJECTION)
    assert pages.is_empty()
    assert rejections.is_empty()


def test_a_page_does_not_depend_on_what_was_read_before() -> None:
    """A page gives the same text each time: trafilatura's deduplication, which remembers pages, is off."""
    pages, _ = extract(scrapes(*[{"content": ARTICLE}] * 6))

    assert pages["text"].n_unique() == 1
    assert pages.height == 6


def test_no_page_reaches_the_network_or_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Links and images are not fetched, and warnings of the libraries are silenced."""

    def refuse(*_: object) -> None:
        raise AssertionError("a page was looked up")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    with caplog.at_level(logging.CRITICAL):
        extract(scrapes({"content": ARTICLE + "<img src='https://laut.example/a.png'>", "url": "https://laut.example/a"}, {"content": ""}))

    assert capfd.readouterr() == ("", "")


def page_with_rest(article: str, below: str) -> dict[str, Any]:
    """Return the page that is extracted from an article of one paragraph with markup below it."""
    return only_page({"content": f"<html><body><article><p>{article}</p></article>{below}</body></html>"})


def test_a_second_extraction_follows_a_short_one() -> None:
    """Where little of a page is extracted, trafilatura's slower extractors are tried."""
    paragraphs = "".join(f"<p>{PARAGRAPH}{number}</p>" for number in range(12))

    assert page_with_rest(PARAGRAPH, f"<div class='caption'>{paragraphs}</div>")["text"].endswith(f"{PARAGRAPH}11")


def test_all_text_is_taken_where_no_extractor_finds_the_body() -> None:
    """Where one paragraph outweighs the extracted body, all text is taken: the noise step, whose deletions are in the ledger, decides."""
    paragraphs = "".join(f"<p>{PARAGRAPH}{number}</p>" for number in range(12))
    lines = page_with_rest("Baca di bawah.", f"<footer>{paragraphs}</footer>")["text"].split("\n")

    assert lines == ["Baca di bawah.", *(f"{PARAGRAPH}{number}" for number in range(12))]


def test_a_short_article_is_not_its_menu() -> None:
    """Much text in short lines around a short body is no reason to take all text of the page."""
    items = "".join(f"<li><a href='/{number}'>Kanal nomor {number}</a></li>" for number in range(100))

    assert page_with_rest(PARAGRAPH, f"<footer><ul>{items}</ul></footer>")["text"] == PARAGRAPH.strip()


def test_a_long_body_is_kept_as_extracted() -> None:
    """Comments that outweigh a long enough article are not taken for it."""
    comments = "".join(f"<p>{PARAGRAPH * 3}{number}</p>" for number in range(12))

    assert page_with_rest(PARAGRAPH * 3, f"<footer>{comments}</footer>")["text"] == (PARAGRAPH * 3).strip()


def test_a_page_as_markdown() -> None:
    """Its parts keep their form; the heading that repeats the title leaves the text, and its mark does not enter the title."""
    pages, _ = extract(scrapes({"content": ARTICLE}), text_format="markdown")
    page = pages.row(0, named=True)

    assert page["title"] == "Pelabuhan baru dibuka di Ambon"
    assert page["text"].startswith(f"{(PARAGRAPH * 2).strip()}\n\n## Dua dermaga\n\n- dermaga timur")


def test_a_page_of_too_many_tags_as_markdown() -> None:
    """Where all text is taken without its structure, each line is a paragraph."""
    cells = "".join(f"<p><b>{number}</b>. kapal</p>" for number in range(16_000))
    pages, _ = extract(scrapes({"content": f"<body>{cells}</body>"}), text_format="markdown")

    assert pages["text"][0].startswith("0\\. kapal\n\n1\\. kapal\n\n2\\. kapal")


def test_flat_text_has_one_format() -> None:
    """Marks of Markdown in flat text are text."""
    flat = scrapes({"content": "> Gulls\n\n# cry\n", "media_type": "text/plain"})

    assert extract(flat, text_format="markdown")[0].equals(extract(flat)[0])
