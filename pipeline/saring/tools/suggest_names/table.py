"""Show suggested name variants on a terminal: a table of proposals, the evidence for each, and look-alikes that are not proposed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from saring.core.plurals import counted
from saring.core.printable import printable_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl
    from rich.console import RenderableType

__all__ = ["suggestion_table"]

#: How many code points of a passage are shown on either side of the name.
_CONTEXT = 40


def suggestion_table(suggestions: pl.DataFrame) -> Iterator[RenderableType]:
    """Yield the terminal output for suggestions: a table of proposals, the evidence for each, and the look-alikes that are not proposed.

    Args:
        suggestions: columns of `suggest.SUGGESTION`.
    """
    rows = suggestions.to_dicts()
    proposed = [row for row in rows if row["verdict"] == "propose"]
    proposals = Table("N", "variant", "name", "score", "letters", "sounds", "aligned", "beside", box=None, header_style="dim")
    for number, row in enumerate(proposed, start=1):
        name = Text(printable_lines(row["canonical"]) + ("" if row["registered"] else " (new)"))
        shares = f"{row['score']:.2f}", f"{row['spelling']:.0%}", f"{row['sounding']:.0%}"
        proposals.add_row(str(number), Text(printable_lines(row["variant"])), name, *shares, str(row["aligned"]), str(row["beside"]))
    if proposed:
        yield proposals
        yield ""
    for number, row in enumerate(proposed, start=1):
        yield from (Text(line) for line in _evidence(number, row))
    for row in rows:
        if row["verdict"] == "risk":
            yield Text(printable_lines(f"not proposed: {row['variant']} for {row['canonical']}: {row['reason']}"))


def _evidence(number: int, row: dict[str, Any]) -> Iterator[str]:
    """Yield lines with the counts of a proposed variant and of its name, their common neighbours, and aligned passages."""
    neighbours = f"; near both: {', '.join(row['neighbours'])}" if row["neighbours"] else ""
    for form, prefix in (("variant", ""), ("canonical", "canonical_")):
        is_variant = form == "variant"
        counts = f"{counted(row[f'{prefix}documents'], 'document')}, {counted(row[f'{prefix}sources'], 'source')}"
        indent = f"{number:>3}  " if is_variant else " " * 5
        languages = ", ".join(row[f"{prefix}languages"]) or "?"
        yield printable_lines(f"{indent}{row[form]}: {counts} ({languages}){'' if is_variant else neighbours}")
    yield from _passages(row)


def _passages(row: dict[str, Any]) -> Iterator[str]:
    """Yield the aligned passages of a suggestion, trimmed to the text around the variant or the name, one line for each side."""
    for passage in row["passages"] or ():
        for side in ("a", "b"):
            text = passage[f"{side}_text"].replace("\n", " ")
            start = max(text.find(row["variant"]), text.find(row["canonical"]), 0)
            excerpt = text[max(start - _CONTEXT, 0) : start + _CONTEXT + len(row["variant"])]
            yield printable_lines(f"     {passage[side]}: … {excerpt} …")
