"""Date lines of pages -> a moment: "Senin, 12/08/2024 | 10:15 WITA", "Publié le 6 septembre 2024 à 14h05".

A date is taken only where day, month and year are all written; nothing is filled in from today, and nothing relative ("kemarin",
"2 hours ago") is understood, so that a line means the same on every machine and every day. Our own patterns, because the libraries
at hand were tried and guess: dateutil, which htmldate calls, completes "2024 10:15" with today's day and month, and dateparser reads
"Rabu" as last Wednesday.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from saring.core import combining_marks
from saring.core.tables import TIME

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Moment", "parse_date", "parse_dates"]

#: Years outside are typing errors, prices or other calendars (Buddhist, Hijri): news pages start with the web.
YEARS = range(1990, 2101)

DECEMBER = 12

#: A longer line is prose that mentions a date.
LONGEST = 120


class Moment(NamedTuple):
    """A point in time: `utc` is aware and in UTC, `offset` the source's own zone in minutes east of UTC where it is known."""

    utc: datetime
    offset: int | None


class _Words(NamedTuple):
    months: dict[str, int]
    days: dict[str, int]
    zones: dict[str, int]
    afternoon: frozenset[str]
    day_first: frozenset[str]
    month_first: frozenset[str]


_WORD = r"[^\W\d_]"
_LETTERS = re.compile(rf"{_WORD}+")
_NEXT_WORD = re.compile(rf"\s*({_WORD}+)")
_DAY_MONTH = re.compile(
    rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th|er|\.)?\s*(?:de |of )?\s*({_WORD}{{3,}})\.?,?\s*(?:de |del )?\s*(\d{{4}})(?!\d)"
)
_MONTH_DAY = re.compile(rf"({_WORD}{{3,}})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?(?:,\s*|\s+)(\d{{4}})(?!\d)")
_YEAR_FIRST = re.compile(r"(?<![\d./-])(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?![\d])")
_YEAR_LAST = re.compile(r"(?<![\d./-])(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?!\d)")
_EAST_ASIAN = re.compile(r"(?<!\d)(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일号]")

# Hours: 7:16, 14h05, 14 h, 10.15, 3 PM, 15時05分. A dot is a clock only where no third number follows: 10.15.2024 is none.
_CLOCK = re.compile(
    rf"(?<![\d.,/:-])(\d{{1,2}})(?:\s?([:h時时点시.])\s?([0-5]\d)(?![\d]|\.\d)(?::?([0-5]\d)(?:[.,]\d+)?)?|\s?(h)(?!{_WORD})|(?=\s?[ap]\.?m\b))"
    r"[분分]?\s?(?P<half>[ap]\.?m\b\.?)?"
)
_ZONE = re.compile(r"\s*\(?\s*(?:(?:gmt|utc)\s*)?(?:([+-])(\d{1,2}):?([0-5]\d)?(?!\d)|([a-z]{1,4})(?![^\W_]))")


def parse_date(text: str, languages: Sequence[str] = ()) -> Moment | None:
    """Return the moment that a date line states, or None where it states none for sure.

    A line with several dates states the earliest: a page is not updated before it is published. A date alone is its midnight in UTC; a
    clock without a zone is taken as UTC; both have no offset. 12/08/2024 is August where the languages, the zone, the clock or a weekday
    tell that the day comes first, December where they tell that the month does ("en-US", PM, EST), else nothing.

    Args:
        text: one line; a line of more than 120 code points is prose and gives None.
        languages: codes of the languages it may be written in.

    >>> parse_date("2 Agustus 2017 7:16 WIB")
    Moment(utc=datetime.datetime(2017, 8, 2, 0, 16, tzinfo=datetime.timezone.utc), offset=420)
    """
    if len(text) > LONGEST:
        return None
    line = _fold(text)
    found = sorted(_dates(line, languages))
    # A date owns the clock between it and the next date; the first one also that before it.
    edges = [start for start, _, _ in found[1:]] + [len(line)]
    moments = [
        _at_clock(line, day, _CLOCK.search(line, end, edge) or (_CLOCK.search(line, 0, start) if number == 0 else None))
        for number, ((start, end, day), edge) in enumerate(zip(found, edges, strict=False))
    ]
    return min(moments, key=lambda moment: moment.utc, default=None)


def parse_dates(lines: pl.Series, languages: Sequence[str] = ()) -> pl.DataFrame:
    """Parse a column of lines, each distinct one once.

    Returns:
        As many rows as `lines`, with columns `created` (UTC) and `created_offset` (minutes east of UTC), null where there is no date.
    """
    # Only a line with a year in it can be a date: everything else is left to the column engine.
    short = (pl.col("line").str.len_chars() <= LONGEST) & pl.col("line").str.contains(r"\d{4}")
    distinct = lines.rename("line").to_frame().unique(maintain_order=True).filter(short)
    moments = [parse_date(line, languages) for line in distinct["line"]]
    parsed = distinct.with_columns(
        pl.Series("created", [moment and moment.utc for moment in moments], dtype=TIME),
        pl.Series("created_offset", [moment.offset if moment else None for moment in moments], dtype=pl.Int16),
    )
    return lines.rename("line").to_frame().join(parsed, on="line", how="left", maintain_order="left").drop("line")


def _fold(text: str) -> str:
    """Fold case, accents and widths, so that "Août", "aout" and "AOÛT" are one word."""
    plain = "".join(
        c for c in unicodedata.normalize("NFKD", combining_marks.cap_marks_of(text).casefold()) if unicodedata.category(c) != "Mn"
    )
    return unicodedata.normalize("NFC", plain)


