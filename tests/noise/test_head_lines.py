"""pipeline/saring/noise/head_lines.py: headline, byline and date of flat pages leave the text and fill the page's fields."""

from __future__ import annotations

import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from saring import noise
from saring.config import Noise, default_config
from saring.config.rules import HEAD_RULES
from saring.core import ledger
from saring.core.tables import PAGE
from saring.noise import head_lines

CASES = tomllib.loads((Path(__file__).parents[1] / "cases" / "head_lines.toml").read_text(encoding="utf-8"))["page"]
NEWS = CASES[0]


def page_of(case: dict[str, Any], **columns: object) -> pl.DataFrame:
    """Return the page of a case."""
    added = datetime.fromisoformat(case["added"]) if "added" in case else None
    row = {"id": "a", "source": "", "text": case["text"].strip("\n"), "title": case.get("declared"), "added": added} | columns
    return pl.DataFrame([dict.fromkeys(PAGE) | row], schema=PAGE)


def cleaned(page: pl.DataFrame, settings: Noise | None = None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return a page after the noise step, and its deletions; undone, they give the page back."""
    settings = settings or Noise()
    rules = default_config().rules
    edits = noise.find(page, rules, noise.classifier_of(settings), head_models=noise.head_models_of(settings))
    applied = ledger.apply(page, edits)
    assert page.equals(ledger.undo(applied, edits))
    return noise.fill_captures(noise.fill_head_fields(applied, edits), edits, rules), edits


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["label"])
def test_a_page_gets_the_fields_that_its_head_states(case: dict[str, Any]) -> None:
    """Title, authors and day are those of the case, and its lines of text stay; a page that gets nothing says why."""
    assert "title" in case or case["why"]
    page, _ = cleaned(page_of(case))
    title, authors, created, text = page.select("title", "authors", "created", "text").row(0)

    assert case.get("title") == title
    assert case.get("authors") == authors
    assert case.get("created") == (created and created.date().isoformat())
    assert [line for line in case.get("kept", ()) if line not in text] == []
    if "title" in case:
        assert case["title"].split(" | ")[0] not in text


def test_the_ledger_names_what_went() -> None:
    """Each line of the head is a deletion of its own, with rule, kind and score."""
    _, edits = cleaned(page_of(NEWS))
    head = edits.filter(pl.col("rule").str.starts_with("page-"))

    assert [(rule, kind, original.strip()) for rule, kind, original in head.select("rule", "kind", "original").rows()] == [
        ("page-headline", "headline", NEWS["title"]),
        ("page-byline", "byline", "By Miriam Castell"),
        ("page-date", "dateline", "14 March 2021"),
    ]
    assert head["score"].is_between(0.5, 1).all()


def test_declared_fields_are_kept() -> None:
    """What a page declares is not filled again; the lines go all the same."""
    page, edits = cleaned(page_of(NEWS, title="Another title", authors=["Somebody"]))

    assert page.select("title", "authors").row(0) == ("Another title", ["Somebody"])
    assert "By Miriam Castell" in {original.strip() for original in edits["original"]}


def test_pages_of_markup_are_not_searched() -> None:
    """Where extraction had markup, it has read the fields there."""
    page, edits = cleaned(page_of(NEWS, dropped_share=0.5))

    assert not edits["rule"].str.starts_with("page-").any()
    assert page["title"].to_list() == [None]


def test_a_line_of_the_site_is_no_headline() -> None:
    """A line that the site prints on several pages is not taken for the headline of one."""
    table = pl.DataFrame({"site": ["news.example"], "line": [NEWS["title"].lower()], "pages": pl.Series([9], dtype=pl.UInt32)})
    page = page_of(NEWS, url="https://news.example/a/1")
    settings = Noise()
    edits = noise.find(page, (), noise.classifier_of(settings), table, head_models=noise.head_models_of(settings))

    assert "page-headline" not in set(edits["rule"])


@pytest.mark.parametrize(("settings", "off"), [(Noise(off=("page-date",)), {"page-date"}), (Noise(keep=("headline",)), {"page-headline"})])
def test_settings_switch_rules_off(settings: Noise, off: set[str]) -> None:
    """Rules of the head are switched off as others are, by id or by kind."""
    models = head_lines.head_models_of(settings)

    assert models
    assert set(HEAD_RULES) - models.rules == off
    assert not set(cleaned(page_of(NEWS), settings)[1]["rule"]) & off
    assert head_lines.head_models_of(Noise(keep=("headline", "byline", "dateline"))) is None


def test_an_empty_ledger_fills_nothing() -> None:
    """Without deletions of head lines, pages stay as they are."""
    page = page_of(NEWS)

    assert noise.fill_head_fields(page, cleaned(page)[1].clear()).equals(page)
