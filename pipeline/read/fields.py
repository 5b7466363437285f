"""One record -> one scrape: the fields that count, the names they may have, and how their values are checked.

JSON Lines, JSON, CSV, Parquet, Arrow and feeds share this, so that the same record is the same page in each of them.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from pipeline.read import urls
from pipeline.read.found import RefusedError, Scrape, digest
from pipeline.read.stated import Stated, fill, moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["ALIASES", "CONTENT", "NO_COLUMNS", "Columns", "holdable", "kind", "listed", "no_content", "scrape", "wrong"]

#: Fields that hold the page itself; kept as they are, where everything else is stripped.
CONTENT = ("html", "text")
#: The names of each field, the first that has a value counts.
ALIASES = {
    "html": ("html",),
    "text": ("text",),
    "url": ("url",),
    "site": ("site",),
    "title": ("title",),
    "authors": ("authors",),
    "created": ("created", "date", "published"),
    "created_offset": ("created_offset",),
    "added": ("added", "timestamp", "crawled"),
    "language": ("language", "lang"),
    "license": ("license",),
}
_KINDS = {str: "string", bool: "boolean", int: "number", float: "number", list: "array", dict: "object", type(None): "null"}
#: Escapes of JSON can make what no UTF-8 can hold; the parsers of markup stop at NULs.
_UNHOLDABLE = re.compile("[\0\ud800-\udfff]")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
#: The names that a message lists at most, and their characters.
_MOST_NAMES, _MOST_CHARACTERS = 12, 200
#: Minutes east of UTC that an offset may have (ISO 8601: less than a day).
_MOST_OFFSET = 24 * 60


class Columns(NamedTuple):
    """Which fields or columns of a source hold the fields of a record, as `columns` of [[source]] says.

    Attributes:
        names: field -> the name that it has there, with `.` between the names of nested fields; None where the field is not to be read.
    """

    names: Mapping[str, str | None] = {}

    def aliases(self) -> dict[str, tuple[str, ...]]:
        """Return the names to look for, by field; who names the text or the HTML does not want the other."""
        found = dict(ALIASES)
        if any(self.names.get(name) for name in CONTENT):
            found = {field: names for field, names in found.items() if field not in CONTENT}
        found |= {field: (name,) for field, name in self.names.items() if name is not None}
        return {field: names for field, names in found.items() if self.names.get(field, field) is not None}

    def of(self, record: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a record with its fields under their usual names."""
        if not self.names:
            return record
        fields: dict[str, Any] = {}
        for field, names in self.aliases().items():
            for name, usual in zip(names, ALIASES[field], strict=False):
                value = _looked_up(record, name)
                if value is not None:
                    fields[usual] = value
        return fields

    def wanted(self, noun: str) -> str:
        """Return which field or column (`noun`) is to hold the text, as messages name it."""
        named = [repr(name) for field in CONTENT if (name := self.names.get(field))]
        return f"the {noun} {' or '.join(named)} that `columns` in corpus.toml names" if named else f"a {noun} text or html"


NO_COLUMNS = Columns()


def scrape(
    record: Mapping[str, Any], place: str, charset: str, defaults: Stated, *, raw: bytes | None = None, columns: Columns = NO_COLUMNS
) -> Scrape:
    """Return the scrape of a record.

    Args:
        record: its fields, as JSON has them; dates may be dates of Python.
        place: where it stands, `source#N`.
        charset: in which it was written.
        defaults: what holds where the record does not say.
        raw: the bytes of the record. Where a format has none of its own, those of its fields as JSON count: equal records are equal
            in every such format.
        columns: names of fields that are not the usual ones.

    Raises:
        RefusedError: it has no text, or a field of the wrong type.
    """
    fields = columns.of(record)
    markup = _string(fields, "html")
    content = markup if markup is not None else _string(fields, "text")
    if content is None:
        if any(_holds(record, name) for field in CONTENT for name in columns.aliases().get(field, ())):
            raise RefusedError("empty", "Its text is null. Fetch it again or remove the record.")
        raise no_content(record, columns)
    stated = _stated(fields)
    if raw is None or b"\\u" in raw:  # in JSON, only escapes can make them
        if "\0" in content:
            raise RefusedError("binary", "Its text holds NUL characters. Remove them or the record.")
        content = holdable(content)
        stated = _holdable(stated)
    if not content or content.isspace():
        raise RefusedError("empty", "Its text is empty or only white space. Fetch it again or remove the record.")
    if raw is None:
        raw = _canonical(fields)
    media_type = "text/plain" if markup is None else "text/html"
    return Scrape(place, media_type, charset, digest(raw), len(raw), content, fill(stated, defaults))


