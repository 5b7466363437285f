"""Read relative dates of pages, such as "3 hours ago", counted back from the times at which the pages were fetched.

The words are in `dates.toml`.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

import polars as pl

from saring.core.dates import LONGEST, fold

__all__ = ["relative_dates"]


def relative_dates(lines: pl.Series, added: pl.Series) -> pl.Series:
    """Read lines such as "3 hours ago" or "il y a 2 jours", counted back from the times at which the pages were fetched.

    Minutes, hours and days are read; "2 weeks ago" leaves a week open, so that it gives null.

    Args:
        lines: the lines; longer ones than a date line give null.
        added: the time that each counts from, or null.

    >>> from datetime import UTC, datetime
    >>> from saring.core.tables import TIME
    >>> relative_dates(pl.Series(["2 jam lalu"]), pl.Series([datetime(2024, 5, 3, 12, tzinfo=UTC)], dtype=TIME)).to_list()
    [datetime.datetime(2024, 5, 3, 10, 0, tzinfo=zoneinfo.ZoneInfo(key='UTC'))]
    """
    minutes = pl.Series(added.name, [None] * len(lines), dtype=pl.Int64)
    known = added.is_not_null() & lines.str.contains(r"\d") & (lines.str.len_chars() <= LONGEST)
    if known.any():
        folded = [fold(line) if is_known else None for line, is_known in zip(lines, known, strict=True)]
        minutes = pl.Series(added.name, [None if line is None else _minutes_ago(line) for line in folded], dtype=pl.Int64)
    return added - (minutes * 60_000_000).cast(pl.Duration("us"))


def _minutes_ago(line: str) -> int | None:
    """Return how many minutes ago a folded line says that something was; None where it says nothing of that."""
    for minutes, pattern in _ago_patterns():
        match = pattern.search(line)
        if match:
            return minutes * int(match[1] or match[2])
    return None


@cache
def _ago_patterns() -> tuple[tuple[int, re.Pattern[str]], ...]:
    """Compile the patterns of relative dates, each with the minutes of its unit: a number between words such as "il y a" and "heures"."""
    table = tomllib.loads(Path(__file__).with_name("dates.toml").read_text(encoding="utf-8"))["ago"]
    before, after = ("|".join(sorted(map(re.escape, map(fold, table[side])), key=len, reverse=True)) for side in ("before", "after"))
    units = {"minutes": 1, "hours": 60, "days": 24 * 60}
    patterns = []
    for unit, minutes in units.items():
        names = "|".join(sorted(map(re.escape, map(fold, table[unit])), key=len, reverse=True))
        number = rf"(?<!\d)(\d{{1,3}})\s?(?:{names})"
        patterns.append((minutes, re.compile(rf"{number}\s?(?:{after})(?![^\W\d_])|(?<![^\W\d_])(?:{before})\s{number}(?![^\W\d_])")))
    return tuple(patterns)
