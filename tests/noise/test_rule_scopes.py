"""pipeline/saring/noise/rule_scopes.py: rules for languages and sites apply to documents of those only."""

from __future__ import annotations

import polars as pl
import pytest

from saring.config.rules import Rule
from saring.core.lines import split_lines
from saring.noise.line_features import line_features
from saring.noise.rule_scopes import ScopeFilter

INDONESIAN = "Wali kota membuka pasar itu pada hari Senin bersama para pedagang dan warga sekitar."
ENGLISH = "The quick brown fox jumps over the lazy dog today."


def rule(languages: tuple[str, ...] = (), sites: tuple[str, ...] = ()) -> Rule:
    """Return a rule that is bound to languages and sites."""
    return Rule(id="bound", kind="ad", reason="test", scope="line", literals=("share",), languages=languages, sites=sites)


def allowed_rules(text: str, *rules: Rule, **declared: str | None) -> list[int]:
    """Return the indices of the rules whose match in a text with this declared metadata remains."""
    texts = pl.DataFrame({"id": ["a"], "text": [text], **{name: pl.Series([value], dtype=pl.String) for name, value in declared.items()}})
    matches = pl.DataFrame({"id": ["a"] * len(rules), "rule": range(len(rules))}, schema={"id": pl.String, "rule": pl.UInt32})
    kept = ScopeFilter(texts, line_features(split_lines(texts)), rules).filter_matches(matches)
    return kept["rule"].to_list()


@pytest.mark.parametrize(
    ("language", "site", "expected"),
    [
        ("id", "a.example", [0, 1, 2, 3]),
        ("fr", "a.example", [0, 2]),
        ("id", "b.example", [0, 1]),
        ("id", None, [0, 1]),
        ("fr", "b.example", [0]),
    ],
)
def test_a_rule_applies_to_its_languages_and_sites(language: str, site: str | None, expected: list[int]) -> None:
    """A rule with both needs both; one without either applies to every document."""
    rules = [rule(), rule(languages=("en", "id")), rule(sites=("a.example",)), rule(languages=("id",), sites=("a.example",))]

    assert allowed_rules("Share", *rules, language=language, site=site) == expected


def test_an_undeclared_language_is_identified_from_the_prose() -> None:
    """Widget labels, often English, do not count; without prose no rule for a language applies."""
    bound = rule(languages=("id",))

    assert allowed_rules(f"Share this now\n{INDONESIAN}", bound, language=None) == [0]
    assert allowed_rules(f"Share\n{INDONESIAN}", bound) == [0]
    assert allowed_rules(f"Share\n{ENGLISH}", bound) == []
    assert allowed_rules("Share", bound) == []


def test_a_declared_language_is_not_identified_again() -> None:
    """The declaration wins over the language of the prose."""
    assert allowed_rules(INDONESIAN, rule(languages=("id",)), language="fr") == []


def test_matches_keep_their_order_and_columns() -> None:
    """Other columns stay, a document may have several matches, and documents are judged apart."""
    texts = pl.DataFrame({"id": ["a", "b"], "text": ["x", "y"], "language": ["id", "fr"]})
    matches = pl.DataFrame({"row": [5, 3, 4, 1], "id": ["b", "a", "a", "b"], "rule": [0, 0, 1, 1]}, schema_overrides={"rule": pl.UInt32})
    rules = [rule(languages=("id",)), rule()]

    kept = ScopeFilter(texts, line_features(split_lines(texts)), rules).filter_matches(matches)

    assert kept.rows() == [(3, "a", 0), (4, "a", 1), (1, "b", 1)]
    assert kept.columns == ["row", "id", "rule"]


def test_no_matches_stay_no_matches() -> None:
    """An empty table of matches is returned as it is."""
    assert allowed_rules("Share") == []
    texts = pl.DataFrame({"id": ["a"], "text": ["x"]})
    none = pl.DataFrame(schema={"id": pl.String, "rule": pl.UInt32})

    assert ScopeFilter(texts, line_features(split_lines(texts)), [rule(languages=("id",))]).filter_matches(none).equals(none)
