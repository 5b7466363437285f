"""What reading finds: scrapes and rejections, one at a time, and the tables they become."""

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

#: Escapes of JSON can make what no UTF-8 can hold; the parsers of markup stop at NULs.
_UNHOLDABLE = re.compile("[\0\ud800-\udfff]")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


class RefusedError(Exception):
    """Bytes cannot become a scrape; whoever knows where they come from makes it a `Rejection`."""

    def __init__(self, reason: str, message: str) -> None:
        self.reason, self.message = reason, message
        super().__init__(message)


class Scrape(NamedTuple):
    """One page: the columns of `tables.SCRAPE` but its id, and `size`, the bytes that it had before decoding."""

    source: str
    media_type: str
    charset: str
    sha256: str
    size: int
    content: str
    stated: DeclaredMetadata


class Rejection(NamedTuple):
    """What did not become a scrape: the columns of `tables.REJECTION` that reading can fill; and how many equal records it stands for."""

    source: str
    reason: str
    message: str
    sha256: str | None = None
    bytes: int | None = None
    records: int = 1


def sha256_of(data: bytes) -> str:
    """Return the SHA-256 of some bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def replace_unencodable(text: str) -> str:
    """Return the text with U+FFFD for what no UTF-8 can hold, and for NULs."""
    try:
        text.encode()  # a tenth of the time of looking for them
    except UnicodeEncodeError:
        return _UNHOLDABLE.sub(_REPLACEMENT, text)
    return text.replace("\0", _REPLACEMENT)


def scrape_table(scrapes: Sequence[Scrape]) -> pl.DataFrame:
    """Return the scrapes with the columns of `tables.SCRAPE`, in their order."""
    return _table([_row(scrape) for scrape in scrapes], tables.SCRAPE)


def rejection_table(rejections: Sequence[Rejection]) -> pl.DataFrame:
    """Return the rejections with the columns of `tables.REJECTION`, in their order."""
    rows: list[tuple[object, ...]] = [
        (printable(r.source), None, "read", r.reason, printable(r.message), r.sha256, r.bytes) for r in rejections
    ]
    return _table(rows, tables.REJECTION)


def _row(scrape: Scrape) -> tuple[object, ...]:
    stated = scrape.stated
    identity = urls.url_identity(stated.url) if stated.url else f"sha256:{scrape.sha256}"
    tail = tables.content_id(f"{scrape.sha256} {scrape.source}")[:8]
    if stated.site is None and stated.url:
        stated = stated._replace(site=urls.url_host(stated.url))
    id_ = f"{tables.content_id(identity)}.{tail}"
    return (id_, scrape.source, scrape.media_type, scrape.charset, scrape.sha256, scrape.content, *stated[: len(tables.DECLARED_METADATA)])


def _table(rows: list[tuple[object, ...]], schema: pl.Schema) -> pl.DataFrame:
    if not rows:
        return tables.empty_table(schema)
    # Column by column: frames made of rows guess at the type of each value.
    columns = zip(*rows, strict=True)
    return pl.DataFrame([pl.Series(name, values, dtype=dtype) for (name, dtype), values in zip(schema.items(), columns, strict=True)])
