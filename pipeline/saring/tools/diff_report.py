"""The diff of two releases for a terminal, for a program, and as a page: text, JSON, HTML.

Whatever comes from pages is made harmless in each: control characters are spelled out, HTML is escaped, the page runs no script and loads
nothing.
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

_SHOWN = 20
_AROUND = 60  # characters of unchanged text that are shown on each side of a change
_LONGEST = 200_000  # characters of a text that are compared word by word

#: Attribute of Diff, title, heads: what is shown, in this order.
_TABLES = (
    ("schemas", "Schemas", ("table", "column", "change", "before", "now")),
    ("sources", "By source", ("site or folder", "added", "removed", "edited", "words added", "words removed")),
    ("columns", "Edited, by column", ("column", "records")),
    ("rules", "Edits, by rule", ("step", "kind", "rule", "edits before", "now", "words before", "now")),
    ("words", "Words, in edited records", ("word", "before", "now")),
)


class Compared(NamedTuple):
    """Two releases and what differs between them.

    Attributes:
        old: the folder of the older one.
        new: the folder of the newer one.
        diff: what differs.
    """

    old: Path
    new: Path
    diff: Diff

    @property
    def versions(self) -> tuple[str, str]:
        """What the two are called."""
        return f"v{manifest.load_manifest(self.old)['version']}", f"v{manifest.load_manifest(self.new)['version']}"


def compare(old: Path, new: Path) -> Compared:
    """Compare two releases.

    Raises:
        ReleaseError: one of them cannot be read.
    """
    for folder in (old, new):
        manifest.load_manifest(folder)
    old, new = (local_copy(folder, MANIFEST, SCHEMAS, "all", "edits") for folder in (old, new))
    return Compared(old, new, diff.compare_releases(old, new))


def as_text(compared: Compared) -> str:
    """Return what differs as lines for a terminal: counts, tables of at most 20 rows, examples."""
    parts = [" -> ".join(compared.versions), *_counts(compared.diff)]
    for name, title, heads in _TABLES:
        found = getattr(compared.diff, name)
        if found.height:
            table = [[printable_lines(str(cell)) for cell in row] for row in found.head(_SHOWN).iter_rows()]
            more = [f"and {found.height - _SHOWN:,} more"] if found.height > _SHOWN else []
            parts += ["", title, *_aligned(heads, table), *more]
    for kind, rows in _examples(compared):
        cells = [
            [markdown.markdown_line(id_), markdown.markdown_line(title or ""), markdown.markdown_line(place)]
            for id_, title, place, *_ in rows
        ]
        parts += ["", f"{kind.capitalize()}, such as", *_aligned(("id", "title", "source"), cells)]
    return "\n".join(parts) + "\n"


def as_json(compared: Compared) -> str:
    """Return what differs as one JSON object; `records` has every record that differs."""
    found = compared.diff
    change = {name: frame.height for name, frame in found.change._asdict().items()}
    old, new = compared.versions
    head = {
        "from": old,
        "to": new,
        "counts": {**change, "words_added": found.words_added, "words_removed": found.words_removed},
        **{name: getattr(found, name).to_dicts() for name, _, _ in _TABLES},
    }
    # Polars writes the one table that may be as long as the corpus.
    return f'{json.dumps(head, ensure_ascii=False)[:-1]}, "records": {found.records.write_json()}}}\n'


def as_html(compared: Compared) -> str:
    """Return what differs as a page that stands alone: counts, tables, examples, and the words that changed in the most edited texts."""
    sections = []
    for table, heading, heads in _TABLES:
        found = getattr(compared.diff, table)
        if found.height:
            more = f"<p>And {found.height - _SHOWN:,} more.</p>" if found.height > _SHOWN else ""
            sections.append(f"<h2>{heading}</h2>{_table(heads, found.head(_SHOWN).iter_rows())}{more}")
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


def _counts(found: Diff) -> list[str]:
    added, removed, edited = (frame.height for frame in found.change)
    return [
        f"{counted(added, 'record')} added, {removed:,} removed, {edited:,} edited",
        f"{counted(found.words_added, 'word')} added, {found.words_removed:,} removed",
    ]


def _aligned(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table whose columns stand below each other; a wide character takes two places."""
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
    """Return for each kind of change those records in which most words differ: id, title, source, old and new text."""
    sides = [read_tables.scan(folder, "all") for folder in compared[:2]]
    found = []
    for kind in ("added", "edited", "removed"):
        most = pl.col("words_added") + pl.col("words_removed")
        ids = compared.diff.records.filter(pl.col("change") == kind).top_k(_SHOWN, by=[most, pl.col("id")])["id"].to_list()
        if ids:
            texts = [side.filter(pl.col("id").is_in(ids)).select("id", "title", "source", "text").collect() for side in sides]
            rows = {id_: (title, place, text) for id_, title, place, text in texts[0 if kind == "removed" else 1].iter_rows()}
            before = dict(texts[0].select("id", "text").iter_rows())
            found.append((kind, [(id_, rows[id_][0], rows[id_][1], before.get(id_, ""), rows[id_][2]) for id_ in ids]))
    return found


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    table = list(rows)
    head = "".join(
        f"<th{' class=n' if isinstance(value, int) else ''}>{_escaped(name)}" for name, value in zip(heads, table[0], strict=True)
    )
    body = "".join(f"<tr>{''.join(map(_cell, row))}" for row in table)
    return f"<table><thead><tr>{head}<tbody>{body}</table>"


def _cell(value: object) -> str:
    return f"<td class=n>{value:,}" if isinstance(value, int) else f"<td>{_escaped(markdown.markdown_line(str(value or ''), 200))}"


def _marked(old: str, new: str) -> str:
    """Return a text with what was removed and added marked, and what stays between shortened."""
    sides = [re.findall(r"\s+|\w+|[^\w\s]", text[:_LONGEST]) for text in (old, new)]
    parts = []
    matches = difflib.SequenceMatcher(None, sides[0], sides[1]).get_opcodes()
    for number, (what, start, end, new_start, new_end) in enumerate(matches):
        before, after = "".join(sides[0][start:end]), "".join(sides[1][new_start:new_end])
        if what == "equal":
            first, last = number == 0, number == len(matches) - 1
            parts.append(_escaped(_shortened(before, first=first, last=last)))
        else:
            parts += [f"<del>{_escaped(before)}</del>" if before else "", f"<ins>{_escaped(after)}</ins>" if after else ""]
    return "".join(parts)


def _shortened(text: str, *, first: bool, last: bool) -> str:
    """Return an unchanged passage with its middle left out, and at the ends of a text only what is next to a change."""
    if len(text) <= 2 * _AROUND:
        return text
    head = "" if first else text[:_AROUND]
    tail = "" if last else text[-_AROUND:]
    return f"{head} … {tail}"


def _escaped(text: str) -> str:
    return html.escape(printable_lines(text))
