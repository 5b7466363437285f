"""pipeline/saring/noise/site_lines.py: lines that a site prints on several pages raise the scores of the line classifier."""

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saring import noise
from saring.config import default_config
from saring.core import ledger
from saring.core.errors import ConfigError
from saring.noise import site_line_counts, site_lines
from saring.noise.line_classifier import KINDS, Classifier, classifier_of

_CASES: list[dict[str, Any]] = tomllib.loads((Path(__file__).parents[1] / "cases" / "site.toml").read_text("utf-8"))["case"]
RULES = default_config().rules
CLASSIFIER = classifier_of(default_config().noise)
BODIES = (
    "The ferry to the northern bank will run again from Monday, four months after its engine room was flooded in a storm.",
    "The library opens on Sundays from next week, and the children of the quarter will hear stories there in the morning.",
    "The bridge below the mill is to be painted blue, a colour that the pupils of the village chose after a long debate.",
    "Cherries are early this year, and the growers on the southern slope have asked for pickers through the harbour radio.",
)
BACKGROUND = (
    "The harbour was closed for eleven weeks last winter after a crane fell across the only channel deep enough for the ferry, "
    "and the council has argued ever since about who should pay for its removal."
)
MENU = ("Home", "World", "Sports", "Weather", "Most viewed", "Jobs", "Games", "My account")
FOOT = ("Five towns to visit before summer", "Why the harbour is empty", "Ten recipes for a rainy day", "Partners", "Mobile edition")
BOX = "The harbour answers letters from all of its readers on every last Friday"


def pages_of(*texts: str, host: str = "harbour.example") -> pl.DataFrame:
    """Return texts as pages of one site."""
    return pl.DataFrame(
        {
            "id": [f"{host}-{number}" for number in range(len(texts))],
            "text": list(texts),
            "url": [f"https://{host}/{number}" for number in range(len(texts))],
        }
    )


def articles(*extra: str, inset: str = "") -> list[str]:
    """Return four articles of one site, with `inset` between the paragraphs and the extra lines above the footer."""
    insets, pages = [inset] if inset else [], []
    for number, own in enumerate(BODIES):
        more = [f"{body[:-1]}, the mayor said in week {number}." for body in BODIES]
        pages.append("\n".join([*MENU, own, *more[:2], *insets, *more[2:], own.replace("is", "was"), *extra, *FOOT]))
    return pages


def table_of(*lines: str, host: str = "harbour.example") -> pl.DataFrame:
    """Return a site-line table of these lines."""
    return pl.DataFrame([(host, line, 3) for line in lines], schema=site_lines.SITE_LINES_SCHEMA, orient="row")


def raised(score: float, length: int, *, inside: bool) -> float:
    """Return the raised score of one listed line."""
    found = site_lines.raise_scores(np.array([score], np.float32), np.array([True]), np.array([length], np.float32), np.array([inside]))
    return float(found[0])


@given(st.floats(0, 1, width=32), st.integers(0, 300), st.booleans())
def test_the_page_comes_first(score: float, length: int, inside: bool) -> None:  # noqa: FBT001 - hypothesis fills arguments by place
    """A raised score never falls, stays 0 or 1 at those ends, and needs a page score of its own to reach the threshold."""
    new = raised(score, length, inside=inside)

    assert round(score, 3) - 0.001 <= new <= 1
    assert new < 0.55 or score > 0.04
    assert raised(0, length, inside=inside) == 0
    assert raised(1, length, inside=inside) == 1
    assert site_lines.raise_scores(*(np.array([value]) for value in (np.float32(score), False, np.float32(length), inside)))[
        0
    ] == np.float32(score)


def test_long_prose_inside_needs_more_and_headings_gain_nothing() -> None:
    """Inside the best run, long prose has the lower factor and short lines gain nothing."""
    assert raised(0.1, 12, inside=True) == raised(0.1, 30, inside=False) > 0.55
    assert raised(0.1, 30, inside=True) < 0.55 < raised(0.2, 30, inside=True)
    assert raised(0.5, 3, inside=True) == pytest.approx(0.5)
    assert raised(0.5, 3, inside=False) > 0.55


def test_a_box_goes_and_a_background_paragraph_stays() -> None:
    """A repeated newsletter box is deleted, a repeated paragraph of background stays; the ledger names the rule."""
    texts = articles(BOX, inset=BACKGROUND)
    pages = pages_of(*texts)
    table = site_line_counts.find_site_lines(site_line_counts.line_occurrences(pages))
    alone = noise.find(pages, RULES, CLASSIFIER)

    found = noise.find(pages, RULES, CLASSIFIER, table)

    assert {BACKGROUND.lower().rstrip("."), BOX.lower()} <= {line.rstrip(".") for line in table["line"]}
    assert BOX not in "".join(alone["original"])
    new = found.filter(pl.col("rule") == site_lines.SITE_LINE_RULE)
    assert new.filter(pl.col("original").str.contains(BOX, literal=True)).height == len(texts)
    assert new["score"].is_between(0.55, 1).all()
    assert set(new["kind"]) <= set(KINDS)
    assert set(alone["original"]) <= set(found["original"])
    left = ledger.apply(pages, found)["text"]
    assert left.str.contains(BACKGROUND, literal=True).all()
    assert ledger.undo(ledger.apply(pages, found), found).equals(pages)


