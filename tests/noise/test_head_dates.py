"""pipeline/saring/noise/head_dates.py: dates of the head lines of flat pages."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest

from saring.core.tables import TIME
from saring.noise.head_dates import dates_of_lines, is_english


@pytest.mark.parametrize(
    ("line", "columns", "day"),
    [
        ("04/03/2021", {"english": False}, "2021-03-04"),
        ("04/03/2021", {"english": True}, None),
        ("04/03/2021", {"english": True, "url": "https://a.example/2021/04/03/x"}, "2021-04-03"),
        ("04/03/2021", {"english": True, "url": "https://a.example/2021-03-04/x"}, "2021-03-04"),
        ("4 March 2021", {"english": True}, "2021-03-04"),
        ("2 days ago", {"english": True, "added": datetime(2021, 3, 6, tzinfo=UTC)}, "2021-03-04"),
        ("2 days ago", {"english": True}, None),
    ],
)
def test_a_date_line_is_read_with_the_help_of_its_page(line: str, columns: dict[str, object], day: str | None) -> None:
    """Numbers alone are read day first on pages that are not English, by the address on others; relative dates by the fetch."""
    row = {"url": None, "source": "", "added": None} | columns
    pages = pl.DataFrame([row], schema={"url": pl.String, "source": pl.String, "added": TIME, "english": pl.Boolean})
    created = dates_of_lines(pl.Series([line]), pages)["created"][0]

    assert (created and created.date().isoformat()) == day


def test_english_is_told_by_its_words() -> None:
    """An article of the language in so many characters tells English."""
    pages = pl.DataFrame({"text": ["The harbour board and the crane.", "Le conseil du port garde la grue."]})

    assert pages.select(is_english())["english"].to_list() == [True, False]
