"""The noise step (`saring.noise.find`): deletions by line, span and block rules, and the white space that remains."""

from __future__ import annotations

import datetime as dt
import re

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saring import noise
from saring.config.rules import Case, Range, Rule
from saring.core import ledger
from saring.core.tables import EDIT, PAGE

CASE = (Case(text="x"),)
MARK = Rule(id="mark", kind="ad", reason="test", scope="line", literals=("noise",))
NUMBER = Rule(id="number", kind="ad", reason="test", scope="line", pattern=r"\d+", beside="below")
BEFORE = Rule(id="before", kind="spam", reason="test", scope="prefix", pattern=r"(?P<cut>[A-Z]{4} - )(?P<after>\p{Lu})", exact=True)
BEHIND = Rule(id="behind", kind="spam", reason="test", scope="suffix", pattern=r"(?P<before>\.)(?P<cut> - BRAND)", exact=True)
INSIDE = Rule(id="inside", kind="ad", reason="test", scope="inline", literals=("(ad)",), needs=("(ad)",))
BLOCK = Rule(id="block", kind="related", reason="test", scope="block", literals=("stop",))
PROSE = "The quick brown fox jumps over the lazy dog today."


def cleaned(text: str, *rules: Rule, language: str | None = None, site: str | None = None) -> str:
    """Return the text after the noise step, having checked that undoing the edits restores the original."""
    texts = pl.DataFrame(
        {"id": ["a"], "text": [text], "language": [language], "site": [site]},
        schema={"id": pl.String, "text": pl.String, "language": pl.String, "site": pl.String},
    )
    edits = noise.find(texts, rules)
    made = ledger.apply(texts, edits)
    assert ledger.undo(made, edits).equals(texts)
    return str(made["text"][0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\n\nNoise\n\nb", "a\n\nb"),
        ("a\nNoise\nb", "a\nb"),
        ("a\nNoise\n\nb", "a\n\nb"),
        ("a\n\nNoise\nb", "a\n\nb"),
        ("Noise\n\na", "a"),
        ("a\n\nNoise", "a"),
        ("a\n\nNoise\n\n", "a"),
        ("\n\nNoise\n\n", ""),
        ("Noise", ""),
        ("a\n\nNoise\n\n\n\nnoise:\n\nb", "a\n\nb"),
        ("a\n  Noise  \nb", "a\nb"),
    ],
)
def test_the_wider_gap_around_a_deleted_line_stays(text: str, expected: str) -> None:
    """Of the gaps above and below a deleted line the wider one remains; at the edges of the text none does."""
    assert cleaned(text, MARK) == expected


@given(st.lists(st.sampled_from(["noise", "Noise:", "one", "two words", "", "", "  "]), max_size=12))
def test_only_noisy_lines_are_deleted(lines: list[str]) -> None:
    """Kept lines stay in order, gaps never grow, and no blank lines appear at the edges."""
    kept = [line for line in lines if line.strip() and "oise" not in line]

    result = cleaned("\n".join(lines), MARK)

    assert [line for line in result.split("\n") if line.strip()] == kept
    if "Noise:" in lines or "noise" in lines:
        widest = max((len(gap) for gap in re.findall(r"\n(?:[ ]*\n)*", "\n".join(lines))), default=0)
        assert all(len(gap) <= widest for gap in re.findall(r"\n(?:[ ]*\n)*", result))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ACME - Foo said no.", "Foo said no."),
        ("ACME - foo said no.", "ACME - foo said no."),
        ("  ACME - Foo said no.", "  Foo said no."),
        ("He said no. - BRAND", "He said no."),
        ("ACME - He said no. - BRAND", "He said no."),
        ("He (ad) said (AD) no.", "He said no."),
        ("\ufdd0ACME - Foo\ufdd1", "\ufdd0ACME - Foo\ufdd1"),
    ],
)
def test_span_rules_keep_the_sentence(text: str, expected: str) -> None:
    """Prefix, suffix and inline rules delete their `cut` group and nothing else."""
    assert cleaned(text, BEFORE, BEHIND, INSIDE) == expected


def test_a_pattern_that_matches_outside_its_groups_cuts_nothing() -> None:
    """A pattern that matches text outside its groups is skipped, since it would delete text that it does not name."""
    careless = Rule(id="careless", kind="ad", reason="test", scope="inline", pattern=r"x+(?P<cut>y)")

    assert cleaned("a xxy b", careless) == "a xxy b"


def test_the_longest_of_overlapping_spans_is_deleted() -> None:
    """Of two overlapping spans on a line only the longer one is deleted."""
    short = Rule(id="short", kind="ad", reason="test", scope="inline", pattern="b c")
    long = Rule(id="long", kind="ad", reason="test", scope="inline", pattern="c d e ")

    assert cleaned("a b c d e f", short, long) == "a b f"


def test_a_rule_with_beside_needs_a_certain_neighbour() -> None:
    """With `beside = "below"`, a number below a certain marker goes, also through other numbers; one above it or elsewhere stays."""
    assert cleaned("1\nNoise\n2\n\n3\na\n4", MARK, NUMBER) == "1\na\n4"


