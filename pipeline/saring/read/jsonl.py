"""JSON Lines: .jsonl and .ndjson; `json_values` gives it .json with one object a line."""

from __future__ import annotations

import codecs
import hashlib
import io
import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from saring.read import charset, record_fields
from saring.read.column_names import NO_COLUMNS
from saring.read.page import too_large_rejection
from saring.read.scrape import RefusedError, Rejection, sha256_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saring.read.column_names import Columns
    from saring.read.compression import Stream
    from saring.read.declared_metadata import DeclaredMetadata
    from saring.read.scrape import Scrape

__all__ = ["SUFFIXES", "Line", "lines", "parse", "read", "scrape", "wide_encoding"]

SUFFIXES = (".jsonl", ".ndjson")

_BUFFER = 1 << 20
#: A line that follows itself so often is parsed no more, and its copies are counted.
_RUN = 100
#: So many copies in one file become scrapes like any others.
_COPIES = 100_000
#: Longest mark first: that of UTF-32 begins with that of UTF-16.
_WIDE = (
    (codecs.BOM_UTF32_LE, "utf-32", "utf-32le"),
    (codecs.BOM_UTF32_BE, "utf-32", "utf-32be"),
    (codecs.BOM_UTF16_LE, "utf-16", "utf-16le"),
    (codecs.BOM_UTF16_BE, "utf-16", "utf-16be"),
)
#: A line that may be a record. By chance, one in 250 heads of random bytes has one.
_RECORD = re.compile(rb"(?:\A(?:\xef\xbb\xbf)?|\n)[ \t]*\{[ \t]*\"")
_HEAD = 65_536
_decode = json.JSONDecoder().decode
#: Python refuses integers of more than 4,300 digits; as floats they are infinite, and no field that is read is a number.
_decode_long = json.JSONDecoder(parse_int=float).decode


def read(
    stream: Stream, source: str, defaults: DeclaredMetadata, limit: int, columns: Columns = NO_COLUMNS
) -> Iterator[Scrape | Rejection]:
    """Yield a scrape or a rejection for each line that is not blank; a bad line never harms the next.

    Fields: `html` or `text` (html where both are there: it knows more); optional `url`, `site`, `title`, `authors` (string or
    array), `created` | `date` | `published`, `added` | `timestamp` | `crawled` (ISO 8601), `language` | `lang`, `license`. Others are
    passed over. A field of another type is a rejection; a date that cannot be read, a number for a date and a URL that is none are
    left out, and the scrape stays. Lone surrogates become U+FFFD.

    Args:
        stream: the unpacked file.
        source: its path in raw/; records are `source#N`, N being the line, counted from 1.
        defaults: what holds where a record does not say.
        limit: the bytes that a line may have. Longer ones are passed over without being held.
        columns: names of fields that are not the usual ones.
    """
    allowed = _COPIES
    for found in lines(stream, source, limit, merged=True):
        if isinstance(found, Rejection):
            yield found
            continue
        try:
            record, name = parse(found.line, defaults.charset)
            first = scrape(record, name, found, defaults, columns)
            yield first
            kept = min(found.copies, allowed)
            allowed -= kept
            number = int(found.place.rpartition("#")[2])
            yield from (first._replace(source=f"{source}#{place}") for place in range(number + 1, number + 1 + kept))
            if found.copies > kept:
                place = f"{source}#{number + 1 + kept}"
                message = "It is the same as the line before, byte for byte. Remove the copies."
                yield Rejection(place, "copy", message, sha256_of(found.line), len(found.line), found.copies - kept)
        except RefusedError as error:
            yield Rejection(found.place, error.reason, error.message, sha256_of(found.line), len(found.line), 1 + found.copies)


class Line(NamedTuple):
    """A line that is not blank, without white space around it.

    Attributes:
        place: `source#N`, N counted from 1.
        line: its bytes.
        copies: how many of the lines behind it are the same and are not yielded themselves.
    """

    place: str
    line: bytes
    copies: int = 0


