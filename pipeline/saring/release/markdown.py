"""Escape text from scrapes for Markdown: quoted text cannot add formatting, links or invisible characters to a card."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["code_span", "markdown_line", "markdown_table"]

#: Controls, format characters (bidi marks among them), surrogates, private use, line and paragraph separators.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def markdown_line(text: str, width: int = 80) -> str:
    """Shorten a text to one line of at most `width` characters, with invisible characters spelled out as `⟨U+202E⟩`."""
    joined = " ".join(text[: 4 * width].split())
    shown = joined if len(joined) <= width and len(text) <= 4 * width else joined[: width - 1] + "…"
    return "".join(_code_point(character) if unicodedata.category(character) in _INVISIBLE else character for character in shown)


def code_span(text: str | None, width: int = 80) -> str:
    """Quote a text as a Markdown code span, which cannot be ended by the text itself.

    A pipe would end a table cell even within a code span, and how many backslashes escape it differs between renderers, so it is spelled
    out.
    """
    shown = markdown_line(text or "", width).replace("|", _code_point("|"))
    if not shown:
        return "(nothing)"
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def markdown_table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a Markdown table. Integers are written with thousands separators and right-aligned; any other cell must be Markdown already."""
    body = [[f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row] for row in rows]
    rule = ["---:" if isinstance(cell, int) else "---" for cell in rows[0]] if rows else ["---"] * len(heads)
    return "\n".join(f"| {' | '.join(row)} |" for row in [list(heads), rule, *body])


def _code_point(character: str) -> str:
    return f"⟨U+{ord(character):04X}⟩"
