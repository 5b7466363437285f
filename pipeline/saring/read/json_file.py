"""JSON: .json with an array of records, one record, an object around an array of records, or one record a line."""

from __future__ import annotations

import codecs
import json
import re
from typing import TYPE_CHECKING, Any

from saring.core.plurals import counted
from saring.read import jsonl, record_fields
from saring.read.column_names import NO_COLUMNS, no_content_error
from saring.read.page import too_large_rejection
from saring.read.scrape import RefusedError, Rejection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saring.read.column_names import Columns
    from saring.read.compression import Stream
    from saring.read.declared_metadata import DeclaredMetadata
    from saring.read.scrape import Scrape

__all__ = ["SUFFIXES", "read"]

SUFFIXES = (".json",)

#: Looked at to tell JSON Lines from other JSON.
_HEAD = 1 << 20
#: Elements of an array that are looked at to tell whether it holds records.
_FIRST = 20
#: Characters asked for at a time, at least.
_LEAST = 1 << 16
_SPACE = re.compile(r"[ \t\r\n]*")
_TOKEN = re.compile(r'["\\\[\]{}]')


class _TooLargeError(Exception):
    """A value has more characters than may be held."""


def read(
    stream: Stream, source: str, defaults: DeclaredMetadata, limit: int, columns: Columns = NO_COLUMNS
) -> Iterator[Scrape | Rejection]:
    """Yield a scrape or a rejection for each record.

    Records are the lines of a file with one object a line (`jsonl.read`), the elements of an array, objects one after the other, or one
    object. An object without a text of its own holds records where one of its fields is an array of objects, of which one of the first 20
    has a text. Records have the fields that `jsonl.read` names. An array is read element by element, whatever its size.

    Args:
        stream: the unpacked file.
        source: its path in raw/; records are `source#N`, N counting lines or records from 1.
        defaults: what holds where a record does not say.
        limit: the bytes that a record may have. Longer ones are passed over without being held.
        columns: names of fields that are not the usual ones.
    """
    head = stream.peek(_HEAD)
    if _is_lines(head, columns):
        yield from jsonl.read(stream, source, defaults, limit, columns)
        return
    text = _Text(stream, head, limit)
    number = 0
    try:
        for number, (record, charset) in enumerate(_records(text, columns), 1):
            place = f"{source}#{number}"
            try:
                if isinstance(record, _TooLargeError):
                    yield too_large_rejection(place, limit)
                    continue
                if not isinstance(record, dict):
                    message = f"Expected a JSON object, found {record_fields.json_type(record)}. Correct or remove it."
                    raise RefusedError("bad-json", message)  # noqa: TRY301 - made a rejection where all are
                yield record_fields.record_scrape(record, place, charset, defaults, columns=columns)
            except RefusedError as error:
                yield Rejection(place, error.reason, error.message)
    except RefusedError as error:
        if not stream.damage:
            kept = f" What stands in its first {counted(number, 'record')} is kept." if number else ""
            yield Rejection(source, error.reason, error.message + kept)
        number = number or -1
    if stream.damage:
        yield stream.damage.rest(source, max(number, 0), "record")
    elif not number:
        yield Rejection(source, "empty", "It holds no record. Fetch it again or remove it.")


def _is_lines(head: bytes, columns: Columns) -> bool:
    """Tell whether a file has one object a line: by its first line."""
    wide = jsonl.wide_encoding(head)
    first = (head.decode(wide[0], "ignore").encode() if wide else head).lstrip(codecs.BOM_UTF8 + b" \t\r\n")
    if not first.startswith(b"{"):
        return not first.startswith(b"[")  # what is no JSON at all is refused there
    line, _, rest = first.partition(b"\n")
    if not rest and len(head) >= _HEAD:
        return False
    try:
        record, _ = jsonl.parse(line.strip())
    except RefusedError:
        return not line.rstrip().endswith((b"{", b"[", b",", b":"))
    return bool(rest.strip()) or columns.names_content(record)


def _records(text: _Text, columns: Columns) -> Iterator[tuple[Any, str]]:
    """Yield the records of a file, each with the name of its charset.

    Raises:
        RefusedError: it is no JSON from some place on, or holds no record.
    """
    while (char := text.next()) and char in "[{,":
        if char == ",":
            text.skip(",")
        elif char == "[":
            yield from text.array()
        else:
            yield from _object(text, columns)
    if char:
        raise text.error("expected an object or an array")


def _object(text: _Text, columns: Columns) -> Iterator[tuple[Any, str]]:
    """Yield an object that is a record, or the records in one that holds some; beyond the limit it can be no record."""
    try:
        found, charset = text.value()
    except _TooLargeError:
        arrays: Iterator[tuple[str, Iterator[tuple[Any, str]]]] = text.arrays()
    else:
        if columns.names_content(found):
            yield found, charset
            return
        arrays = ((key, ((one, charset) for one in value)) for key, value in found.items() if type(value) is list)
    holds = False
    names: list[str] = []
    for key, elements in arrays:
        names.append(key)
        first = [element for element, _ in zip(elements, range(_FIRST), strict=False)]
        if any(isinstance(record, dict) and columns.names_content(record) for record, _ in first):
            holds = True
            yield from first
            yield from elements
    if not holds:
        raise no_content_error(names, columns)


