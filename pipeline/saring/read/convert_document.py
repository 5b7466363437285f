"""Convert the bytes of a PDF, Word, OpenDocument or EPUB file to text; runs in a process of its own (`pdf_docx_epub`).

Embedded metadata is used for EPUB only: in the other formats, programs and templates fill it in.
"""

from __future__ import annotations

import io
import logging
import posixpath
import re
import zipfile
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

from lxml import etree

from saring.read.rejection_messages import error_summary
from saring.read.scrape import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["LIBRARIES", "Converted", "convert_document"]

#: Suffix -> the module that it needs beyond saring's own dependencies, and the module's package in the extra `documents`.
LIBRARIES = {".pdf": ("pypdf", "pypdf"), ".docx": ("docx", "python-docx"), ".odt": (None, None), ".epub": (None, None)}

#: A document whose markup unpacks to more than so many times the limit of its text is a decompression bomb. A judgement.
_MARKUP_PER_TEXT = 20
_TAG = re.compile(r"<[^>]*>")
_LETTER = re.compile(r"[^\W\d_]")
#: A line of a PDF with at least this share of the widest line's characters was broken by the margin, not by a paragraph's end. A judgement.
_FULL_LINE = 0.75
_HYPHENATED = re.compile(r"(?<=[^\W\d_])[-\u00ad\u2010]\Z")
_SENTENCE_ENDS = (".", "!", "?", ":", "…", "。", "！", "？", "।", "۔", "؟")
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"


class Converted(NamedTuple):
    """The text of a converted document, with a book's own metadata.

    Attributes:
        text: plain text or HTML.
        media_type: which of the two: `text/plain` or `text/html`.
        title, authors, language: from an EPUB's package document; empty for other formats.
    """

    text: str
    media_type: str = "text/plain"
    title: str | None = None
    authors: tuple[str, ...] = ()
    language: str | None = None


def convert_document(suffix: str, data: bytes, limit: int) -> Converted:
    """Convert a PDF, Word, OpenDocument or EPUB file to text.

    Args:
        suffix: a key of `LIBRARIES`, which tells the format.
        data: the file's bytes.
        limit: the most bytes that the text may have.

    Raises:
        RefusedError: the document is damaged, encrypted or too large, or contains no text.
    """
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it logs a line for each irregularity of a file
    converters: dict[str, Callable[[bytes, int], Converted]] = {
        ".pdf": _convert_pdf,
        ".docx": _convert_docx,
        ".odt": _convert_odt,
        ".epub": _convert_epub,
    }
    try:
        converted = converters[suffix](data, limit)
    except RefusedError:
        raise
    except MemoryError:
        raise RefusedError("too-large", "Converting it takes more memory than allowed. Save its text as .txt or .html.") from None
    except Exception as error:  # parsers of such formats raise exceptions of any class
        message = f"The file is damaged or not a {suffix} document ({error_summary(error)}). Fetch it again, or save its text as .txt."
        raise RefusedError("bad-document", message) from error
    text = converted.text if converted.media_type == "text/plain" else _TAG.sub("", converted.text)
    if not _LETTER.search(text):
        hint = "If its pages are scanned images, add a text layer first (ocrmypdf does)." if suffix == ".pdf" else "Remove it."
        raise RefusedError("no-text", f"The document contains no text. {hint}")
    return converted


def _convert_pdf(data: bytes, limit: int) -> Converted:
    """Convert a PDF to plain text, with the lines of each paragraph joined."""
    import pypdf  # noqa: PLC0415 - an extra
    from pypdf.errors import DependencyError  # noqa: PLC0415

    reader = pypdf.PdfReader(io.BytesIO(data))
    try:
        locked = reader.is_encrypted and not reader.decrypt("")
    except (DependencyError, NotImplementedError):
        locked = True
    if locked:
        raise RefusedError("encrypted", "The document is encrypted. Save it without a password.")
    pages, size = [], 0
    for page in reader.pages:
        pages.append(page.extract_text())
        size += len(pages[-1])
        if size > limit:
            message = f"The text has more than {limit:,} bytes. Split the document, or raise [build] scrape_bytes in corpus.toml."
            raise RefusedError("too-large", message)
    return Converted("\n\n".join(map(_join_lines, pages)))


def _join_lines(page: str) -> str:
    """Join the lines of each paragraph on a PDF page: a full-width line that ends no sentence continues in the next line.

    A hyphen at the end of such a line is removed where the next line begins with a small letter.
    """
    lines = [line.strip() for line in page.splitlines()]
    widest = max(map(len, lines), default=0)
    paragraphs: list[str] = []
    continues = False
    for line in lines:
        if continues and line:
            before = paragraphs.pop()
            hyphenated = _HYPHENATED.search(before) and line[0].islower()
            paragraphs.append(_HYPHENATED.sub("", before) + line if hyphenated else f"{before} {line}")
        else:
            paragraphs.append(line)
        continues = len(line) >= _FULL_LINE * widest and not line.rstrip("\"'”’»)").endswith(_SENTENCE_ENDS)
    return "\n".join(paragraphs)


def _convert_docx(data: bytes, limit: int) -> Converted:
    """Convert a Word document to plain text: a line for each paragraph, heading and table row."""
    import docx  # noqa: PLC0415 - an extra
    from docx.table import Table  # noqa: PLC0415

    _refuse_bomb(data, limit)
    lines: list[str] = []
    for block in docx.Document(io.BytesIO(data)).iter_inner_content():
        if isinstance(block, Table):
            lines += _row_lines([[cell.text for cell in row.cells] for row in block.rows])
        else:
            lines.append(block.text)
    return Converted("\n".join(lines))


