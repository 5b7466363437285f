"""Tables as text: .csv and .tsv, as spreadsheets and databases write them (RFC 4180).

Python's own reader: it goes on after a bad row and says which it was, where those of pyarrow and Polars end the file or cannot say.
"""

from __future__ import annotations

import codecs
import csv
import io
from typing import TYPE_CHECKING, NamedTuple

from saring.config.charset_labels import CODECS
from saring.read import charset, jsonl, record_fields
from saring.read.column_names import CONTENT, NO_COLUMNS, choose_columns
from saring.read.page import too_large_rejection
from saring.read.scrape import RefusedError, Rejection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saring.read.column_names import Columns
    from saring.read.compression import Stream
    from saring.read.declared_metadata import DeclaredMetadata
    from saring.read.scrape import Scrape

__all__ = ["SUFFIXES", "read"]

SUFFIXES = (".csv", ".tab", ".tsv")

_BUFFER = 1 << 20
_ANY_SIZE = (1 << 31) - 1
#: What may stand between the fields of a row; tabs alone in .tsv.
_DELIMITERS = ",;\t|"
#: Excel writes the delimiter into a line of its own before the header.
_DELIMITER_LINE = "sep="


class _Header(NamedTuple):
    """The first row: the places of the columns that are read, by their usual names, and how many columns there are."""

    places: dict[str, int]
    width: int
    delimiter: str


def read(
    stream: Stream, source: str, defaults: DeclaredMetadata, limit: int, columns: Columns = NO_COLUMNS
) -> Iterator[Scrape | Rejection]:
    """Yield a scrape or a rejection for each row below the header; a bad row never harms the next.

    The header names the columns: `text` or `html`, and the other fields of `fields.ALIASES`, in any case. Others are passed over. Empty
    cells state nothing. Fields are separated by commas, semicolons, tabs or bars, whichever gives the columns that are looked for.

    Args:
        stream: the unpacked file.
        source: its path in raw/; rows are `source#N`, N counting those below the header from 1.
        defaults: what holds where a row does not say.
        limit: the bytes that a row may have. Longer ones are passed over without being held.
        columns: names of columns that are not the usual ones.
    """
    csv.field_size_limit(_ANY_SIZE)  # rows are held to `limit` here
    lines = _Lines(stream, limit)
    try:
        if not lines.wide:
            charset.refuse_binary(lines.head)
        header = _header(lines, source, columns)
    except RefusedError as error:
        yield stream.damage.rejection(source) if stream.damage else Rejection(source, error.reason, error.message)
        return
    number = 0
    for number, row in enumerate(_rows(lines, stream, header.delimiter), 1):
        place = f"{source}#{number}"
        try:
            if isinstance(row, RefusedError):
                raise row
            if lines.size > limit:
                yield too_large_rejection(place, limit, lines.size)
                continue
            record, name = _record(row, header, lines)
            yield record_fields.record_scrape(record, place, name, defaults)
        except RefusedError as error:
            yield Rejection(place, error.reason, f"Line {lines.first:,} of the file: {error.message}", bytes=lines.size)
    if stream.damage:
        yield stream.damage.rest(source, number, "row")
    elif not number:
        yield Rejection(source, "empty", "It has a header and no rows. Fetch it again or remove it.")


def _rows(lines: _Lines, stream: Stream, delimiter: str) -> Iterator[list[str] | RefusedError]:
    """Yield the rows that are not blank, and why one cannot be taken apart; not one that damage of the file cut in two."""
    rows = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        lines.begin()
        found: list[str] | RefusedError
        try:
            found = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            if lines.over:
                message = "A quote that opens there, or below, never closes. Close it: all below it is lost."
            else:
                message = f"It is no row: {error}. Write a quote within quotes twice."
            found = RefusedError("bad-csv", message)
        if stream.damage and (lines.cut or lines.over):
            return
        if found:
            yield found


