"""Long runs of combining marks are cut after the thirtieth mark; no other text changes."""

from __future__ import annotations

import unicodedata

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saring.core.combining_marks import MOST_MARKS, cap_marks, cap_marks_in_string, has_excess_marks

ACUTE, HIRIQ, VOICING = "\N{COMBINING ACUTE ACCENT}", "\N{HEBREW POINT HIRIQ}", "\N{HALFWIDTH KATAKANA VOICED SOUND MARK}"
TEXTS = st.lists(
    st.sampled_from(["a", " ", "ع", "カ", "…" * 40, *(mark * count for mark in (ACUTE, HIRIQ, VOICING) for count in (1, 29, 31))])
).map("".join)


def capped_column(text: str) -> tuple[str, bool]:
    """Return a text with its marks capped in a column, and whether the column is said to have too many."""
    row: tuple[str, bool] = (
        pl.DataFrame({"text": [text]}).select(cap_marks(pl.col("text")), has_excess_marks(pl.col("text")).alias("long")).row(0)
    )
    return row


@pytest.mark.parametrize("mark", [ACUTE, HIRIQ, VOICING])
@pytest.mark.parametrize(
    ("count", "remaining"), [(0, 0), (1, 1), (MOST_MARKS, MOST_MARKS), (MOST_MARKS + 1, MOST_MARKS), (500, MOST_MARKS)]
)
def test_a_run_is_cut_after_thirty_marks(mark: str, count: int, remaining: int) -> None:
    """Thirty marks in a row stay, the marks after them go, and the text around the run stays."""
    text, expected = f"a{mark * count}b", f"a{mark * remaining}b"

    assert cap_marks_in_string(text) == expected
    assert capped_column(text) == (expected, count > MOST_MARKS)


def test_each_run_counts_for_itself() -> None:
    """Two runs of twenty marks on two letters are not too many; different marks in a row are one run."""
    two_runs, mixed_run = f"a{ACUTE * 20}b{ACUTE * 20}", f"a{ACUTE * 20}{HIRIQ * 20}"

    assert cap_marks_in_string(two_runs) == two_runs
    assert cap_marks_in_string(mixed_run) == f"a{ACUTE * 20}{HIRIQ * 10}"


def test_symbols_in_a_row_are_no_marks() -> None:
    """A rule of dots or a row of emoji passes the cheap check that comes first, and stays as it is."""
    for text in ("…" * 100, "🙂" * 100, "―" * 31, ""):
        assert cap_marks_in_string(text) == text


@settings(max_examples=40)
@given(TEXTS)
def test_string_and_column_agree(text: str) -> None:
    """One string is capped as a column of strings is; what is capped has no long run left, and only marks were removed."""
    capped = cap_marks_in_string(text)

    assert capped_column(text) == (capped, capped != text)
    assert capped_column(capped) == (capped, False)
    removed = {VOICING} | {character for character in text if unicodedata.category(character) == "Mn"}
    assert [c for c in capped if c not in removed] == [c for c in text if c not in removed]
