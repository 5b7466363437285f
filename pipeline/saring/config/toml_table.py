"""Typed access to TOML files written by people, with errors that state file, path, expected and found.

A `Table` wraps one TOML table and knows its path in the file. Each getter removes its key; `done()` then rejects the keys that remain, so that
a misspelt key is an error and not a silent default.
"""

from __future__ import annotations

import datetime as dt
import difflib
import json
import tomllib
from typing import TYPE_CHECKING, Any, TypeVar, overload

from saring.core.errors import ConfigError
from saring.core.printable import json_safe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

__all__ = ["Table", "parse_table", "read_table", "toml_string"]

Parsed = TypeVar("Parsed")

#: Names of Python types in TOML's terms, for error messages.
_TYPE_NAMES: dict[type, str] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    list: "array",
    dict: "table",
    dt.datetime: "date-time",
    dt.date: "date",
    dt.time: "time",
}


def _type_of(value: object) -> str:
    """Return the TOML name of a value's type, for error messages."""
    return _TYPE_NAMES.get(type(value), type(value).__name__)


class Table:
    """One TOML table with its file and its path in that file; each key can be read once, by a getter that checks its type.

    All getters raise a `ConfigError` if the value has the wrong type or is not allowed.

    Args:
        values: the parsed table.
        file: the file's name, for errors.
        path: the table's path in the file, such as `name[3]`; empty for the top level.
    """

    def __init__(self, values: dict[str, Any], *, file: str, path: str = "") -> None:
        self.file, self.path = file, path
        self._remaining = dict(values)
        self._known_keys: list[str] = []

    def error(self, key: str, *, expected: str, found: str, hint: str) -> ConfigError:
        """Build a `ConfigError` about a key of this table, for the caller to raise."""
        return ConfigError(file=self.file, path=self._at(key), expected=expected, found=found, hint=hint)

    def string(self, key: str, default: str | None = None) -> str | None:
        """Read a string, which must not be blank; `default` if the key is missing."""
        value = self._typed(key, str, "Put it between quotes.")
        if isinstance(value, str) and not value.strip():
            raise self.error(key, expected="a string that is not blank", found=repr(value), hint="Fill it in or leave the key out.")
        return default if value is None else value

    def string_or_false(self, key: str, hint: str) -> str | bool | None:
        """Read a value that is a non-blank string or false; None if the key is missing."""
        value = self._typed(key, (str, bool), hint)
        if value is True or (isinstance(value, str) and not value.strip()):
            raise self.error(key, expected="a string that is not blank, or false", found=repr(value).lower(), hint=hint)
        return value if isinstance(value, (str, bool)) else None

    def required(self, key: str, hint: str = "Add it.") -> str:
        """Read a mandatory string, which must not be blank; `hint` tells the user what to write if it is missing."""
        value = self.string(key)
        if value is None:
            raise self.error(key, expected="string", found="nothing", hint=hint)
        return value

    @overload
    def choice(self, key: str, choices: Iterable[str], default: str = ...) -> str: ...
    @overload
    def choice(self, key: str, choices: Iterable[str], default: None) -> str | None: ...
    def choice(self, key: str, choices: Iterable[str], default: str | None = "") -> str | None:
        """Read a string that must be one of `choices`; `default` if the key is missing. Without a default, a missing key is an error.

        The empty string stands for no default, since None is a possible one.
        """
        value, words = self.string(key), sorted(choices)
        if value is None and default != "":
            return default
        if value not in words:
            found = "nothing" if value is None else repr(value)
            hint = "Add it." if value is None else _spelling_hint(value, words)
            raise self.error(key, expected=f"one of {', '.join(words)}", found=found, hint=hint)
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        """Read a boolean; `default` if the key is missing."""
        value = self._typed(key, bool, "Write true or false, without quotes.")
        return default if value is None else bool(value)

    @overload
    def number(self, key: str, default: float, *, low: float, high: float) -> float: ...
    @overload
    def number(self, key: str, default: None, *, low: float, high: float) -> float | None: ...
    def number(self, key: str, default: float | None, *, low: float, high: float) -> float | None:
        """Read an integer or a float between `low` and `high` (inclusive) as a float; `default` if the key is missing."""
        value = self._typed(key, (int, float), "Write a number, without quotes.")
        if value is None:
            return default
        if not low <= value <= high:  # also rejects nan
            raise self.error(key, expected=f"a number from {low:g} to {high:g}", found=repr(value), hint="Choose a value in this range.")
        return float(value)

    def integer(self, key: str, default: int, *, low: int, high: int) -> int:
        """Read an integer between `low` and `high` (inclusive); `default` if the key is missing."""
        value = self._typed(key, int, "Write a whole number, without quotes.")
        if value is None:
            return default
        if not low <= value <= high:
            raise self.error(key, expected=f"a whole number from {low} to {high}", found=repr(value), hint="Choose a value in this range.")
        return int(value)

    def strings(self, key: str) -> tuple[str, ...]:
        """Read an array of non-blank strings; empty if the key is missing."""
        values = self._typed(key, list, 'Write an array of strings: ["one", "two"].')
        for index, value in enumerate(values or ()):
            if not isinstance(value, str) or not value.strip():
                raise self.error(
                    f"{key}[{index}]", expected="a string that is not blank", found=_type_of(value), hint="Correct or remove it."
                )
        return tuple(values or ())

    def moment(self, key: str) -> dt.datetime | dt.date | None:
        """Read a date or a date-time; None if the key is missing."""
        value = self._typed(key, (dt.datetime, dt.date), "Write 2024-09-06 or 2024-09-06T10:00:00Z, without quotes.")
        return value if isinstance(value, dt.date) else None

    def table(self, key: str, hint: str | None = None) -> Table:
        """Read a subtable; empty if the key is missing."""
        value = self._typed(key, dict, hint or f"Write [{self._at(key)}] above its keys.")
        return Table(value or {}, file=self.file, path=self._at(key))

    def tables(self, key: str) -> list[Table]:
        """Read an array of tables; empty if the key is missing."""
        hint = f"Write [[{self._at(key)}]] above the keys of each."
        values = self._typed(key, list, hint)
        for value in values or ():
            if not isinstance(value, dict):
                raise self.error(key, expected="array of tables", found=f"array with a {_type_of(value)}", hint=hint)
        return [Table(value, file=self.file, path=f"{self._at(key)}[{index}]") for index, value in enumerate(values or ())]

    def only(self, keys: Iterable[str]) -> Table:
        """Move some keys to a new table and return it; the other keys are discarded unread, so that `done` does not reject them."""
        selected = {key: value for key, value in self._remaining.items() if key in set(keys)}
        self._remaining.clear()
        return Table(selected, file=self.file, path=self.path)

    def remaining_keys(self) -> list[str]:
        """Return the keys of the table that no getter has read yet."""
        return list(self._remaining)

    def done(self) -> None:
        """Reject unknown keys: call it when all known keys have been read.

        Raises:
            ConfigError: a key remains; names it, the known keys and the most similar of them.
        """
        for key in self._remaining:
            expected = f"one of {', '.join(sorted(self._known_keys))}" if self._known_keys else "no keys"
            raise self.error(key, expected=expected, found=f"the unknown key {key!r}", hint=_spelling_hint(key, self._known_keys))

    def _typed(self, key: str, types: type | tuple[type, ...], hint: str) -> Any:  # noqa: ANN401 - narrowed by each getter
        """Remove and return a key's value, or None if it is missing; raise a `ConfigError` if its type is not one of `types`."""
        self._known_keys.append(key)
        value = self._remaining.pop(key, None)
        types = types if isinstance(types, tuple) else (types,)
        if value is None or (isinstance(value, types) and (bool in types or not isinstance(value, bool))):
            return value
        raise self.error(key, expected=" or ".join(_type_name(kind) for kind in types), found=_type_of(value), hint=hint)

    def _at(self, key: str) -> str:
        """Return the path of a key in the file, such as `name[3].variants`."""
        return f"{self.path}.{key}" if self.path else key


