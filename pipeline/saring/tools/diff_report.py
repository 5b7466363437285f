"""Report of the differences between two releases, as text for a terminal, as JSON, and as an HTML page.

Text from scrapes is escaped in each: control characters are spelled out, HTML is escaped, and the page runs no script and loads no
resources.
"""

from __future__ import annotations

import difflib
import html
import importlib.resources
import json
import re
import string
from typing import TYPE_CHECKING, NamedTuple

import polars as pl
from rich.cells import cell_len

from saring.core.plurals import counted
from saring.core.printable import printable_lines
from saring.release import diff, manifest, markdown, read_tables
from saring.release.layout import MANIFEST, SCHEMAS
from saring.storage.local_copies import local_copy

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from saring.release.diff import Diff

__all__ = ["Compared", "as_html", "as_json", "as_text", "compare"]

_SHOWN = 20  # rows of a table or examples of a kind of change
_CONTEXT = 60  # characters of unchanged text that are shown on each side of a change
_LONGEST = 200_000  # characters of a text that are compared word by word

#: The tables of a report, in order: attribute of `Diff`, title, column heads.
_TABLES = (
    ("schemas", "Schemas", ("table", "column", "change", "before", "now")),
    ("sources", "By source", ("site or folder", "added", "removed", "edited", "words added", "words removed")),
    ("columns", "Edited, by column", ("column", "records")),
    ("rules", "Edits, by rule", ("step", "kind", "rule", "edits before", "now", "words before", "now")),
    ("words", "Words, in edited records", ("word", "before", "now")),
)


class Compared(NamedTuple):
    """Two releases and the differences between them.

    Attributes:
        old: the folder of the older release.
        new: the folder of the newer release.
        diff: their differences.
    """

    old: Path
    new: Path
    diff: Diff

    @property
    def versions(self) -> tuple[str, str]:
        """Version numbers of both releases, such as ("v1.0.0", "v1.1.0")."""
        return f"v{manifest.load_manifest(self.old)['version']}", f"v{manifest.load_manifest(self.new)['version']}"


def compare(old: Path, new: Path) -> Compared:
    """Compare two releases for a report; remote ones are copied to local disk.

    Args:
        old: the folder of the older release.
        new: the folder of the newer release.

    Raises:
        ReleaseError: a release cannot be read.
    """
    for folder in (old, new):
        manifest.load_manifest(folder)
    old, new = (local_copy(folder, MANIFEST, SCHEMAS, "all", "edits") for folder in (old, new))
    return Compared(old, new, diff.compare_releases(old, new))


def as_text(compared: Compared) -> str:
    """Render the differences as text for a terminal: counts, tables of at most 20 rows, and example records."""
    parts = [" -> ".join(compared.versions), *_counts(compared.diff)]
    for name, title, heads in _TABLES:
        frame = getattr(compared.diff, name)
        if frame.height:
            table = [[printable_lines(str(cell)) for cell in row] for row in frame.head(_SHOWN).iter_rows()]
            more = [f"and {frame.height - _SHOWN:,} more"] if frame.height > _SHOWN else []
            parts += ["", title, *_aligned(heads, table), *more]
    for kind, rows in _examples(compared):
        cells = [
            [markdown.markdown_line(id_), markdown.markdown_line(title or ""), markdown.markdown_line(place)]
            for id_, title, place, *_ in rows
        ]
        parts += ["", f"{kind.capitalize()}, such as", *_aligned(("id", "title", "source"), cells)]
    return "\n".join(parts) + "\n"


def as_json(compared: Compared) -> str:
    """Render the differences as one JSON object; its `records` lists every record that differs."""
    differences = compared.diff
    change = {name: frame.height for name, frame in differences.change._asdict().items()}
    old, new = compared.versions
    head = {
        "from": old,
        "to": new,
        "counts": {**change, "words_added": differences.words_added, "words_removed": differences.words_removed},
        **{name: getattr(differences, name).to_dicts() for name, _, _ in _TABLES},
    }
    # The records, which may be as many as the corpus has, are serialised by Polars.
    return f'{json.dumps(head, ensure_ascii=False)[:-1]}, "records": {differences.records.write_json()}}}\n'


