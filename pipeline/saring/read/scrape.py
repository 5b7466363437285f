"""Scrapes and rejections: the records that reading yields, the exception behind a rejection, and the tables of both."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from saring.core import tables, urls
from saring.core.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saring.read.declared_metadata import DeclaredMetadata

__all__ = ["RefusedError", "Rejection", "Scrape", "rejection_table", "replace_unencodable", "scrape_table", "sha256_of"]

#: Lone surrogates, which JSON escapes can yield and UTF-8 cannot encode; and NULs, at which parsers of markup stop.
_UNENCODABLE = re.compile("[\0\ud800-\udfff]")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


class RefusedError(Exception):
    """Raised for bytes or records that cannot become a scrape; the caller, which knows their source, turns it into a `Rejection`.

    Attributes:
        reason: the reason code of the rejection, such as `bad-json`.
        message: what was expected, what was found and what to do, as full sentences.
    """

    def __init__(self, reason: str, message: str) -> None:
        self.reason, self.message = reason, message
        super().__init__(message)


class Scrape(NamedTuple):
    """One scraped page: the columns of `tables.SCRAPE` except its id, and its size.

    Attributes:
        source: its path in raw/, with `#N` for record N of a file that holds several.
        media_type: `text/plain` or `text/html`.
        charset: the name of the charset that it was decoded from.
        sha256: hash of its bytes, in hexadecimal.
        size: number of its bytes.
        content: its text or HTML.
        metadata: its declared metadata.
    """

    source: str
    media_type: str
    charset: str
    sha256: str
    size: int
    content: str
    metadata: DeclaredMetadata


class Rejection(NamedTuple):
    """A file or record that did not become a scrape: the columns of `tables.REJECTION` that reading fills.

    Attributes:
        source: its path in raw/, with `#N` for record N of a file that holds several.
        reason: a reason code, such as `bad-json`.
        message: what was expected, what was found and what to do.
        sha256, bytes: hash and size of its bytes, where they are known.
        records: how many records it stands for.
    """

    source: str
    reason: str
    message: str
    sha256: str | None = None
    bytes: int | None = None
    records: int = 1


def sha256_of(data: bytes) -> str:
    """Return the SHA-256 hash of bytes in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def replace_unencodable(text: str) -> str:
    """Return a text with U+FFFD in place of lone surrogates, which UTF-8 cannot encode, and of NULs."""
    try:
        text.encode()  # takes a tenth of the time of a search
    except UnicodeEncodeError:
        return _UNENCODABLE.sub(_REPLACEMENT, text)
    return text.replace("\0", _REPLACEMENT)


def scrape_table(scrapes: Sequence[Scrape]) -> pl.DataFrame:
    """Return scrapes as a table `tables.SCRAPE`, in the same order."""
    return _rows_to_table([_scrape_row(scrape) for scrape in scrapes], tables.SCRAPE)


def rejection_table(rejections: Sequence[Rejection]) -> pl.DataFrame:
    """Return rejections, as those of the pipeline step `read`, as a table `tables.REJECTION`, in the same order."""
    rows: list[tuple[object, ...]] = [
        (printable(row.source), None, "read", row.reason, printable(row.message), row.sha256, row.bytes) for row in rejections
    ]
    return _rows_to_table(rows, tables.REJECTION)


def _scrape_row(scrape: Scrape) -> tuple[object, ...]:
    """Return a scrape as a row of `tables.SCRAPE`: with its id, and with the host of its URL where it declares no site.

    The first part of the id, before the point, is a hash of the canonical URL, or of the bytes if there is none: it identifies the page. The second
    part tells the scrapes of a page apart.
    """
    metadata = scrape.metadata
    identity = urls.url_identity(metadata.url) if metadata.url else f"sha256:{scrape.sha256}"
    scrape_part = tables.content_id(f"{scrape.sha256} {scrape.source}")[:8]
    if metadata.site is None and metadata.url:
        metadata = metadata._replace(site=urls.url_host(metadata.url))
    id_ = f"{tables.content_id(identity)}.{scrape_part}"
    columns = metadata[: len(tables.DECLARED_METADATA)]
    return (id_, scrape.source, scrape.media_type, scrape.charset, scrape.sha256, scrape.content, *columns)


def _rows_to_table(rows: list[tuple[object, ...]], schema: pl.Schema) -> pl.DataFrame:
    """Return rows of values as a table with this schema."""
    if not rows:
        return tables.empty_table(schema)
    # Column by column: Polars infers the type of each value of a row.
    columns = zip(*rows, strict=True)
    return pl.DataFrame([pl.Series(name, values, dtype=dtype) for (name, dtype), values in zip(schema.items(), columns, strict=True)])
