"""Bytes of a document -> its text: PDF, Word, OpenDocument, EPUB. Run in a process of its own (`documents`).

What such files say about themselves is not taken, but from books: programs and templates fill it in.
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

from saring.read.scrape import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["LIBRARIES", "Converted", "convert_document"]

#: What each format needs beyond what saring itself needs: the module, and its name in the extra `documents`.
LIBRARIES = {".pdf": ("pypdf", "pypdf"), ".docx": ("docx", "python-docx"), ".odt": (None, None), ".epub": (None, None)}

#: XML of a document that unpacks to more than so many times what text may have is a bomb.
_XML_TIMES = 20
_TAG = re.compile(r"<[^>]*>")
_LETTER = re.compile(r"[^\W\d_]")
#: A line that is this full ends where the page ends, not where its paragraph does.
_FULL = 0.75
_HYPHENATED = re.compile(r"(?<=[^\W\d_])[-\u00ad\u2010]\Z")
_ENDS = (".", "!", "?", ":", "…", "。", "！", "？", "।", "۔", "؟")
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"


class Converted(NamedTuple):
    """The text of a document.

    Attributes:
        text: flat, or HTML.
        media_type: which of the two.
        title, authors, language: of a book.
    """

    text: str
    media_type: str = "text/plain"
    title: str | None = None
    authors: tuple[str, ...] = ()
    language: str | None = None


def convert_document(suffix: str, data: bytes, limit: int) -> Converted:
    """Return the text of a document.

    Args:
        suffix: a key of `LIBRARIES`.
        data: its bytes.
        limit: the bytes that its text may have.

    Raises:
        RefusedError: it is damaged or encrypted, or holds no text.
    """
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # each oddity of a file is a line otherwise
    converters: dict[str, Callable[[bytes, int], Converted]] = {".pdf": _pdf, ".docx": _docx, ".odt": _odt, ".epub": _epub}
    try:
        converted = converters[suffix](data, limit)
    except RefusedError:
        raise
    except MemoryError:
        raise RefusedError("too-large", "It takes more memory than a page may. Save its text as .txt or .html.") from None
    except Exception as error:  # parsers of such formats raise whatever comes up
        said = " ".join(str(error).split())[:100].rstrip(".") or type(error).__name__
        raise RefusedError("bad-document", f"It is damaged or no {suffix} ({said}). Fetch it again, or save its text as .txt.") from error
    text = converted.text if converted.media_type == "text/plain" else _TAG.sub("", converted.text)
    if not _LETTER.search(text):
        hint = "Its pages may be pictures: recognise their text first (ocrmypdf does)." if suffix == ".pdf" else "Remove it."
        raise RefusedError("no-text", f"It holds no text. {hint}")
    return converted


def _pdf(data: bytes, limit: int) -> Converted:
    import pypdf  # noqa: PLC0415 - an extra
    from pypdf.errors import DependencyError  # noqa: PLC0415

    reader = pypdf.PdfReader(io.BytesIO(data))
    try:
        locked = reader.is_encrypted and not reader.decrypt("")
    except (DependencyError, NotImplementedError):
        locked = True
    if locked:
        raise RefusedError("encrypted", "It is encrypted. Save it without a password.")
    pages, size = [], 0
    for page in reader.pages:
        pages.append(page.extract_text())
        size += len(pages[-1])
        if size > limit:
            raise RefusedError(
                "too-large", f"Its text has more than {limit:,} bytes. Split it, or raise [build] scrape_bytes in corpus.toml."
            )
    return Converted("\n\n".join(map(_paragraphs, pages)))


def _paragraphs(page: str) -> str:
    """Return the text of a page with the lines of a paragraph joined: a full line that ends no sentence goes on in the next."""
    lines = [line.strip() for line in page.splitlines()]
    widest = max(map(len, lines), default=0)
    parts: list[str] = []
    goes_on = False
    for line in lines:
        if goes_on and line:
            before = parts.pop()
            hyphenated = _HYPHENATED.search(before) and line[0].islower()
            parts.append(_HYPHENATED.sub("", before) + line if hyphenated else f"{before} {line}")
        else:
            parts.append(line)
        goes_on = len(line) >= _FULL * widest and not line.rstrip("\"'”’»)").endswith(_ENDS)
    return "\n".join(parts)


def _docx(data: bytes, limit: int) -> Converted:
    import docx  # noqa: PLC0415 - an extra
    from docx.table import Table  # noqa: PLC0415

    _refuse_bomb(data, limit)
    lines: list[str] = []
    for block in docx.Document(io.BytesIO(data)).iter_inner_content():
        if isinstance(block, Table):
            lines += _rows([[cell.text for cell in row.cells] for row in block.rows])
        else:
            lines.append(block.text)
    return Converted("\n".join(lines))


def _rows(rows: list[list[str]]) -> list[str]:
    """Return the rows of a table as lines; a merged cell, which stands in each place that it covers, once."""
    found = []
    for row in rows:
        cells = [" ".join(cell.split()) for cell in row]
        found.append(" | ".join(cell for place, cell in enumerate(cells) if cell and (not place or cell != cells[place - 1])))
    return found


def _odt(data: bytes, limit: int) -> Converted:
    _refuse_bomb(data, limit)
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        body = _xml(package.read("content.xml")).find(f".//{_OFFICE}text")
    if body is None:
        raise RefusedError("bad-document", "It is an OpenDocument file, but no text. Save it as .csv or .html.")
    return Converted("\n".join(_odt_lines(body)))


def _odt_lines(body: Any) -> Iterator[str]:  # noqa: ANN401 - untyped library
    for element in body.iter(f"{_TEXT}p", f"{_TEXT}h", f"{_TABLE}table-row"):
        if element.tag == f"{_TABLE}table-row":
            yield from _rows([["".join(_odt_text(cell)) for cell in element.iterchildren(f"{_TABLE}table-cell")]])
        elif next(element.iterancestors(f"{_TABLE}table-row", f"{_OFFICE}annotation", f"{_TEXT}note"), None) is None:
            yield "".join(_odt_text(element))


def _odt_text(element: Any) -> Iterator[str]:  # noqa: ANN401
    if element.tag in (f"{_OFFICE}annotation", f"{_TEXT}tracked-changes"):
        return
    yield {f"{_TEXT}s": " ", f"{_TEXT}tab": " ", f"{_TEXT}line-break": "\n"}.get(element.tag, "") + (element.text or "")
    for child in element:
        yield from _odt_text(child)
        yield child.tail or ""


def _epub(data: bytes, limit: int) -> Converted:
    _refuse_bomb(data, limit)
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        if "META-INF/encryption.xml" in package.namelist() and b"EncryptedData" in package.read("META-INF/encryption.xml"):
            encrypted = {unquote(str(place)) for place in _xml(package.read("META-INF/encryption.xml")).xpath("//@URI")}
        else:
            encrypted = set()
        named = _xml(package.read("META-INF/container.xml")).xpath("//*[local-name()='rootfile']/@full-path")
        book = _xml(package.read(named[0]))
        files = {item.get("id"): item.get("href") for item in book.xpath("//*[local-name()='manifest']/*[local-name()='item']")}
        order = [files.get(name) for name in book.xpath("//*[local-name()='spine']/*[local-name()='itemref']/@idref")]
        paths = [posixpath.normpath(posixpath.join(posixpath.dirname(named[0]), unquote(href))) for href in order if href]
        if encrypted & set(paths):
            raise RefusedError("encrypted", "It is encrypted. Save it without protection.")
        bodies = [_body(package.read(path)) for path in paths if path in package.namelist()]
    values = {
        name: [value.strip() for value in book.xpath(f"//*[local-name()='metadata']/*[local-name()='{name}']/text()")]
        for name in ("title", "creator", "language")
    }
    html = f"<html><body><article>{''.join(bodies)}</article></body></html>"
    first = {name: next(filter(None, found), None) for name, found in values.items()}
    return Converted(html, "text/html", first["title"], tuple(filter(None, values["creator"])), first["language"])


def _body(data: bytes) -> str:
    """Return what is in the body of a chapter."""
    if not data.strip():
        return ""
    chapter = etree.fromstring(data, etree.HTMLParser(encoding="utf-8"))
    body = chapter.find(".//body") if chapter is not None else None
    return "" if body is None else "".join(etree.tostring(child, encoding="unicode", method="html") for child in body)


def _xml(data: bytes) -> Any:  # noqa: ANN401
    return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True))


def _refuse_bomb(data: bytes, limit: int) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        size = sum(info.file_size for info in package.infolist() if info.filename.lower().endswith((".xml", ".html", ".xhtml", ".htm")))
    if size > _XML_TIMES * limit:
        raise RefusedError("bomb", f"Its text unpacks to {size:,} bytes. Save it as .txt, in parts.")
