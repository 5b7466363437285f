"""Tests of pipeline/saring/read/pdf_docx_epub.py and convert_document.py."""

from __future__ import annotations

import gzip
import io
import os
import time
import zipfile
from typing import TYPE_CHECKING

import docx
import pypdf
import pytest

from saring import read
from saring.config import Build, Config, Dataset
from saring.read import convert_document, pdf_docx_epub
from saring.read.scrape import RefusedError

if TYPE_CHECKING:
    from pathlib import Path

LIMIT = 1_000_000


def pdf(*pages: list[str]) -> bytes:
    """Return a PDF with these lines on its pages."""
    kids = " ".join(f"{4 + 2 * index} 0 R" for index in range(len(pages)))
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>"]
    objects += ["<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    for index, lines in enumerate(pages):
        shown = f"BT /F1 12 Tf 50 750 Td 14 TL {' '.join(f'({line}) Tj T*' for line in lines)} ET"
        resources = "/MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >>"
        objects.append(f"<< /Type /Page /Parent 2 0 R /Contents {5 + 2 * index} 0 R {resources} >>")
        objects.append(f"<< /Length {len(shown)} >>\nstream\n{shown}\nendstream")
    out, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{content}\nendobj\n".encode()
    table = b"0000000000 65535 f \n" + b"".join(f"{offset:010d} 00000 n \n".encode() for offset in offsets)
    trailer = f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF".encode()
    return out + f"xref\n0 {len(objects) + 1}\n".encode() + table + trailer


def zipped(files: dict[str, str]) -> bytes:
    """Return a ZIP package of these files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in files.items():
            package.writestr(name, text)
    return out.getvalue()


def word() -> bytes:
    """Return a Word file with headings and a table."""
    document = docx.Document()
    document.add_heading("Rapat tahunan", 1)
    document.add_paragraph("Koperasi menjual kopi dan teh.")
    table = document.add_table(2, 3)
    for index, cell in enumerate(["Barang", "Harga", "Stok", "Kopi", "Rp 5.000", "12"]):
        table.cell(index // 3, index % 3).text = cell
    table.cell(0, 1).merge(table.cell(0, 2)).text = "Harga dan stok"
    document.add_paragraph("Rapat ditutup.")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


_ODT = """<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"><office:body>
<office:text><text:h>Judul</text:h><text:p>Satu<text:s/>dua <office:annotation><text:p>catatan</text:p></office:annotation><text:span>tiga</text:span>.</text:p>
<table:table><table:table-row><table:table-cell><text:p>A</text:p></table:table-cell><table:table-cell><text:p>B</text:p></table:table-cell></table:table-row></table:table>
</office:text></office:body></office:document-content>"""
_EPUB = {
    "META-INF/container.xml": '<container><rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>',
    "OEBPS/book.opf": """<package xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Buku</dc:title>
<dc:creator>Ani</dc:creator><dc:creator>Budi</dc:creator><dc:language>id</dc:language></metadata><manifest><item id="b" href="dua%20b.xhtml"/>
<item id="a" href="satu.xhtml"/></manifest><spine><itemref idref="a"/><itemref idref="b"/></spine></package>""",
    "OEBPS/satu.xhtml": '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"><body><h1>Bab</h1><p>Été.</p></body></html>',
    "OEBPS/dua b.xhtml": "<html><body><p>Dua.</p></body></html>",
}


def test_pdf() -> None:
    """The lines of a paragraph are joined, and so are hyphenated words; paragraphs, headlines and pages stay separate."""
    first = [
        "Pasar lama dibuka",
        "Pedagang datang sejak pagi dan menjual buah segar dari ke-",
        "bun di tepi sungai, kata wali kota kepada para wartawan",
        "di alun-alun.",
        "Warga senang.",
    ]
    converted = convert_document.convert_document(".pdf", pdf(first, ["Halaman dua."]), LIMIT)

    assert converted.text.splitlines() == [
        "Pasar lama dibuka",
        "Pedagang datang sejak pagi dan menjual buah segar dari kebun di tepi sungai, kata wali kota kepada para wartawan di alun-alun.",
        "Warga senang.",
        "",
        "Halaman dua.",
    ]


def test_word() -> None:
    """Headings, paragraphs and table rows of a Word document become lines, in order."""
    assert convert_document.convert_document(".docx", word(), LIMIT).text.splitlines() == [
        "Rapat tahunan",
        "Koperasi menjual kopi dan teh.",
        "Barang | Harga dan stok",
        "Kopi | Rp 5.000 | 12",
        "Rapat ditutup.",
    ]


def test_open_document() -> None:
    """Headings, paragraphs and table rows of an OpenDocument text become lines, without comments."""
    assert convert_document.convert_document(".odt", zipped({"content.xml": _ODT}), LIMIT).text.splitlines() == [
        "Judul",
        "Satu dua tiga.",
        "A | B",
    ]


def test_book() -> None:
    """A book becomes one page of its chapters, in the order of its spine, with its own metadata."""
    converted = convert_document.convert_document(".epub", zipped(_EPUB), LIMIT)

    assert converted == convert_document.Converted(
        "<html><body><article><h1>Bab</h1><p>Été.</p><p>Dua.</p></article></body></html>", "text/html", "Buku", ("Ani", "Budi"), "id"
    )


def encrypted() -> bytes:
    """Return a PDF with a password."""
    writer, out = pypdf.PdfWriter(io.BytesIO(pdf(["Rahasia"]))), io.BytesIO()
    writer.encrypt("kunci", algorithm="RC4-128")
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("suffix", "data", "reason", "says"),
    [
        (".pdf", pdf([]), "no-text", "ocrmypdf"),
        (".pdf", pdf(["12", "34"]), "no-text", "scanned images"),
        (".pdf", encrypted(), "encrypted", "without a password"),
        (".pdf", b"%PDF-1.7\n1 0 obj", "bad-document", "not a .pdf"),
        (".pdf", pdf(["satu"] * 40)[:300], "bad-document", "damaged"),
        (".docx", word()[:-30], "bad-document", "not a .docx"),
        (".docx", zipped({"a.xml": "x"}), "bad-document", "not a .docx"),
        (".docx", zipped({"word/document.xml": " " * 30_000_000}), "bomb", "unpacks to 30,000,000"),
        (".odt", zipped({"content.xml": "<a/>"}), "bad-document", "not a text document"),
        (".odt", zipped({"content.xml": "<a"}), "bad-document", "damaged"),
        (".epub", zipped(_EPUB | {"META-INF/container.xml": "<container/>"}), "bad-document", "damaged"),
        (".epub", zipped(_EPUB | {"OEBPS/satu.xhtml": "", "OEBPS/dua b.xhtml": "<p>1"}), "no-text", "contains no text"),
    ],
)
def test_refused(suffix: str, data: bytes, reason: str, says: str) -> None:
    """A document that cannot be converted is refused with a reason, whatever the parser raises."""
    with pytest.raises(RefusedError, match=says) as refused:
        convert_document.convert_document(suffix, data, LIMIT)

    assert refused.value.reason == reason
    assert refused.value.message.endswith(".")


def test_files(tmp_path: Path) -> None:
    """Documents in a folder become pages, compressed or in archives too; one that cannot be converted does not affect others."""
    raw = tmp_path / "raw"
    raw.mkdir()
    contents = {
        "a.pdf": pdf(["Halo dunia."]),
        "b.docx.gz": gzip.compress(word()),
        "c.pdf": b"%PDF-",
        "d.zip": zipped({}),
        "e.epub": zipped(_EPUB),
        "e.epub.meta.toml": b'title = "Judul"\nurl = "https://a.example/buku"',
    }
    with zipfile.ZipFile(raw / "d.zip", "w") as archive:
        archive.writestr("in.pdf", contents["a.pdf"])
    for name, data in contents.items():
        if name != "d.zip":
            (raw / name).write_bytes(data)
    batches = list(read.read_batches(raw, Config(dataset=Dataset(name="test"))))
    scrapes, rejections = batches[0]

    assert scrapes.select("source", "media_type", "title", "url").rows() == [
        ("a.pdf", "text/plain", None, None),
        ("b.docx.gz", "text/plain", None, None),
        ("d.zip#in.pdf", "text/plain", None, None),
        ("e.epub", "text/html", "Judul", "https://a.example/buku"),
    ]
    assert scrapes["authors"].to_list()[-1] == ["Ani", "Budi"]
    assert rejections.select("source", "reason").rows() == [("c.pdf", "bad-document")]


def test_missing_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a library is not installed, the message gives the command that installs it."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    (tmp_path / "a.pdf").write_bytes(pdf(["Halo"]))
    rejections = read.read_one(tmp_path / "a.pdf", Config(dataset=Dataset(name="test"))).rejections

    assert rejections["reason"].to_list() == ["needs-library"]
    assert rejections["message"][0].endswith("needs pypdf, which is not installed. Run: pip install 'saring[documents]'.")


def _hang_or_die(suffix: str, data: bytes, limit: int) -> convert_document.Converted:
    """Stand in for a parser that never returns, or that ends its process."""
    if b"dies" in data:
        os._exit(1)
    time.sleep(600)
    return convert_document.Converted("")


def _convert_badly(pipe: object) -> None:
    """Run the main loop of the converter process with that parser."""
    convert_document.convert_document = _hang_or_die
    pdf_docx_epub._convert_jobs(pipe)  # noqa: SLF001 - the main loop


def test_time_limit_and_crash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A document on which a parser takes too long, or crashes the converter process, is a rejection."""
    monkeypatch.setattr(pdf_docx_epub, "_convert_jobs", _convert_badly)
    monkeypatch.setattr(pdf_docx_epub, "_START_SECONDS", 20)
    config = Config(dataset=Dataset(name="test"), build=Build(page_seconds=1))
    for name, data in {"a.pdf": b"%PDF-", "b.pdf": b"%PDF-dies"}.items():
        (tmp_path / name).write_bytes(data)

    assert read.read_one(tmp_path / "b.pdf", config).rejections["reason"].to_list() == ["crashed"]
    assert read.read_one(tmp_path / "a.pdf", config).rejections["reason"].to_list() == ["too-slow"]
