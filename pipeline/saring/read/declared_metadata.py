"""What a scrape states about itself, and how several statements are joined."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

__all__ = ["NO_METADATA", "DeclaredMetadata", "fill_missing", "parse_moment"]


class DeclaredMetadata(NamedTuple):
    """The columns of `tables.STATED`, in their order, and `charset`, which is no column: how the maintainer says that bytes are decoded."""

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


def fill_missing(stated: DeclaredMetadata, defaults: DeclaredMetadata) -> DeclaredMetadata:
    """Fill what is missing from `defaults`; `created` and its offset come from the same statement."""
    if defaults == NO_METADATA:
        return stated
    whole = DeclaredMetadata._make(value if value is not None else default for value, default in zip(stated, defaults, strict=True))
    return whole._replace(created_offset=(defaults if stated.created is None else stated).created_offset)


def parse_moment(value: object) -> tuple[dt.datetime | None, int | None]:
    """Return an ISO 8601 date or date-time as UTC, and its own offset in minutes east of UTC where it states one.

    A date is its midnight in UTC; a date-time without an offset is taken for UTC. Anything else (an odd spelling, a day that does
    not exist, a year outside 1 to 9999, a number) is `(None, None)`: a scrape is not thrown away for its date.

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
