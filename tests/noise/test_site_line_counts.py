"""pipeline/saring/noise/site_line_counts.py: on how many pages of its site a line stands, where copies of a page count once."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saring.noise import site_line_counts
from saring.noise.site_lines import SITE_LINES_SCHEMA

_CASES: list[dict[str, Any]] = tomllib.loads((Path(__file__).parents[1] / "cases" / "site.toml").read_text("utf-8"))["case"]
BODIES = (
    "The ferry to the northern bank will run again from Monday, four months after its engine room was flooded in a storm.",
    "The library opens on Sundays from next week, and the children of the quarter will hear stories there in the morning.",
    "The bridge below the mill is to be painted blue, a colour that the pupils of the village chose after a long debate.",
    "Cherries are early this year, and the growers on the southern slope have asked for pickers through the harbour radio.",
)
#: Four pages of one site with three lines in common.
ARTICLES = [f"Home\n{body}\nMost viewed\nFares" for body in BODIES]


def pages_of(*texts: str) -> pl.DataFrame:
    """Return texts as pages of one site at different addresses."""
    rows = [(str(number), text, f"https://harbour.example/{number}") for number, text in enumerate(texts)]
    return pl.DataFrame(rows, schema=dict.fromkeys(("id", "text", "url"), pl.String), orient="row")


def listed(pages: pl.DataFrame, min_pages: int = 3) -> dict[str, int]:
    """Return the lines that stand on enough pages of a site, with the number of pages."""
    table = site_line_counts.find_site_lines(site_line_counts.line_occurrences(pages), min_pages)
    return dict(table.select("line", "pages").iter_rows())


@pytest.mark.parametrize("case", _CASES, ids=[case["label"] for case in _CASES])
def test_lines_on_several_pages_are_listed(case: dict[str, Any]) -> None:
    """A line on three pages of a site is listed, whatever the order and the batches of the pages."""
    rows = [(str(number), url or None, text.strip()) for number, (url, text) in enumerate(case["pages"])]
    pages = pl.DataFrame(rows, schema=["id", "url", "text"], orient="row").cast(pl.String)

    table = site_line_counts.find_site_lines(site_line_counts.line_occurrences(pages))

    assert [f"{host}: {line}: {count}" for host, line, count in table.rows()] == case["lists"]
    parts = [site_line_counts.line_occurrences(pages[[number]]) for number in reversed(range(pages.height))]
    assert site_line_counts.find_site_lines(pl.concat(parts)).equals(table)


def test_a_case_that_lists_nothing_says_why() -> None:
    """Every negative case has a reason."""
    assert all(case["lists"] or case["why"] for case in _CASES)


def test_counting_few_rows_at_a_time_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counting few rows at a time gives the same table."""
    lines = site_line_counts.line_occurrences(pages_of(*ARTICLES))
    counted_at_once = site_line_counts.find_site_lines(lines)
    monkeypatch.setattr(site_line_counts, "_ROWS_AT_A_TIME", 3)

    assert site_line_counts.find_site_lines(lines).equals(counted_at_once)
    assert counted_at_once.height == 3


@settings(max_examples=150)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.lists(st.sampled_from([*BODIES, "Menu", "Home", "Fares"]), max_size=4)), max_size=12),
    st.data(),
)
def test_updated_counts_equal_full_counts(drawn: list[tuple[int, list[str]]], data: st.DataObject) -> None:
    """Updated counts equal full counts after any sequence of added and removed pages, revisions and copies included."""
    pages = [
        site_line_counts.line_occurrences(
            pl.DataFrame(
                {"id": [str(number)], "text": ["\n".join(lines)], "url": [f"https://a.example/{address}"]},
                schema=dict.fromkeys(("id", "text", "url"), pl.String),
            )
        )
        for number, (address, lines) in enumerate(drawn)
    ]
    none = pl.DataFrame(schema=site_line_counts.LINE_OCCURRENCES)
    before: set[int] = set()
    counts = site_line_counts.count_lines(none, 2)
    for _ in range(3):
        now = set(data.draw(st.lists(st.sampled_from(range(len(pages))), unique=True))) if pages else set()
        current, added, removed = (pl.concat([none, *(pages[page] for page in chosen)]) for chosen in (now, now - before, before - now))

        counts = site_line_counts.update_counts(counts, current.lazy(), added, removed, 2)

        assert site_line_counts.lines_of_sites(counts, 2).equals(site_line_counts.find_site_lines(current, 2))
        before = now