def _type_name(kind: type) -> str:
    return _TYPE_NAMES.get(kind, kind.__name__)


def _spelling_hint(word: str, known: Iterable[str]) -> str:
    """Return a hint for an unknown word: the most similar known word, if there is one."""
    similar = difflib.get_close_matches(word, list(known), n=1)
    return f"Did you mean {similar[0]!r}?" if similar else "Correct or remove it."


def toml_string(text: str) -> str:
    r"""Quote a string as a TOML basic string on one line, with control and invisible characters escaped.

    TOML parses it to the same string, but for lone surrogates, which TOML cannot express: each becomes U+FFFD.

    >>> toml_string('say "a"\x7f\u202e')
    '"say \\"a\\"\\u007f\\u202e"'
    """
    valid = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return json_safe(json.dumps(valid, ensure_ascii=False))  # JSON strings are TOML strings, except that JSON does not escape DEL


def read_table(file: Path, parse: Callable[[Table], Parsed]) -> Parsed:
    """Read a TOML file and parse its top-level table; keys that `parse` does not read are errors.

    Args:
        file: the file.
        parse: turns the table into the result.

    Raises:
        ConfigError: the file is missing, not UTF-8, not TOML, or rejected by `parse`.
    """
    name = str(file)
    try:
        data = file.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConfigError(file=name, path="", expected="a readable file", found=reason, hint="Check the path.") from error
    return parse_table(data, name, parse)


def parse_table(data: bytes, name: str, parse: Callable[[Table], Parsed]) -> Parsed:
    """Parse the content of a TOML file as `read_table` does.

    Args:
        data: the content.
        name: the file's name, for errors.
        parse: turns the top-level table into the result.

    Raises:
        ConfigError: the content is not UTF-8, not TOML, or rejected by `parse`.
    """
    try:
        values = tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        found = f"the byte {error.object[error.start]:#04x} at offset {error.start}"
        raise ConfigError(file=name, path="", expected="UTF-8", found=found, hint="Save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(file=name, path="", expected="TOML", found=str(error), hint="Correct that line.") from error
    except (ValueError, RecursionError) as error:  # raised by tomllib for integers of 5,000 digits and for deep nesting
        found = f"something that cannot be parsed ({type(error).__name__})"
        raise ConfigError(file=name, path="", expected="TOML", found=found, hint="Remove huge numbers or deep nesting.") from error
    table = Table(values, file=name)
    parsed = parse(table)
    table.done()
    return parsed
