"""Read .csv and .tsv tables as spreadsheets and databases write them (RFC 4180), row by row.

Uses Python's own CSV reader: after a bad row it continues and can name that row, where those of pyarrow and Polars end the file or cannot name
it.
"""

from __future__ import annotations

import codecs
import csv
import io
from typing import TYPE_CHECKING, NamedTuple

from saring.config.charset_labels import CODECS
from saring.read import charset, jsonl, record_fields
from saring.read.binary_content import refuse_binary
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
_UNLIMITED_FIELD = (1 << 31) - 1
#: Candidate delimiters of .csv; .tsv uses tabs only.
_DELIMITERS = ",;\t|"
#: Excel can name the delimiter in a line of its own before the header, such as `sep=;`.
_DELIMITER_LINE = "sep="


class _Header(NamedTuple):
    """The parsed header row of a CSV file.

    Attributes:
        indexes: standard field name or alias -> position of its column, for the columns that are read.
        width: how many columns there are.
        delimiter: the character between fields.
    """

    indexes: dict[str, int]
    width: int
    delimiter: str


def read(
    stream: Stream, source: str, defaults: DeclaredMetadata, limit: int, columns: Columns = NO_COLUMNS
) -> Iterator[Scrape | Rejection]:
    """Yield a scrape or a rejection for each row of a CSV or TSV file; a bad row does not affect the next.

    The header names the columns: `text` or `html`, and the other fields of `column_names.ALIASES`, in any case. Other columns are
    ignored, and empty cells declare nothing. The delimiter is the one of comma, semicolon, tab and bar with which the header has the
    columns that are looked for.

    Args:
        stream: the decompressed file.
        source: its path in raw/; rows are `source#N`, N counting those below the header from 1.
        defaults: metadata for rows that declare none.
        limit: the most bytes that a row may have. Longer ones are skipped without being held in memory.
        columns: the column names that corpus.toml sets.
    """
    csv.field_size_limit(_UNLIMITED_FIELD)  # `limit` bounds rows instead
    lines = _Lines(stream, limit)
    try:
        if not lines.wide_charset:
            refuse_binary(lines.head)
        header = _read_header(lines, source, columns)
    except RefusedError as error:
        yield stream.damage.rejection(source) if stream.damage else Rejection(source, error.reason, error.message)
        return
    number = 0
    for number, row in enumerate(_rows(lines, stream, header.delimiter), 1):
        row_source = f"{source}#{number}"
        try:
            if isinstance(row, RefusedError):
                raise row
            if lines.row_bytes > limit:
                yield too_large_rejection(row_source, limit, lines.row_bytes)
                continue
            record, charset_name = _row_record(row, header, lines)
            yield record_fields.record_scrape(record, row_source, charset_name, defaults)
        except RefusedError as error:
            yield Rejection(row_source, error.reason, f"Line {lines.first_line:,} of the file: {error.message}", bytes=lines.row_bytes)
    if stream.damage:
        yield stream.damage.rejection_of_rest(source, number, "row")
    elif not number:
        yield Rejection(source, "empty", "The table has a header but no rows. Fetch it again or remove it.")


def _rows(lines: _Lines, stream: Stream, delimiter: str) -> Iterator[list[str] | RefusedError]:
    """Yield the fields of each row that is not blank, or the reason why a row cannot be parsed; a row cut by damage is left out."""
    rows = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        lines.begin_row()
        row: list[str] | RefusedError
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            if lines.at_end:
                message = "A quote that opens here or further down is never closed. Close it: all rows below it are lost."
            else:
                message = f"This is not a valid CSV row: {error}. Double each quote within a quoted field."
            row = RefusedError("bad-csv", message)
        if stream.damage and (lines.is_unterminated or lines.at_end):
            return
        if row:
            yield row


