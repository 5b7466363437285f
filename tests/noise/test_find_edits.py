"""pipeline/noise: what is cut is noise, and what stays stands as it stood."""

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
    """Return the text without its noise, once it is sure that undoing gives the text back."""
    texts = pl.DataFrame(
        {"id": ["a"], "text": [text], "language": [language], "site": [site]},
        schema={"id": pl.String, "text": pl.String, "language": pl.String, "site": pl.String},
    )
    found = noise.find(texts, rules)
    made = ledger.apply(texts, found)
    assert ledger.undo(made, found).equals(texts)
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
def test_white_space_around_a_cut_line_is_made_whole(text: str, expected: str) -> None:
    """The wider gap stays; nothing is left over at the edges of the text."""
    assert cleaned(text, MARK) == expected


@given(st.lists(st.sampled_from(["noise", "Noise:", "one", "two words", "", "", "  "]), max_size=12))
def test_only_noisy_lines_go(lines: list[str]) -> None:
    """Kept lines stay in order, paragraphs stay paragraphs, and no text grows blank edges."""
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
def test_parts_of_lines_go_and_the_sentence_stays(text: str, expected: str) -> None:
    """Prefixes, suffixes and inline noise are cut where the rule's groups say."""
    assert cleaned(text, BEFORE, BEHIND, INSIDE) == expected


def test_a_pattern_that_matches_outside_its_groups_cuts_nothing() -> None:
    """Such a rule would lose text that it does not name."""
    careless = Rule(id="careless", kind="ad", reason="test", scope="inline", pattern=r"x+(?P<cut>y)")

    assert cleaned("a xxy b", careless) == "a xxy b"


def test_the_longest_of_overlapping_parts_is_cut() -> None:
    """Two rules that want overlapping parts of a line do not cut twice."""
    short = Rule(id="short", kind="ad", reason="test", scope="inline", pattern="b c")
    long = Rule(id="long", kind="ad", reason="test", scope="inline", pattern="c d e ")

    assert cleaned("a b c d e f", short, long) == "a b f"


def test_a_rule_beside_needs_a_sure_neighbour() -> None:
    """A bare number below a marker goes, through other numbers too; one above it or elsewhere stays."""
    assert cleaned("1\nNoise\n2\n\n3\na\n4", MARK, NUMBER) == "1\na\n4"


@pytest.mark.parametrize(
    ("until", "expected"),
    [("prose", f"{PROSE}\na\n{PROSE}\nb"), ("blank", f"{PROSE}\na\n\ny\n{PROSE}\nb"), ("end", f"{PROSE}\na")],
)
def test_a_block_ends_where_its_rule_says(until: str, expected: str) -> None:
    """Before the next prose, before a blank line, or with the text."""
    rule = Rule(id="block", kind="related", reason="test", scope="block", literals=("stop",), until=until)

    assert cleaned(f"{PROSE}\na\nStop\nx\n\ny\n{PROSE}\nb", rule) == expected


def test_a_marker_above_all_prose_goes_alone() -> None:
    """In the menu at the top it heads no list: what follows may be the page's own headline."""
    assert cleaned(f"Stop\nHeadline\n{PROSE}", BLOCK) == f"Headline\n{PROSE}"


def test_rules_can_be_for_sites_and_languages() -> None:
    """A rule bound to a site or a stated language is for no other."""
    bound = Rule(id="bound", kind="ad", reason="test", scope="line", literals=("noise",), sites=("a.example",), languages=("id",))

    assert cleaned("a\nNoise", bound, language="id", site="a.example") == "a"
    assert cleaned("a\nNoise", bound, language="fr", site="a.example") == "a\nNoise"
    assert cleaned("a\nNoise", bound, language="id", site="b.example") == "a\nNoise"
    assert cleaned("a\nNoise", bound, language="id") == "a\nNoise"


def test_an_unstated_language_is_identified_from_the_prose() -> None:
    """Labels do not count: only what reads as sentences."""
    rule = Rule(id="bound", kind="ad", reason="test", scope="line", literals=("share",), languages=("id",))
    prose = "Wali kota membuka pasar itu pada hari Senin bersama para pedagang dan warga sekitar."

    assert cleaned(f"Share\n{prose}", rule) == prose
    assert cleaned(f"Share\n{PROSE}", rule) == f"Share\n{PROSE}"


def test_features_narrow_a_rule() -> None:
    """A bound on a feature holds for lines and for parts of lines."""
    first = Rule(id="first", kind="ad", reason="test", scope="line", literals=("noise",), features=(("from_start", Range(high=0.0)),))
    start = Rule(id="start", kind="ad", reason="test", scope="prefix", pattern="x ", features=(("from_start", Range(high=1.0)),))

    assert cleaned("Noise\nx a\nNoise\nx b", first, start) == "a\nNoise\nx b"


def test_features_of_the_text_narrow_literals_too() -> None:
    """A label that is noise only where it is shouted: what a line's own text decides is asked of literals as of patterns."""
    shouted = Rule(
        id="shouted", kind="ad", reason="test", scope="line", literals=("noise here",), features=(("title_case", Range(low=0.9)),)
    )

    assert cleaned("Noise Here\nnoise here", shouted) == "noise here"


@given(st.lists(st.text(max_size=60), max_size=6))
def test_any_text_survives(texts: list[str]) -> None:
    """Whatever the text is, edits apply and undo, and cut text only."""
    frame = pl.DataFrame({"id": [str(n) for n in range(len(texts))], "text": texts}, schema={"id": pl.String, "text": pl.String})

    found = noise.find(frame, [MARK, NUMBER, BEFORE, BEHIND, INSIDE, BLOCK])

    assert found.schema == EDIT
    assert ledger.undo(ledger.apply(frame, found), found).equals(frame)
    assert set(found["replacement"]) <= {""}


def test_a_cut_fills_the_field_that_its_rule_captures() -> None:
    """A date line becomes `created`, a dateline's site becomes `site`; what is stated stays."""
    date = Rule(id="date", kind="dateline", reason="test", scope="line", pattern=r"\d+ \p{L}+ \d{4}.*", capture="created")
    site = Rule(id="site", kind="dateline", reason="test", scope="prefix", pattern=r"\S+\.COM - ", capture="site", value=r"\S+")
    text = "3 Mei 2019 8:05 WIB\nKOTA.COM - Pasar dibuka."
    stated = {"site": ["pasar.example", None], "created": [None, None], "created_offset": [None, None]}
    pages = pl.DataFrame({"id": ["a", "b"], "text": [text, text], **stated}).select(
        (pl.col(name) if name in ("id", "text", *stated) else pl.lit(None)).cast(dtype).alias(name) for name, dtype in PAGE.items()
    )
    found = noise.find(pages, [date, site])

    filled = noise.fill_captures(ledger.apply(pages, found), found, [date, site])

    assert filled["text"].to_list() == ["Pasar dibuka."] * 2
    assert filled["site"].to_list() == ["pasar.example", "kota.com"]
    assert filled["created"].to_list() == [dt.datetime(2019, 5, 3, 1, 5, tzinfo=dt.UTC)] * 2
    assert filled["created_offset"].to_list() == [420] * 2
