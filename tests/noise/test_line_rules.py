"""pipeline/saring/noise/line_rules.py: the lines that literals, patterns, feature bounds, blocks and neighbours of noise delete."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saring.config.rules import Range, Rule
from saring.core.lines import split_lines
from saring.noise.line_features import line_features
from saring.noise.line_rules import find_noisy_lines
from saring.noise.rule_scopes import ScopeFilter

MARK = Rule(id="mark", kind="ad", reason="test", scope="line", literals=("noise",))
NUMBER = Rule(id="number", kind="ad", reason="test", scope="line", pattern=r"\d+", beside="below")
BLOCK = Rule(id="block", kind="related", reason="test", scope="block", literals=("stop",))
PROSE = "The quick brown fox jumps over the lazy dog today."


def noisy_lines(text: str, *rules: Rule) -> list[tuple[str, int]]:
    """Return the lines of a text that rules delete, each with the index of the rule, in order."""
    texts = pl.DataFrame({"id": ["a"], "text": [text]})
    lines = line_features(split_lines(texts))
    rows = find_noisy_lines(lines, rules, ScopeFilter(texts, lines, rules)).sort("row")
    return list(zip(lines["text"].gather(rows["row"]).to_list(), rows["rule"].to_list(), strict=True))


def kept_lines(text: str, *rules: Rule) -> list[str]:
    """Return the lines of a text that no rule deletes, having checked that no line is deleted twice."""
    texts = pl.DataFrame({"id": ["a"], "text": [text]})
    lines = line_features(split_lines(texts))
    rows = find_noisy_lines(lines, rules, ScopeFilter(texts, lines, rules))["row"]
    assert rows.n_unique() == len(rows)
    return lines.filter(~pl.col("row").is_in(rows.implode()))["text"].to_list()


@pytest.mark.parametrize(
    ("line", "is_noise"),
    [
        ("noise", True),
        ("NOISE", True),
        ("» Noise:", True),
        ("[noise]", True),
        ("noises", False),
        ("no noise", False),
        ("реклама", True),
        ("РЕКЛАМА:", True),
        ("广告", True),
        ("广告牌", False),
    ],
)
def test_a_literal_matches_a_full_line(line: str, is_noise: bool) -> None:  # noqa: FBT001 - a case
    """Case and the punctuation around the line do not count, in any script."""
    rule = Rule(id="words", kind="ad", reason="test", scope="line", literals=("noise", "реклама", "广告"))

    assert kept_lines(line, rule) == ([] if is_noise else [line])


def test_an_exact_literal_matches_the_line_as_it_is() -> None:
    """With `exact`, case and punctuation count."""
    rule = Rule(id="exact", kind="ad", reason="test", scope="line", literals=("IKLAN",), exact=True)

    assert kept_lines("IKLAN\nIklan\nIKLAN:", rule) == ["Iklan", "IKLAN:"]


def test_a_pattern_must_match_the_full_line() -> None:
    """A list bullet before the line does not count; case does with `exact` alone."""
    loose = Rule(id="loose", kind="ad", reason="test", scope="line", pattern=r"page \d+")
    exact = Rule(id="exact", kind="ad", reason="test", scope="line", pattern=r"Page \d+", exact=True)

    assert kept_lines("Page 1\n• PAGE 2\nSee page 3\npage 4 of 5", loose) == ["See page 3", "page 4 of 5"]
    assert kept_lines("Page 1\npage 2", exact) == ["page 2"]


def test_the_first_of_several_rules_is_named() -> None:
    """Where several rules delete a line, the ledger gets the one that comes first."""
    other = Rule(id="other", kind="ad", reason="test", scope="line", pattern="n.*")

    assert noisy_lines("Noise\nnews", MARK, other) == [("Noise", 0), ("news", 1)]
    assert noisy_lines("Noise\nnews", other, MARK) == [("Noise", 0), ("news", 0)]


def test_a_long_line_is_never_deleted() -> None:
    """A line of more than 400 characters contains a sentence of the page, whatever a pattern says."""
    rule = Rule(id="any", kind="ad", reason="test", scope="line", pattern="x+")

    assert kept_lines(f"{'x' * 400}\n{'x' * 401}", rule) == ["x" * 401]


def test_unless_exempts_a_line() -> None:
    """A line that the pattern `unless` matches in full, in its case, is kept."""
    rule = Rule(id="see", kind="ad", reason="test", scope="line", pattern="see .*", unless="[Ss]ee [a-z]+")

    assert kept_lines("See cleat\nSee Cleat\nsee also cleat", rule) == ["See cleat"]


@pytest.mark.parametrize(
    ("beside", "expected"),
    [("below", ["1", "a", "4"]), ("above", ["2", "3", "a", "4"]), ("around", ["a", "4"]), (None, ["a"])],
)
def test_a_rule_with_beside_needs_a_certain_neighbour(beside: str | None, expected: list[str]) -> None:
    """A number goes where it stands on that side of a certain marker, also through other numbers; one beside text stays."""
    rule = Rule(id="number", kind="ad", reason="test", scope="line", pattern=r"\d+", beside=beside)

    assert kept_lines("1\nNoise\n2\n\n3\na\n4", MARK, rule) == expected


def test_a_neighbour_in_another_document_does_not_count() -> None:
    """The last line of one text is not above the first line of the next."""
    texts = pl.DataFrame({"id": ["a", "b"], "text": ["a\nNoise", "1\nb"]})
    lines = line_features(split_lines(texts))

    assert find_noisy_lines(lines, [MARK, NUMBER], ScopeFilter(texts, lines, [MARK, NUMBER]))["row"].to_list() == [1]


@pytest.mark.parametrize(
    ("until", "expected"),
    [("prose", [PROSE, "a", PROSE, "b"]), ("blank", [PROSE, "a", "y", PROSE, "b"]), ("end", [PROSE, "a"])],
)
def test_a_block_ends_where_its_rule_says(until: str, expected: list[str]) -> None:
    """A block ends before the next prose, before a blank line, or with the text, by its rule's `until`."""
    rule = Rule(id="block", kind="related", reason="test", scope="block", literals=("stop",), until=until)

    assert kept_lines(f"{PROSE}\na\nStop\nx\n\ny\n{PROSE}\nb", rule) == expected


