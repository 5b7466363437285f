"""Text from scrapes, made safe to stand in a card: it can neither format, link, nor hide anything."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["code_span", "markdown_line", "markdown_table"]

#: Controls, format characters (bidi marks among them), surrogates, private use, line and paragraph separators.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def markdown_line(text: str, width: int = 80) -> str:
    """Return a text as one line of at most `width` characters, with what cannot be seen spelled out."""
    joined = " ".join(text[: 4 * width].split())
    shown = joined if len(joined) <= width and len(text) <= 4 * width else joined[: width - 1] + "…"
    return "".join(_named(character) if unicodedata.category(character) in _UNSEEN else character for character in shown)


def code_span(text: str | None, width: int = 80) -> str:
    """Return a text as a Markdown code span, in which nothing but its end means anything.

    A pipe would end the cell of a table even there, and how many backslashes keep it differs between renderers, so it is spelled out.
    """
    shown = markdown_line(text or "", width).replace("|", _named("|"))
    if not shown:
        return "(nothing)"
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def markdown_table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a Markdown table; whole numbers are grouped and set right, any other cell must be Markdown already."""
    body = [[f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row] for row in rows]
    rule = ["---:" if isinstance(cell, int) else "---" for cell in rows[0]] if rows else ["---"] * len(heads)
    return "\n".join(f"| {' | '.join(row)} |" for row in [list(heads), rule, *body])


def _named(character: str) -> str:
    return f"⟨U+{ord(character):04X}⟩"
