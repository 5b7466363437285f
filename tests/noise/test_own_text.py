"""Protection of the page's own text that looks like noise, and deletion of the noise it resembles (tests/cases/own_text.toml)."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from saring import noise
from saring.config import default_config
from saring.config.rules import Range, Rule
from saring.core import ledger
from saring.core.tables import PAGE

CONFIG = default_config()
CLASSIFIER = noise.classifier_of(CONFIG.noise)
CASES: list[dict[str, Any]] = tomllib.loads((Path(__file__).parents[1] / "cases" / "own_text.toml").read_text("utf-8"))["case"]
PROSE = "The quick brown fox jumps over the lazy dog today."


def page_of(text: str) -> pl.DataFrame:
    """Return a page with a text and no metadata."""
    row = pl.DataFrame({"id": ["a"], "text": [text]})
    return row.select((pl.col(name) if name in row.columns else pl.lit(None)).cast(dtype).alias(name) for name, dtype in PAGE.items())


def lines_of(text: str) -> list[str]:
    """Return the non-blank lines of a text, stripped."""
    return [line.strip() for line in text.split("\n") if line.strip()]


@pytest.mark.parametrize("case", CASES, ids=[case["label"] for case in CASES])
def test_own_text_stays_and_noise_goes(case: dict[str, Any]) -> None:
    """What a case marks is deleted, everything else stays, and only the page's own date becomes `created`."""
    page = page_of(re.sub("[⟦⟧]", "", case["text"]).strip())

    edits = noise.find(page, CONFIG.rules, CLASSIFIER)
    cleaned = noise.fill_captures(ledger.apply(page, edits), edits, CONFIG.rules)

    assert lines_of(cleaned["text"][0]) == lines_of(re.sub("⟦[^⟧]*⟧", "", case["text"]))
    created = cleaned["created"][0]
    assert (created and created.date().isoformat()) == case.get("created")
    assert ledger.undo(ledger.apply(page, edits), edits)["text"][0] == page["text"][0]


def test_no_two_cases_have_one_label() -> None:
    """Labels of cases are unique."""
    labels = [case["label"] for case in CASES]

    assert len(set(labels)) == len(labels) > 90


def cleaned_by(text: str, rule: Rule, *, protect: bool = True) -> str:
    """Return a text after the deletions of a single rule."""
    page = page_of(text)
    return str(ledger.apply(page, noise.find(page, [rule], protect=protect))["text"][0])


def test_a_rule_leaves_alone_what_its_unless_matches() -> None:
    """`unless` is matched against the full line of a line rule and the span of a span rule, case-sensitively."""
    line = Rule(id="line", scope="line", pattern="see .*", unless="[Ss]ee [a-z]+", kind="ad", reason="test")
    part = Rule(id="part", scope="inline", pattern=r"\(see .*?\)", unless=r"\(see [a-z]+\)", kind="ad", reason="test")

    assert cleaned_by("See cleat\nSee Cleat\nsee also cleat", line) == "See cleat"
    assert cleaned_by("a (see b) c (see B) d", part) == "a (see b) c d"


def test_figures_above_are_counted_among_three_lines() -> None:
    """`figures_above` counts lines with digits among the three lines above; prose does not count."""
    rule = Rule(id="below", scope="line", literals=("noise",), features=(("figures_above", Range(high=1)),), kind="ad", reason="test")

    assert cleaned_by("1 t\n2 t\nNoise", rule) == "1 t\n2 t\nNoise"
    assert cleaned_by("1 t\nNoise", rule) == "1 t"
    assert cleaned_by("1 t\n2 t\na\nb\nNoise", rule) == "1 t\n2 t\na\nb"
    assert cleaned_by(f"1 t\n{PROSE[:-1]} 2.\nNoise", rule) == f"1 t\n{PROSE[:-1]} 2."


def test_protections_can_be_switched_off() -> None:
    """`protect=False` shows all that a rule could delete, for builds that ask which pages a changed rule affects."""
    glossary = "Bond\nA bond is a loan.\n\nShare\nA share is a part.\n\nStock\nStock is all of them."
    rule = Rule(id="share", scope="line", literals=("share",), kind="ad", reason="test")

    assert cleaned_by(glossary, rule) == glossary
    assert "Share\n" not in cleaned_by(glossary, rule, protect=False)
