"""Normalise the white space of flat text: one kind of line break, no trailing white space, byte-order mark or NULs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

__all__ = ["normalise_text", "single_line"]

#: CRLF, CR, vertical tab, form feed, line and paragraph separator. U+0085 is left to `repair`: on the web it is an ellipsis in
#: Windows-1252 far more often than the line break of a mainframe.
_LINE_BREAKS = r"\r\n?|[\x0B\x0C\u{2028}\u{2029}]"


def normalise_text(text: pl.Expr) -> pl.Expr:
    r"""Normalise the white space of texts: lines end in "\n", without trailing white space, NULs, byte-order mark and outer blank lines."""
    return (
        text.str.replace_all("\0", "", literal=True)
        .str.strip_prefix("\ufeff")
        .str.replace_all(_LINE_BREAKS, "\n")
        .str.replace_all(r"(?m)[\s--\n]+$", "")
        .str.strip_chars("\n")
    )


def single_line(text: pl.Expr) -> pl.Expr:
    """Return strings as one line with single spaces between words; null for strings of white space alone."""
    flat = text.str.replace_all(r"[\s\x00]+", " ").str.strip_chars(" ")
    return flat.replace("", None)
