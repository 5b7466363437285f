"""Tests of pipeline/saring/core/plurals.py: counts agree with their nouns, in all messages of the project."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from saring.core.plurals import counted, list_first

HOME = Path(__file__).parents[2]


def test_one_is_singular_and_all_else_is_plural() -> None:
    """Only 1 takes the singular; irregular plurals can be passed; thousands are separated by commas."""
    assert [counted(number, "word") for number in (0, 1, 2, 1_000)] == ["0 words", "1 word", "2 words", "1,000 words"]
    assert [counted(number, "batch", "batches") for number in (1, 21)] == ["1 batch", "21 batches"]


@given(items=st.lists(st.sampled_from("abc"), max_size=9), most=st.integers(1, 9))
def test_a_list_says_how_many_it_leaves_out(items: list[str], most: int) -> None:
    """The items listed and the number of items left out add up to the length of the list."""
    shown = list_first(items, most)
    more = re.search(r" and (\d+) more$", shown)

    listed = [name for name in shown.removesuffix(more[0] if more else "").split(", ") if name]
    assert listed == items[:most]
    assert len(listed) + int(more[1] if more else 0) == len(items)


def test_no_message_joins_a_count_and_a_plural() -> None:
    """No message formats a number followed by a fixed plural noun if the number may be 1."""
    counts = re.compile(
        r"\{[^{}]*\} (?:scrapes|documents|records|words|files|cases|rules|suggestions|batches|bundles|sources|inputs|changes|releases|rows)\b"
    )
    # Exceptions whose number is never 1: all files of a release, pages that repeat a line, the twenty documents that an alert needs.
    never_one = ("files match {MANIFEST}", "{suffix} files needs", "documents are duplicates", "of its {bytes_}")
    for file in [*(HOME / "pipeline").rglob("*.py"), *(HOME / "flows").glob("*.py")]:
        for line in file.read_text(encoding="utf-8").splitlines():
            if not any(part in line for part in never_one):
                assert not counts.search(line), (file.name, line.strip())