@pytest.mark.parametrize(
    ("until", "expected"),
    [("prose", f"{PROSE}\na\n{PROSE}\nb"), ("blank", f"{PROSE}\na\n\ny\n{PROSE}\nb"), ("end", f"{PROSE}\na")],
)
def test_a_block_ends_where_its_rule_says(until: str, expected: str) -> None:
    """A block ends before the next prose, before a blank line, or with the text, by its rule's `until`."""
    rule = Rule(id="block", kind="related", reason="test", scope="block", literals=("stop",), until=until)

    assert cleaned(f"{PROSE}\na\nStop\nx\n\ny\n{PROSE}\nb", rule) == expected


def test_a_marker_above_all_prose_goes_alone() -> None:
    """Above the first prose a block marker is a menu item: the line below it, which may be the headline, stays."""
    assert cleaned(f"Stop\nHeadline\n{PROSE}", BLOCK) == f"Headline\n{PROSE}"


def test_rules_can_be_for_sites_and_languages() -> None:
    """A rule with `sites` and `languages` applies to documents of those only."""
    bound = Rule(id="bound", kind="ad", reason="test", scope="line", literals=("noise",), sites=("a.example",), languages=("id",))

    assert cleaned("a\nNoise", bound, language="id", site="a.example") == "a"
    assert cleaned("a\nNoise", bound, language="fr", site="a.example") == "a\nNoise"
    assert cleaned("a\nNoise", bound, language="id", site="b.example") == "a\nNoise"
    assert cleaned("a\nNoise", bound, language="id") == "a\nNoise"


def test_an_unstated_language_is_identified_from_the_prose() -> None:
    """Without a declared language, it is identified from prose, not from widget labels."""
    rule = Rule(id="bound", kind="ad", reason="test", scope="line", literals=("share",), languages=("id",))
    prose = "Wali kota membuka pasar itu pada hari Senin bersama para pedagang dan warga sekitar."

    assert cleaned(f"Share\n{prose}", rule) == prose
    assert cleaned(f"Share\n{PROSE}", rule) == f"Share\n{PROSE}"


def test_features_narrow_a_rule() -> None:
    """Bounds on features hold for line rules and span rules."""
    first = Rule(id="first", kind="ad", reason="test", scope="line", literals=("noise",), features=(("from_start", Range(high=0.0)),))
    start = Rule(id="start", kind="ad", reason="test", scope="prefix", pattern="x ", features=(("from_start", Range(high=1.0)),))

    assert cleaned("Noise\nx a\nNoise\nx b", first, start) == "a\nNoise\nx b"


def test_features_of_the_text_narrow_literals_too() -> None:
    """Bounds on features of the text hold for literals as well as for patterns."""
    shouted = Rule(
        id="shouted", kind="ad", reason="test", scope="line", literals=("noise here",), features=(("title_case", Range(low=0.9)),)
    )

    assert cleaned("Noise Here\nnoise here", shouted) == "noise here"


@given(st.lists(st.text(max_size=60), max_size=6))
def test_edits_of_any_text_can_be_undone(texts: list[str]) -> None:
    """For any text, edits apply and undo, and they only delete."""
    frame = pl.DataFrame({"id": [str(n) for n in range(len(texts))], "text": texts}, schema={"id": pl.String, "text": pl.String})

    edits = noise.find(frame, [MARK, NUMBER, BEFORE, BEHIND, INSIDE, BLOCK])

    assert edits.schema == EDIT
    assert ledger.undo(ledger.apply(frame, edits), edits).equals(frame)
    assert set(edits["replacement"]) <= {""}


def test_a_cut_fills_the_field_that_its_rule_captures() -> None:
    """A deleted date line fills `created`, a dateline's site fills `site`; declared values are kept."""
    date = Rule(id="date", kind="dateline", reason="test", scope="line", pattern=r"\d+ \p{L}+ \d{4}.*", capture="created")
    site = Rule(id="site", kind="dateline", reason="test", scope="prefix", pattern=r"\S+\.COM - ", capture="site", value=r"\S+")
    text = "3 Mei 2019 8:05 WIB\nKOTA.COM - Pasar dibuka."
    stated = {"site": ["pasar.example", None], "created": [None, None], "created_offset": [None, None]}
    pages = pl.DataFrame({"id": ["a", "b"], "text": [text, text], **stated}).select(
        (pl.col(name) if name in ("id", "text", *stated) else pl.lit(None)).cast(dtype).alias(name) for name, dtype in PAGE.items()
    )
    edits = noise.find(pages, [date, site])

    filled = noise.fill_captures(ledger.apply(pages, edits), edits, [date, site])

    assert filled["text"].to_list() == ["Pasar dibuka."] * 2
    assert filled["site"].to_list() == ["pasar.example", "kota.com"]
    assert filled["created"].to_list() == [dt.datetime(2019, 5, 3, 1, 5, tzinfo=dt.UTC)] * 2
    assert filled["created_offset"].to_list() == [420] * 2
