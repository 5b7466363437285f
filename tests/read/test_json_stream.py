"""pipeline/saring/read/json_stream.py: values of a JSON file are parsed one by one, however the bytes are cut into chunks."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saring.read import json_stream
from saring.read.compression import Stream
from saring.read.json_stream import JsonStream, TooLargeError
from saring.read.scrape import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True, scope="module")
def _small_chunks() -> Iterator[None]:
    """Read three bytes at a time, so that every value spans chunks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_stream, "_CHUNK", 3)
        yield


def parser(data: bytes, limit: int = 1_000) -> JsonStream:
    """Return a parser of a file with these bytes."""
    return JsonStream(Stream(io.BufferedReader(io.BytesIO(data)), ""), data[:4], limit)


def elements(data: bytes, limit: int = 1_000) -> list[Any]:
    """Return the elements of an array; "too large" for those that exceed the limit."""
    return ["too large" if isinstance(value, TooLargeError) else value for value, _ in parser(data, limit).array_elements()]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(
    values=st.lists(JSON, max_size=4),
    ensure_ascii=st.booleans(),
    indent=st.none() | st.just(2),
    codec=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_an_array_is_parsed_as_a_whole_would_be(values: list[Any], ensure_ascii: bool, indent: int | None, codec: str) -> None:  # noqa: FBT001
    """Any array in any spelling gives the same elements as the standard library, and the file ends behind it."""
    stream = parser(json.dumps(values, ensure_ascii=ensure_ascii, indent=indent).encode(codec, "replace"), 100_000)
    expected = json.loads(json.dumps(values, ensure_ascii=ensure_ascii).encode(codec, "replace").decode(codec))

    assert [value for value, _ in stream.array_elements()] == expected
    assert stream.peek() == ""


def test_a_number_may_go_on_in_the_next_chunk() -> None:
    """Digits at the end of the text in memory are not taken for the number."""
    assert parser(b"1234567").value() == (1234567, "utf-8")
    assert elements(b"[12345, 6789]") == [12345, 6789]


@pytest.mark.parametrize("data", [b"[1.5, 2]", b"[1e5, 2]", b"[1.5e-7, 2]", b"[-0.25]", b"[1E+2]"])
def test_a_fraction_or_exponent_may_go_on_in_the_next_chunk(data: bytes) -> None:
    """A point or an "e" at the end of the text in memory belongs to the number."""
    assert elements(data) == json.loads(data)


def test_a_value_comes_with_its_charset() -> None:
    """The charset of the file, or of the value where its bytes are not UTF-8."""
    assert parser(' "été"'.encode()).value() == ("été", "utf-8")
    assert parser('"été"'.encode("utf-16")).value() == ("été", "utf-16le")
    assert parser('{"text": "l\'été à la mer"}'.encode("cp1252")).value() == ({"text": "l'été à la mer"}, "windows-1252")


def test_a_large_element_is_passed_over() -> None:
    """The limit is in bytes; brackets and escaped quotes in strings do not end the element."""
    large = json.dumps({"a": ['x"]}', "\\"] * 9}).encode()

    assert elements(b'["a", ' + large + b', ["b"], "' + b"x" * 60 + b'", 5]', 40) == ["a", "too large", ["b"], "too large", 5]
    assert elements('["éé", "ééé"]'.encode(), 6) == ["éé", "too large"]


def test_a_large_value_consumes_nothing() -> None:
    """After the exception the value can be read as what it is: an object with arrays."""
    stream = parser(b'{"a": [1, 2], "b": "' + b"x" * 50 + b'", "c": [3]}', 30)
    with pytest.raises(TooLargeError):
        stream.value()

    assert [(key, [value for value, _ in array]) for key, array in stream.object_arrays()] == [("a", [1, 2]), ("c", [3])]
    assert stream.peek() == ""


def test_arrays_of_an_object_may_be_left_unread() -> None:
    """Elements that the caller does not take are consumed; members that are no arrays are skipped."""
    stream = parser(b'{"n": {"x": [9]}, "a": [1, [2]], "b": [], "c": [3]} 7')

    assert [key for key, _ in stream.object_arrays()] == ["a", "b", "c"]
    assert stream.value() == (7, "utf-8")


@pytest.mark.parametrize("data", [b"[]", b" [ ] ", b"\xef\xbb\xbf[]"])
def test_an_empty_array_has_no_elements(data: bytes) -> None:
    """White space and a byte-order mark do not count."""
    assert elements(data) == []


def test_an_empty_file_has_no_value() -> None:
    """There is nothing to peek at, and a value is a syntax error."""
    assert parser(b"").peek() == parser(b" \n").peek() == ""
    with pytest.raises(RefusedError, match="This is not valid JSON: expecting value at character 1"):
        parser(b"").value()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"[1 2]", "expected , at character 4."),
        (b"[1,", "expected ] at character 4."),
        (b"[1", "expected , at character 3."),
        (b"{}", "expected [ at character 1."),
        (b'["a", nil]', "expecting value at character 7."),
        (b'["abc', "unterminated string starting at character 2."),
        (b"[" * 100_000, "nested too deeply at character 2."),
    ],
)
def test_a_syntax_error_is_located(data: bytes, says: str) -> None:
    """The message counts characters of the whole file, those that have left the memory included."""
    with pytest.raises(RefusedError) as refused:
        elements(data, 1_000_000)

    assert refused.value.reason == "bad-json"
    assert refused.value.message == f"This is not valid JSON: {says} Correct it there."


def test_an_integer_of_any_length_is_a_value() -> None:
    """Python refuses integers of more than 4,300 digits; the record around one is kept."""
    assert elements(b'[{"n": ' + b"9" * 5_000 + b', "text": "a"}, 7]', 10_000)[0]["text"] == "a"
