"""Read TOML written by a person into typed values, with errors that say file, path, expected and found.

A `Table` wraps one TOML table and remembers where it stands. Each getter takes a key out; `done()` then refuses keys that nobody
asked for, so that a typing error is an error and not a silent default.
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

__all__ = ["Table", "parse_table", "quoted", "read_table"]

T = TypeVar("T")

_KINDS: dict[type, str] = {
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


def _kind(value: object) -> str:
    return _KINDS.get(type(value), type(value).__name__)


class Table:
    """One TOML table, the file it came from and its path in that file."""

    def __init__(self, values: dict[str, Any], *, file: str, path: str = "") -> None:
        self.file, self.path = file, path
        self._left = dict(values)
        self._asked: list[str] = []

    def error(self, key: str, *, expected: str, found: str, hint: str) -> ConfigError:
        """Return the error for a key of this table, to be raised by the caller."""
        return ConfigError(file=self.file, path=self._at(key), expected=expected, found=found, hint=hint)

    def string(self, key: str, default: str | None = None) -> str | None:
        """Return a string that is not blank."""
        value = self._typed(key, str, "Put it between quotes.")
        if isinstance(value, str) and not value.strip():
            raise self.error(key, expected="a string that is not blank", found=repr(value), hint="Fill it in or leave the key out.")
        return default if value is None else value

    def string_or_false(self, key: str, hint: str) -> str | bool | None:
        """Return a string that is not blank, or false; None where the key is missing."""
        value = self._typed(key, (str, bool), hint)
        if value is True or (isinstance(value, str) and not value.strip()):
            raise self.error(key, expected="a string that is not blank, or false", found=repr(value).lower(), hint=hint)
        return value if isinstance(value, (str, bool)) else None

    def required(self, key: str, hint: str = "Add it.") -> str:
        """Return a string that has to be there."""
        value = self.string(key)
        if value is None:
            raise self.error(key, expected="string", found="nothing", hint=hint)
        return value

    @overload
    def choice(self, key: str, choices: Iterable[str], default: str = ...) -> str: ...
    @overload
    def choice(self, key: str, choices: Iterable[str], default: None) -> str | None: ...
    def choice(self, key: str, choices: Iterable[str], default: str | None = "") -> str | None:
        """Return one of a few words; without a default, it has to be there."""
        value, words = self.string(key), sorted(choices)
        if value is None and default != "":
            return default
        if value not in words:
            found = "nothing" if value is None else repr(value)
            hint = "Add it." if value is None else _nearest(value, words)
            raise self.error(key, expected=f"one of {', '.join(words)}", found=found, hint=hint)
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        """Return true or false."""
        value = self._typed(key, bool, "Write true or false, without quotes.")
        return default if value is None else bool(value)

    @overload
    def number(self, key: str, default: float, *, low: float, high: float) -> float: ...
    @overload
    def number(self, key: str, default: None, *, low: float, high: float) -> float | None: ...
    def number(self, key: str, default: float | None, *, low: float, high: float) -> float | None:
        """Return a number between `low` and `high`, both included."""
        value = self._typed(key, (int, float), "Write a number, without quotes.")
        if value is None:
            return default
        if not low <= value <= high:  # also refuses nan
            raise self.error(key, expected=f"a number from {low:g} to {high:g}", found=repr(value), hint="Choose one within.")
        return float(value)

    def integer(self, key: str, default: int, *, low: int, high: int) -> int:
        """Return a whole number between `low` and `high`, both included."""
        value = self._typed(key, int, "Write a whole number, without quotes.")
        if value is None:
            return default
        if not low <= value <= high:
            raise self.error(key, expected=f"a whole number from {low} to {high}", found=repr(value), hint="Choose one within.")
        return int(value)

    def strings(self, key: str) -> tuple[str, ...]:
        """Return an array of strings, empty where the key is missing."""
        values = self._typed(key, list, 'Write an array of strings: ["one", "two"].')
        for index, value in enumerate(values or ()):
            if not isinstance(value, str) or not value.strip():
                raise self.error(f"{key}[{index}]", expected="a string that is not blank", found=_kind(value), hint="Mend or remove it.")
        return tuple(values or ())

    def moment(self, key: str) -> dt.datetime | dt.date | None:
        """Return a date or a date-time."""
        value = self._typed(key, (dt.datetime, dt.date), "Write 2024-09-06 or 2024-09-06T10:00:00Z, without quotes.")
        return value if isinstance(value, dt.date) else None

    def table(self, key: str, hint: str | None = None) -> Table:
        """Return a table, empty where the key is missing."""
        value = self._typed(key, dict, hint or f"Write [{self._at(key)}] above its keys.")
        return Table(value or {}, file=self.file, path=self._at(key))

    def tables(self, key: str) -> list[Table]:
        """Return an array of tables, empty where the key is missing."""
        hint = f"Write [[{self._at(key)}]] above each of them."
        values = self._typed(key, list, hint)
        for value in values or ():
            if not isinstance(value, dict):
                raise self.error(key, expected="array of tables", found=f"array with a {_kind(value)}", hint=hint)
        return [Table(value, file=self.file, path=f"{self._at(key)}[{index}]") for index, value in enumerate(values or ())]

    def only(self, keys: Iterable[str]) -> Table:
        """Return a table of some keys of this one, in which nothing is left: what other keys hold is nobody's error."""
        held = {key: value for key, value in self._left.items() if key in set(keys)}
        self._left.clear()
        return Table(held, file=self.file, path=self.path)

    def left(self) -> list[str]:
        """Return the keys that nobody has taken out yet."""
        return list(self._left)

    def done(self) -> None:
        """Refuse what is left: a key that nobody asked for is a typing error.

        Raises:
            ConfigError: names the key, the keys that exist, and the nearest of them.
        """
        for key in self._left:
            expected = f"one of {', '.join(sorted(self._asked))}" if self._asked else "no keys"
            raise self.error(key, expected=expected, found=f"the unknown key {key!r}", hint=_nearest(key, self._asked))

    def _typed(self, key: str, kinds: type | tuple[type, ...], hint: str) -> Any:  # noqa: ANN401 - narrowed by each getter
        self._asked.append(key)
        value = self._left.pop(key, None)
        kinds = kinds if isinstance(kinds, tuple) else (kinds,)
        if value is None or (isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool))):
            return value
        raise self.error(key, expected=" or ".join(_kind_name(kind) for kind in kinds), found=_kind(value), hint=hint)

    def _at(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key


def _kind_name(kind: type) -> str:
    return _KINDS.get(kind, kind.__name__)


def _nearest(word: str, words: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(words), n=1)
    return f"Did you mean {near[0]!r}?" if near else "Correct or remove it."


def quoted(text: str) -> str:
    r"""Return a string as TOML that reads back as the same string, and that steers no terminal where it is printed.

    TOML holds no lone surrogates; each becomes U+FFFD.

    >>> quoted('say "a"\x7f\u202e')
    '"say \\"a\\"\\u007f\\u202e"'
    """
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return json_safe(json.dumps(whole, ensure_ascii=False))  # a string of JSON is one of TOML, but for DEL


def read_table(file: Path, parse: Callable[[Table], T]) -> T:
    """Read a TOML file and parse it; keys that `parse` does not ask for are errors.

    Raises:
        ConfigError: the file is missing, is not UTF-8, is not TOML, or `parse` refuses it.
    """
    name = str(file)
    try:
        data = file.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConfigError(file=name, path="", expected="a readable file", found=reason, hint="Check the path.") from error
    return parse_table(data, name, parse)


def parse_table(data: bytes, name: str, parse: Callable[[Table], T]) -> T:
    """Parse the bytes of a TOML file, which errors call by this name.

    Raises:
        ConfigError: they are not UTF-8, or not TOML, or `parse` refuses them.
    """
    try:
        values = tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        found = f"byte {error.object[error.start]:#04x} at {error.start}"
        raise ConfigError(file=name, path="", expected="UTF-8", found=found, hint="Save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(file=name, path="", expected="TOML", found=str(error), hint="Mend that line.") from error
    except (ValueError, RecursionError) as error:  # tomllib lets integers of 5,000 digits and deep nesting through
        found = f"what cannot be read ({type(error).__name__})"
        raise ConfigError(file=name, path="", expected="TOML", found=found, hint="Remove huge numbers and deep nesting.") from error
    table = Table(values, file=name)
    parsed = parse(table)
    table.done()
    return parsed