def no_content(
    names: Iterable[str], columns: Columns = NO_COLUMNS, *, noun: str = "field", hint: str = "Rename or add one."
) -> RefusedError:
    """Return the refusal of a record, or of a table, of which no field holds the text.

    Args:
        names: of the fields that are there.
        columns: names of fields that are not the usual ones.
        noun: field or column.
        hint: what to do.
    """
    return RefusedError("no-text", f"Expected {columns.wanted(noun)}, found the {noun}s {listed(names)}. {hint}")


def listed(names: Iterable[str]) -> str:
    """Return the names of fields for a message: some of them where there are many."""
    every = sorted(names)
    shown = holdable(", ".join(every[:_MOST_NAMES]))[:_MOST_CHARACTERS]
    return (shown + (" and more" if len(every) > _MOST_NAMES else "")) or "none"


def holdable(text: str) -> str:
    """Return the text with U+FFFD for what no UTF-8 can hold, and for NULs."""
    try:
        text.encode()  # a tenth of the time of looking for them
    except UnicodeEncodeError:
        return _UNHOLDABLE.sub(_REPLACEMENT, text)
    return text.replace("\0", _REPLACEMENT)


def wrong(key: str, expected: str, found: str) -> RefusedError:
    """Return the refusal of a field of another type."""
    return RefusedError("bad-field", f"{key}: expected {expected}, found {found}. Correct it or leave it out.")


def _looked_up(record: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 - whatever the record holds
    """Return a value by its name, or by the names of the objects that it is in: `meta.url`."""
    if name in record or "." not in name:
        return record.get(name)
    value: Any = record
    for part in name.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(part)
    return value


def _holds(record: Mapping[str, Any], name: str) -> bool:
    return name in record or ("." in name and name.partition(".")[0] in record)


def _canonical(fields: Mapping[str, Any]) -> bytes:
    used = {name: value for names in ALIASES.values() for name in names if (value := fields.get(name)) is not None}
    text = json.dumps(used, ensure_ascii=False, separators=(",", ":"), default=_iso)
    return text.encode("utf-8", "surrogatepass")


def _iso(value: object) -> str:
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _stated(record: Mapping[str, Any]) -> Stated:
    url = _string(record, "url")
    created, offset = _moment(record, *ALIASES["created"])
    return Stated(
        urls.clean(url) if url else None,
        _string(record, "site"),
        _string(record, "title"),
        _strings(record, "authors"),
        created,
        _offset(record, offset) if created and "created_offset" in record else offset,
        _moment(record, *ALIASES["added"])[0],
        _string(record, "language") or _string(record, "lang"),
        _string(record, "license"),
    )


def _string(record: Mapping[str, Any], key: str) -> str | None:
    value = record.get(key)
    if value is None:
        return None
    if type(value) is not str:
        raise wrong(key, "a string", kind(value))
    return value if key in CONTENT else value.strip() or None


def _strings(record: Mapping[str, Any], key: str) -> list[str] | None:
    values = record.get(key)
    if values is None:
        return None
    if type(values) is str:
        values = [values]
    if type(values) is not list:
        raise wrong(key, "a string or an array of strings", kind(values))
    for index, value in enumerate(values):
        if type(value) is not str:
            raise wrong(f"{key}[{index}]", "a string", kind(value))
    return [value.strip() for value in values if value.strip()] or None


def _moment(record: Mapping[str, Any], *keys: str) -> tuple[dt.datetime | None, int | None]:
    for key in keys:
        value = record.get(key)
        if value is None:
            continue
        if type(value) not in (str, int, float) and not isinstance(value, dt.date):
            raise wrong(key, "an ISO 8601 date", kind(value))
        found = moment(value)
        if found[0] is not None:
            return found
    return None, None


def _offset(record: Mapping[str, Any], default: int | None) -> int | None:
    """Return the minutes that `created_offset` states beside a time in UTC, as releases of saring do."""
    value = record["created_offset"]
    try:
        offset = None if value is None else int(value)
    except (TypeError, ValueError, OverflowError):
        return default
    return offset if offset is None or abs(offset) < _MOST_OFFSET else default


def kind(value: object) -> str:
    """Return what JSON calls the type of a value."""
    return _KINDS.get(type(value), type(value).__name__)


def _holdable(stated: Stated) -> Stated:
    def mend(value: Any) -> Any:  # noqa: ANN401 - strings and lists of them are mended, all else is passed on
        if isinstance(value, str):
            return holdable(value)
        return [mend(part) for part in value] if isinstance(value, list) else value

    return Stated._make(map(mend, stated))
