"""Text from scrapes is quoted for Markdown so that it stays text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from saring.release import markdown

if TYPE_CHECKING:
    from markdown_it.token import Token


def tokens(markdown: str) -> list[Token]:
    """Return all Markdown tokens of a page, including nested ones."""
    flat = []
    for token in MarkdownIt("commonmark").enable("table").parse(markdown):
        flat += [token, *(token.children or [])]
    return flat


def shape(markdown: str) -> list[tuple[str, str]]:
    """Return the markup of a page: type and tag of all tokens but text."""
    return [(token.type, token.tag) for token in tokens(markdown) if token.type != "text"]


@given(text=st.text(), width=st.integers(5, 90))
def test_quoted_text_is_one_code_span(text: str, width: int) -> None:
    """Any text quoted in a table cell is one code span or a plain word, and stays one cell."""
    cell = markdown.code_span(text, width)

    assert [kind for kind, _ in shape(f"| a | b |\n| --- | --- |\n| {cell} | x |")].count("td_open") == 2
    assert {kind for kind, _ in shape(cell)} <= {"paragraph_open", "inline", "code_inline", "paragraph_close"}
    assert "\n" not in cell


def test_quoting_keeps_words_readable() -> None:
    """Quoting keeps letters of all scripts, spells out invisible characters, and shortens long texts."""
    assert markdown.code_span("Дуров, «été» 東京") == "`Дуров, «été» 東京`"
    assert markdown.code_span("a\u202eb\x1b") == "`a⟨U+202E⟩b⟨U+001B⟩`"
    assert markdown.code_span("a | `b`") == "`` a ⟨U+007C⟩ `b` ``"
    assert markdown.code_span("one two three", 8) == "`one two…`"
    assert markdown.code_span(None) == "(nothing)"


@pytest.mark.parametrize(
    ("text", "width", "line"),
    [
        ("  one\n\n two\tthree ", 80, "one two three"),
        ("one two three", 13, "one two three"),
        ("one two three", 12, "one two thr…"),
        ("日本語のニュース", 4, "日本語…"),
        ("a" + " " * 400 + "b", 80, "a…"),
        ("\u2028\ud800\ue000", 80, "⟨U+D800⟩⟨U+E000⟩"),
        ("", 80, ""),
    ],
    ids=["white space", "fits", "too long", "Japanese", "mostly space", "separators", "empty"],
)
def test_a_line_is_shortened(text: str, width: int, line: str) -> None:
    """White space is one space, a longer text ends with an ellipsis within the width, and invisible characters are spelled out."""
    assert markdown.markdown_line(text, width) == line


@pytest.mark.parametrize(
    ("text", "span"), [("`", "`` ` ``"), ("``", "``` `` ```"), ("a`b", "``a`b``"), ("", "(nothing)"), (" \n", "(nothing)"), ("x", "`x`")]
)
def test_a_code_span_has_a_longer_fence(text: str, span: str) -> None:
    """The fence has one backtick more than any run in the text; a text that begins or ends with one is padded; nothing is said in words."""
    assert markdown.code_span(text) == span


def test_a_table_aligns_numbers() -> None:
    """Integers are right-aligned and have thousands separators; the first row decides the alignment; cells are not escaped."""
    table = markdown.markdown_table(("site", "pages"), [("`a.example`", 1234567), ("`b.example`", 5)])

    assert table == "| site | pages |\n| --- | ---: |\n| `a.example` | 1,234,567 |\n| `b.example` | 5 |"


def test_a_table_without_rows_has_its_head() -> None:
    """A table without rows is its head and the rule below it."""
    assert markdown.markdown_table(("site", "pages"), []) == "| site | pages |\n| --- | --- |"
