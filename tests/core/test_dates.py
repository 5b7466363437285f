"""Tests of pipeline/saring/core/dates.py: parsing of date lines; cases in cases/dates.toml."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saring.core import dates
from saring.core.tables import TIME

CASES = tomllib.loads((Path(__file__).parents[1] / "cases" / "dates.toml").read_text(encoding="utf-8"))["case"]
MONTHS = {
    "id": ["Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November", "Desember"],
    "fr": ["janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"],
    "en": ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"],
    "ms": ["Januari", "Februari", "Mac", "April", "Mei", "Jun", "Julai", "Ogos", "September", "Oktober", "November", "Disember"],
}
SECONDS = (datetime(1990, 1, 2, tzinfo=UTC).timestamp(), datetime(2100, 12, 30, tzinfo=UTC).timestamp())
MOMENTS = st.integers(*map(int, SECONDS)).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["label"])
def test_a_date_line_is_read_as_written(case: dict[str, Any]) -> None:
    """Each case parses to its time, or to None for the reason that the case gives."""
    expected = dates.Moment(datetime.fromisoformat(case["utc"]), case.get("offset")) if "utc" in case else None
    assert expected is not None or case["why"]

    assert expected == dates.parse_date(case["line"], case.get("languages", ()))


@given(moment=MOMENTS, offset=st.integers(-14 * 60, 14 * 60))
def test_an_iso_line_round_trips(moment: datetime, offset: int) -> None:
    """A time written in ISO 8601 with any offset parses to the same time and offset."""
    local = moment + timedelta(minutes=offset)
    sign, (hours, minutes) = "+-"[offset < 0], divmod(abs(offset), 60)
    line = f"{local:%Y-%m-%dT%H:%M:%S}{sign}{hours:02}:{minutes:02}"
    if 1990 <= local.year <= 2100:
        assert dates.Moment(moment, offset) == dates.parse_date(line)


@given(day=MOMENTS, language=st.sampled_from(sorted(MONTHS)))
def test_a_month_in_words_round_trips(day: datetime, language: str) -> None:
    """Day, month name and year in any of the languages parse to that day, without a language given."""
    midnight = day.replace(hour=0, minute=0, second=0)

    assert dates.Moment(midnight, None) == dates.parse_date(f"{day.day} {MONTHS[language][day.month - 1]} {day.year}")


@given(line=st.text())
def test_any_line_parses_without_error(line: str) -> None:
    """Any string parses to a time within the accepted years, or to None."""
    moment = dates.parse_date(line)

    assert moment is None or 1989 <= moment.utc.year <= 2101


@pytest.mark.parametrize(("zone", "locale"), [("Asia/Jayapura", "id_ID.UTF-8"), ("America/New_York", "en_US.UTF-8"), ("UTC", "C")])
def test_parsing_does_not_depend_on_the_machine(zone: str, locale: str) -> None:
    """The time zone and the locale of the process do not affect parsing."""
    code = (
        "from saring.core.dates import parse_date as parse; print(parse('2 Agustus 2017 7:16 WIB'), parse('kemarin'), parse('12/08/2024'))"
    )
    environment = {**os.environ, "TZ": zone, "LC_ALL": locale, "LANG": locale}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)

    expected = dates.parse_date("2 Agustus 2017 7:16 WIB")
    assert f"{expected} None None\n" == done.stdout


def test_a_column_is_parsed_row_by_row() -> None:
    """A column of lines gives one row per line, in order, also for repeated lines and nulls."""
    lines = pl.Series(["6 Sep 2024 10:02 WIB", None, "besok", "6 Sep 2024 10:02 WIB", "x" * 500 + "2024"])
    parsed = dates.parse_dates(lines)

    assert parsed.schema == {"created": TIME, "created_offset": pl.Int16}
    moment = datetime(2024, 9, 6, 3, 2, tzinfo=UTC)
    assert [moment, None, None, moment, None] == parsed["created"].to_list()
    assert parsed["created_offset"].to_list() == [420, None, None, 420, None]


def test_an_empty_column_stays_empty() -> None:
    """An empty column gives an empty table with the right column types."""
    parsed = dates.parse_dates(pl.Series([], dtype=pl.String))

    assert parsed.schema == {"created": TIME, "created_offset": pl.Int16}
    assert parsed.is_empty()


def test_names_of_months_and_weekdays_are_known() -> None:
    """Month and weekday names of all languages are date words, in any case."""
    assert all(map(dates.is_date_word, ("May", "mardi", "Jumat", "ЯНВАРЯ", "مايو")))
    assert not dates.is_date_word("harbour")
