"""pipeline/saring/read/convert_document.py: the text of PDF, Word, OpenDocument and EPUB files, or the reason why there is none."""

from __future__ import annotations

import io

import pypdf
import pytest

from saring.read import convert_document
from saring.read.scrape import RefusedError
from tests.fixtures.documents import EPUB, ODT, pdf, word, zipped

LIMIT = 1_000_000


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
    assert convert_document.convert_document(".odt", zipped({"content.xml": ODT}), LIMIT).text.splitlines() == [
        "Judul",
        "Satu dua tiga.",
        "A | B",
    ]


def test_book() -> None:
    """A book becomes one page of its chapters, in the order of its spine, with its own metadata."""
    converted = convert_document.convert_document(".epub", zipped(EPUB), LIMIT)

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
        (".epub", zipped(EPUB | {"META-INF/container.xml": "<container/>"}), "bad-document", "damaged"),
        (".epub", zipped(EPUB | {"OEBPS/satu.xhtml": "", "OEBPS/dua b.xhtml": "<p>1"}), "no-text", "contains no text"),
    ],
)
def test_refused(suffix: str, data: bytes, reason: str, says: str) -> None:
    """A document that cannot be converted is refused with a reason, whatever the parser raises."""
    with pytest.raises(RefusedError, match=says) as refused:
        convert_document.convert_document(suffix, data, LIMIT)

    assert refused.value.reason == reason
    assert refused.value.message.endswith(".")


def test_a_text_above_the_limit_is_refused() -> None:
    """A PDF is refused while its pages are read; its text has 24 characters."""
    data = pdf(["Halo dunia."], ["Halaman dua."])

    assert convert_document.convert_document(".pdf", data, 30).text
    with pytest.raises(RefusedError, match="more than 20 bytes") as refused:
        convert_document.convert_document(".pdf", data, 20)
    assert refused.value.reason == "too-large"


def test_an_encrypted_book_is_refused() -> None:
    """A book of which a chapter is encrypted is refused; encrypted fonts do not matter."""
    listed = "<encryption><EncryptedData><CipherReference URI='{}'/></EncryptedData></encryption>"

    with pytest.raises(RefusedError, match="copy protection") as refused:
        convert_document.convert_document(".epub", zipped(EPUB | {"META-INF/encryption.xml": listed.format("OEBPS/dua%20b.xhtml")}), LIMIT)
    assert refused.value.reason == "encrypted"
    fonts = zipped(EPUB | {"META-INF/encryption.xml": listed.format("OEBPS/font.otf")})
    assert convert_document.convert_document(".epub", fonts, LIMIT).title == "Buku"
