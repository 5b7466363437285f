"""Read .json files: an array of records, one record, an object around an array of records, or one record per line."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Any

from saring.read import jsonl, record_fields
from saring.read.column_names import NO_COLUMNS, no_content_error
from saring.read.json_stream import JsonStream, TooLargeError
from saring.read.page import too_large_rejection
from saring.read.rejection_messages import kept_sentence
from saring.read.scrape import RefusedError, Rejection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saring.read.column_names import Columns
    from saring.read.compression import Stream
    from saring.read.declared_metadata import DeclaredMetadata
    from saring.read.scrape import Scrape

__all__ = ["SUFFIXES", "read"]

SUFFIXES = (".json",)

#: Bytes by which JSON Lines are distinguished from other JSON.
_HEAD = 1 << 20
#: Elements of an array that are searched for a record. A judgement.
_TESTED_ELEMENTS = 20


def read(
    stream: Stream, source: str, defaults: DeclaredMetadata, limit: int, columns: Columns = NO_COLUMNS
) -> Iterator[Scrape | Rejection]:
    """Yield a scrape or a rejection for each record of a JSON file.

    Records are the lines of a file with one object per line (`jsonl.read`), the elements of an array, objects one after the other, or a
    single object. If an object has neither text nor HTML, but a field with an array of records ({"count": 2, "pages": [{"text": ...}, ...]}), the
    elements of that array are read; an object with a text among its first 20 elements shows that they are records. Records have the fields
    that `jsonl.read` lists. Arrays are read element by element, whatever their size.

    Args:
        stream: the decompressed file.
        source: its path in raw/; records are `source#N`, N counting lines or records from 1.
        defaults: metadata for records that declare none.
        limit: the most bytes that a record may have. Longer ones are skipped without being held in memory.
        columns: the field names that corpus.toml sets.
    """
    head = stream.peek(_HEAD)
    if _is_json_lines(head, columns):
        yield from jsonl.read(stream, source, defaults, limit, columns)
        return
    parser = JsonStream(stream, head, limit)
    number = 0
    try:
        for number, (record, charset) in enumerate(_records(parser, columns), 1):
            record_source = f"{source}#{number}"
            try:
                if isinstance(record, TooLargeError):
                    yield too_large_rejection(record_source, limit)
                    continue
                if not isinstance(record, dict):
                    message = f"Expected a JSON object, found {record_fields.json_type(record)}. Correct or remove it."
                    raise RefusedError("bad-json", message)  # noqa: TRY301 - becomes a rejection below, as all refusals
                yield record_fields.record_scrape(record, record_source, charset, defaults, columns=columns)
            except RefusedError as error:
                yield Rejection(record_source, error.reason, error.message)
    except RefusedError as error:
        if not stream.damage:
            yield Rejection(source, error.reason, error.message + kept_sentence(number, "record"))
        number = number or -1
    if stream.damage:
        yield stream.damage.rejection_of_rest(source, max(number, 0), "record")
    elif not number:
        yield Rejection(source, "empty", "The file contains no record. Fetch it again or remove it.")


def _is_json_lines(head: bytes, columns: Columns) -> bool:
    """Tell by its first line whether a JSON file has one object per line."""
    wide = jsonl.wide_encoding(head)
    start = (head.decode(wide[0], "ignore").encode() if wide else head).lstrip(codecs.BOM_UTF8 + b" \t\r\n")
    if not start.startswith(b"{"):
        return not start.startswith(b"[")  # `jsonl` refuses what is not JSON at all
    first_line, _, rest = start.partition(b"\n")
    if not rest and len(head) >= _HEAD:
        return False
    try:
        record, _ = jsonl.parse_line(first_line.strip())
    except RefusedError:
        return not first_line.rstrip().endswith((b"{", b"[", b",", b":"))
    return bool(rest.strip()) or columns.has_content(record)


def _records(parser: JsonStream, columns: Columns) -> Iterator[tuple[Any, str]]:
    """Yield the records of a JSON file in order, each with the name of its charset.

    Raises:
        RefusedError: the file is not JSON from some character on, or contains no record.
    """
    while (char := parser.peek()) and char in "[{,":
        if char == ",":
            parser.expect(",")
        elif char == "[":
            yield from parser.array_elements()
        else:
            yield from _object_records(parser, columns)
    if char:
        raise parser.syntax_error("expected an object or an array")


def _object_records(parser: JsonStream, columns: Columns) -> Iterator[tuple[Any, str]]:
    """Yield a JSON object that is a record, or the records in its arrays; an object beyond the size limit is never a record itself."""
    try:
        value, charset = parser.value()
    except TooLargeError:
        arrays: Iterator[tuple[str, Iterator[tuple[Any, str]]]] = parser.object_arrays()
    else:
        if columns.has_content(value):
            yield value, charset
            return
        arrays = ((key, ((element, charset) for element in array)) for key, array in value.items() if type(array) is list)
    has_records = False
    names: list[str] = []
    for key, elements in arrays:
        names.append(key)
        tested = [element for element, _ in zip(elements, range(_TESTED_ELEMENTS), strict=False)]
        if any(isinstance(record, dict) and columns.has_content(record) for record, _ in tested):
            has_records = True
            yield from tested
            yield from elements
    if not has_records:
        raise no_content_error(names, columns)