@settings(max_examples=3)
@given(st.lists(st.sampled_from([*BODIES, BOX, BACKGROUND, "Weather", "Fares and times", ""]), min_size=4, max_size=10))
def test_without_a_line_of_its_own_a_page_is_judged_as_ever(chosen: list[str]) -> None:
    """No table, an empty one, and one of another site give the same edits."""
    pages = pages_of("\n".join(chosen))
    others = pages_of(*articles(BOX, "Fares and times"), host="other.example")
    plain = noise.find(pages, RULES, CLASSIFIER)

    assert noise.find(pages, RULES, CLASSIFIER, table_of()).equals(plain)
    assert noise.find(pages, RULES, CLASSIFIER, table_of(BOX.lower(), "weather", host="other.example")).equals(plain)
    table = site_line_counts.find_site_lines(site_line_counts.line_occurrences(pl.concat([pages, others])))
    assert noise.find(pages, RULES, CLASSIFIER, table).equals(plain)
    assert site_lines.site_lines_on_pages(site_line_counts.line_occurrences(pages), table).collect().is_empty()
    without_url = pages.drop("url")  # which also says something of the page's type
    assert noise.find(without_url, RULES, CLASSIFIER, table_of(BOX.lower())).equals(noise.find(without_url, RULES, CLASSIFIER))


def test_only_the_lines_that_occur_matter() -> None:
    """Edits depend on the listed lines that occur on the page, and on nothing else of the table, so that those suffice as cache key."""
    pages = pages_of(*articles(BOX))
    table = table_of(BOX.lower(), "tides", "fares")
    occurring = site_lines.site_lines_on_pages(site_line_counts.line_occurrences(pages), table).collect()

    assert set(occurring["line"]) == {BOX.lower()}
    assert noise.find(pages, RULES, CLASSIFIER, table_of(*set(occurring["line"]))).equals(noise.find(pages, RULES, CLASSIFIER, table))
    fewer = table.with_columns(pl.lit(99, dtype=pl.UInt32).alias("pages"))
    assert noise.find(pages, RULES, CLASSIFIER, fewer).equals(noise.find(pages, RULES, CLASSIFIER, table))


def test_rules_keep_precedence() -> None:
    """A listed line that a rule deletes belongs to the rule; without the classifier the table has no effect."""
    pages = pages_of(*articles("Advertisement", BOX))
    table = table_of("advertisement", BOX.lower())

    by_rule = noise.find(pages, RULES, None, table)
    found = noise.find(pages, RULES, CLASSIFIER, table)

    assert by_rule.equals(noise.find(pages, RULES))
    assert "Advertisement" not in "".join(found.filter(pl.col("rule") == site_lines.SITE_LINE_RULE)["original"])


def test_abstentions_take_the_table_into_account() -> None:
    """A line that the table lifts above the threshold is no longer listed for review."""
    assert isinstance(CLASSIFIER, Classifier)
    pages = pages_of(*articles(BOX))
    eager = dataclasses.replace(CLASSIFIER, keep_at=0.0)

    doubted = [noise.doubtful(pages, RULES, eager, table)["original"] for table in (None, table_of(BOX.lower()))]

    assert [BOX in set(lines) for lines in doubted] == [True, False]


def test_a_table_is_read_as_it_was_written(tmp_path: Path) -> None:
    """A table is read from Parquet and from JSON Lines, with lines normalised."""
    table = site_line_counts.find_site_lines(site_line_counts.line_occurrences(pages_of(*articles(BOX))))
    table.write_parquet(tmp_path / "lines.parquet")
    (tmp_path / "lines.jsonl").write_text(f'{{"site": "Harbour.example", "line": "» {BOX}:"}}\n', encoding="utf-8")

    assert site_lines.load_site_lines(tmp_path / "lines.parquet").equals(table.select("site", "line"))
    assert site_lines.load_site_lines(tmp_path / "lines.jsonl").rows() == [("harbour.example", BOX.lower())]


@pytest.mark.parametrize(("name", "content"), [("a.parquet", "no"), ("a.jsonl", "{"), ("a.jsonl", '{"site": "a"}'), ("b.parquet", None)])
def test_an_invalid_table_is_reported(name: str, content: str | None, tmp_path: Path) -> None:
    """An unreadable table is reported with file, expected, found and a hint."""
    if content is not None:
        (tmp_path / name).write_text(content, encoding="utf-8")

    with pytest.raises(
        ConfigError, match=r"expected a table of site and line, as Parquet or JSON Lines, found something else \(.*Name the"
    ):
        site_lines.load_site_lines(tmp_path / name)
