"""Tests of pipeline/saring/core/relative_dates.py: "3 hours ago" counts from the time of the fetch."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from saring.core.relative_dates import relative_dates
from saring.core.tables import TIME


@pytest.mark.parametrize(
    ("line", "minutes"),
    [
        ("Published 3 hours ago", 180),
        ("2 jam yang lalu", 120),
        ("il y a 45 minutes", 45),
        ("vor 2 Tagen", 2880),
        ("hace 3 horas", 180),
        ("há 2 dias", 2880),
        ("5 минут назад", 5),
        ("3小时前", 180),
        ("2時間前", 120),
        ("10분 전", 10),
        ("قبل 3 ساعات", 180),
        ("منذ ٥ دقائق", 5),
        ("2 weeks ago", None),
        ("3 hours later", None),
        ("hours ago", None),
    ],
)
def test_relative_dates_count_from_the_time_of_the_fetch(line: str, minutes: int | None) -> None:
    """Minutes, hours and days ago are subtracted; without a time of the fetch, and for anything else, there is no date."""
    added = datetime(2024, 5, 3, 12, tzinfo=UTC)
    times = relative_dates(pl.Series([line, line]), pl.Series([added, None], dtype=TIME))

    assert [None if minutes is None else added - timedelta(minutes=minutes), None] == times.to_list()
