"""pipeline/saring/extract/risky_markup.py: the scan of bytes finds what regular expressions find."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saring.extract.risky_markup import scan_markup, strip_crowded_tags

PAGES = st.lists(st.text(st.sampled_from("<>aZ \n\x01é中\ufffe\uffff"), max_size=12), max_size=5)


def stripped(*pages: str) -> list[str]:
    """Return pages after the scan and without the attributes of crowded tags, as the parser gets them."""
    scanned = scan_markup(pl.Series(pages, dtype=pl.String))
    return [strip_crowded_tags(content, crowded) for content, crowded in zip(scanned.content, scanned.crowded, strict=True)]


@given(PAGES)
def test_the_scan_equals_regular_expressions(pages: list[str]) -> None:
    """For each page of a column: the number of its tags, and spaces for the characters that XML forbids."""
    content = pl.Series(pages, dtype=pl.String)

    scanned = scan_markup(content)

    assert scanned.content.to_list() == content.str.replace_all(r"[\x00-\x08\x0B\x0C\x0E-\x1F\u{FFFE}\u{FFFF}]", " ").to_list()
    assert scanned.tags.to_list() == content.str.count_matches(r"<[A-Za-z]").to_list()
    assert not any(scanned.crowded)


@pytest.mark.parametrize("attribute", ["a{}", "a{}=b", "я{}=«b»"])
def test_a_crowded_tag_loses_its_attributes(attribute: str) -> None:
    """A tag with 251 attributes or more does, in any script and at any place; the text around it stays."""
    many = "\n".join(attribute.format(number) for number in range(251))
    few = "\n".join(attribute.format(number) for number in range(250))

    assert stripped(f"é<p {many}>satu<b {many}/>", f"<p {few}>", f"<p {many}", "x>") == ["é<p >satu<b >", f"<p {few}>", "<p ", "x>"]


def test_white_space_is_no_attribute() -> None:
    """A tag with much white space between few attributes keeps them."""
    spread = f"<a{' ' * 300}href='x'{' ' * 300}>"

    assert stripped(spread) == [spread]
