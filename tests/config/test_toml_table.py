"""pipeline/saring/config/toml_table.py: getters check types and bounds, and every error says where, expected, found and what to do."""

from __future__ import annotations

import datetime as dt
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saring.config.toml_table import Table, parse_table, read_table, toml_string
from saring.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def table_of(toml: str, path: str = "") -> Table:
    """Return a table with this content of a file "a.toml"."""
    return Table(tomllib.loads(toml), file="a.toml", path=path)


def value_of(toml: str, read: Callable[[Table], Any]) -> Any:  # noqa: ANN401 - of any getter
    """Return what a getter reads, having checked that it consumes the key."""
    table = table_of(toml)
    value = read(table)
    table.done()
    return value


GETTERS: dict[str, Callable[[Table], Any]] = {
    "string": lambda table: table.string("k"),
    "string with a default": lambda table: table.string("k", "d"),
    "string or false": lambda table: table.string_or_false("k", "Hint."),
    "required": lambda table: table.required("k"),
    "choice": lambda table: table.choice("k", ["north", "south"]),
    "optional choice": lambda table: table.choice("k", ["north", "south"], None),
    "flag": lambda table: table.flag("k", default=True),
    "number": lambda table: table.number("k", 0.5, low=0, high=1),
    "optional number": lambda table: table.number("k", None, low=0, high=1),
    "integer": lambda table: table.integer("k", 5, low=1, high=9),
    "strings": lambda table: table.strings("k"),
    "moment": lambda table: table.moment("k"),
    "table": lambda table: table.table("k").remaining_keys(),
    "tables": lambda table: [entry.remaining_keys() for entry in table.tables("k")],
}


@pytest.mark.parametrize(
    ("getter", "toml", "value"),
    [
        ("string", "k = 'é市'", "é市"),
        ("string", "", None),
        ("string with a default", "", "d"),
        ("string with a default", "k = 'a'", "a"),
        ("string or false", "k = false", False),
        ("string or false", "k = 'a'", "a"),
        ("string or false", "", None),
        ("required", "k = 'a'", "a"),
        ("choice", "k = 'north'", "north"),
        ("optional choice", "", None),
        ("flag", "", True),
        ("flag", "k = false", False),
        ("number", "", 0.5),
        ("number", "k = 0", 0.0),
        ("number", "k = 1", 1.0),
        ("optional number", "", None),
        ("integer", "", 5),
        ("integer", "k = 9", 9),
        ("integer", "k = 1", 1),
        ("strings", "", ()),
        ("strings", "k = []", ()),
        ("strings", "k = ['a', 'b', 'a']", ("a", "b", "a")),
        ("moment", "", None),
        ("moment", "k = 2024-09-06", dt.date(2024, 9, 6)),
        ("moment", "k = 2024-09-06T10:00:00Z", dt.datetime(2024, 9, 6, 10, tzinfo=dt.UTC)),
        ("table", "", []),
        ("table", "[k]\na = 1", ["a"]),
        ("tables", "", []),
        ("tables", "[[k]]\na = 1\n[[k]]\nb = 1", [["a"], ["b"]]),
    ],
)
def test_a_getter_reads_its_key(getter: str, toml: str, value: object) -> None:
    """The value of the key, or the default where it is missing; 0 and false are values."""
    read = value_of(toml, GETTERS[getter])

    assert (type(read), read) == (type(value), value)


@pytest.mark.parametrize(
    ("getter", "toml", "says"),
    [
        ("string", "k = 1", "k: expected string, found integer. Put it between quotes."),
        ("string", "k = ' '", "k: expected a string that is not blank, found ' '. Fill it in or leave the key out."),
        ("string or false", "k = true", "k: expected a string that is not blank, or false, found true. Hint."),
        ("string or false", "k = 1", "k: expected string or boolean, found integer. Hint."),
        ("required", "", "k: expected string, found nothing. Add it."),
        ("choice", "", "k: expected one of north, south, found nothing. Add it."),
        ("choice", "k = 'norht'", "k: expected one of north, south, found 'norht'. Did you mean 'north'?"),
        ("optional choice", "k = 'x'", "k: expected one of north, south, found 'x'. Correct or remove it."),
        ("flag", "k = 1", "k: expected boolean, found integer. Write true or false, without quotes."),
        ("flag", "k = 'true'", "k: expected boolean, found string. Write true or false, without quotes."),
        ("number", "k = true", "k: expected integer or number, found boolean. Write a number, without quotes."),
        ("number", "k = 1.5", "k: expected a number from 0 to 1, found 1.5. Choose a value in this range."),
        ("number", "k = nan", "k: expected a number from 0 to 1, found nan. Choose a value in this range."),
        ("integer", "k = 2.0", "k: expected integer, found number. Write a whole number, without quotes."),
        ("integer", "k = true", "k: expected integer, found boolean. Write a whole number, without quotes."),
        ("integer", "k = 10", "k: expected a whole number from 1 to 9, found 10. Choose a value in this range."),
        ("strings", "k = 'a'", 'k: expected array, found string. Write an array of strings: ["one", "two"].'),
        ("strings", "k = ['a', 1]", "k[1]: expected a string that is not blank, found integer. Correct or remove it."),
        ("strings", "k = ['']", "k[0]: expected a string that is not blank, found string. Correct or remove it."),
        ("moment", "k = 10:00:00", "k: expected date-time or date, found time. Write 2024-09-06 or 2024-09-06T10:00:00Z, without quotes."),
        ("table", "k = 1", "k: expected table, found integer. Write [k] above its keys."),
        ("tables", "k = {}", "k: expected array, found table. Write [[k]] above the keys of each."),
        ("tables", "k = [{}, 1]", "k: expected array of tables, found array with a integer. Write [[k]] above the keys of each."),
    ],
)
def test_an_unsuitable_value_is_an_error(getter: str, toml: str, says: str) -> None:
    """The message has the file, the key, what was expected and found in TOML's terms, and what to write."""
    with pytest.raises(ConfigError) as raised:
        GETTERS[getter](table_of(toml))

    assert str(raised.value) == f"a.toml: {says}"