def as_html(compared: Compared) -> str:
    """Render the differences as a self-contained HTML page: counts, tables, examples, and the most edited texts with changes marked."""
    sections = []
    for table, heading, heads in _TABLES:
        frame = getattr(compared.diff, table)
        if frame.height:
            more = f"<p>And {frame.height - _SHOWN:,} more.</p>" if frame.height > _SHOWN else ""
            sections.append(f"<h2>{heading}</h2>{_table(heads, frame.head(_SHOWN).iter_rows())}{more}")
    for kind, rows in _examples(compared):
        sections.append(f"<h2>{kind.capitalize()}, such as</h2>")
        if kind != "edited":
            sections.append(_table(("id", "title", "source"), (row[:3] for row in rows)))
            continue
        for id_, name, place, old, new in rows:
            head = f"<h3>{_escaped(name or id_)}</h3><p class=from>{_escaped(id_)} · {_escaped(place)}</p>"
            sections.append(f"{head}<div class=text>{_marked(old, new)}</div>")
    template = string.Template(importlib.resources.files("saring.tools").joinpath("diff_report.html.template").read_text(encoding="utf-8"))
    title = _escaped(f"{manifest.load_manifest(compared.new)['dataset']}: {' → '.join(compared.versions)}")
    counts = "".join(f"<li>{_escaped(line)}</li>" for line in _counts(compared.diff))
    return template.substitute(title=title, counts=counts, sections="\n".join(sections))


def _counts(differences: Diff) -> list[str]:
    """Return the numbers of changed records and words as two sentences."""
    added, removed, edited = (frame.height for frame in differences.change)
    return [
        f"{counted(added, 'record')} added, {removed:,} removed, {edited:,} edited",
        f"{counted(differences.words_added, 'word')} added, {differences.words_removed:,} removed",
    ]


def _aligned(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a plain-text table with aligned columns; East Asian wide characters count as two cells."""
    table = [list(heads), *map(list, rows)]
    widths = [max(cell_len(row[place]) for row in table) for place in range(len(heads))]
    numbers = [all(row[place].isdigit() for row in rows) for place in range(len(heads))]
    lines = []
    for row in table:
        pads = [" " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)]
        cells = (pad + cell if number else cell + pad for cell, pad, number in zip(row, pads, numbers, strict=True))
        lines.append(f"  {'  '.join(cells)}".rstrip())
    return lines


def _examples(compared: Compared) -> list[tuple[str, list[tuple[str, str | None, str, str, str]]]]:
    """Return the records with the most changed words of each kind of change: id, title, source, old and new text."""
    sides = [read_tables.scan_table(folder, "all") for folder in compared[:2]]
    examples = []
    for kind in ("added", "edited", "removed"):
        most = pl.col("words_added") + pl.col("words_removed")
        ids = compared.diff.records.filter(pl.col("change") == kind).top_k(_SHOWN, by=[most, pl.col("id")])["id"].to_list()
        if ids:
            texts = [side.filter(pl.col("id").is_in(ids)).select("id", "title", "source", "text").collect() for side in sides]
            rows = {id_: (title, place, text) for id_, title, place, text in texts[0 if kind == "removed" else 1].iter_rows()}
            before = dict(texts[0].select("id", "text").iter_rows())
            examples.append((kind, [(id_, rows[id_][0], rows[id_][1], before.get(id_, ""), rows[id_][2]) for id_ in ids]))
    return examples


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return an HTML table; there must be at least one row."""
    table = list(rows)
    head = "".join(
        f"<th{' class=n' if isinstance(value, int) else ''}>{_escaped(name)}" for name, value in zip(heads, table[0], strict=True)
    )
    body = "".join(f"<tr>{''.join(map(_cell, row))}" for row in table)
    return f"<table><thead><tr>{head}<tbody>{body}</table>"


def _cell(value: object) -> str:
    return f"<td class=n>{value:,}" if isinstance(value, int) else f"<td>{_escaped(markdown.markdown_line(str(value or ''), 200))}"


def _marked(old: str, new: str) -> str:
    """Return a word diff of two texts as HTML: `<del>` and `<ins>` for changes, with unchanged passages shortened."""
    sides = [re.findall(r"\s+|\w+|[^\w\s]", text[:_LONGEST]) for text in (old, new)]
    parts = []
    matches = difflib.SequenceMatcher(None, sides[0], sides[1]).get_opcodes()
    for number, (operation, start, end, new_start, new_end) in enumerate(matches):
        before, after = "".join(sides[0][start:end]), "".join(sides[1][new_start:new_end])
        if operation == "equal":
            first, last = number == 0, number == len(matches) - 1
            parts.append(_escaped(_shortened(before, first=first, last=last)))
        else:
            parts += [f"<del>{_escaped(before)}</del>" if before else "", f"<ins>{_escaped(after)}</ins>" if after else ""]
    return "".join(parts)


def _shortened(text: str, *, first: bool, last: bool) -> str:
    """Shorten an unchanged passage to the context of the changes beside it.

    Args:
        text: the unchanged passage.
        first: whether it begins the text, so that no change precedes it.
        last: whether it ends the text, so that no change follows it.
    """
    if len(text) <= 2 * _CONTEXT:
        return text
    head = "" if first else text[:_CONTEXT]
    tail = "" if last else text[-_CONTEXT:]
    return f"{head} … {tail}"


def _escaped(text: str) -> str:
    return html.escape(printable_lines(text))
