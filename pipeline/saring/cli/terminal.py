"""Terminal output with Rich: the progress bar of a build, and a document with its removals in colour."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from saring.core.printable import printable_lines
from saring.tools.explain import choice_reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import Console, RenderableType

    from saring.runs import ProgressCallback
    from saring.tools.explain import Explained, TextSegment

__all__ = ["document_renderables", "progress_bar"]

_FIELDS = (
    "id",
    "title",
    "url",
    "site",
    "authors",
    "created",
    "language",
    "language_score",
    "page_type",
    "page_type_score",
    "source",
    "cluster",
    "role",
    "kept_id",
    "dropped_share",
)


@contextlib.contextmanager
def progress_bar(console: Console) -> Iterator[ProgressCallback]:
    """Show a progress bar and yield the callback that moves it."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        tasks: dict[str, TaskID] = {}

        def on_progress(activity: str, done: int, total: int) -> None:
            if activity not in tasks:
                for task in progress.task_ids:
                    progress.update(task, visible=False)
                tasks[activity] = progress.add_task(activity, total=None)
            progress.update(tasks[activity], completed=done, total=total or None)

        yield on_progress


def document_renderables(explained: Explained, *, coloured: bool) -> Iterator[RenderableType]:
    """Yield the printable parts of a document: metadata, text with deletions in red and replacements in green, rules, overlaps.

    Where there is no colour, a cut reads ⟦cut⟧{rule} and a change ⟦old→new⟧{rule}.
    """
    head = Table.grid(padding=(0, 2))
    for field in _FIELDS:
        value = explained.document.get(field)
        if value is not None and field != "title":
            head.add_row(Text(field, style="dim"), Text(printable_lines(_plain(value))))
    yield head
    yield ""
    if explained.title:
        title = _marked(explained.title, coloured=coloured)
        title.stylize("bold", 0)
        yield title
        yield ""
    yield _marked(explained.text, coloured=coloured)
    yield ""
    if explained.rules:
        table = Table("step", "kind", "rule", "edits", "characters", box=None, header_style="dim")
        for row in explained.rules:
            table.add_row(*(printable_lines(str(row[column])) for column in ("step", "kind", "rule", "edits", "characters")))
        yield table
    if why := choice_reason(explained):
        yield Text(why)
    for link in explained.links:
        other = link["b"] if link["a"] == explained.document["id"] else link["a"]
        shares = f"covers {link['coverage_a']:.0%} of {link['a']} and {link['coverage_b']:.0%} of {link['b']}"
        yield Text(f"{link['kind']} of {other}: score {link['score']:.2f}, {shares}")
    yield ""


def _plain(value: object) -> str:
    """Return a metadata value as text: lists joined by commas, numbers with three decimals."""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _marked(pieces: Iterable[TextSegment], *, coloured: bool) -> Text:
    """Return a text with its edits marked: in colour, or as ⟦deleted⟧{rule} and ⟦old→new⟧{rule}."""
    marked = Text()
    for text, change in pieces:
        if change is None:
            marked.append(printable_lines(text))
            continue
        # White space around a deletion stays outside the marks: a struck-out line break cannot be seen.
        core = text.strip() or text
        lead, _, tail = text.partition(core)
        marked.append(lead)
        if coloured:
            marked.append(printable_lines(core), style="red strike")
            marked.append(printable_lines(change.replacement), style="green")
            marked.append(f" {change.rule}", style="dim italic")
        else:
            marked.append(printable_lines(f"⟦{core}→{change.replacement}⟧" if change.replacement else f"⟦{core}⟧") + f"{{{change.rule}}}")
        marked.append(tail)
    return marked
