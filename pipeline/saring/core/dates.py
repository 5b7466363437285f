"""Parse date lines of pages, such as "Senin, 12/08/2024 | 10:15 WITA" or "Publié le 6 septembre 2024 à 14h05", into UTC times.

A date is read only if day, month and year are all written. Nothing is completed from today's date, and relative dates ("2 hours ago") count
from the time at which their page was fetched (`relative_dates.py`), so that a line means the same on every machine and every day. The patterns are our own because the libraries
we tried guess: dateutil, which htmldate calls, completes "2024 10:15" with today's day and month, and dateparser reads
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

__all__ = ["LONGEST", "Moment", "fold", "is_date_word", "parse_date", "parse_dates"]

#: Years accepted in a date. Others are typing errors, prices or other calendars (Buddhist, Hijri); news pages start with the web.
YEARS = range(1990, 2101)

DECEMBER = 12

#: The longest date line, in code points: a longer line is prose that mentions a date. A judgement.
LONGEST = 120


class Moment(NamedTuple):
    """A point in time with its original time zone.

    Attributes:
        utc: the time in UTC, time-zone aware.
        offset: the zone in which it was written, in minutes east of UTC; None if the line names no zone.
    """

    utc: datetime
    offset: int | None


class _DateWords(NamedTuple):
    """Words that occur in date lines, in lower case and without accents (as `fold` writes them).

    Attributes:
        months: month number (1 to 12) by month name.
        days: weekday number (Monday is 0) by weekday name.
        zones: offset in minutes east of UTC by time-zone abbreviation.
        afternoon: words that, after a 12-hour clock, mean PM.
        day_first: zone abbreviations of countries that write the day before the month.
        month_first: zone abbreviations of countries that write the month before the day.
    """

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
    rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th|er|o|\.)?\s*(?:de |of )?\s*({_WORD}{{3,}})\.?[,،]?\s*(?:de |del )?\s*(\d{{4}})(?!\d)"
)
_MONTH_DAY = re.compile(rf"({_WORD}{{3,}})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?(?:[,،]\s*|\s+)(\d{{4}})(?!\d)")
#: "2024. május 3.", "2024 May 3": the year first, the month in words.
_YEAR_MONTH_DAY = re.compile(rf"(?<!\d)(\d{{4}})[.,]?\s+({_WORD}{{3,}})\.?\s+(\d{{1,2}})(?![\d:h]|\.\d)")
#: Korean dates have spaces behind their dots: "2024. 5. 3.".
_YEAR_FIRST = re.compile(r"(?<![\d./-])(\d{4})([-/.])\s?(\d{1,2})\2\s?(\d{1,2})(?![\d])")
_YEAR_LAST = re.compile(r"(?<![\d./-])(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?!\d)")
_EAST_ASIAN = re.compile(r"(?<!\d)(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일号]")

# Clock times: 7:16, 14h05, 14 h, 10.15, 3 PM, 15時05分. With a dot, only if no third number follows: 10.15.2024 is a date.
_CLOCK = re.compile(
    rf"(?:(?P<before>오전|오후|上午|下午|午前|午後|晚上|中午)\s?)?(?<![\d.,/:-])(?P<hour>\d{{1,2}})(?:\s?(?P<mark>[:h時时点點시.])\s?(?P<minute>[0-5]\d)(?![\d]|\.\d)(?::?(?P<second>[0-5]\d)(?:[.,]\d+)?)?|\s?(?:h)(?!{_WORD})|(?=\s?[ap]\.?m\b))"
    r"[분分]?\s?(?P<half>[ap]\.?m\b\.?)?"
)
_ZONE = re.compile(r"\s*\(?\s*(?:(?:gmt|utc)\s*)?(?:([+-])(\d{1,2}):?([0-5]\d)?(?!\d)|([a-zа-я]{1,4})(?![^\W_]))")


def parse_date(text: str, languages: Sequence[str] = ()) -> Moment | None:
    """Parse one date line into a UTC time, or return None if it has no complete, unambiguous date.

    Of several dates, the earliest is returned: a page is not updated before it is published. A date without a clock time is midnight UTC, and
    a clock time without a zone is UTC; the offset of both is None. 12/08/2024 is in August if the languages, the zone, the clock or a weekday
    show that the day comes first, in December if they show that the month does ("en-US", PM, EST), and otherwise ambiguous.

    Args:
        text: one line; a line of more than 120 code points is prose and gives None.
        languages: language codes that the line may be in.

    >>> parse_date("2 Agustus 2017 7:16 WIB")
    Moment(utc=datetime.datetime(2017, 8, 2, 0, 16, tzinfo=datetime.timezone.utc), offset=420)
    """
    if len(text) > LONGEST:
        return None
    line = fold(text)
    dates = sorted(_dates(line, languages))
    # A clock time belongs to the date before it; one before the first date belongs to that date.
    next_starts = [start for start, _, _ in dates[1:]] + [len(line)]
    moments = [
        _at_clock(line, day, _CLOCK.search(line, end, next_start) or (_CLOCK.search(line, 0, start) if number == 0 else None))
        for number, ((start, end, day), next_start) in enumerate(zip(dates, next_starts, strict=False))
    ]
    return min(moments, key=lambda moment: moment.utc, default=None)


def parse_dates(lines: pl.Series, languages: Sequence[str] = ()) -> pl.DataFrame:
    """Parse a column of date lines into UTC times; each distinct line is parsed once.

    Returns:
        A row for each of `lines`, in order, with columns `created` (UTC) and `created_offset` (minutes east of UTC); null for a line without
        a date.
    """
    # Only a line that contains a year can be a date; Polars drops the others before the Python loop.
    short = (pl.col("line").str.len_chars() <= LONGEST) & pl.col("line").str.contains(r"\d{4}")
    distinct = lines.rename("line").to_frame().unique(maintain_order=True).filter(short)
    moments = [parse_date(line, languages) for line in distinct["line"]]
    parsed = distinct.with_columns(
        pl.Series("created", [moment and moment.utc for moment in moments], dtype=TIME),
        pl.Series("created_offset", [moment.offset if moment else None for moment in moments], dtype=pl.Int16),
    )
    return lines.rename("line").to_frame().join(parsed, on="line", how="left", maintain_order="left").drop("line")


def is_date_word(word: str) -> bool:
    """Tell whether a word is the name of a month or weekday in one of the languages of date lines."""
    folded = fold(word)
    words = _date_words()
    return folded in words.months or folded in words.days


def fold(text: str) -> str:
    """Fold case, accents, character widths and digits, so that "Août", "aout" and "AOÛT" become the same word, and "٣" becomes "3"."""
    folded = "".join(
        str(unicodedata.decimal(c)) if c.isdecimal() else c
        for c in unicodedata.normalize("NFKD", combining_marks.cap_marks_in_string(text).casefold())
        if unicodedata.category(c) != "Mn"
    )
    return unicodedata.normalize("NFC", folded)


@cache
def _date_words() -> _DateWords:
    """Load month, weekday and zone names of the languages in dates.toml, from CLDR and from that file."""
    # Babel costs 60 ms to import, and most batches have no date line.
    from babel import Locale  # noqa: PLC0415 - imported where it is used

    table = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    months: dict[str, set[int]] = {}
    days: dict[str, set[int]] = {}
    for code in table["languages"]:
        locale = Locale(code)
        for names, cldr in ((months, locale.months), (days, locale.days)):
            for context in ("format", "stand-alone"):
                for width in ("abbreviated", "wide"):
                    for number, name in cldr[context][width].items():
                        names.setdefault(fold(name).rstrip("."), set()).add(number)
    for name, number in table["months"].items():
        months.setdefault(fold(name), set()).add(number)
    # A word that means different months (or weekdays) in two languages is ambiguous, so it is ignored.
    return _DateWords(
        months={name: min(numbers) for name, numbers in months.items() if len(numbers) == 1},
        days={name: min(numbers) for name, numbers in days.items() if len(numbers) == 1},
        zones=table["zones"],
        afternoon=frozenset(map(fold, table["afternoon"])),
        day_first=frozenset(table["zones"].keys() - table["month_first"]["zones"] - {"gmt", "ut", "utc", "z"}),
        month_first=frozenset(table["month_first"]["zones"]),
    )


def _dates(line: str, languages: Sequence[str]) -> Iterator[tuple[int, int, datetime]]:
    """Yield the start and end offset of each complete date in a folded line, with its midnight in UTC."""
    months = _date_words().months
    for match in _DAY_MONTH.finditer(line):
        yield from _valid_date(match, match[3], months.get(match[2]), match[1])
    for match in _MONTH_DAY.finditer(line):
        yield from _valid_date(match, match[3], months.get(match[1]), match[2])
    for match in _YEAR_MONTH_DAY.finditer(line):
        yield from _valid_date(match, match[1], months.get(match[2]), match[3])
    for match in _YEAR_FIRST.finditer(line):
        yield from _valid_date(match, match[1], match[3], match[4])
    for match in _EAST_ASIAN.finditer(line):
        yield from _valid_date(match, *match.groups())
    for match in _YEAR_LAST.finditer(line):
        first, second, year = match[1], match[3], match[4]
        if _is_day_first(line, match, languages):
            yield from _valid_date(match, year, second, first)
        elif _is_day_first(line, match, languages) is False:
            yield from _valid_date(match, year, first, second)


def _valid_date(match: re.Match[str], year: str, month: str | int | None, day: str) -> Iterator[tuple[int, int, datetime]]:
    """Check the parts of a matched date; yield its start and end in the line and its midnight in UTC, or nothing if there is no such day.

    A year outside of `YEARS`, and a month that is None (an unknown word), also yield nothing.
    """
    if month is not None and int(year) in YEARS:
        try:
            yield match.start(), match.end(), datetime(int(year), int(month), int(day), tzinfo=UTC)
        except ValueError:  # no such day in that month
            return


def _is_day_first(line: str, match: re.Match[str], languages: Sequence[str]) -> bool | None:
    """Return whether a numeric date such as 12/08/2024 has its day before its month; None if nothing in the line decides.

    The numbers themselves decide if one is above 12, then a weekday in the line, then the conventions of the languages and the zone.
    """
    first, second, year = int(match[1]), int(match[3]), int(match[4])
    is_dotted = match[2] == "."  # no country writes a dotted date month first
    if year not in YEARS or 0 in (first, second) or (is_dotted and second > DECEMBER):
        return None
    if first > DECEMBER or second > DECEMBER or first == second or is_dotted:
        return second <= DECEMBER
    by_weekday = _day_first_by_weekday(line, first, second, year)
    return _day_first_by_convention(line, languages) if by_weekday is None else by_weekday


def _day_first_by_weekday(line: str, first: int, second: int, year: int) -> bool | None:
    """Resolve an ambiguous numeric date by a weekday in the line that fits only one of its two readings; None if none does."""
    days = _date_words().days
    weekdays = {days[token] for token in _LETTERS.findall(line) if token in days}
    fits = [date(year, month, day).weekday() in weekdays for day, month in ((first, second), (second, first))]
    return fits[0] if fits[0] != fits[1] else None


def _day_first_by_convention(line: str, languages: Sequence[str]) -> bool | None:
    """Resolve an ambiguous numeric date by the convention of the languages, else of the time zone and the clock format; None if unknown."""
    primary = {code.partition("-")[0] for code in languages}
    if primary and "en" not in primary:
        return True
    words, tokens, clock = _date_words(), set(_LETTERS.findall(line)), _CLOCK.search(line)
    if "en-US" in languages or tokens & words.month_first or (clock and clock["half"]):
        return False
    is_day_first = primary - {"en"} or tokens & words.day_first or (clock and clock["mark"] == "h")
    return True if is_day_first else None


def _at_clock(line: str, day: datetime, clock: re.Match[str] | None) -> Moment:
    """Add a clock time, and the zone that follows it in the line, to a date's midnight.

    Args:
        line: the folded line.
        day: midnight in UTC.
        clock: the match of `_CLOCK` that belongs to the date; None leaves midnight.
    """
    if clock is None:
        return Moment(day, None)
    hour, minute, second = int(clock["hour"]), int(clock["minute"] or 0), int(clock["second"] or 0)
    noon, last = 12, 23
    if clock["half"] and 1 <= hour <= noon:
        hour = hour % noon + (noon if clock["half"].startswith("p") else 0)
    if clock["before"] in _date_words().afternoon and 1 <= hour <= noon:
        hour = hour % noon + noon
    word = _NEXT_WORD.match(line, clock.end())
    if word and word[1] in _date_words().afternoon and hour < noon:
        hour += noon
    if hour > last:
        return Moment(day, None)
    zone = _ZONE.match(line, clock.end())
    offset = _offset(zone) if zone else None
    return Moment(day + timedelta(hours=hour, minutes=minute - (offset or 0), seconds=second), offset)


def _offset(zone: re.Match[str]) -> int | None:
    """Return the offset of a matched time zone in minutes east of UTC; None for an unknown abbreviation or an impossible offset."""
    if zone[4]:
        return _date_words().zones.get(zone[4])
    minutes = int(zone[2]) * 60 + int(zone[3] or 0)
    # No time zone is more than 14 hours from UTC.
    return (minutes if zone[1] == "+" else -minutes) if minutes <= 14 * 60 else None
