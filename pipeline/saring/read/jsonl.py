"""Read JSON Lines files (.jsonl, .ndjson), one record per line; `json_file` uses it for .json files with one object per line."""

from __future__ import annotations

import codecs
import hashlib
import io
import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from saring.read import charset, record_fields
from saring.read.binary_content import refuse_binary
from saring.read.column_names import NO_COLUMNS
from saring.read.escaped_charsets import may_be_escaped
from saring.read.page import too_large_rejection
from saring.read.scrape import RefusedError, Rejection, sha256_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saring.read.column_names import Columns
    from saring.read.compression import Stream
    from saring.read.declared_metadata import DeclaredMetadata
    from saring.read.scrape import Scrape

__all__ = ["SUFFIXES", "Line", "line_scrape", "parse_line", "read", "read_lines", "wide_encoding"]

SUFFIXES = (".jsonl", ".ndjson")

_BUFFER = 1 << 20
#: After so many identical lines in a row, further copies are counted instead of being parsed. A judgement, as are the next two.
_MIN_RUN = 100
#: The most counted copies in one file that still become scrapes; the rest is one rejection.
_MAX_COPIES = 100_000
#: Bytes at the start of a file in which a record is looked for before the file is taken as binary.
_HEAD = 65_536
#: Byte-order mark, Python's codec, and name of the charset; the longest mark first: that of UTF-32 begins with that of UTF-16.
_WIDE = (
    (codecs.BOM_UTF32_LE, "utf-32", "utf-32le"),
    (codecs.BOM_UTF32_BE, "utf-32", "utf-32be"),
    (codecs.BOM_UTF16_LE, "utf-16", "utf-16le"),
    (codecs.BOM_UTF16_BE, "utf-16", "utf-16be"),
)
#: The start of a line that may be a record. By chance, one in 250 heads of random bytes has one.
_RECORD_START = re.compile(rb"(?:\A(?:\xef\xbb\xbf)?|\n)[ \t]*\{[ \t]*\"")
_decode_json = json.JSONDecoder().decode
#: Python refuses integers of more than 4,300 digits; as floats they are infinite, and no field that is read is a number.
_decode_json_with_long_integers = json.JSONDecoder(parse_int=float).decode


def read(
    stream: Stream, source: str, defaults: DeclaredMetadata, limit: int, columns: Columns = NO_COLUMNS
) -> Iterator[Scrape | Rejection]:
    """Yield a scrape or a rejection for each line of a JSON Lines file that is not blank; a bad line does not affect the next.

    Fields: `html` or `text` (`html` where there are both: it contains more); optional `url`, `site`, `title`, `authors` (string or
    array), `created` | `date` | `published`, `added` | `timestamp` | `crawled` (ISO 8601), `language` | `lang`, `license`. Others are
    ignored. A field of another type is a rejection; a date that cannot be parsed, a number for a date and an invalid URL are left
    out without rejecting the record. Lone surrogates become U+FFFD.

    Args:
        stream: the decompressed file.
        source: its path in raw/; records are `source#N`, N being the line number, counted from 1.
        defaults: metadata for records that declare none.
        limit: the most bytes that a line may have. Longer ones are skipped without being held in memory.
        columns: the field names that corpus.toml sets.
    """
    copies_allowed = _MAX_COPIES
    for line in read_lines(stream, source, limit, merged=True):
        if isinstance(line, Rejection):
            yield line
            continue
        try:
            record, charset_name = parse_line(line.line, defaults.charset)
            first = line_scrape(record, charset_name, line, defaults, columns)
            yield first
            kept = min(line.copies, copies_allowed)
            copies_allowed -= kept
            number = int(line.place.rpartition("#")[2])
            yield from (first._replace(source=f"{source}#{copy}") for copy in range(number + 1, number + 1 + kept))
            if line.copies > kept:
                copy_source = f"{source}#{number + 1 + kept}"
                message = "The line is identical to the one before. Remove the copies."
                yield Rejection(copy_source, "copy", message, sha256_of(line.line), len(line.line), line.copies - kept)
        except RefusedError as error:
            yield Rejection(line.place, error.reason, error.message, sha256_of(line.line), len(line.line), 1 + line.copies)


class Line(NamedTuple):
    """One line of a JSON Lines file that is not blank.

    Attributes:
        place: the source of the line, `source#N`: the path of the file in raw/ and the line number from 1.
        line: its bytes without surrounding white space.
        copies: how many of the lines after it are identical and are not yielded themselves.
    """

    place: str
    line: bytes
    copies: int = 0


def read_lines(stream: Stream, source: str, limit: int, *, merged: bool = False) -> Iterator[Line | Rejection]:
    """Yield the non-blank lines of a JSON Lines file, and one rejection for each overlong line, a binary file, and damage.

    Args:
        stream: the decompressed file.
        source: its path in raw/.
        limit: the most bytes that a line may have.
        merged: after a hundred identical lines in a row, yield further copies as one line with their number. A few hundred
            kilobytes of gzip hold 79 million copies.
    """
    buffered = io.BufferedReader(stream, _BUFFER)
    head = buffered.peek()[:_HEAD]
    encoding = wide_encoding(head)
    if not encoding and (refused := _binary_rejection(head, source)):
        yield refused
        return
    reader: _LineReader = _WideLineReader(buffered, encoding[0]) if encoding else buffered
    number = run = copies = 0
    previous = b""
    while line := reader.readline(limit + 1):
        number += 1 + copies
        run = run + 1 if line == previous else 0
        previous, line_source = line, f"{source}#{number}"
        merges = merged and run >= _MIN_RUN and reader is buffered and line.endswith(b"\n")
        copies = _skip_copies(buffered, line) if merges else 0
        if len(line) > limit and not line.endswith(b"\n"):
            yield _skip_long_line(reader, line, line_source, limit)
            number -= bool(stream.damage)
        elif stream.damage and not line.endswith(b"\n"):
            number -= 1  # cut by the damage: the rejection of the rest covers it
        elif line := line.strip(b" \t\r\n").removeprefix(codecs.BOM_UTF8):
            yield Line(line_source, line, copies)
    number += copies
    if stream.damage:
        yield stream.damage.rejection_of_rest(source, number, "line")