def test_paths_lead_to_the_key() -> None:
    """Keys of nested tables and of arrays of tables are named from the top of the file."""
    entry = table_of("[[name]]\n[[name]]\nscripts = {Cyrl = 1}").tables("name")[1]

    with pytest.raises(ConfigError, match=r"^a.toml: name\[1\]\.scripts\.Cyrl: "):
        entry.table("scripts").string("Cyrl")


def test_unknown_keys_are_errors() -> None:
    """`done` names the key that no getter has read, the known keys, and the most similar one."""
    table, empty = table_of("nmae = 'a'"), table_of("a = 1", "dataset")
    table.string("name")
    table.string("kind")

    with pytest.raises(ConfigError) as misspelt:
        table.done()
    with pytest.raises(ConfigError) as unexpected:
        empty.done()

    assert str(misspelt.value) == "a.toml: nmae: expected one of kind, name, found the unknown key 'nmae'. Did you mean 'name'?"
    assert str(unexpected.value) == "a.toml: dataset.a: expected no keys, found the unknown key 'a'. Correct or remove it."


def test_keys_can_be_set_aside() -> None:
    """`only` moves some keys to a new table of the same path and empties this one, whose other keys are not checked."""
    table = table_of("a = 1\nb = 2\nc = 3", "part")
    assert table.remaining_keys() == ["a", "b", "c"]

    selected = table.only(["c", "a", "z"])
    table.done()

    assert selected.remaining_keys() == ["a", "c"]
    assert str(selected.error("a", expected="b", found="c", hint="D.")) == "a.toml: part.a: expected b, found c. D."


def test_the_values_given_are_not_changed() -> None:
    """Reading keys removes them from the table, not from the dictionary that it was made from."""
    values = {"k": "a"}

    assert Table(values, file="a.toml").string("k") == "a"
    assert values == {"k": "a"}


def test_a_file_is_parsed_and_its_unknown_keys_rejected(tmp_path: Path) -> None:
    """A byte-order mark and an empty file are fine; a key that the parser does not read is an error."""
    file = tmp_path / "a.toml"
    file.write_bytes(b"\xef\xbb\xbfk = '\xc3\xa9'")

    assert read_table(file, lambda table: table.string("k")) == "é"
    assert parse_table(b"", "a.toml", Table.remaining_keys) == []
    with pytest.raises(ConfigError, match="expected no keys, found the unknown key 'k'"):
        read_table(file, lambda _: None)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(
            b'[dataset]\nname = "caf\xe9"\n', "expected UTF-8, found the byte 0xe9 at offset 21. Save it as UTF-8.", id="not UTF-8"
        ),
        pytest.param(b"\x89PNG\r\n\x1a\n\0", "expected UTF-8, found the byte 0x89 at offset 0. Save it as UTF-8.", id="an image"),
        pytest.param(
            b"a = " + b"9" * 5000,
            "expected TOML, found something that cannot be parsed (ValueError). Remove huge numbers or deep nesting.",
            id="a huge number",
        ),
        pytest.param(
            b"a = " + b"[" * 100_000,
            "expected TOML, found something that cannot be parsed (RecursionError). Remove huge numbers or deep nesting.",
            id="deep nesting",
        ),
    ],
)
def test_content_that_is_not_toml_raises_an_error(content: bytes, message: str, tmp_path: Path) -> None:
    """Content that is not valid TOML raises a ConfigError that names the file, whatever its bytes."""
    file = tmp_path / "corpus.toml"
    file.write_bytes(content)

    with pytest.raises(ConfigError) as raised:
        read_table(file, Table.remaining_keys)

    assert str(raised.value) == f"{file}: {message}"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A missing file, or a folder in its place, raises an error that names it."""
    with pytest.raises(ConfigError) as missing:
        read_table(tmp_path / "corpus.toml", Table.remaining_keys)
    with pytest.raises(ConfigError) as folder:
        read_table(tmp_path, Table.remaining_keys)

    assert str(missing.value) == f"{tmp_path / 'corpus.toml'}: expected a readable file, found No such file or directory. Check the path."
    assert str(folder.value) == f"{tmp_path}: expected a readable file, found Is a directory. Check the path."


@given(st.text())
def test_a_quoted_string_is_parsed_to_itself(text: str) -> None:
    """TOML reads back every string that it can express from one line without control characters."""
    quoted = toml_string(text)

    assert tomllib.loads(f"k = {quoted}") == {"k": text}
    assert len(quoted.splitlines()) == 1


@pytest.mark.parametrize(("text", "read_back"), [("a\ud800b", "a\ufffdb"), ("\ud83d\ude00", "😀"), ("", "")])
def test_lone_surrogates_are_replaced(text: str, read_back: str) -> None:
    """TOML cannot express half of a surrogate pair; a full pair is one character."""
    assert tomllib.loads(f"k = {toml_string(text)}") == {"k": read_back}