class _Text:
    """The text of a JSON file, of which values are taken one after the other.

    Bytes that are not UTF-8 become surrogates, so that the charset of each value can be detected.
    """

    def __init__(self, stream: Stream, head: bytes, limit: int) -> None:
        wide, self._charset = jsonl.wide_encoding(head) or ("", "utf-8")
        self._decoder = codecs.getincrementaldecoder(wide or "utf-8")("replace" if wide else "surrogateescape")
        self._stream, self._limit = stream, limit
        self._text, self._at, self._before, self._over = "", 0, 0, False
        self._decode = json.JSONDecoder().raw_decode
        self._more()
        self._text = self._text.removeprefix("\ufeff")

    def next(self) -> str:
        """Return the next character that is no white space, without taking it; nothing at the end."""
        while True:
            self._at = _SPACE.match(self._text, self._at).end()  # type: ignore[union-attr] # matches everywhere
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def skip(self, char: str) -> None:
        """Take a character.

        Raises:
            RefusedError: the next is another one.
        """
        if self.next() != char:
            raise self.error(f"expected {char}")
        self._at += 1

    def value(self) -> tuple[Any, str]:
        """Take a value; return it with the name of its charset.

        Raises:
            RefusedError: it is no JSON.
            _TooLargeError: it is longer than may be held; nothing is taken.
        """
        self.next()
        while True:
            try:
                found, end = self._decode(self._text, self._at)
            except RecursionError:
                raise self.error("nested too deeply") from None
            except json.JSONDecodeError as error:
                end, said, position = len(self._text), error.msg, error.pos
                found = error
            except ValueError:  # Python refuses integers of more than 4,300 digits
                self._decode = json.JSONDecoder(parse_int=float).raw_decode
                continue
            whole = not isinstance(found, json.JSONDecodeError) and (end < len(self._text) or self._over)
            if whole:
                break
            if len(self._text) - self._at > self._limit:
                raise _TooLargeError
            if not self._more() and isinstance(found, json.JSONDecodeError):
                self._at = position
                raise self.error(f"{said[:1].lower()}{said[1:]}".removesuffix(" at"))
        source = self._text[self._at : end]
        data = source.encode("utf-8", "surrogateescape")
        if len(data) > self._limit:
            raise _TooLargeError
        self._at = end
        return (found, self._charset) if source.isascii() or _is_clean(source) else jsonl.parse(data)

    def array(self) -> Iterator[tuple[Any, str]]:
        """Take an array; yield its elements, `_TooLargeError` for each that is too long.

        Raises:
            RefusedError: it is no JSON.
        """
        self.skip("[")
        while self.next() not in ("]", ""):
            try:
                found = self.value()
            except _TooLargeError as error:
                self._pass_over()
                found = error, ""
            yield found
            if self.next() != "]":
                self.skip(",")
        self.skip("]")

    def arrays(self) -> Iterator[tuple[str, Iterator[tuple[Any, str]]]]:
        """Take an object; yield the keys and the elements of the arrays in it.

        Raises:
            RefusedError: it is no JSON.
        """
        self.skip("{")
        while self.next() not in ("}", ""):
            key, _ = self.value()
            self.skip(":")
            if self.next() == "[":
                elements = self.array()
                yield str(key), elements
                for _ in elements:  # those that nobody asked for
                    pass
            else:
                try:
                    self.value()
                except _TooLargeError:
                    self._pass_over()
            if self.next() != "}":
                self.skip(",")
        self.skip("}")

    def error(self, said: str) -> RefusedError:
        """Return the refusal of what stands here."""
        message = f"It is no JSON: {said} at character {self._before + self._at + 1:,}. Correct it there."
        return RefusedError("bad-json", message)

    def _more(self) -> bool:
        """Read on; drop what was taken. Tells whether there was more."""
        if self._over:
            return False
        self._before += self._at
        rest = self._text[self._at :]
        data = self._stream.read(max(_LEAST, len(rest))) or b""
        self._over = not data
        self._text, self._at = rest + self._decoder.decode(data, final=self._over), 0
        return not self._over

    def _pass_over(self) -> None:
        """Take a value without holding it."""
        depth, quoted = 0, False
        self.next()
        while True:
            for token in _TOKEN.finditer(self._text, self._at):
                if token.start() < self._at:
                    continue
                char, self._at = token[0], token.end()
                if char == "\\":
                    self._at += 1  # what it escapes
                elif char == '"':
                    quoted = not quoted
                elif not quoted:
                    depth += 1 if char in "[{" else -1
                if not depth and not quoted:
                    return
            over = self._at - len(self._text)
            self._at = len(self._text)
            if not self._more():
                return
            self._at = max(over, 0)


def _is_clean(text: str) -> bool:
    """Tell whether a text came from bytes in UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
