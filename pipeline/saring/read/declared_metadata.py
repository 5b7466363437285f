"""Declared metadata of a scrape (URL, title, date, ...), and how the declarations of several sources are merged."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

__all__ = ["NO_METADATA", "DeclaredMetadata", "fill_missing", "parse_moment"]


class DeclaredMetadata(NamedTuple):
    """Metadata that a record, a sidecar or corpus.toml declares about a scrape; None where it declares nothing.

    The fields are the columns of `tables.DECLARED_METADATA` in their order, and `charset`, which is not a column: the charset in which the
    maintainer says that the bytes are to be decoded.
    """

    url: str | None = None
    site: str | None = None
    title: str | None = None
    authors: list[str] | None = None
    created: dt.datetime | None = None
    created_offset: int | None = None
    added: dt.datetime | None = None
    language: str | None = None
    license: str | None = None
    charset: str | None = None


NO_METADATA = DeclaredMetadata()


def fill_missing(metadata: DeclaredMetadata, defaults: DeclaredMetadata) -> DeclaredMetadata:
    """Return metadata with missing fields taken from `defaults`; `created_offset` always comes from where `created` does."""
    if defaults == NO_METADATA:
        return metadata
    filled = DeclaredMetadata._make(value if value is not None else default for value, default in zip(metadata, defaults, strict=True))
    return filled._replace(created_offset=(defaults if metadata.created is None else metadata).created_offset)


def parse_moment(value: object) -> tuple[dt.datetime | None, int | None]:
    """Parse an ISO 8601 date or date-time; return it in UTC with its own offset in minutes east of UTC, or None for each.

    A date is its midnight in UTC; a date-time without an offset is taken as UTC. Anything else (another spelling, a day that does
    not exist, a year outside 1 to 9999, a number) is `(None, None)`: a scrape is not rejected for its date.

    >>> parse_moment("2024-09-06T10:00:00+07:00")
    (datetime.datetime(2024, 9, 6, 3, 0, tzinfo=datetime.timezone.utc), 420)
    >>> parse_moment("2024-09-06")
    (datetime.datetime(2024, 9, 6, 0, 0, tzinfo=datetime.timezone.utc), None)
    >>> parse_moment("last Friday")
    (None, None)
    """
    try:
        if isinstance(value, str):
            value = dt.datetime.fromisoformat(value.strip())
        elif not isinstance(value, dt.datetime):
            value = dt.datetime.combine(value, dt.time()) if isinstance(value, dt.date) else None
        if value is None:
            return None, None
        offset = value.utcoffset()
        if offset is None:
            return value.replace(tzinfo=dt.UTC), None
        return value.astimezone(dt.UTC), round(offset / dt.timedelta(minutes=1))
    except (ValueError, OverflowError):
        return None, None
