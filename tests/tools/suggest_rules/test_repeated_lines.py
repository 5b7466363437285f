"""pipeline/saring/tools/suggest_rules/repeated_lines.py: lines on three pages of a site, and titles of its other pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from saring.core.lines import split_lines
from saring.noise.line_features import line_features
from saring.tools.suggest_rules.repeated_lines import CANDIDATE, related_headlines, repeated_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

_PAGE = ("id", "group", "page", "site", "title", "text")


def pages_of(*pages: Sequence[str | None]) -> pl.DataFrame:
    """Return pages from tuples of group, title and text, each with an id and a page key of its own and its group as site."""
    rows = [(str(number), group, f"p{number}", group, title, text) for number, (group, title, text) in enumerate(pages)]
    return pl.DataFrame(rows, schema=dict.fromkeys(_PAGE, pl.String), orient="row")


def lines_of(pages: pl.DataFrame) -> pl.DataFrame:
    """Return the lines of pages with their features and the columns of their page."""
    return line_features(split_lines(pages)).join(pages.select("id", "group", "page", "site"), on="id", maintain_order="left")


def repeated(*texts: str, group: str = "a") -> list[tuple[str, int, int]]:
    """Return the repeated lines of texts of one group, with the numbers of pages and of places."""
    candidates = repeated_lines(lines_of(pages_of(*((group, None, text) for text in texts))))
    return candidates.select("text", "pages", "places").rows()


def test_a_line_on_three_pages_is_a_candidate() -> None:
    """Two pages are too few; case and edges do not count, and the first spelling is shown."""
    assert repeated("Kota\nIklan:", "Desa\niklan", "IKLAN\nPasar") == [("Iklan:", 3, 3)]
    assert repeated("Iklan", "Iklan") == []
    assert repeated("广告\na", "广告\nb", "广告") == [("广告", 3, 3)]


def test_pages_count_and_not_places() -> None:
    """Three places on two pages are two pages; a further place on the same page is counted as a place."""
    assert repeated("Iklan\na\nIklan", "Iklan") == []
    assert repeated("Iklan\na\nIklan", "Iklan", "b\nIklan") == [("Iklan", 3, 4)]


def test_groups_are_counted_apart() -> None:
    """A line on two pages of each of two groups is no candidate, a line of decoration alone never is."""
    pages = pages_of(*((group, None, "Iklan\n---") for group in "aabb"))

    assert repeated_lines(lines_of(pages)).is_empty()
    assert repeated("---", "---", "***") == []


def test_contexts_show_the_neighbours() -> None:
    """Up to three different contexts have the line between brackets, with the lines beside it cut to 80 characters."""
    long = "x" * 100
    candidates = repeated_lines(
        lines_of(pages_of(*(("a", None, text) for text in (f"{long}\nIklan\n{long}", "Iklan", "a\nIklan", "Iklan\nb", "Iklan"))))
    )

    assert candidates.schema == pl.Schema(CANDIDATE)
    row = candidates.filter(pl.col("text") == "Iklan").row(0, named=True)
    assert row["contexts"] == [f"{'x' * 80}\n⟦Iklan⟧\n{'x' * 80}", "⟦Iklan⟧", "a\n⟦Iklan⟧"]
    assert (row["candidate_type"], row["group"], row["site"]) == ("line", "a", "a")


def test_lines_beside_such_brackets_are_left_out() -> None:
    """The context could not be read back; the page does not count."""
    assert repeated("Iklan\n⟦x⟧", "Iklan", "Iklan") == []


PAGES = (("a", "Pasar induk dibuka lagi", "Pasar dibuka."), ("a", "Jembatan tua", "Jembatan.\nPASAR induk dibuka lagi\nSelesai."))


def test_the_title_of_another_page_is_a_headline() -> None:
    """One page that shows it suffices, in any case; the page's own title is none."""
    pages = pages_of(*PAGES, ("a", "Pasar induk dibuka lagi", "Pasar induk dibuka lagi\nPasar dibuka."))

    candidates = related_headlines(lines_of(pages), pages)

    assert candidates.select("candidate_type", "text", "pages", "places").rows() == [("headline", "PASAR induk dibuka lagi", 1, 1)]


def test_a_title_must_identify_a_page() -> None:
    """Titles of two words, missing ones, and those of another group give no candidate."""
    short = pages_of(("a", "Pasar induk", "x"), ("a", None, "Pasar induk"))
    apart = pages_of(PAGES[0], ("b", *PAGES[1][1:]))

    assert related_headlines(lines_of(short), short).is_empty()
    assert related_headlines(lines_of(apart), apart).is_empty()


def test_two_pages_of_one_title_give_one_headline() -> None:
    """A line that is the title of two other pages is one place."""
    pages = pages_of(*PAGES, PAGES[0])

    assert related_headlines(lines_of(pages), pages)["places"].to_list() == [1]


def test_no_pages_give_an_empty_table() -> None:
    """It has all columns."""
    pages = pages_of()

    assert repeated_lines(lines_of(pages)).schema == related_headlines(lines_of(pages), pages).schema == pl.Schema(CANDIDATE)