def _row_lines(rows: list[list[str]]) -> list[str]:
    """Return table rows as lines of cells separated by bars; a merged cell, which occurs once for each position it covers, appears once.

    >>> _row_lines([["Goods", "Price", "Price"], ["Tea", "5", "12"]])
    ['Goods | Price', 'Tea | 5 | 12']
    """
    lines = []
    for row in rows:
        cells = [" ".join(cell.split()) for cell in row]
        lines.append(" | ".join(cell for index, cell in enumerate(cells) if cell and (not index or cell != cells[index - 1])))
    return lines


def _convert_odt(data: bytes, limit: int) -> Converted:
    """Convert an OpenDocument text to plain text: a line for each paragraph, heading and table row."""
    _refuse_bomb(data, limit)
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        body = _parse_xml(package.read("content.xml")).find(f".//{_OFFICE}text")
    if body is None:
        raise RefusedError("bad-document", "This is an OpenDocument file, but not a text document. Save it as .csv or .html.")
    return Converted("\n".join(_odt_lines(body)))


def _odt_lines(body: Any) -> Iterator[str]:  # noqa: ANN401 - untyped library
    """Yield the lines of an OpenDocument body, without annotations and footnotes."""
    for element in body.iter(f"{_TEXT}p", f"{_TEXT}h", f"{_TABLE}table-row"):
        if element.tag == f"{_TABLE}table-row":
            yield from _row_lines([["".join(_odt_text(cell)) for cell in element.iterchildren(f"{_TABLE}table-cell")]])
        elif next(element.iterancestors(f"{_TABLE}table-row", f"{_OFFICE}annotation", f"{_TEXT}note"), None) is None:
            yield "".join(_odt_text(element))


def _odt_text(element: Any) -> Iterator[str]:  # noqa: ANN401 - untyped library
    """Yield the pieces of text in an OpenDocument element, without annotations and tracked deletions."""
    if element.tag in (f"{_OFFICE}annotation", f"{_TEXT}tracked-changes"):
        return
    yield {f"{_TEXT}s": " ", f"{_TEXT}tab": " ", f"{_TEXT}line-break": "\n"}.get(element.tag, "") + (element.text or "")
    for child in element:
        yield from _odt_text(child)
        yield child.tail or ""


def _convert_epub(data: bytes, limit: int) -> Converted:
    """Convert an EPUB book to one HTML page: the bodies of its chapters in the order of its spine, with its title, authors and language."""
    _refuse_bomb(data, limit)
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        if "META-INF/encryption.xml" in package.namelist() and b"EncryptedData" in package.read("META-INF/encryption.xml"):
            encrypted = {unquote(str(uri)) for uri in _parse_xml(package.read("META-INF/encryption.xml")).xpath("//@URI")}
        else:
            encrypted = set()
        package_paths = _parse_xml(package.read("META-INF/container.xml")).xpath("//*[local-name()='rootfile']/@full-path")
        book = _parse_xml(package.read(package_paths[0]))
        hrefs = {item.get("id"): item.get("href") for item in book.xpath("//*[local-name()='manifest']/*[local-name()='item']")}
        spine = [hrefs.get(item) for item in book.xpath("//*[local-name()='spine']/*[local-name()='itemref']/@idref")]
        folder = posixpath.dirname(package_paths[0])
        paths = [posixpath.normpath(posixpath.join(folder, unquote(href))) for href in spine if href]
        if encrypted & set(paths):
            raise RefusedError("encrypted", "The book is encrypted. Save it without copy protection.")
        bodies = [_chapter_body(package.read(path)) for path in paths if path in package.namelist()]
    values = {
        name: [value.strip() for value in book.xpath(f"//*[local-name()='metadata']/*[local-name()='{name}']/text()")]
        for name in ("title", "creator", "language")
    }
    html = f"<html><body><article>{''.join(bodies)}</article></body></html>"
    first = {name: next(filter(None, texts), None) for name, texts in values.items()}
    return Converted(html, "text/html", first["title"], tuple(filter(None, values["creator"])), first["language"])


def _chapter_body(data: bytes) -> str:
    """Return the inner HTML of the body of an EPUB chapter; empty for an empty file or one without a body."""
    if not data.strip():
        return ""
    chapter = etree.fromstring(data, etree.HTMLParser(encoding="utf-8"))
    body = chapter.find(".//body") if chapter is not None else None
    return "" if body is None else "".join(etree.tostring(child, encoding="unicode", method="html") for child in body)


def _parse_xml(data: bytes) -> Any:  # noqa: ANN401 - untyped library
    """Parse XML of a document without resolving entities or fetching anything; return the root element."""
    return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True))


def _refuse_bomb(data: bytes, limit: int) -> None:
    """Raise `RefusedError` where the markup in a zipped document unpacks to far more bytes than its text may have."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        size = sum(info.file_size for info in package.infolist() if info.filename.lower().endswith((".xml", ".html", ".xhtml", ".htm")))
    if size > _MARKUP_PER_TEXT * limit:
        raise RefusedError("bomb", f"Its text unpacks to {size:,} bytes, as a decompression bomb does. Save it as .txt, in parts.")