def test_a_declared_site_stands_in_for_a_url() -> None:
    """Without a URL the declared site counts, in lower case; with one its host does."""
    pages = pages_of(*ARTICLES).with_columns(pl.lit(" The Harbour Post ").alias("site"))

    assert set(site_line_counts.line_occurrences(pages)["site"]) == {"harbour.example"}
    assert set(site_line_counts.line_occurrences(pages.drop("url"))["site"]) == {"the harbour post"}
    assert site_line_counts.line_occurrences(pages.select("id", "text")).is_empty()


def test_the_median_of_the_signature_limits_the_pages() -> None:
    """A line on 5 addresses with 2, 3 and 3 distinct signatures stands on 3 pages; one on 2 addresses on at most 2."""
    counts = pl.DataFrame(
        [(1, "a", "x", 5, 2, 3, 3), (2, "a", "y", 2, 9, 9, 9), (3, "a", "w", 3, 1, 1, 9), (4, "A", "z", 3, 3, 3, 3)],
        schema=site_line_counts.LINE_COUNTS,
        orient="row",
    )

    assert site_line_counts.lines_of_sites(counts, 2).rows() == [("A", "z", 3), ("a", "x", 3), ("a", "y", 2)]
    assert site_line_counts.lines_of_sites(counts, 3)["line"].to_list() == ["z", "x"]
    assert site_line_counts.lines_of_sites(counts.clear(), 1).schema == SITE_LINES_SCHEMA


def test_copies_at_other_addresses_count_once() -> None:
    """Four pages count as four; three copies of one of them, in which a short line differs, as one."""
    assert listed(pages_of(*ARTICLES)) == {"home": 4, "most viewed": 4, "fares": 4}
    assert listed(pages_of(*(f"{ARTICLES[0]}\n{section}" for section in ("World", "Sports", "Weather")))) == {}


def test_occurrences_are_distinct_lines() -> None:
    """A line counts once per page whatever its case and edges; blank lines and lines of more than 400 characters are no rows."""
    occurrences = site_line_counts.line_occurrences(pages_of(f"Home\n» HOME:\n\n  \n{'x' * 401}\n{'y' * 400}\nДома\n市长", ""))

    assert occurrences["line"].to_list() == ["home", "y" * 400, "дома", "市长"]
    assert occurrences.schema == site_line_counts.LINE_OCCURRENCES
    assert occurrences["id"].unique().to_list() == ["0"]


def test_pages_of_different_sites_are_counted_apart() -> None:
    """A line on two pages of one site and two of another is on three pages of neither."""
    pages = pages_of(*ARTICLES).with_columns(pl.Series("url", [f"https://{host}.example/{n}" for n, host in enumerate("aabb")]))

    assert listed(pages) == {}
    assert listed(pages, 2) == {"home": 2, "most viewed": 2, "fares": 2}


def test_no_pages_have_no_lines() -> None:
    """Tables of an empty corpus have all their columns."""
    occurrences = site_line_counts.line_occurrences(pages_of())

    assert occurrences.schema == site_line_counts.LINE_OCCURRENCES
    assert site_line_counts.count_lines(occurrences, 1).schema == site_line_counts.LINE_COUNTS
    assert site_line_counts.find_site_lines(occurrences, 1).schema == SITE_LINES_SCHEMA