@pytest.mark.parametrize("until", ["prose", "blank", "end"])
def test_a_block_ends_with_its_document(until: str) -> None:
    """The next text of the batch begins outside of the block."""
    rule = Rule(id="block", kind="related", reason="test", scope="block", literals=("stop",), until=until)
    texts = pl.DataFrame({"id": ["a", "b"], "text": [f"{PROSE}\nStop\nx", "y\nz"]})
    lines = line_features(split_lines(texts))

    assert find_noisy_lines(lines, [rule], ScopeFilter(texts, lines, [rule])).sort("row")["row"].to_list() == [1, 2]


def test_a_marker_above_all_prose_goes_alone() -> None:
    """Above the first prose a block marker is a menu item: the line below it, which may be the headline, stays."""
    assert kept_lines(f"Stop\nHeadline\n{PROSE}", BLOCK) == ["Headline", PROSE]


def test_bounds_on_positions_narrow_a_rule() -> None:
    """A bound on `from_start` leaves all lines but the first."""
    first = Rule(id="first", kind="ad", reason="test", scope="line", literals=("noise",), features=(("from_start", Range(high=0.0)),))

    assert kept_lines("Noise\na\nNoise", first) == ["a", "Noise"]


def test_bounds_on_features_of_the_text_narrow_literals_too() -> None:
    """Bounds on features of the text hold for literals as well as for patterns."""
    shouted = Rule(
        id="shouted", kind="ad", reason="test", scope="line", literals=("noise here",), features=(("title_case", Range(low=0.9)),)
    )

    assert kept_lines("Noise Here\nnoise here", shouted) == ["noise here"]


def test_a_rule_of_bounds_alone_matches_by_them() -> None:
    """A rule without pattern and literals deletes every line within its bounds."""
    rule = Rule(id="long", kind="ad", reason="test", scope="line", features=(("words", Range(low=2.0, high=2.0)),))

    assert kept_lines("one\none two\none two three", rule) == ["one", "one two three"]


def test_own_text_is_protected_unless_switched_off() -> None:
    """A headword between others is the page's own text; `protect=False` shows what the rule alone would delete."""
    text = "Bond\nA bond is a loan.\n\nShare\nA share is a part.\n\nStock\nStock is all of them."
    rules = [Rule(id="share", kind="ad", reason="test", scope="line", literals=("share",))]
    texts = pl.DataFrame({"id": ["a"], "text": [text]})
    lines = line_features(split_lines(texts))
    scope_filter = ScopeFilter(texts, lines, rules)

    assert find_noisy_lines(lines, rules, scope_filter)["row"].to_list() == []
    assert find_noisy_lines(lines, rules, scope_filter, protect=False)["row"].to_list() == [2]


def test_no_rules_or_no_lines_delete_nothing() -> None:
    """Without rules for lines, or without lines, the table is empty."""
    inline = Rule(id="inline", kind="ad", reason="test", scope="inline", literals=("noise",))

    assert noisy_lines("noise") == []
    assert noisy_lines("noise", inline) == []
    assert noisy_lines("", MARK, NUMBER, BLOCK) == []


LINES = st.lists(st.sampled_from(["noise", "1", "22", "stop", "a", "", PROSE]), max_size=10)


@given(LINES)
def test_matches_are_certain_or_adjoin_certain_noise(lines: list[str]) -> None:
    """By the definition, checked line by line: a number goes if only numbers stand between it and a marker above it."""
    expected = []
    below_marker = False
    for line in filter(None, lines):
        below_marker = line == "noise" or (below_marker and line.isdigit())
        expected += [] if below_marker else [line]

    assert kept_lines("\n".join(lines), MARK, NUMBER) == expected
