"""pipeline/saring/noise/find_edits.py: the deletions of all kinds of rules together, as one ledger."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from saring import noise
from saring.config.rules import Rule
from saring.core import ledger
from saring.core.tables import EDIT

MARK = Rule(id="mark", kind="ad", reason="test", scope="line", literals=("noise",))
NUMBER = Rule(id="number", kind="ad", reason="test", scope="line", pattern=r"\d+", beside="below")
BEFORE = Rule(id="before", kind="spam", reason="test", scope="prefix", pattern=r"(?P<cut>[A-Z]{4} - )(?P<after>\p{Lu})", exact=True)
BEHIND = Rule(id="behind", kind="spam", reason="test", scope="suffix", pattern=r"(?P<before>\.)(?P<cut> - BRAND)", exact=True)
INSIDE = Rule(id="inside", kind="ad", reason="test", scope="inline", literals=("(ad)",), needs=("(ad)",))
BLOCK = Rule(id="block", kind="related", reason="test", scope="block", literals=("stop",))
PROSE = "The quick brown fox jumps over the lazy dog today."


def cleaned(text: str, *rules: Rule) -> str:
    """Return the text after the noise step, having checked that undoing the edits restores the original."""
    texts = pl.DataFrame({"id": ["a"], "text": [text]})
    edits = noise.find(texts, rules)
    applied = ledger.apply(texts, edits)
    assert ledger.undo(applied, edits).equals(texts)
    return str(applied["text"][0])


def test_all_kinds_of_rules_work_together() -> None:
    """Spans go from the lines that stay, blocks and single lines go with their gaps, and the ledger is numbered within each text."""
    text = f"ACME - {PROSE}\n\nNoise\n1\nHe said no. - BRAND\n\nStop\nA headline\n\n{PROSE}\nThe end (ad) came."

    assert cleaned(text, MARK, NUMBER, BEFORE, BEHIND, INSIDE, BLOCK) == f"{PROSE}\n\nHe said no.\n\n{PROSE}\nThe end came."
    texts = pl.DataFrame({"id": ["b", "a"], "text": ["Noise\nx\nNoise", "y (ad)"]})
    edits = noise.find(texts, [MARK, INSIDE])
    assert edits.select("id", "step", "seq", "rule").rows() == [
        ("a", "noise", 0, "inside"),
        ("b", "noise", 0, "mark"),
        ("b", "noise", 1, "mark"),
    ]


def test_nothing_to_search_gives_an_empty_ledger() -> None:
    """A table without texts, and a search without rules and classifier, have no edits."""
    texts = pl.DataFrame({"id": ["a"], "text": ["Noise"]})

    for edits in (noise.find(texts.clear(), [MARK]), noise.find(texts, []), noise.find(texts.head(0), [])):
        assert edits.schema == EDIT
        assert edits.is_empty()


def test_titles_are_not_searched() -> None:
    """A headline has no neighbouring lines to judge it by."""
    pages = pl.DataFrame({"id": ["a"], "text": ["a"], "title": ["Noise"]})

    assert noise.find(pages, [MARK]).is_empty()


@given(st.lists(st.text(max_size=60), max_size=6))
def test_edits_of_any_text_can_be_undone(texts: list[str]) -> None:
    """For any text, edits apply and undo, and they only delete."""
    frame = pl.DataFrame({"id": [str(n) for n in range(len(texts))], "text": texts}, schema={"id": pl.String, "text": pl.String})

    edits = noise.find(frame, [MARK, NUMBER, BEFORE, BEHIND, INSIDE, BLOCK])

    assert edits.schema == EDIT
    assert ledger.undo(ledger.apply(frame, edits), edits).equals(frame)
    assert set(edits["replacement"]) <= {""}
