"""pipeline/saring/repair/changed_spans.py: the replacements between a line and its repaired version, word by word."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saring.repair import changed_spans as module
from saring.repair.changed_spans import Span, changed_spans


def applied(line: str, spans: list[Span]) -> str:
    """Return a line with these replacements made, each of which must quote it."""
    for start, original, replacement, _ in reversed(spans):
        assert line[start : start + len(original)] == original
        line = line[:start] + replacement + line[start + len(original) :]
    return line


@pytest.mark.parametrize(
    ("line", "repaired", "spans"),
    [
        ("un Ã©tÃ© chaud", "un été chaud", [(3, "Ã©tÃ©", "été", "encoding")]),
        ("Ã©tÃ© Ã  Ã©tÃ©", "été à été", [(0, "Ã©tÃ©", "été", "encoding"), (6, "Ã  Ã©tÃ©", "à été", "encoding")]),
        ("Tom &amp; Ani&quot;s", 'Tom & Ani"s', [(4, "&amp;", "&", "entity"), (13, "&quot;", '"', "entity")]),
        ("a&amp;amp;b", "a&b", [(0, "a&amp;amp;b", "a&b", "entity")]),
        ("x&#39;y&bogus;z", "x'y&bogus;z", [(1, "&#39;", "'", "entity")]),
        ("cafe\u0301 bleu", "café bleu", [(3, "e\u0301", "é", "normal-form")]),
        ("pass\ufeffword", "password", [(4, "\ufeff", "", "control")]),
        ("\x1b[1mbold", "bold", [(0, "\x1b[1m", "", "control")]),
        ("Ð¼Ð¸Ñ€", "мир", [(0, "Ð¼Ð¸Ñ€", "мир", "encoding")]),
        ("same", "same", []),
        ("", "", []),
    ],
)
def test_changes_are_words_or_less(line: str, repaired: str, spans: list[tuple[int, str, str, str]]) -> None:
    """Mojibake is replaced by the word; entities, combining marks and invisible characters alone."""
    assert list(changed_spans(line, repaired)) == spans


def test_a_word_of_a_script_without_spaces_is_cut_to_the_change() -> None:
    """In a "word" of more than 40 characters the edit covers only the characters that changed."""
    before, after = "中" * 20, "文" * 21

    assert list(changed_spans(f"{before}Ã©{after}", f"{before}é{after}")) == [(20, "Ã©", "é", "encoding")]
    assert list(changed_spans("中Ã©文", "中é文")) == [(0, "中Ã©文", "中é文", "encoding")]


def test_excess_combining_marks_are_a_kind_of_their_own() -> None:
    """Marks beyond 30 are removed as `marks`, not as `normal-form`."""
    (span,) = changed_spans("a" + "\u0316" * 40, "a" + "\u0316" * 30)

    assert (span.original, span.replacement, span.kind) == ("\u0316" * 10, "", "marks")


def test_many_changed_words_become_one_replacement(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where difflib would compare too many pairs of words, all between the shared start and end is one edit."""
    line, repaired = "a Ã©x b c Ã©y d", "a éx b éy d"
    monkeypatch.setattr(module, "_MAX_PAIRS", 10)

    assert list(changed_spans(line, repaired)) == [(2, "Ã©x b c Ã©y", "éx b éy", "encoding")]
    monkeypatch.setattr(module, "_MAX_PAIRS", 1_000)
    assert [span.original for span in changed_spans(line, repaired)] != ["Ã©x b c Ã©y"]


_LINES = st.lists(st.sampled_from(["a", "Ã©", "é", "&amp;", "&", "\ufeff", "e\u0301", "市", " ", "  ", "\t"]), max_size=12).map("".join)


@given(_LINES, _LINES)
def test_the_replacements_give_the_repaired_line(line: str, repaired: str) -> None:
    """Any line becomes any other one by its spans, which are in order, disjoint and quote the line."""
    spans = list(changed_spans(line, repaired))

    assert applied(line, spans) == repaired
    assert all(first.start + len(first.original) <= second.start for first, second in itertools.pairwise(spans))
    assert all(span.original != span.replacement for span in spans)
