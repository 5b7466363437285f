"""pipeline/saring/noise/span_rules.py: spans at the start, the end or in the middle of lines, in code points of the line."""

from __future__ import annotations

import itertools

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saring.config.rules import Range, Rule
from saring.core.lines import split_lines
from saring.noise.line_features import line_features
from saring.noise.rule_scopes import ScopeFilter
from saring.noise.span_rules import anchored_patterns, find_noisy_spans

BEFORE = Rule(id="before", kind="spam", reason="test", scope="prefix", pattern=r"(?P<cut>[A-Z]{4} - )(?P<after>\p{Lu})", exact=True)
BEHIND = Rule(id="behind", kind="spam", reason="test", scope="suffix", pattern=r"(?P<before>\.)(?P<cut> - BRAND)", exact=True)
INSIDE = Rule(id="inside", kind="ad", reason="test", scope="inline", literals=("(ad)",), needs=("(ad)",))


def spans_in(text: str, *rules: Rule, noisy_rows: tuple[int, ...] = ()) -> pl.DataFrame:
    """Return the spans of a text's lines that rules delete, having checked that each is quoted as the line has it."""
    texts = pl.DataFrame({"id": ["a"], "text": [text]})
    lines = line_features(split_lines(texts))
    spans = find_noisy_spans(lines, pl.Series(noisy_rows, dtype=pl.UInt32), rules, ScopeFilter(texts, lines, rules)).sort("row", "from")
    for row, start, end, original in spans.select("row", "from", "to", "original").iter_rows():
        assert str(lines["line"][row])[start:end] == original != ""
    return spans


def cleaned(line: str, *rules: Rule) -> str:
    """Return a line without the spans that rules delete."""
    for start, end in reversed(spans_in(line, *rules).select("from", "to").rows()):
        line = line[:start] + line[end:]
    return line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ACME - Foo said no.", "Foo said no."),
        ("ACME - foo said no.", "ACME - foo said no."),
        ("Now ACME - Foo said no.", "Now ACME - Foo said no."),
        ("  ACME - Foo said no.", "  Foo said no."),
        ("ACME - Été à Paris.", "Été à Paris."),
        ("ACME - Дуров молчит.", "Дуров молчит."),
        ("He said no. - BRAND", "He said no."),
        ("He said no. - BRAND!", "He said no. - BRAND!"),
        ("ACME - He said no. - BRAND", "He said no."),
        ("He (ad) said (AD) no.", "He said no."),
        ("市长(ad)宣布(AD)。", "市长宣布。"),
        ("\ufdd0ACME - Foo\ufdd1", "\ufdd0ACME - Foo\ufdd1"),
        ("nothing", "nothing"),
    ],
)
def test_span_rules_keep_the_sentence(text: str, expected: str) -> None:
    """Prefix, suffix and inline rules delete their `cut` group, or their match and the space behind it, and nothing else."""
    assert cleaned(text, BEFORE, BEHIND, INSIDE) == expected


def test_a_pattern_that_matches_outside_its_groups_cuts_nothing() -> None:
    """A pattern that matches text outside its groups is skipped, since it would delete text that it does not name."""
    careless = Rule(id="careless", kind="ad", reason="test", scope="inline", pattern=r"x+(?P<cut>y)")

    assert cleaned("a xxy b", careless) == "a xxy b"


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [("b c", "c d e ", ["c d e "]), ("a b c", "c d", ["a b c "]), ("b c", "c d", ["b c "]), ("a", "c", ["a ", "c "])],
)
@pytest.mark.parametrize("is_reversed", [False, True])
def test_the_longest_of_overlapping_spans_is_deleted(first: str, second: str, kept: list[str], is_reversed: bool) -> None:  # noqa: FBT001
    """Of two overlapping spans the longer one stays, of equally long ones the left one, whichever rule comes first."""
    rules = [Rule(id=pattern, kind="ad", reason="test", scope="inline", pattern=pattern) for pattern in (first, second)]

    assert spans_in("a b c d e f", *rules[:: -1 if is_reversed else 1])["original"].to_list() == kept


def test_one_span_of_two_rules_belongs_to_the_first() -> None:
    """Equal spans are one row, with the rule that comes first."""
    rules = [Rule(id=name, kind="ad", reason="test", scope="inline", literals=("(ad)",)) for name in "ab"]

    assert spans_in("x (ad) y", *rules).select("rule", "original").rows() == [(0, "(ad) ")]


def test_unless_exempts_a_span() -> None:
    """The pattern `unless` is compared with the part to be deleted, in its case."""
    rule = Rule(id="see", kind="ad", reason="test", scope="inline", pattern=r"\(see .*?\)", unless=r"\(see [a-z]+\)\s*")

    assert cleaned("a (see b) c (see B) d", rule) == "a (see b) c d"


def test_bounds_on_features_narrow_a_rule() -> None:
    """Bounds hold for positions of lines: the second line is near the start, the fourth is not."""
    rule = Rule(id="start", kind="ad", reason="test", scope="prefix", pattern="x ", features=(("from_start", Range(high=1.0)),))

    assert spans_in("a\nx b\nc\nx d", rule)["row"].to_list() == [1]


def test_lines_that_are_deleted_in_full_are_not_searched() -> None:
    """Their spans would overlap the deletion of the line."""
    assert spans_in("a (ad)\nb (ad)", INSIDE, noisy_rows=(0,))["row"].to_list() == [1]


def test_texts_without_spans_give_an_empty_table() -> None:
    """It has all columns, also without rules and without lines."""
    for spans in (spans_in("a (ad)"), spans_in("", INSIDE), spans_in("a", INSIDE)):
        assert spans.is_empty()
        assert spans.columns == ["row", "rule", "from", "to", "original"]


def test_patterns_are_anchored_by_their_scope() -> None:
    """Literals are escaped; a prefix or inline pattern without the group `cut` includes the white space behind it."""
    rules = {
        scope: Rule(id="r", kind="ad", reason="test", scope=scope, literals=("a.b",), pattern="x|y")
        for scope in ("prefix", "suffix", "inline")
    }

    assert anchored_patterns(rules["prefix"]) == [r"(?i)^(?:a\.b)\s*", r"(?i)^(?:x|y)\s*"]
    assert anchored_patterns(rules["suffix"]) == [r"(?i)(?:a\.b)$", r"(?i)(?:x|y)$"]
    assert anchored_patterns(rules["inline"]) == [r"(?i)(?:a\.b)\s*", r"(?i)(?:x|y)\s*"]
    assert anchored_patterns(BEFORE) == [rf"^(?:{BEFORE.pattern})"]


@settings(max_examples=40)
@given(st.text(st.sampled_from("ab ()é市.-AD"), max_size=30))
def test_spans_do_not_overlap(line: str) -> None:
    """On any line, the spans that several rules delete are disjoint."""
    rules = [INSIDE, Rule(id="letters", kind="ad", reason="test", scope="inline", pattern=r"a+\)|b.a"), BEHIND]

    spans = spans_in(line, *rules).select("from", "to").rows()

    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(spans))