def lines(stream: Stream, source: str, limit: int, *, merged: bool = False) -> Iterator[Line | Rejection]:
    """Yield the lines of a file, and a rejection for each that is too long, for a file without lines, and for what is damaged.

    Args:
        stream: the unpacked file.
        source: its path in raw/.
        limit: the bytes that a line may have.
        merged: yield a line that follows itself more than a hundred times once for all further copies. A few hundred kilobytes of gzip
            hold 79 million of them.
    """
    buffered = io.BufferedReader(stream, _BUFFER)
    head = buffered.peek()[:_HEAD]
    encoding = wide_encoding(head)
    if not encoding and (refused := _no_lines(head, source)):
        yield refused
        return
    reader: _Lines = _Utf8Lines(buffered, encoding[0]) if encoding else buffered
    number = run = copies = 0
    previous = b""
    while line := reader.readline(limit + 1):
        number += 1 + copies
        run = run + 1 if line == previous else 0
        previous, place = line, f"{source}#{number}"
        merges = merged and run >= _RUN and reader is buffered and line.endswith(b"\n")
        copies = _copies(buffered, line) if merges else 0
        if len(line) > limit and not line.endswith(b"\n"):
            yield _passed_over(reader, line, place, limit)
            number -= bool(stream.damage)
        elif stream.damage and not line.endswith(b"\n"):
            number -= 1  # cut in two: it belongs to the rest, which is named below
        elif line := line.strip(b" \t\r\n").removeprefix(codecs.BOM_UTF8):
            yield Line(place, line, copies)
    number += copies
    if stream.damage:
        yield stream.damage.rest(source, number, "line")


def _copies(file: io.BufferedReader[Stream], line: bytes) -> int:
    """Pass over the copies of a line that follow in the buffer; return how many there were."""
    head = file.peek()
    count = len(head) // len(line)
    while count and head[: count * len(line)] != line * count:
        count //= 2
    file.read(count * len(line))
    return count


def wide_encoding(head: bytes) -> tuple[str, str] | None:
    """Return Python's codec and the name of the charset that a byte-order mark of UTF-16 or UTF-32 tells; None where there is none."""
    return next(((codec, name) for mark, codec, name in _WIDE if head.startswith(mark)), None)


class _Lines(Protocol):
    def readline(self, size: int, /) -> bytes: ...


class _Utf8Lines:
    """Lines of a UTF-16 or UTF-32 file (Windows makes them) as if they were UTF-8."""

    def __init__(self, file: io.BufferedReader[Stream], encoding: str) -> None:
        self._text = io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="\n")

    def readline(self, size: int, /) -> bytes:
        return self._text.readline(size).encode()


def _no_lines(head: bytes, source: str) -> Rejection | None:
    """Refuse as a whole what has no records at all: a rejection for each "line" of a picture helps nobody."""
    if _RECORD.search(head):
        return None
    try:
        charset.refuse_binary(head)
    except RefusedError as error:
        return Rejection(source, error.reason, error.message)
    return None


def _passed_over(reader: _Lines, line: bytes, place: str, limit: int) -> Rejection:
    size, sha256 = 0, hashlib.sha256()
    while line:
        size += len(line)
        sha256.update(line.removesuffix(b"\n"))
        line = b"" if line.endswith(b"\n") else reader.readline(_BUFFER)
    return too_large_rejection(place, limit, size)._replace(sha256=sha256.hexdigest())


def scrape(record: dict[str, Any], name: str, found: Line, defaults: DeclaredMetadata, columns: Columns = NO_COLUMNS) -> Scrape:
    """Return the scrape of a record.

    Args:
        record: what `parse` returned, with the name of its charset.
        name: that name.
        found: where it stands, and the line that was parsed.
        defaults: what holds where the record does not say.
        columns: names of fields that are not the usual ones.

    Raises:
        RefusedError: it has no text, or a field of the wrong type.
    """
    return record_fields.record_scrape(record, found.place, name, defaults, raw=found.line, columns=columns)


def parse(line: bytes, exact: str | None = None) -> tuple[dict[str, Any], str]:
    """Return the object of a line, and the name of its charset: UTF-8 where it can be, else that which is declared or detected.

    Raises:
        RefusedError: it is not JSON, not an object, or nested too deeply.
    """
    try:
        if charset.is_escaped(line):
            text, name = charset.decode(line, exact=exact)
        else:
            text, name = line.decode(), "utf-8"
    except UnicodeDecodeError:
        text, name = charset.decode(line, exact=exact)
    try:
        try:
            record = _decode(text)
        except json.JSONDecodeError:
            raise
        except ValueError:
            record = _decode_long(text)
    except json.JSONDecodeError as error:
        found = f"{error.msg[:1].lower()}{error.msg[1:]} at character {error.pos + 1}"
        raise RefusedError("bad-json", f"It is not JSON: {found}. Expected one JSON object a line. Mend or remove the line.") from None
    except RecursionError:
        raise RefusedError("bad-json", "It is nested too deeply. Expected a flat JSON object. Mend or remove the line.") from None
    if type(record) is not dict:
        hint = "Rewrite it with: jq -c '.[]' FILE > FILE.jsonl" if type(record) is list else "Mend or remove the line."
        raise RefusedError("bad-json", f"Expected a JSON object, found {record_fields.json_type(record)}. {hint}")
    return record, name
