"""pipeline/saring/repair/entities.py: HTML entities are resolved, nested ones too, in a bounded number of rounds."""

from __future__ import annotations

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saring.repair.entities import ENTITY, MAX_ROUNDS, NESTED_AMPERSAND, resolve_entities, with_entities_resolved


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("&eacute;t&eacute;", "été"),
        ("Tom &amp; Ani", "Tom & Ani"),
        ("&#39;&#x26;&#1055;", "'&П"),
        ("&amp;amp;", "&"),
        ("&amp;amp;amp;eacute;", "é"),
        ("&amp;#38;eacute;", "é"),
        ("&lt;b&gt;", "<b>"),
        ("&bogus; & ; &;", "&bogus; & ; &;"),
        ("市长 &quot;好&quot;", '市长 "好"'),
        ("", ""),
        ("plain", "plain"),
    ],
)
def test_entities_become_characters(text: str, expected: str) -> None:
    """Named, decimal and hexadecimal entities are resolved to the last level; what is no entity stays."""
    assert resolve_entities(text) == with_entities_resolved(text) == expected


def _nested(character: str, levels: int) -> str:
    """Return a character as an entity whose last digit is an entity, and so on: each level takes a round."""
    code = str(ord(character))
    return f"&#{code[:-1]}{_nested(code[-1], levels - 1)};" if levels else character


def test_too_deep_a_nesting_is_left_alone() -> None:
    """A text that would take more rounds than allowed keeps all its entities."""
    deep = _nested("é", MAX_ROUNDS)

    assert resolve_entities(_nested("é", MAX_ROUNDS - 1)) == "é"
    assert resolve_entities(deep) is None
    assert with_entities_resolved(deep) == deep
    assert resolve_entities("&" + "amp;" * 10_000) == "&"


@given(st.text(st.sampled_from("ab é市&;#x26ltamp"), max_size=40))
def test_a_resolved_text_stays_as_it_is(text: str) -> None:
    """Resolving is idempotent, and leaves a text without entities unchanged."""
    resolved = with_entities_resolved(text)

    assert with_entities_resolved(resolved) == resolved
    if not ENTITY.search(text):
        assert resolved == text


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]), max_size=20), st.integers(1, 4))
def test_escaping_is_undone_however_often_it_was_done(text: str, times: int) -> None:
    """A text that was escaped several times is resolved like the text itself."""
    escaped = text
    for _ in range(times):
        escaped = html.escape(escaped)

    assert resolve_entities(escaped) == resolve_entities(text)


@pytest.mark.parametrize(
    ("text", "match"), [("&amp;amp;", "&amp;amp;"), ("&#38;#x26;AMP;", "&#38;#x26;AMP;"), ("&amp;", None), ("&amp;lt;", None)]
)
def test_an_ampersand_that_was_escaped_again_is_one_match(text: str, match: str | None) -> None:
    """From two levels on, in any spelling of the entity."""
    found = NESTED_AMPERSAND.search(text)

    assert (found and found[0]) == match
