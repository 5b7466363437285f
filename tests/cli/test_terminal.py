"""Terminal output: a document with its edits marked, and the progress bar."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from saring.cli.terminal import document_renderables, progress_bar
from saring.core.ledger import Change
from saring.tools.explain import Explained, TextSegment


def cut(text: str, replacement: str = "") -> TextSegment:
    """Return a segment that an edit deletes or replaces."""
    return TextSegment(text, Change(0, len(text), text, replacement, "rule-x", "ad"))


def explained(
    *text: TextSegment, title: tuple[TextSegment, ...] = (), links: tuple[dict[str, Any], ...] = (), **document: object
) -> Explained:
    """Return a document with a text of these segments."""
    return Explained({"id": "a1"} | document, list(title), list(text), [], list(links))


def shown(document: Explained, *, coloured: bool = False) -> str:
    """Return a document as printed on a terminal of 200 columns, with colours only where they are asked for."""
    console = Console(file=io.StringIO(), width=200, force_terminal=coloured, color_system="standard" if coloured else None)
    for part in document_renderables(document, coloured=coloured):
        console.print(part)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize(
    ("segments", "marked"),
    [
        ((TextSegment("Pasar dibuka."),), "Pasar dibuka."),
        ((cut("IKLAN\n"), TextSegment("Pasar")), "⟦IKLAN⟧{rule-x}\nPasar"),
        ((cut("Дуров", "Durov"), TextSegment(" tiba")), "⟦Дуров→Durov⟧{rule-x} tiba"),
        ((TextSegment("a"), cut("  b  "), TextSegment("c")), "a  ⟦b⟧{rule-x}  c"),
        ((TextSegment("a"), cut(" "), TextSegment("c")), "a⟦ ⟧{rule-x}c"),
        ((cut("[red]x"), TextSegment("[/red] [1]")), "⟦[red]x⟧{rule-x}[/red] [1]"),
    ],
    ids=["no edit", "a line", "replaced", "spaces around", "a space", "square brackets"],
)
def test_edits_are_marked(segments: tuple[TextSegment, ...], marked: str) -> None:
    """Without colour a cut and a change are in brackets with their rule, the white space around them outside; markup of Rich is text."""
    assert f"\n{marked}\n" in shown(explained(*segments))


def test_edits_are_coloured() -> None:
    """With colour a cut is red, its replacement green, and no brackets are printed."""
    output = shown(explained(cut("Дуров", "Durov")), coloured=True)

    assert "\x1b[9;31mДуров\x1b[0m\x1b[32mDurov\x1b[0m" in output
    assert "⟦" not in output


def test_metadata_is_listed() -> None:
    """Metadata is listed without what is null; lists are joined, shares have three digits, and the title is printed with its edits."""
    output = shown(
        explained(TextSegment("Teks."), title=(TextSegment("Judul"), cut(" - Situs")), site=None, authors=["A", "B"], dropped_share=0.25)
    )

    lines = [line.split() for line in output.splitlines()]
    assert lines[:3] == [["id", "a1"], ["authors", "A,", "B"], ["dropped_share", "0.250"]]
    assert "Judul ⟦- Situs⟧{rule-x}" in output
    assert "site" not in output.split("Judul")[0]


def test_control_characters_are_spelled_out() -> None:
    """No escape sequence of a scrape reaches the terminal, from text, edits, metadata or title."""
    output = shown(explained(TextSegment("\x1b[2J"), cut("\x1b[1m", "\x1b[3m"), title=(TextSegment("\x1b[4m"),), source="\x1b[5m"))

    assert "\x1b" not in output


def test_rules_and_overlaps_are_listed() -> None:
    """Below the text are the rules that fired, the reason of the choice, and each overlap from the side of the document."""
    link = {"a": "a0", "b": "a1", "kind": "near", "score": 0.756, "coverage_a": 0.5, "coverage_b": 1.0}
    rule = {"step": "noise", "kind": "ad", "rule": "ad-label", "edits": 3, "characters": 15}
    document = explained(TextSegment("x"), links=(link,), role="duplicate", cluster="a0", kept_id="a0")._replace(rules=[rule])

    output = shown(document)

    assert [line.split() for line in output.splitlines() if "ad-label" in line] == [["noise", "ad", "ad-label", "3", "15"]]
    assert "set aside: a0, the more complete one, says 100% of it (near)" in output
    assert "near of a0: score 0.76, covers 50% of a0 and 100% of a1" in output


def test_an_empty_document() -> None:
    """A document without title and text is its metadata."""
    assert shown(explained()).split() == ["id", "a1"]


def test_the_bar_shows_the_present_activity() -> None:
    """A new activity hides the bar of the last one; an unknown total is a question mark."""
    console = Console(file=io.StringIO(), width=100, force_terminal=True, color_system=None)
    with progress_bar(console) as on_progress:
        on_progress("reading", 500, 0)
        on_progress("cleaning", 2, 7)

    assert isinstance(console.file, io.StringIO)
    last = console.file.getvalue().rpartition("cleaning")[2]
    assert "2/7" in last
    assert "reading" not in last
