"""One record -> one scrape: how the values of its fields are checked, and what they become.

JSON Lines, JSON, CSV, Parquet, Arrow and feeds share this, so that the same record is the same page in each of them.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from saring.core import urls
from saring.read.column_names import ALIASES, CONTENT, NO_COLUMNS, no_content_error
from saring.read.declared_metadata import DeclaredMetadata, fill_missing, parse_moment
from saring.read.scrape import RefusedError, Scrape, replace_unencodable, sha256_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from saring.read.column_names import Columns

__all__ = ["json_type", "record_scrape", "wrong_type_error"]

#: What a record may say besides its text.
_ABOUT = frozenset(name for field, names in ALIASES.items() if field not in CONTENT for name in names)
_KINDS = {str: "string", bool: "boolean", int: "number", float: "number", list: "array", dict: "object", type(None): "null"}
#: Minutes east of UTC that an offset may have (ISO 8601: less than a day).
_MOST_OFFSET = 24 * 60


def record_scrape(
    record: Mapping[str, Any],
    place: str,
    charset: str,
    defaults: DeclaredMetadata,
    *,
    raw: bytes | None = None,
    columns: Columns = NO_COLUMNS,
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
        if columns.names_content(record):
            raise RefusedError("empty", "Its text is null. Fetch it again or remove the record.")
        raise no_content_error(record, columns)
    stated = _stated(fields)
    about = _about(fields) if raw is None else ""
    if raw is None or b"\\u" in raw:  # in JSON Lines, only escapes can make what cannot be held
        if "\0" in content:
            raise RefusedError("binary", "Its text holds NUL characters. Remove them or the record.")
        content = replace_unencodable(content)
        if raw is not None or not _is_clean(about):
            stated = _holdable(stated)
    if not content or content.isspace():
        raise RefusedError("empty", "Its text is empty or only white space. Fetch it again or remove the record.")
    if raw is None:
        raw = about.encode("utf-8", "replace") + b"\0" + content.encode()
    media_type = "text/plain" if markup is None else "text/html"
    return Scrape(place, media_type, charset, sha256_of(raw), len(raw), content, fill_missing(stated, defaults))


def wrong_type_error(key: str, expected: str, found: str) -> RefusedError:
    """Return the refusal of a field of another type."""
    return RefusedError("bad-field", f"{key}: expected {expected}, found {found}. Correct it or leave it out.")


def _about(fields: Mapping[str, Any]) -> str:
    """Return what a record says besides its text, the same whatever the format and the order of its fields."""
    used = {name: value for name, value in fields.items() if name in _ABOUT and value is not None}
    return json.dumps(used, ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=_iso)


def _is_clean(about: str) -> bool:
    """Tell whether UTF-8 can hold what a record says, and no NUL is in it."""
    try:
        about.encode()
    except UnicodeEncodeError:
        return False
    return "\\u0000" not in about


def _iso(value: object) -> str:
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _stated(record: Mapping[str, Any]) -> DeclaredMetadata:
    url = _string(record, "url")
    created, offset = _moment(record, *ALIASES["created"])
    return DeclaredMetadata(
        urls.clean_url(url) if url else None,
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
        raise wrong_type_error(key, "a string", json_type(value))
    return value if key in CONTENT else value.strip() or None


def _strings(record: Mapping[str, Any], key: str) -> list[str] | None:
    values = record.get(key)
    if values is None:
        return None
    if type(values) is str:
        values = [values]
    if type(values) is not list:
        raise wrong_type_error(key, "a string or an array of strings", json_type(values))
    for index, value in enumerate(values):
        if type(value) is not str:
            raise wrong_type_error(f"{key}[{index}]", "a string", json_type(value))
    return [value.strip() for value in values if value.strip()] or None


def _moment(record: Mapping[str, Any], *keys: str) -> tuple[dt.datetime | None, int | None]:
    for key in keys:
        value = record.get(key)
        if value is None:
            continue
        if type(value) not in (str, int, float) and not isinstance(value, dt.date):
            raise wrong_type_error(key, "an ISO 8601 date", json_type(value))
        found = parse_moment(value)
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


def json_type(value: object) -> str:
    """Return what JSON calls the type of a value."""
    return _KINDS.get(type(value), type(value).__name__)


def _holdable(stated: DeclaredMetadata) -> DeclaredMetadata:
    def mend(value: Any) -> Any:  # noqa: ANN401 - strings and lists of them are mended, all else is passed on
        if isinstance(value, str):
            return replace_unencodable(value)
        return [mend(part) for part in value] if isinstance(value, list) else value

    return DeclaredMetadata._make(map(mend, stated))
