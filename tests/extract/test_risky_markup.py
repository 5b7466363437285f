"""Tests of pipeline/saring/extract/risky_markup.py."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saring.extract.risky_markup import scan_markup, strip_crowded_tags

PAGES = st.lists(st.text(st.sampled_from("<>aZ \n\x01é中\ufffe\uffff"), max_size=12), max_size=5)


def cut(*pages: str) -> list[str]:
    """Return pages as a parser gets them."""
    seen = scan_markup(pl.Series(pages, dtype=pl.String))
    return [strip_crowded_tags(content, crowded) for content, crowded in zip(seen.content, seen.crowded, strict=True)]


@given(PAGES)
def test_bytes_say_what_patterns_say(pages: list[str]) -> None:
    """Each page by itself: its tags are counted, and characters that XML forbids become spaces."""
    content = pl.Series(pages, dtype=pl.String)

    seen = scan_markup(content)

    assert seen.content.to_list() == content.str.replace_all(r"[\x00-\x08\x0B\x0C\x0E-\x1F\u{FFFE}\u{FFFF}]", " ").to_list()
    assert seen.tags.to_list() == content.str.count_matches(r"<[A-Za-z]").to_list()
    assert not any(seen.crowded)


@pytest.mark.parametrize("attribute", ["a{}", "a{}=b", "я{}=«b»"])
def test_a_crowded_tag_loses_its_attributes(attribute: str) -> None:
    """From 251 attributes on, in any script, wherever it stands; what is around it stays."""
    many = "\n".join(attribute.format(number) for number in range(251))
    few = "\n".join(attribute.format(number) for number in range(250))

    assert cut(f"é<p {many}>satu<b {many}/>", f"<p {few}>", f"<p {many}", "x>") == ["é<p >satu<b >", f"<p {few}>", "<p ", "x>"]


def test_white_space_is_no_attribute() -> None:
    """A tag that is spread over many lines keeps what it says."""
    spread = f"<a{' ' * 300}href='x'{' ' * 300}>"

    assert cut(spread) == [spread]
