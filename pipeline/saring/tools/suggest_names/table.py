"""Suggested variants as a person wants to see them: who, how sure, and why."""

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

__all__ = ["table"]

#: Code points of a passage on either side of the name.
_AROUND = 40


def table(suggestions: pl.DataFrame) -> Iterator[RenderableType]:
    """Yield what to print: a table of proposals, the passages behind each, and the look-alikes that are not proposed.

    Args:
        suggestions: columns of `suggest.SUGGESTION`.
    """
    rows = suggestions.to_dicts()
    proposed = [row for row in rows if row["verdict"] == "propose"]
    found = Table("N", "variant", "name", "score", "letters", "sounds", "aligned", "beside", box=None, header_style="dim")
    for number, row in enumerate(proposed, start=1):
        name = Text(printable_lines(row["canonical"]) + ("" if row["registered"] else " (new)"))
        shares = f"{row['score']:.2f}", f"{row['spelling']:.0%}", f"{row['sounding']:.0%}"
        found.add_row(str(number), Text(printable_lines(row["variant"])), name, *shares, str(row["aligned"]), str(row["beside"]))
    if proposed:
        yield found
        yield ""
    for number, row in enumerate(proposed, start=1):
        yield from (Text(line) for line in _evidence(number, row))
    for row in rows:
        if row["verdict"] == "risk":
            yield Text(printable_lines(f"not proposed: {row['variant']} for {row['canonical']}: {row['reason']}"))


def _evidence(number: int, row: dict[str, Any]) -> Iterator[str]:
    near = f"; near both: {', '.join(row['neighbours'])}" if row["neighbours"] else ""
    for place, (form, prefix) in enumerate((("variant", ""), ("canonical", "canonical_"))):
        counts = f"{counted(row[f'{prefix}documents'], 'document')}, {counted(row[f'{prefix}sources'], 'source')}"
        lead = f"{number:>3}  " if not place else " " * 5
        yield printable_lines(f"{lead}{row[form]}: {counts} ({', '.join(row[f'{prefix}languages']) or '?'}){near if place else ''}")
    yield from _passages(row)


def _passages(row: dict[str, Any]) -> Iterator[str]:
    for passage in row["passages"] or ():
        for side in ("a", "b"):
            text = passage[f"{side}_text"].replace("\n", " ")
            at = max(text.find(row["variant"]), text.find(row["canonical"]), 0)
            cut = text[max(at - _AROUND, 0) : at + _AROUND + len(row["variant"])]
            yield printable_lines(f"     {passage[side]}: … {cut} …")
