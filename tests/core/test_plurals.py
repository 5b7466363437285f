"""pipeline/saring/core/plurals.py: a count agrees with its noun, in messages too."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from saring.core.plurals import counted, list_first

HOME = Path(__file__).parents[2]


def test_one_is_singular_and_all_else_is_plural() -> None:
    """Also none, and words that take no s; thousands are grouped."""
    assert [counted(number, "word") for number in (0, 1, 2, 1_000)] == ["0 words", "1 word", "2 words", "1,000 words"]
    assert [counted(number, "batch", "batches") for number in (1, 21)] == ["1 batch", "21 batches"]


@given(items=st.lists(st.sampled_from("abc"), max_size=9), most=st.integers(1, 9))
def test_a_list_says_how_many_it_leaves_out(items: list[str], most: int) -> None:
    """What is named and what is only counted are all of it."""
    shown = list_first(items, most)
    more = re.search(r" and (\d+) more$", shown)

    named = [name for name in shown.removesuffix(more[0] if more else "").split(", ") if name]
    assert named == items[:most]
    assert len(named) + int(more[1] if more else 0) == len(items)


def test_no_message_joins_a_count_and_a_plural() -> None:
    """A formatted number is not followed by a bare plural of what it counts, where there may be one of it."""
    counts = re.compile(
        r"\{[^{}]*\} (?:scrapes|documents|records|words|files|cases|rules|suggestions|batches|bundles|sources|inputs|changes|releases|rows)\b"
    )
    # Always of several: all files of a release, pages that a line repeats on, and documents of which an alarm needs twenty.
    several = ("files are those of", "documents are duplicates", "of its {bytes_}")
    for file in [*(HOME / "pipeline").rglob("*.py"), *(HOME / "flows").glob("*.py")]:
        for line in file.read_text(encoding="utf-8").splitlines():
            if not any(part in line for part in several):
                assert not counts.search(line), (file.name, line.strip())
