"""Incremental parser for JSON files larger than memory: takes one value, array element or object member after the other."""

from __future__ import annotations

import codecs
import json
import re
from typing import TYPE_CHECKING, Any

from saring.read import jsonl
from saring.read.scrape import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saring.read.compression import Stream

__all__ = ["JsonStream", "TooLargeError"]

#: The fewest bytes that are read at a time.
_CHUNK = 1 << 16
_SPACE = re.compile(r"[ \t\r\n]*")
#: Characters that decide where a value ends: quotes, escapes and brackets.
_STRUCTURE = re.compile(r'["\\\[\]{}]')

#: What may stand behind a number, at the end of the text in memory, and belong to it: "1." of "1.5", "1e-" of "1e-5".
_NUMBER_CONTINUES = re.compile(r"\.|[eE][+-]?")


class TooLargeError(Exception):
    """Raised, or yielded in place of an array element, for a JSON value that exceeds the size limit."""


class JsonStream:
    """Parser over the text of a JSON file, of which only the current value is in memory.

    Bytes that are not UTF-8 become surrogates, so that the charset of each value can be detected. Values are returned with the name of
    their charset.
    """

    def __init__(self, stream: Stream, head: bytes, limit: int) -> None:
        """Read the start of a JSON file.

        Args:
            stream: the decompressed file.
            head: its first bytes, in which a byte-order mark is looked for.
            limit: the most bytes that a value may have.
        """
        wide_codec, self._charset = jsonl.wide_encoding(head) or ("", "utf-8")
        self._decoder = codecs.getincrementaldecoder(wide_codec or "utf-8")("replace" if wide_codec else "surrogateescape")
        self._stream, self._limit = stream, limit
        #: Text in memory, the current position in it, how many characters were dropped before it, and whether the file has ended.
        self._text, self._position, self._dropped, self._at_end = "", 0, 0, False
        self._decode_value = json.JSONDecoder().raw_decode
        self._read_more()
        self._text = self._text.removeprefix("\ufeff")

    def peek(self) -> str:
        """Return the next character that is not white space, without consuming it; empty at the end of the file."""
        while True:
            self._position = _SPACE.match(self._text, self._position).end()  # type: ignore[union-attr] # matches everywhere
            if self._position < len(self._text):
                return self._text[self._position]
            if not self._read_more():
                return ""

    def expect(self, char: str) -> None:
        """Consume a punctuation character of JSON, such as a colon.

        Raises:
            RefusedError: the next character is another one.
        """
        if self.peek() != char:
            raise self.syntax_error(f"expected {char}")
        self._position += 1

    def value(self) -> tuple[Any, str]:
        """Consume and parse one JSON value; return it with the name of its charset.

        Raises:
            RefusedError: the text is not JSON.
            TooLargeError: the value exceeds the limit; nothing is consumed.
        """
        self.peek()
        while True:
            error: json.JSONDecodeError | None = None
            value: Any = None
            end = len(self._text)
            try:
                value, end = self._decode_value(self._text, self._position)
            except RecursionError:
                raise self.syntax_error("nested too deeply") from None
            except json.JSONDecodeError as decode_error:
                error = decode_error
            except ValueError:  # Python refuses integers of more than 4,300 digits
                self._decode_value = json.JSONDecoder(parse_int=float).raw_decode
                continue
            # A number that reaches the end of the text in memory may continue, and so may one before a point or an "e" there.
            is_complete = end < len(self._text) and not _NUMBER_CONTINUES.fullmatch(self._text, end)
            if error is None and (is_complete or self._at_end):
                break
            if len(self._text) - self._position > self._limit:
                raise TooLargeError
            if not self._read_more() and error is not None:
                self._position = error.pos
                raise self.syntax_error(f"{error.msg[:1].lower()}{error.msg[1:]}".removesuffix(" at"))
        source = self._text[self._position : end]
        data = source.encode("utf-8", "surrogateescape")
        if len(data) > self._limit:
            raise TooLargeError
        self._position = end
        return (value, self._charset) if source.isascii() or _has_no_surrogates(source) else jsonl.parse_line(data)

    def array_elements(self) -> Iterator[tuple[Any, str]]:
        """Consume an array and yield its elements, or a `TooLargeError` for each that exceeds the limit.

        Raises:
            RefusedError: the text is not JSON.
        """
        self.expect("[")
        while self.peek() not in ("]", ""):
            try:
                element = self.value()
            except TooLargeError as error:
                self._skip_value()
                element = error, ""
            yield element
            if self.peek() != "]":
                self.expect(",")
        self.expect("]")

    def object_arrays(self) -> Iterator[tuple[str, Iterator[tuple[Any, str]]]]:
        """Consume an object and yield the key and the elements of each member that is an array; other members are skipped.

        Raises:
            RefusedError: the text is not JSON.
        """
        self.expect("{")
        while self.peek() not in ("}", ""):
            key, _ = self.value()
            self.expect(":")
            if self.peek() == "[":
                elements = self.array_elements()
                yield str(key), elements
                for _ in elements:  # those that the caller did not take
                    pass
            else:
                try:
                    self.value()
                except TooLargeError:
                    self._skip_value()
            if self.peek() != "}":
                self.expect(",")
        self.expect("}")

    def syntax_error(self, problem: str) -> RefusedError:
        """Return the refusal (`bad-json`) of a JSON file for a syntax error at the current position."""
        message = f"This is not valid JSON: {problem} at character {self._dropped + self._position + 1:,}. Correct it there."
        return RefusedError("bad-json", message)

    def _read_more(self) -> bool:
        """Drop the consumed text from memory and read the next chunk of the JSON file; False at its end."""
        if self._at_end:
            return False
        self._dropped += self._position
        rest = self._text[self._position :]
        data = self._stream.read(max(_CHUNK, len(rest))) or b""
        self._at_end = not data
        self._text, self._position = rest + self._decoder.decode(data, final=self._at_end), 0
        return not self._at_end

    def _skip_value(self) -> None:
        """Consume a value of any size without holding it in memory, by counting brackets outside of strings."""
        depth, in_string = 0, False
        self.peek()
        while True:
            for token in _STRUCTURE.finditer(self._text, self._position):
                if token.start() < self._position:
                    continue
                char, self._position = token[0], token.end()
                if char == "\\":
                    self._position += 1  # the escaped character
                elif char == '"':
                    in_string = not in_string
                elif not in_string:
                    depth += 1 if char in "[{" else -1
                if not depth and not in_string:
                    return
            beyond = self._position - len(self._text)
            self._position = len(self._text)
            if not self._read_more():
                return
            self._position = max(beyond, 0)


def _has_no_surrogates(text: str) -> bool:
    """Tell whether a text was decoded from valid UTF-8, so that it has no surrogate escapes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