class _Lines:
    """The lines of a file, counted; of a row beyond the limit no more than its quotes, by which its end is found.

    Bytes that are not UTF-8 become surrogates, so that each row can be decoded by itself: files are joined from several sources.
    """

    def __init__(self, stream: Stream, limit: int) -> None:
        buffered = io.BufferedReader(stream, _BUFFER)
        self.head = buffered.peek()[:_BUFFER]
        encoding, name = jsonl.wide_encoding(self.head) or ("utf-8", "")
        #: The charset of a file that a byte-order mark says is in UTF-16 or UTF-32.
        self.wide = name
        self._file = io.TextIOWrapper(buffered, encoding, "replace" if self.wide else "surrogateescape", newline="")
        if self.head.startswith(codecs.BOM_UTF8):
            self._file.read(1)
        self._limit = limit
        #: Lines given in all; of the current row its first line and its bytes.
        self.count, self.first, self.size = 0, 1, 0
        #: Whether the last line has been given, and whether it was without a line break.
        self.over = self.cut = False
        #: The charset of the first row that was not in UTF-8: what the next are taken for where they do not tell.
        self.charset: str | None = None

    def begin(self) -> None:
        """Begin a row."""
        self.first, self.size = self.count + 1, 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._file.readline(self._limit + 1)
        if not line:
            self.over = True
            raise StopIteration
        self.cut = not line.endswith(("\n", "\r"))
        self.count += 1
        self.size += len(line.encode("utf-8", "surrogateescape"))
        if self.size <= self._limit:
            return line
        quotes = line.count('"')
        while not line.endswith(("\n", "\r")) and (line := self._file.readline(_BUFFER)):
            self.size += len(line)
            quotes += line.count('"')
        return '"\n' if quotes % 2 else "\n"


def _header(lines: _Lines, source: str, columns: Columns) -> _Header:
    """Return what the first row that is not blank says.

    Raises:
        RefusedError: there is none, or it names no column for the text.
    """
    name = source.lower().removesuffix(".gz").removesuffix(".zst")
    delimiters = _DELIMITERS if name.endswith(".csv") else "\t"
    line = next(lines, "")
    while line and not line.strip():
        line = next(lines, "")
    if line.lower().startswith(_DELIMITER_LINE) and len(line.strip("\r\n")) == len(_DELIMITER_LINE) + 1:
        delimiters, line = line[len(_DELIMITER_LINE)], next(lines, "")
    while line.count('"') % 2 and len(line) < _BUFFER and (more := next(lines, "")):  # a name may hold a line break, between quotes
        line += more
    if not line.strip():
        raise RefusedError("empty", "It holds nothing. Fetch it again or remove it.")
    refused: dict[str, RefusedError] = {}
    headers: list[_Header] = []
    for delimiter in delimiters:
        names = [name.strip() for name in next(csv.reader(io.StringIO(_decoded([line], lines)[0][0], newline=""), delimiter=delimiter), [])]
        try:
            found = choose_columns(columns, [name for name in names if name])
        except RefusedError as error:
            refused[delimiter] = error
        else:
            headers.append(_Header({usual: names.index(column) for usual, column in found.items()}, len(names), delimiter))
    if not headers:
        # The one by which the row falls into most parts is what its author meant.
        raise refused[max(delimiters, key=line.count)]
    return max(headers, key=lambda header: header.width)


def _record(row: list[str], header: _Header, lines: _Lines) -> tuple[dict[str, str], str]:
    """Return a row as a record, and the name of its charset. Empty cells are left out, but for a text.

    Raises:
        RefusedError: it has more or fewer fields than the header, or bytes that are no text.
    """
    while len(row) > header.width and not row[-1].strip():  # spreadsheets write cells out to their widest row
        row.pop()
    if len(row) != header.width:
        hint = "Put fields that hold a delimiter, a quote or a line break between quotes."
        raise RefusedError("bad-csv", f"Expected {header.width} fields, as the header has, found {len(row)}. {hint}")
    values, name = _decoded([row[place] for place in header.places.values()], lines)
    record = {usual: value for usual, value in zip(header.places, values, strict=True) if usual in CONTENT or value.strip()}
    if "text" in record and not record.get("html", "").strip():
        record.pop("html", None)
    return record, name


def _decoded(values: list[str], lines: _Lines) -> tuple[list[str], str]:
    """Return the fields of a row in their charset, and its name: decided for the row, by its bytes and by the rows before it."""
    if lines.wide:
        return values, lines.wide
    joined = "\n".join(values)
    try:
        joined.encode()
    except UnicodeEncodeError:
        _, name = charset.decode(_bytes(joined), [lines.charset])
        lines.charset = name
        return [_bytes(value).decode(CODECS[name], "replace") for value in values], name
    return values, "utf-8"


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