def _skip_copies(file: io.BufferedReader[Stream], line: bytes) -> int:
    """Skip lines that follow in the read buffer and are identical to this one; return how many were skipped, perhaps not all of them.

    As many copies as the buffer can hold are compared at once, then half as many, and so on, until all that are compared are identical.
    """
    buffered = file.peek()
    count = len(buffered) // len(line)
    while count and buffered[: count * len(line)] != line * count:
        count //= 2
    file.read(count * len(line))
    return count


def wide_encoding(head: bytes) -> tuple[str, str] | None:
    """Return Python's codec and the charset name of a file that starts with a byte-order mark of UTF-16 or UTF-32; else None."""
    return next(((codec, name) for mark, codec, name in _WIDE if head.startswith(mark)), None)


class _LineReader(Protocol):
    """A file of which lines can be read as bytes."""

    def readline(self, size: int, /) -> bytes:
        """Return the next line with its line break, or `size` bytes of a longer one; empty at the end."""


class _WideLineReader:
    """Reader that returns the lines of a UTF-16 or UTF-32 file, as Windows programs write, in UTF-8."""

    def __init__(self, file: io.BufferedReader[Stream], codec: str) -> None:
        self._text = io.TextIOWrapper(file, encoding=codec, errors="replace", newline="\n")

    def readline(self, size: int, /) -> bytes:
        """Return the next line re-encoded as UTF-8 with its line break, or `size` characters of a longer one."""
        return self._text.readline(size).encode()


def _binary_rejection(head: bytes, source: str) -> Rejection | None:
    """Return the one rejection of a binary file by its first bytes; None for a file that contains a record or is not binary.

    A rejection for each "line" of an image would help nobody.
    """
    if _RECORD_START.search(head):
        return None
    try:
        refuse_binary(head)
    except RefusedError as error:
        return Rejection(source, error.reason, error.message)
    return None


def _skip_long_line(reader: _LineReader, line: bytes, line_source: str, limit: int) -> Rejection:
    """Skip the rest of an overlong line of a JSON Lines file; return its rejection with its size and hash."""
    size, sha256 = 0, hashlib.sha256()
    while line:
        size += len(line)
        sha256.update(line.removesuffix(b"\n"))
        line = b"" if line.endswith(b"\n") else reader.readline(_BUFFER)
    return too_large_rejection(line_source, limit, size)._replace(sha256=sha256.hexdigest())


def line_scrape(record: dict[str, Any], charset_name: str, line: Line, defaults: DeclaredMetadata, columns: Columns = NO_COLUMNS) -> Scrape:
    """Return the scrape of a parsed JSON line, whose hash and size are those of the line.

    Args:
        record: the parsed object.
        charset_name: the charset that `parse_line` returned with it.
        line: the line that was parsed.
        defaults: metadata for records that declare none.
        columns: the field names that corpus.toml sets.

    Raises:
        RefusedError: the record has no text, or a field of the wrong type.
    """
    return record_fields.record_scrape(record, line.place, charset_name, defaults, raw=line.line, columns=columns)


def parse_line(line: bytes, exact: str | None = None) -> tuple[dict[str, Any], str]:
    """Parse a line as a JSON object; return it with the name of the line's charset.

    The charset is UTF-8 where the line is valid UTF-8, else the one that is declared or detected (`charset.decode`).

    Args:
        line: the bytes of one line.
        exact: the charset label that the maintainer declares.

    Raises:
        RefusedError: the line is not JSON, not an object, or nested too deeply.
    """
    try:
        if may_be_escaped(line):
            text, charset_name = charset.decode(line, exact=exact)
        else:
            text, charset_name = line.decode(), "utf-8"
    except UnicodeDecodeError:
        text, charset_name = charset.decode(line, exact=exact)
    try:
        try:
            record = _decode_json(text)
        except json.JSONDecodeError:
            raise
        except ValueError:
            record = _decode_json_with_long_integers(text)
    except json.JSONDecodeError as error:
        problem = f"{error.msg[:1].lower()}{error.msg[1:]}".removesuffix(" at")
        message = (
            f"This is not valid JSON: {problem} at character {error.pos + 1}. Expected one JSON object per line. Fix or delete this line."
        )
        raise RefusedError("bad-json", message) from None
    except RecursionError:
        message = "The JSON is nested too deeply. Expected a flat JSON object. Fix or delete this line."
        raise RefusedError("bad-json", message) from None
    if type(record) is not dict:
        hint = "Rewrite it with: jq -c '.[]' FILE > FILE.jsonl" if type(record) is list else "Fix or delete this line."
        raise RefusedError("bad-json", f"Expected a JSON object, found {record_fields.json_type(record)}. {hint}")
    return record, charset_name