@cache
def _words() -> _Words:
    # Babel costs 60 ms to import, and most batches have no date line.
    from babel import Locale  # noqa: PLC0415 - imported where it is used

    table = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    months: dict[str, set[int]] = {}
    days: dict[str, set[int]] = {}
    for code in table["languages"]:
        locale = Locale(code)
        for names, cldr, shift in ((months, locale.months, 0), (days, locale.days, 0)):
            for context in ("format", "stand-alone"):
                for width in ("abbreviated", "wide"):
                    for number, name in cldr[context][width].items():
                        names.setdefault(_fold(name).rstrip("."), set()).add(number + shift)
    for name, number in table["months"].items():
        months.setdefault(name, set()).add(number)
    # A word that means two months (or two days) in two languages means none.
    return _Words(
        months={name: min(numbers) for name, numbers in months.items() if len(numbers) == 1},
        days={name: min(numbers) for name, numbers in days.items() if len(numbers) == 1},
        zones=table["zones"],
        afternoon=frozenset(table["afternoon"]),
        day_first=frozenset(table["zones"].keys() - table["month_first"]["zones"] - {"gmt", "ut", "utc", "z"}),
        month_first=frozenset(table["month_first"]["zones"]),
    )


def _dates(line: str, languages: Sequence[str]) -> Iterator[tuple[int, int, datetime]]:
    """Yield where each date starts and ends in a folded line, and its midnight."""
    months = _words().months
    for match in _DAY_MONTH.finditer(line):
        yield from _placed(match, match[3], months.get(match[2]), match[1])
    for match in _MONTH_DAY.finditer(line):
        yield from _placed(match, match[3], months.get(match[1]), match[2])
    for match in _YEAR_FIRST.finditer(line):
        yield from _placed(match, match[1], match[3], match[4])
    for match in _EAST_ASIAN.finditer(line):
        yield from _placed(match, *match.groups())
    for match in _YEAR_LAST.finditer(line):
        first, second, year = match[1], match[3], match[4]
        if _day_first(line, match, languages):
            yield from _placed(match, year, second, first)
        elif _day_first(line, match, languages) is False:
            yield from _placed(match, year, first, second)


def _placed(match: re.Match[str], year: str, month: str | int | None, day: str) -> Iterator[tuple[int, int, datetime]]:
    if month is not None and int(year) in YEARS:
        try:
            yield match.start(), match.end(), datetime(int(year), int(month), int(day), tzinfo=UTC)
        except ValueError:  # no such day in that month
            return


def _day_first(line: str, match: re.Match[str], languages: Sequence[str]) -> bool | None:
    """Tell whether the day comes first in 12/08/2024; None where nothing tells."""
    first, second, year = int(match[1]), int(match[3]), int(match[4])
    is_dotted = match[2] == "."  # which no country writes month first
    if year not in YEARS or 0 in (first, second) or (is_dotted and second > DECEMBER):
        return None
    if first > DECEMBER or second > DECEMBER or first == second or is_dotted:
        return second <= DECEMBER
    by_weekday = _day_first_by_weekday(line, first, second, year)
    return _day_first_by_custom(line, languages) if by_weekday is None else by_weekday


def _day_first_by_weekday(line: str, first: int, second: int, year: int) -> bool | None:
    """Tell by a weekday in the line that one reading falls on and the other does not."""
    days = _words().days
    weekdays = {days[token] for token in _LETTERS.findall(line) if token in days}
    fits = [date(year, month, day).weekday() in weekdays for day, month in ((first, second), (second, first))]
    return fits[0] if fits[0] != fits[1] else None


def _day_first_by_custom(line: str, languages: Sequence[str]) -> bool | None:
    """Tell by the customs of the languages, else of the zone and the clock."""
    spoken = {code.partition("-")[0] for code in languages}
    if spoken and "en" not in spoken:
        return True
    words, tokens, clock = _words(), set(_LETTERS.findall(line)), _CLOCK.search(line)
    if "en-US" in languages or tokens & words.month_first or (clock and clock["half"]):
        return False
    is_day_first = spoken - {"en"} or tokens & words.day_first or (clock and clock[2] == "h")
    return True if is_day_first else None


def _at_clock(line: str, day: datetime, clock: re.Match[str] | None) -> Moment:
    """Add the clock and its zone to a midnight."""
    if clock is None:
        return Moment(day, None)
    hour, minute, second = int(clock[1]), int(clock[3] or 0), int(clock[4] or 0)
    noon, last = 12, 23
    if clock["half"] and 1 <= hour <= noon:
        hour = hour % noon + (noon if clock["half"].startswith("p") else 0)
    word = _NEXT_WORD.match(line, clock.end())
    if word and word[1] in _words().afternoon and hour < noon:
        hour += noon
    if hour > last:
        return Moment(day, None)
    zone = _ZONE.match(line, clock.end())
    offset = _offset(zone) if zone else None
    return Moment(day + timedelta(hours=hour, minutes=minute - (offset or 0), seconds=second), offset)


def _offset(zone: re.Match[str]) -> int | None:
    if zone[4]:
        return _words().zones.get(zone[4])
    minutes = int(zone[2]) * 60 + int(zone[3] or 0)
    # No clock on Earth is further than 14 hours from UTC.
    return (minutes if zone[1] == "+" else -minutes) if minutes <= 14 * 60 else None
