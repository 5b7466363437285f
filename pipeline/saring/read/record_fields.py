"""Check the field values of a record and turn it into a scrape.

Shared by JSON Lines, JSON, CSV, Parquet, Arrow and feeds, so that the same record is the same page in each format.
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

#: Names of the fields of declared metadata, aliases included.
_METADATA_NAMES = frozenset(name for field, names in ALIASES.items() if field not in CONTENT for name in names)
#: Type of a Python value -> its name in JSON.
_JSON_TYPES = {str: "string", bool: "boolean", int: "number", float: "number", list: "array", dict: "object", type(None): "null"}
#: Bound in minutes of an offset from UTC (ISO 8601: less than a day).
_MAX_OFFSET = 24 * 60


def record_scrape(
    record: Mapping[str, Any],
    source: str,
    charset: str,
    defaults: DeclaredMetadata,
    *,
    raw: bytes | None = None,
    columns: Columns = NO_COLUMNS,
) -> Scrape:
    """Return the scrape of one record.

    Args:
        record: its fields as JSON values; dates may also be Python dates.
        source: the record's source, `source#N`.
        charset: the name of the charset in which it was written.
        defaults: metadata for fields that the record does not declare.
        raw: the record's bytes, for the scrape's hash and size. In a format without bytes of its own for each record, its fields
            serialised as JSON are used: equal records are equal in all such formats.
        columns: the field names that corpus.toml sets.

    Raises:
        RefusedError: the record has no text, or a field of the wrong type.
    """
    fields = columns.standardize(record)
    markup = _string(fields, "html")
    content = markup if markup is not None else _string(fields, "text")
    if content is None:
        if columns.has_content(record):
            raise RefusedError("empty", "The text is null. Fetch it again or remove the record.")
        raise no_content_error(record, columns)
    metadata = _metadata(fields)
    metadata_json = _metadata_json(fields) if raw is None else ""
    if raw is None or b"\\u" in raw:  # in JSON Lines, only escapes can yield NULs and lone surrogates
        if "\0" in content:
            raise RefusedError("binary", "The text contains NUL characters. Remove them or the record.")
        content = replace_unencodable(content)
        if raw is not None or not _is_encodable(metadata_json):
            metadata = _replace_unencodable_values(metadata)
    if not content or content.isspace():
        raise RefusedError("empty", "The text is empty or only white space. Fetch it again or remove the record.")
    if raw is None:
        raw = metadata_json.encode("utf-8", "replace") + b"\0" + content.encode()
    media_type = "text/plain" if markup is None else "text/html"
    return Scrape(source, media_type, charset, sha256_of(raw), len(raw), content, fill_missing(metadata, defaults))


def wrong_type_error(key: str, expected: str, actual: str) -> RefusedError:
    """Return the refusal (`bad-field`) of a record with a field of the wrong type."""
    return RefusedError("bad-field", f"{key}: expected {expected}, found {actual}. Correct it or leave it out.")


def _metadata_json(fields: Mapping[str, Any]) -> str:
    """Return the declared metadata of a record as canonical JSON, the same whatever the format and the order of its fields."""
    declared = {name: value for name, value in fields.items() if name in _METADATA_NAMES and value is not None}
    return json.dumps(declared, ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=_json_default)


def _is_encodable(metadata_json: str) -> bool:
    """Tell whether the JSON of a record's metadata contains no lone surrogates and no NULs."""
    try:
        metadata_json.encode()
    except UnicodeEncodeError:
        return False
    return "\\u0000" not in metadata_json


def _json_default(value: object) -> str:
    """Return a value of a type that JSON lacks as a string, for `json.dumps`: dates in ISO 8601."""
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _metadata(record: Mapping[str, Any]) -> DeclaredMetadata:
    """Return the metadata that a record declares in its fields; an invalid URL or date is left out.

    Raises:
        RefusedError: `bad-field`: a field of the wrong type.
    """
    url = _string(record, "url")
    created, offset = _moment(record, *ALIASES["created"])
    return DeclaredMetadata(
        urls.clean_url(url) if url else None,
        _string(record, "site"),
        _string(record, "title"),
        _string_list(record, "authors"),
        created,
        _offset(record, offset) if created and "created_offset" in record else offset,
        _moment(record, *ALIASES["added"])[0],
        _string(record, "language") or _string(record, "lang"),
        _string(record, "license"),
    )


def _string(record: Mapping[str, Any], key: str) -> str | None:
    """Return the value of a string field; None where it is missing or null. A field of metadata is stripped, and None if it is blank."""
    value = record.get(key)
    if value is None:
        return None
    if type(value) is not str:
        raise wrong_type_error(key, "a string", json_type(value))
    return value if key in CONTENT else value.strip() or None


def _string_list(record: Mapping[str, Any], key: str) -> list[str] | None:
    """Return the values of a field that is a string or an array of strings, stripped; None where there are none."""
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
    """Return the first valid date among the fields of these names, in UTC and with its own offset in minutes (`parse_moment`)."""
    for key in keys:
        value = record.get(key)
        if value is None:
            continue
        if type(value) not in (str, int, float) and not isinstance(value, dt.date):
            raise wrong_type_error(key, "an ISO 8601 date", json_type(value))
        moment, offset = parse_moment(value)
        if moment is not None:
            return moment, offset
    return None, None


def _offset(record: Mapping[str, Any], default: int | None) -> int | None:
    """Return the field `created_offset` of a record, in minutes east of UTC, as releases of saring write it; `default` if it is invalid."""
    value = record["created_offset"]
    try:
        offset = None if value is None else int(value)
    except (TypeError, ValueError, OverflowError):
        return default
    return offset if offset is None or abs(offset) < _MAX_OFFSET else default


def json_type(value: object) -> str:
    """Return the JSON name of a value's type, such as "array", for messages."""
    return _JSON_TYPES.get(type(value), type(value).__name__)


def _replace_unencodable_values(metadata: DeclaredMetadata) -> DeclaredMetadata:
    """Return metadata with U+FFFD for lone surrogates and NULs in its strings and lists of strings."""

    def replace(value: Any) -> Any:  # noqa: ANN401 - strings and lists of them are changed, any other value is returned as it is
        if isinstance(value, str):
            return replace_unencodable(value)
        return [replace(part) for part in value] if isinstance(value, list) else value

    return DeclaredMetadata._make(map(replace, metadata))
