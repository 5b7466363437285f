"""Find what is not the page's own text: ads, spam, navigation, widgets, comments, captions, headlines of other pages.

    texts -> lines -> features      what each line looks like, and its neighbours
                   -> whole         lines that are noise as a whole, and the blocks below marker lines
                   -> parts         noise glued to the start, the end or the middle of a line that stays
          -> cuts                   both as edits, with the white space around them made whole
          -> captures               what a cut says about the page (its date, its site)

Everything works on columns; the rules are data (`pipeline/rules`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline import edits, lines
from pipeline.noise import cuts, features, parts, scopes, whole
from pipeline.noise.captures import fill
from pipeline.records import EDIT, empty

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from pipeline.rules import Rule

__all__ = ["fill", "find"]


def find(texts: pl.DataFrame, rules: Sequence[Rule]) -> pl.DataFrame:
    """Find noise in texts.

    Titles are left alone: a headline has no lines to compare it with.

    Args:
        texts: columns `id` and `text`; `language` (as stated, or null) and `site` narrow rules where they are there.
        rules: as `Config.rules`, already without those that the corpus switched off.

    Returns:
        Rows of the ledger (`records.EDIT`), step `noise`; every replacement is empty.
    """
    if texts.is_empty() or not rules:
        return empty(EDIT)
    described = features.describe(lines.split(texts))
    allowed = scopes.Allowed(texts, described, rules)
    noisy = whole.find(described, rules, allowed)
    glued = parts.find(described.join(noisy, on="row", how="anti"), rules, allowed)
    return edits.ledger("noise", cuts.edits(described, noisy, glued, rules))
