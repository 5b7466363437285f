"""The page's own text stays where it looks like noise, and the noise that it looks like goes (tests/cases/own_text.toml)."""

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
    """Return a page of which nothing but its text is known."""
    row = pl.DataFrame({"id": ["a"], "text": [text]})
    return row.select((pl.col(name) if name in row.columns else pl.lit(None)).cast(dtype).alias(name) for name, dtype in PAGE.items())


def lines_of(text: str) -> list[str]:
    """Return the lines that are not blank, without white space around them."""
    return [line.strip() for line in text.split("\n") if line.strip()]


@pytest.mark.parametrize("case", CASES, ids=[case["label"] for case in CASES])
def test_own_text_stays_and_noise_goes(case: dict[str, Any]) -> None:
    """What a case marks goes, all else stays as it stood, and only the page's own date becomes `created`."""
    page = page_of(re.sub("[⟦⟧]", "", case["text"]).strip())

    found = noise.find(page, CONFIG.rules, CLASSIFIER)
    cleaned = noise.fill_captures(ledger.apply(page, found), found, CONFIG.rules)

    assert lines_of(cleaned["text"][0]) == lines_of(re.sub("⟦[^⟧]*⟧", "", case["text"]))
    created = cleaned["created"][0]
    assert (created and created.date().isoformat()) == case.get("created")
    assert ledger.undo(ledger.apply(page, found), found)["text"][0] == page["text"][0]


def test_no_two_cases_have_one_label() -> None:
    """A label names a case."""
    labels = [case["label"] for case in CASES]

    assert len(set(labels)) == len(labels) > 90


def cleaned_by(text: str, rule: Rule, *, protect: bool = True) -> str:
    """Return a text without what a single rule cuts."""
    page = page_of(text)
    return str(ledger.apply(page, noise.find(page, [rule], protect=protect))["text"][0])


def test_a_rule_leaves_alone_what_its_unless_matches() -> None:
    """For lines the whole line counts, for parts the part that would go; upper and lower case are told apart."""
    line = Rule(id="line", scope="line", pattern="see .*", unless="[Ss]ee [a-z]+", kind="ad", reason="test")
    part = Rule(id="part", scope="inline", pattern=r"\(see .*?\)", unless=r"\(see [a-z]+\)", kind="ad", reason="test")

    assert cleaned_by("See cleat\nSee Cleat\nsee also cleat", line) == "See cleat"
    assert cleaned_by("a (see b) c (see B) d", part) == "a (see b) c d"


def test_figures_above_are_counted_among_three_lines() -> None:
    """Digits in prose are no figures, and a fourth line above is too far away."""
    rule = Rule(id="below", scope="line", literals=("noise",), features=(("figures_above", Range(high=1)),), kind="ad", reason="test")

    assert cleaned_by("1 t\n2 t\nNoise", rule) == "1 t\n2 t\nNoise"
    assert cleaned_by("1 t\nNoise", rule) == "1 t"
    assert cleaned_by("1 t\n2 t\na\nb\nNoise", rule) == "1 t\n2 t\na\nb"
    assert cleaned_by(f"1 t\n{PROSE[:-1]} 2.\nNoise", rule) == f"1 t\n{PROSE[:-1]} 2."


def test_what_rules_could_cut_is_known_without_protections() -> None:
    """Whether a line is protected depends on what other rules match, so that a build that asks what a rule could touch leaves them out."""
    glossary = "Bond\nA bond is a loan.\n\nShare\nA share is a part.\n\nStock\nStock is all of them."
    rule = Rule(id="share", scope="line", literals=("share",), kind="ad", reason="test")

    assert cleaned_by(glossary, rule) == glossary
    assert "Share\n" not in cleaned_by(glossary, rule, protect=False)