class _Lines:
    """Iterator over the lines of a CSV file that tracks the row they belong to and bounds its memory.

    Of a row beyond the limit only the quotes are passed on, by which the CSV reader finds its end. Bytes that are not UTF-8 become
    surrogates, so that each row can be decoded by itself: some files are joined from sources in different charsets.

    Attributes:
        head: the first bytes of the file.
        wide_charset: UTF-16 or UTF-32 where a byte-order mark says so, else empty.
        line_number: lines read so far.
        first_line, row_bytes: number of the current row's first line, and the row's bytes so far.
        at_end: whether the last line of the file has been read.
        is_unterminated: whether the line read last has no line break.
        charset: charset of the last row that was not UTF-8, the first guess for the next such row, which may be too short for detection.
    """

    def __init__(self, stream: Stream, limit: int) -> None:
        buffered = io.BufferedReader(stream, _BUFFER)
        self.head = buffered.peek()[:_BUFFER]
        codec, self.wide_charset = jsonl.wide_encoding(self.head) or ("utf-8", "")
        self._file = io.TextIOWrapper(buffered, codec, "replace" if self.wide_charset else "surrogateescape", newline="")
        if self.head.startswith(codecs.BOM_UTF8):
            self._file.read(1)
        self._limit = limit
        self.line_number, self.first_line, self.row_bytes = 0, 1, 0
        self.at_end = self.is_unterminated = False
        self.charset: str | None = None

    def begin_row(self) -> None:
        """Start counting the lines and bytes of the next row."""
        self.first_line, self.row_bytes = self.line_number + 1, 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._file.readline(self._limit + 1)
        if not line:
            self.at_end = True
            raise StopIteration
        self.is_unterminated = not line.endswith(("\n", "\r"))
        self.line_number += 1
        self.row_bytes += len(line.encode("utf-8", "surrogateescape"))
        if self.row_bytes <= self._limit:
            return line
        # Only the parity of the quotes matters: an odd number opens or closes a quoted field.
        quotes = line.count('"')
        while not line.endswith(("\n", "\r")) and (line := self._file.readline(_BUFFER)):
            self.row_bytes += len(line)
            quotes += line.count('"')
        return '"\n' if quotes % 2 else "\n"


def _read_header(lines: _Lines, source: str, columns: Columns) -> _Header:
    """Parse the first row of a CSV file that is not blank, with each candidate delimiter, as its header.

    Raises:
        RefusedError: the file is empty, or no column holds the text.
    """
    file_name = source.lower().removesuffix(".gz").removesuffix(".zst")
    delimiters = _DELIMITERS if file_name.endswith(".csv") else "\t"
    line = next(lines, "")
    while line and not line.strip():
        line = next(lines, "")
    if line.lower().startswith(_DELIMITER_LINE) and len(line.strip("\r\n")) == len(_DELIMITER_LINE) + 1:
        delimiters, line = line[len(_DELIMITER_LINE)], next(lines, "")
    while line.count('"') % 2 and len(line) < _BUFFER and (more := next(lines, "")):  # a quoted name may contain a line break
        line += more
    if not line.strip():
        raise RefusedError("empty", "The file is empty. Fetch it again or remove it.")
    errors: dict[str, RefusedError] = {}
    headers: list[_Header] = []
    for delimiter in delimiters:
        cells = next(csv.reader(io.StringIO(_decode_values([line], lines)[0][0], newline=""), delimiter=delimiter), [])
        names = [cell.strip() for cell in cells]
        try:
            selection = choose_columns(columns, [name for name in names if name])
        except RefusedError as error:
            errors[delimiter] = error
        else:
            headers.append(_Header({field: names.index(name) for field, name in selection.items()}, len(names), delimiter))
    if not headers:
        # Report the error for the delimiter that splits the row into most columns, which is probably the right one.
        raise errors[max(delimiters, key=line.count)]
    return max(headers, key=lambda header: header.width)


def _row_record(row: list[str], header: _Header, lines: _Lines) -> tuple[dict[str, str], str]:
    """Return a CSV row as a record without its empty cells, except that of its text, and the name of the row's charset.

    Raises:
        RefusedError: the row has more or fewer fields than the header, or bytes that are not text.
    """
    while len(row) > header.width and not row[-1].strip():  # spreadsheets pad all rows to the widest
        row.pop()
    if len(row) != header.width:
        hint = "Put fields that contain a delimiter, a quote or a line break in quotes."
        raise RefusedError("bad-csv", f"Expected {header.width} fields, as in the header, found {len(row)}. {hint}")
    values, charset_name = _decode_values([row[index] for index in header.indexes.values()], lines)
    record = {field: value for field, value in zip(header.indexes, values, strict=True) if field in CONTENT or value.strip()}
    if "text" in record and not record.get("html", "").strip():
        record.pop("html", None)
    return record, charset_name


def _decode_values(values: list[str], lines: _Lines) -> tuple[list[str], str]:
    """Decode the fields of a CSV row that are not UTF-8; return the fields and the name of the row's charset.

    The charset is detected from the row's own bytes; that of an earlier row is tried first.
    """
    if lines.wide_charset:
        return values, lines.wide_charset
    joined = "\n".join(values)
    try:
        joined.encode()
    except UnicodeEncodeError:
        _, charset_name = charset.decode(_original_bytes(joined), [lines.charset])
        lines.charset = charset_name
        return [_original_bytes(value).decode(CODECS[charset_name], "replace") for value in values], charset_name
    return values, "utf-8"


def _original_bytes(text: str) -> bytes:
    """Return the bytes of the file from which a string with surrogate escapes was decoded."""
    return text.encode("utf-8", "surrogateescape")
