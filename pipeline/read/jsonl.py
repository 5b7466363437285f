"""JSON Lines: .jsonl, .ndjson, and .json with one object a line."""

from __future__ import annotations

import codecs
import hashlib
import io
import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from pipeline.read import charset, urls
from pipeline.read.found import RefusedError, Rejection, Scrape, digest
from pipeline.read.page import too_large
from pipeline.read.stated import Stated, fill, moment

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from pipeline.read.compression import Stream

__all__ = ["SUFFIXES", "Line", "holdable", "lines", "parse", "read", "scrape"]

SUFFIXES = (".json", ".jsonl", ".ndjson")

_BUFFER = 1 << 20
_KINDS = {str: "string", bool: "boolean", int: "number", float: "number", list: "array", dict: "object", type(None): "null"}
#: JSON escapes can make what no UTF-8 can hold, and NULs that the parsers of markup stop at.
_UNHOLDABLE = re.compile("[\0\ud800-\udfff]")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
#: Longest mark first: that of UTF-32 begins with that of UTF-16.
_WIDE = ((codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
#: A first line of nothing but brackets: a value that goes on in the next.
_ONE_VALUE = re.compile(rb"[\[{]+\s*\n")
#: A line that may be a record. By chance, one in 250 heads of random bytes has one.
_RECORD = re.compile(rb"(?:\A(?:\xef\xbb\xbf)?|\n)[ \t]*\{[ \t]*\"")
_HEAD = 65_536
#: Kept as it is; everything else is stripped.
_CONTENT = ("html", "text")
_decode = json.JSONDecoder().decode
#: Python refuses integers of more than 4,300 digits; as floats they are infinite, and no field that is read is a number.
_decode_long = json.JSONDecoder(parse_int=float).decode


def read(stream: Stream, source: str, defaults: Stated, limit: int) -> Iterator[Scrape | Rejection]:
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
    """
    for found in lines(stream, source, limit):
        if isinstance(found, Rejection):
            yield found
            continue
        try:
            record, name = parse(found.line, defaults.charset)
            yield scrape(record, name, found, defaults)
        except RefusedError as error:
            yield Rejection(found.place, error.reason, error.message, digest(found.line), len(found.line))


class Line(NamedTuple):
    """A line that is not blank, without white space around it, and its place: `source#N`, N counted from 1."""

    place: str
    line: bytes


def lines(stream: Stream, source: str, limit: int) -> Iterator[Line | Rejection]:
    """Yield the lines of a file, and a rejection for each that is too long, for a file without lines, and for what is damaged."""
    buffered = io.BufferedReader(stream, _BUFFER)
    head = buffered.peek()[:_HEAD]
    wide = next((name for mark, name in _WIDE if head.startswith(mark)), None)
    if not wide and (refused := _no_lines(head, source)):
        yield refused
        return
    reader: _Lines = _Utf8Lines(buffered, wide) if wide else buffered
    number = 0
    while line := reader.readline(limit + 1):
        number += 1
        place = f"{source}#{number}"
        if len(line) > limit and not line.endswith(b"\n"):
            yield _passed_over(reader, line, place, limit)
            number -= bool(stream.damage)
        elif stream.damage and not line.endswith(b"\n"):
            number -= 1  # cut in two: it belongs to the rest, which is named below
        elif line := line.strip(b" \t\r\n").removeprefix(codecs.BOM_UTF8):
            yield Line(place, line)
    if stream.damage:
        yield stream.damage.rest(source, number, "line")


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
    first = head.lstrip(b" \t\r\n" + codecs.BOM_UTF8)
    if source.removesuffix(".gz").removesuffix(".zst").lower().endswith(".json") and _ONE_VALUE.match(first):
        found = "found one value that goes over several lines"
        return Rejection(source, "bad-json", f"Expected one JSON object a line, {found}. Rewrite it with: jq -c '.[]?' FILE > FILE.jsonl")
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
    return too_large(place, limit, size)._replace(sha256=sha256.hexdigest())


def scrape(record: dict[str, Any], name: str, found: Line, defaults: Stated) -> Scrape:
    """Return the scrape of a record.

    Args:
        record: what `parse` returned, with the name of its charset.
        name: that name.
        found: where it stands, and the line that was parsed.
        defaults: what holds where the record does not say.

    Raises:
        RefusedError: it has no text, or a field of the wrong type.
    """
    markup = _string(record, "html")
    content = markup if markup is not None else _string(record, "text")
    if content is None:
        fields = holdable(", ".join(sorted(record)[:8]))[:200] or "none"
        raise RefusedError("no-text", f"Expected a field text or html, found the fields {fields}. Rename or add one.")
    stated = _stated(record)
    if b"\\u" in found.line:  # only escapes can make them
        if "\0" in content:
            raise RefusedError("binary", "Its text holds NUL characters. Remove them or the record.")
        content = holdable(content)
        stated = _holdable(stated)
    if not content or content.isspace():
        raise RefusedError("empty", "Its text is empty or only white space. Fetch it again or remove the record.")
    return Scrape(
        found.place,
        "text/plain" if markup is None else "text/html",
        name,
        digest(found.line),
        len(found.line),
        content,
        fill(stated, defaults),
    )


def holdable(text: str) -> str:
    """Return the text with U+FFFD for what no UTF-8 can hold, and for NULs."""
    try:
        text.encode()  # a tenth of the time of looking for them
    except UnicodeEncodeError:
        return _UNHOLDABLE.sub(_REPLACEMENT, text)
    return text.replace("\0", _REPLACEMENT)


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
        raise RefusedError("bad-json", f"Expected a JSON object, found {_KINDS[type(record)]}. {hint}")
    return record, name


def _stated(record: dict[str, Any]) -> Stated:
    url = _string(record, "url")
    created, offset = _moment(record, "created", "date", "published")
    return Stated(
        urls.clean(url) if url else None,
        _string(record, "site"),
        _string(record, "title"),
        _strings(record, "authors"),
        created,
        offset,
        _moment(record, "added", "timestamp", "crawled")[0],
        _string(record, "language") or _string(record, "lang"),
        _string(record, "license"),
    )


def _string(record: dict[str, Any], key: str) -> str | None:
    value = record.get(key)
    if value is None:
        return None
    if type(value) is not str:
        raise _wrong(key, "a string", value)
    return value if key in _CONTENT else value.strip() or None


def _strings(record: dict[str, Any], key: str) -> list[str] | None:
    values = record.get(key)
    if values is None:
        return None
    if type(values) is str:
        values = [values]
    if type(values) is not list:
        raise _wrong(key, "a string or an array of strings", values)
    for index, value in enumerate(values):
        if type(value) is not str:
            raise _wrong(f"{key}[{index}]", "a string", value)
    return [value.strip() for value in values if value.strip()] or None


def _moment(record: dict[str, Any], *keys: str) -> tuple[dt.datetime | None, int | None]:
    for key in keys:
        value = record.get(key)
        if value is None:
            continue
        if type(value) not in (str, int, float):
            raise _wrong(key, "an ISO 8601 date", value)
        found = moment(value)
        if found[0] is not None:
            return found
    return None, None


def _wrong(key: str, expected: str, value: object) -> RefusedError:
    return RefusedError("bad-field", f"{key}: expected {expected}, found {_KINDS[type(value)]}. Correct it or leave it out.")


def _holdable(stated: Stated) -> Stated:
    def mend(value: Any) -> Any:  # noqa: ANN401 - strings and lists of them are mended, all else is passed on
        if isinstance(value, str):
            return holdable(value)
        return [mend(part) for part in value] if isinstance(value, list) else value

    return Stated._make(map(mend, stated))
